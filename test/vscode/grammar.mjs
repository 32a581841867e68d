// The grammars of disassembly and of system calls, read by the engine that VS Code reads it with.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A line, and what each of its words must be. */
const DISASSEMBLY = [
  ['; main in /bin/true', { '; main in /bin/true': 'comment' }],
  ['0000000000401136 <main>:', { '0000000000401136': 'constant.numeric.address', main: 'entity.name.function' }],
  ['main.c:12   int x = 1;', { 'main.c:12': 'markup.underline.link' }],
  [
    '0x401136 <+134>:  lock dec dword ptr [rip+0x1ac]  # 0x404288 <count>',
    {
      '0x401136': 'constant.numeric.address',
      lock: 'storage.modifier.prefix',
      dec: 'keyword.mnemonic',
      'dword ptr': 'storage.type.size',
      rip: 'variable.language.register',
      '0x1ac': 'constant.numeric.hex',
      '#': 'comment',
      count: 'entity.name.function',
    },
  ],
  [
    '0x401136 <main+4>:  48 8b 45 e8   mov -0x8(%rbp),%rax',
    {
      'main+4': 'entity.name.function',
      '48 8b 45 e8   ': 'comment.block.bytes',
      mov: 'keyword.mnemonic',
      '-0x8': 'constant.numeric.hex',
      '%rax': 'variable.language.register',
    },
  ],
  ['0x401136 <+1>: jmp rax', { jmp: 'keyword.control.flow', rax: 'variable.language.register' }],
  ['0x401136 <+1>: call 0x401000 <puts@plt>', { call: 'keyword.control.flow', 'puts@plt': 'entity.name.function' }],
  ['0x401136 <+1>: ret', { ret: 'keyword.control.flow' }],
  ['0x401136 <+1>: (bad)', { '(bad)': 'invalid.illegal' }],
];

const CALLS = [
  [
    '1234  openat(AT_FDCWD, "/etc/h\\n", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory) <0.000012>',
    {
      1234: 'constant.numeric.thread',
      openat: 'entity.name.function.call',
      AT_FDCWD: 'support.constant',
      '/etc/h': 'string.quoted.double',
      '\\n': 'constant.character.escape',
      O_CLOEXEC: 'support.constant',
      '-1': 'constant.numeric.error',
      ENOENT: 'invalid.error',
      '(No such file or directory)': 'comment.error',
      '<0.000012>': 'comment.duration',
    },
  ],
  [
    'read(3</etc/hosts>, "ab"..., 0x20) = 32 (INJECTED)',
    {
      read: 'entity.name.function.call',
      '</etc/hosts>': 'string.unquoted.descriptor',
      '0x20': 'constant.numeric.hex',
      32: 'constant.numeric.decimal',
      '(INJECTED)': 'storage.modifier.tampered',
    },
  ],
  [
    'fstat(3, {st_mode=S_IFREG|0644, st_size=5, ...}) = 0',
    { st_mode: 'variable.parameter.field', S_IFREG: 'support.constant', '0644': 'constant.numeric.octal' },
  ],
  ['12 <... wait4 resumed>NULL) = 13', { wait4: 'entity.name.function.call', NULL: 'constant.language' }],
  ['futex(0x7f00, FUTEX_WAIT <unfinished ...>', { '<unfinished ...>': 'comment.note' }],
  ['--- SIGSEGV {si_signo=SIGSEGV, si_addr=NULL} ---', { SIGSEGV: 'keyword.control.signal' }],
  ['+++ exited with 0 +++', { 'exited with 0': 'keyword.control.exit' }],
];

/** Each grammar: its file in syntaxes/, its scope, its lines. */
const GRAMMARS = [
  ['disassembly.tmLanguage.json', 'source.disassembly.ptrace', DISASSEMBLY],
  ['strace.tmLanguage.json', 'source.strace.ptrace', CALLS],
];

/**
 * @param {string} root folder of the repository
 * @param {string} vscode folder of VS Code's server
 */
export async function checkGrammars(root, vscode) {
  const require = createRequire(join(vscode, 'package.json'));
  const { Registry, INITIAL, parseRawGrammar } = require('vscode-textmate');
  const oniguruma = require('vscode-oniguruma');
  await oniguruma.loadWASM(readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm')).buffer);
  const onigLib = {
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  };
  for (const [file, scope, lines] of GRAMMARS) {
    const path = join(root, 'syntaxes', file);
    const loadGrammar = async () => parseRawGrammar(readFileSync(path, 'utf8'), path);
    checkLines(
      await new Registry({ onigLib: Promise.resolve(onigLib), loadGrammar }).loadGrammar(scope),
      INITIAL,
      lines,
    );
  }
}

function checkLines(grammar, initial, lines) {
  for (const [line, words] of lines) {
    const tokens = grammar.tokenizeLine(line, initial).tokens.map(({ startIndex, endIndex, scopes }) => ({
      text: line.slice(startIndex, endIndex),
      scope: scopes.at(-1),
    }));
    for (const [word, scope] of Object.entries(words)) {
      const found = tokens.find(({ text }) => text === word);
      assert.ok(found, `"${word}" is no token of "${line}": ${JSON.stringify(tokens)}`);
      assert.ok(found.scope.startsWith(scope), `"${word}" of "${line}" is ${found.scope}, not ${scope}`);
    }
  }
}
