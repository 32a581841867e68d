/**
 * Writes src/syscalls/tables/*.json: system call numbers, signatures and constants, each with where it comes from.
 * Sources are the kernel's exported headers (linux-libc-dev), glibc's where the kernel exports nothing (socket
 * families), tracefs for argument names and types, and overlay.mjs for what is newer than those headers.
 *
 *     npm run generate:syscalls
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { constantTables, ioctlHeaders } from './constanttables.mjs';
import { overlayCalls, overlayConstants } from './overlay.mjs';
import { readSignatures } from './tracefs.mjs';

const output = resolve(import.meta.dirname, '../../src/syscalls/tables');
const scratch = mkdtempSync(join(tmpdir(), 'syscall-tables-'));
const run = (command, args, options) =>
  execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });

function packageVersion(name) {
  try {
    return `${name} ${run('dpkg-query', ['-W', '-f', '${Version}', name])}`;
  } catch {
    return `${name} of an unknown version`;
  }
}

/** The source that includes the headers; glibc's own headers need its feature macro. */
function preamble(headers) {
  return ['#define _GNU_SOURCE 1', ...headers.map((header) => `#include <${header}>`), ''].join('\n');
}

/** Headers use types and macros of these without including them. */
function withNeeds(headers) {
  return headers.some((header) => header.startsWith('linux/'))
    ? ['stddef.h', 'linux/types.h', 'linux/ioctl.h', ...headers]
    : headers;
}

