// The disassembly grammar, read by the engine that VS Code reads it with.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A line, and what each of its words must be. */
const LINES = [
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

/**
 * @param {string} root folder of the repository
 * @param {string} vscode folder of VS Code's server
 */
export async function checkGrammar(root, vscode) {
  const require = createRequire(join(vscode, 'package.json'));
  const { Registry, INITIAL, parseRawGrammar } = require('vscode-textmate');
  const oniguruma = require('vscode-oniguruma');
  await oniguruma.loadWASM(readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm')).buffer);
  const onigLib = {
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  };
  const path = join(root, 'syntaxes', 'disassembly.tmLanguage.json');
  const loadGrammar = async () => parseRawGrammar(readFileSync(path, 'utf8'), path);
  const grammar = await new Registry({ onigLib: Promise.resolve(onigLib), loadGrammar }).loadGrammar(
    'source.disassembly.ptrace',
  );
  for (const [line, words] of LINES) {
    const tokens = grammar.tokenizeLine(line, INITIAL).tokens.map(({ startIndex, endIndex, scopes }) => ({
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