/** Names of macros without arguments and of enumerators that the headers define. */
function namesIn(headers) {
  const source = join(scratch, 'names.c');
  writeFileSync(source, preamble(withNeeds(headers)));
  const macros = [...run('gcc', ['-E', '-dM', source]).matchAll(/^#define (\w+) (?=\S)/gm)].map((match) => match[1]);
  const text = run('gcc', ['-E', '-P', source]);
  const enumerators = [...text.matchAll(/\benum\b\s*\w*\s*\{([^{}]*)\}/g)].flatMap((match) =>
    [...match[1].matchAll(/(?:^|,)\s*([A-Za-z_]\w*)/g)].map((name) => name[1]),
  );
  return [...new Set([...enumerators, ...macros])];
}

/** Headers that write their requests as plain numbers. */
const plainRequests = /^(asm\/ioctls|linux\/(sockios|loop|kd|vt|hdreg|cdrom))\.h$/;

/** Names that the header defines by _IO, _IOR, _IOW, _IOWR or _IOC. */
function requestsIn(header) {
  if (plainRequests.test(header)) return namesIn([header]);
  const source = join(scratch, 'names.c');
  writeFileSync(source, preamble(withNeeds([header])));
  return [...run('gcc', ['-E', '-dM', source]).matchAll(/^#define (\w+) .*\b_?\w*IO[WRC]*\w*\s*\(/gm)].map(
    (match) => match[1],
  );
}

/** The values of constant expressions, as unsigned 64-bit numbers; what is not a number is left out. */
function valuesOf(headers, names) {
  const source = join(scratch, 'values.c');
  const program = join(scratch, 'values');
  let wanted = names;
  for (;;) {
    const lines = wanted.map((name) => `  printf("%s %lld\\n", "${name}", (long long)(${name}));`);
    const text = `${preamble(withNeeds(headers))}\nextern int printf(const char *, ...);\nint main(void) {\n#line 1\n${lines.join('\n')}\n  return 0;\n}\n`;
    writeFileSync(source, text);
    try {
      run('gcc', ['-w', '-fmax-errors=0', '-o', program, source], { stdio: ['ignore', 'pipe', 'pipe'] });
      break;
    } catch (error) {
      const bad = new Set([...String(error.stderr).matchAll(/values\.c:(\d+):\d+: error/g)].map((match) => match[1]));
      if (bad.size === 0) throw new Error(`${headers.join(' ')}: ${String(error.stderr).slice(0, 2000)}`);
      const kept = wanted.filter((_, index) => !bad.has(String(index + 1)));
      if (kept.length === wanted.length)
        throw new Error(`${headers.join(' ')}: ${String(error.stderr).slice(0, 2000)}`);
      wanted = kept;
    }
  }
  const values = run(program, [])
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '));
  return values.map(([name, value]) => [name, BigInt(value)]);
}

const spell = (value) =>
  value < 0n && value > -4096n ? value.toString() : `0x${BigInt.asUintN(64, value).toString(16)}`;

/** Ascending, names of `first` before the others, aliases behind what they stand for. */
function ordered(pairs, first) {
  const rank = (name) => (first.indexOf(name) + 1 || first.length + 1) - 1;
  const unsigned = (value) => BigInt.asUintN(64, value);
  return pairs.toSorted(([a, x], [b, y]) => {
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    if (x !== y) return unsigned(x) < unsigned(y) ? -1 : 1;
    return 0;
  });
}

function text(pairs) {
  return pairs.map(([name, value]) => `${name}=${spell(value)}`).join(' ');
}

function makeTable({ name, headers, names, without, first }) {
  const wanted = namesIn(headers).filter((candidate) => names.test(candidate) && !without?.test(candidate));
  if (wanted.length === 0) throw new Error(`table ${name}: ${headers.join(', ')} define nothing like ${names}`);
  const added = Object.entries(overlayConstants[name]?.values ?? {}).map(([key, value]) => [key, BigInt(value)]);
  const known = valuesOf(headers, wanted);
  const fresh = added.filter(([key]) => !known.some(([other]) => other === key));
  return {
    from: headers.join(' '),
    ...(fresh.length > 0 ? { overlay: fresh.map(([key]) => key).join(' ') } : {}),
    values: text(ordered([...known, ...fresh], first)),
  };
}

function makeIoctls() {
  const pairs = [];
  for (const [header, form] of ioctlHeaders) {
    const names = requestsIn(header).filter((name) => new RegExp(`^(?:${form})$`).test(name));
    for (const [name, value] of valuesOf([header], names)) {
      // Names that are too small to be requests are flags or counts with the same prefix; some requests look negative.
      const request = BigInt.asUintN(32, value);
      if (request >= 0x100n && !pairs.some(([other]) => other === name)) pairs.push([name, request]);
    }
  }
  return { from: ioctlHeaders.map(([header]) => header).join(' '), values: text(ordered(pairs, [])) };
}

function readNumbers(file) {
  const path = [`/usr/include/x86_64-linux-gnu/asm/${file}`, `/usr/include/asm/${file}`].find(existsSync);
  if (!path) throw new Error(`${file} is missing; install linux-libc-dev`);
  return Object.fromEntries(
    [...readFileSync(path, 'utf8').matchAll(/^#define __NR_(\w+) (\d+)$/gm)].map(([, name, number]) => [
      name,
      Number(number),
    ]),
  );
}

function withOverlay(numbers, abi) {
  const all = { ...numbers };
  for (const call of overlayCalls) {
    if (!call.abis.includes(abi)) continue;
    const existing = numbers[call.name];
    if (existing !== undefined && existing !== call.number)
      throw new Error(`${call.name} is ${existing}, not ${call.number}`);
    all[call.name] = call.number;
  }
  return Object.fromEntries(Object.entries(all).sort(([, a], [, b]) => a - b));
}

function errnoTexts() {
  const source = join(scratch, 'errno.c');
  writeFileSync(
    source,
    '#include <stdio.h>\n#include <string.h>\nint main(void) { for (int i = 1; i < 134; i++) printf("%d\\t%s\\n", i, strerror(i)); }\n',
  );
  run('gcc', ['-o', join(scratch, 'errno'), source]);
  const lines = run(join(scratch, 'errno'), [], { env: { LC_ALL: 'C' } })
    .trim()
    .split('\n');
  return Object.fromEntries(
    lines.map((line) => line.split('\t')).filter(([, words]) => !words.startsWith('Unknown error')),
  );
}

function write(file, data) {
  writeFileSync(join(output, file), `${JSON.stringify(data, undefined, 2)}\n`);
}

try {
  mkdirSync(output, { recursive: true });
  const headers = packageVersion('linux-libc-dev');
  const libc = packageVersion('libc6-dev');
  const overlay = Object.fromEntries(overlayCalls.map(({ name, since }) => [name, `Linux ${since}`]));
  write('numbers.json', {
    provenance: { x86_64: `asm/unistd_64.h of ${headers}`, i386: `asm/unistd_32.h of ${headers}`, overlay },
    x86_64: withOverlay(readNumbers('unistd_64.h'), 'x86_64'),
    i386: withOverlay(readNumbers('unistd_32.h'), 'i386'),
  });
  const tables = Object.fromEntries(constantTables.map((table) => [table.name, makeTable(table)]));
  for (const [name, { since, values, from }] of Object.entries(overlayConstants)) {
    if (tables[name]) continue;
    const pairs = Object.entries(values).map(([key, value]) => [key, BigInt(value)]);
    tables[name] = { from: from ?? `overlay, Linux ${since}`, values: text(pairs) };
  }
  tables.ioctl = makeIoctls();
  write('constants.json', {
    provenance: { headers, libc, overlay: 'scripts/syscalls/overlay.mjs' },
    errnoTexts: errnoTexts(),
    tables: Object.fromEntries(Object.entries(tables).sort(([a], [b]) => (a < b ? -1 : 1))),
  });
  const signatures = readSignatures();
  if (signatures) write('signatures.json', signatures);
  else console.log('tracefs cannot be read here: signatures.json stays as it is (root is needed)');
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
