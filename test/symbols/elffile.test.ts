import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from './zstdruntime';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BufferSource, type ByteSource } from '../../src/common/bytes';
import { FileSource } from '../../src/common/filesource';
import { setLogSink } from '../../src/common/log';
import { inflateCompressedSection } from '../../src/symbols/elf/compression';
import { ElfError, ElfFile } from '../../src/symbols/elf/elffile';
import { SymbolTable } from '../../src/symbols/elf/symtab';
import { pltSymbols } from '../../src/symbols/elf/plt';
import { buildId, debugLink, interpreter, sharedLibraryNames } from '../../src/symbols/elf/notes';
import { mainFromEntryCode } from '../../src/symbols/elf/entrypoint';
import { compile, runTool } from '../support/debuggees';
import { openElf, samples } from './elfsamples';

let directory: string;
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'elffile-'))));
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(() => setLogSink(undefined));

interface StatedSection {
  name: string;
  address: number;
  offset: number;
  size: number;
  entrySize: number;
  link: number;
  info: number;
  addressAlign: number;
}

/** `readelf -SW` */
function statedSections(path: string): StatedSection[] {
  const row =
    /^ +\[ *\d+\] (.*?) +([A-Z_]+[A-Z0-9_]*|[0-9a-fx]+: .*?|LOOS\+\w+) +([0-9a-f]{16}) ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+) +([A-Zop]*) +(\d+) +(\d+) +(\d+)$/;
  return runTool('readelf', ['-SW', path])
    .split('\n')
    .flatMap((line) => {
      const m = row.exec(line);
      if (!m) return [];
      return [
        {
          name: m[1]!,
          address: parseInt(m[3]!, 16),
          offset: parseInt(m[4]!, 16),
          size: parseInt(m[5]!, 16),
          entrySize: parseInt(m[6]!, 16),
          link: Number(m[8]),
          info: Number(m[9]),
          addressAlign: Number(m[10]),
        },
      ];
    });
}

describe('headers agree with readelf', () => {
  for (const [name, path] of Object.entries(samples)) {
    test(name, () => {
      const elf = openElf(path());
      const sections = statedSections(path());
      expect(sections.length).toBe(elf.sections.length);
      expect(sections.length).toBeGreaterThan(3);
      const ours = elf.sections.map(({ name, address, offset, size, entrySize, link, info, addressAlign }) => {
        return { name, address, offset, size, entrySize, link, info, addressAlign };
      });
      expect(ours).toEqual(sections);

      const header = runTool('readelf', ['-hW', path()]);
      expect(elf.entry).toBe(parseInt(/Entry point address: +0x([0-9a-f]+)/.exec(header)![1]!, 16));
      expect(elf.type.toUpperCase()).toBe(/Type: +(\w+)/.exec(header)![1]);
      expect(elf.machine).toBe(62);

      const segments = [
        ...runTool('readelf', ['-lW', path()]).matchAll(
          /^ +[A-Z_]+ +0x([0-9a-f]+) 0x([0-9a-f]+) 0x[0-9a-f]+ 0x([0-9a-f]+) 0x([0-9a-f]+) (...) +(?:0x)?([0-9a-f]+)$/gm,
        ),
      ];
      expect(segments.length).toBe(elf.segments.length);
      segments.forEach((m, i) => {
        const segment = elf.segments[i]!;
        expect([segment.offset, segment.address, segment.fileSize, segment.memorySize, segment.align]).toEqual(
          [m[1], m[2], m[3], m[4], m[6]].map((hex) => parseInt(hex!, 16)),
        );
        const flags = m[5]!;
        expect(segment.flags).toBe(
          (flags.includes('R') ? 4 : 0) | (flags.includes('W') ? 2 : 0) | (flags.includes('E') ? 1 : 0),
        );
      });
    });
  }
});

test('section contents are the bytes of the file', () => {
  const path = samples['gcc, PIE']!();
  const elf = openElf(path);
  const file = readFileSync(path);
  const text = elf.section('.text')!;
  expect(Buffer.from(text.data.read(0, text.size))).toEqual(file.subarray(text.offset, text.offset + text.size));
  expect(Buffer.from(text.data.read(5, 7))).toEqual(file.subarray(text.offset + 5, text.offset + 12));
  expect(text.data.read(text.size - 2, 100).length).toBe(2);
  expect(text.data.read(text.size + 5, 100).length).toBe(0);
  expect(Buffer.from(elf.sectionData('.comment')!).toString('latin1')).toContain('GCC');
  expect(elf.sectionData('.comment')).toBe(elf.sectionData('.comment'));
  expect(elf.section('.bss')!.data.size).toBe(0);
  expect(elf.sectionData('.nope')).toBeUndefined();
  expect(elf.sectionAt(elf.entry)?.name).toBe('.text');
  expect(elf.readAt(elf.entry, 8)).toEqual(text.data.read(elf.entry - text.address, 8));
});

test('more than 65,279 sections, numbered the extended way', () => {
  const assembly = join(directory, 'many.s');
  const count = 66_000;
  writeFileSync(
    assembly,
    Array.from({ length: count }, (_, i) => `.section s${i},"a"\n.byte ${i % 256}\n`).join('') + '.text\nf: nop\n',
  );
  const object = join(directory, 'many.o');
  runTool('as', ['-o', object, assembly]);
  const elf = openElf(object);
  expect(elf.type).toBe('rel');
  expect(elf.sections.length).toBeGreaterThan(count);
  expect(elf.section('s65999')!.data.read(0, 10)).toEqual(Buffer.from([65_999 % 256]));
  expect(SymbolTable.of(elf).named('f').length).toBe(1);
});

describe('compressed sections', () => {
  const kinds = ['zlib-gabi', 'zlib-gnu', 'zstd'] as const;
  let plain: string;
  const compressed: Record<string, string> = {};

  beforeAll(() => {
    plain = compile(`${import.meta.dirname}/sources/names.cpp`, { flags: ['-g', '-O1'] });
    for (const kind of kinds) {
      compressed[kind] = join(directory, kind);
      runTool('objcopy', [`--compress-debug-sections=${kind}`, plain, compressed[kind]]);
    }
  });

  for (const kind of kinds) {
    test(`${kind} inflates to what it was`, () => {
      const expected = openElf(plain);
      const elf = openElf(compressed[kind]!);
      let seen = 0;
      for (const name of ['.debug_info', '.debug_line', '.debug_str', '.debug_abbrev']) {
        const section = elf.section(name)!;
        const isCompressed = (section.flags & 0x800) !== 0 || section.name.startsWith('.zdebug');
        if (isCompressed) seen++;
        expect(elf.has(name)).toBe(true);
        expect(Buffer.compare(elf.sectionData(name)!, expected.sectionData(name)!)).toBe(0);
        expect(section.data.size).toBe(expected.section(name)!.size);
        expect([...section.data.read(10, 4)]).toEqual([...expected.section(name)!.data.read(10, 4)]);
      }
      expect(seen).toBe(4);
    });

    test(`${kind}, damaged: absent with a reason, and the rest of the file is fine`, () => {
      const bytes = readFileSync(compressed[kind]!);
      const stated = openElf(compressed[kind]!).section('.debug_info')!;
      bytes.fill(0x55, stated.offset + 40, stated.offset + Math.min(200, stated.size));
      const lines: string[] = [];
      setLogSink((line) => lines.push(line));
      const elf = ElfFile.parse(new BufferSource(bytes), 'damaged');
      expect(elf.section('.debug_info')).toBeUndefined();
      expect(elf.sectionData('.debug_info')).toBeUndefined();
      expect(lines.join('\n')).toMatch(/damaged: ignoring the compressed section \.z?debug_info: /);
      expect(elf.sectionData('.debug_line')).toBeDefined();
    });

    test(`${kind}, an absurd size: refused before anything is allocated`, () => {
      const bytes = readFileSync(compressed[kind]!);
      const stated = openElf(compressed[kind]!).section('.debug_info')!;
      if (kind === 'zlib-gnu') bytes.writeBigUInt64BE(0x7fff_ffff_ffffn, stated.offset + 4);
      else bytes.writeBigUInt64LE(0x7fff_ffff_ffffn, stated.offset + 8);
      const lines: string[] = [];
      setLogSink((line) => lines.push(line));
      const before = process.memoryUsage().arrayBuffers;
      expect(ElfFile.parse(new BufferSource(bytes), 'absurd').section('.debug_info')).toBeUndefined();
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
      expect(lines.join('\n')).toContain('implausible size');
    });
  }

  test('the runtime decoder, where there is one, and the JavaScript one agree', () => {
    const elf = openElf(compressed.zstd!);
    const section = elf.sections.find((s) => s.name === '.debug_info')!;
    const raw = FileSource.open(compressed.zstd!).read(section.offset, section.size);
    let asked = 0;
    const result = inflateCompressedSection(raw, (frame, size) => {
      asked = size;
      return zstdDecompressSync(frame);
    });
    expect(asked).toBe(result.length);
    expect(Buffer.compare(result, openElf(plain).sectionData('.debug_info')!)).toBe(0);
  });
});

describe('files that cannot be used are refused with a sentence', () => {
  const cases: [string, () => Uint8Array, string, RegExp][] = [
    ['empty', () => new Uint8Array(0), 'not-elf', /^x is not an ELF file: it is empty\.$/],
    ['a script', () => Buffer.from('#!/bin/sh\n'), 'not-elf', /it is a script/],
    ['text', () => Buffer.from('hello, world, this is text'), 'not-elf', /does not begin with the ELF magic/],
    ['an archive', () => Buffer.from('!<arch>\nfoo.o/'), 'not-elf', /static library/],
    [
      '32-bit',
      () => patched((b) => ((b[4] = 1), b.writeUInt16LE(3, 18))),
      'not-64-bit',
      /32-bit program \(Intel 80386\)/,
    ],
    ['x32', () => patched((b) => (b[4] = 1)), 'not-64-bit', /x32 ABI/],
    [
      'AArch64',
      () => patched((b) => b.writeUInt16LE(183, 18)),
      'wrong-machine',
      /^x is built for AArch64; only x86-64/,
    ],
    ['an unknown machine', () => patched((b) => b.writeUInt16LE(999, 18)), 'wrong-machine', /machine number 999/],
    ['big-endian', () => patched((b) => ((b[5] = 2), b.writeUInt16BE(22, 18))), 'big-endian', /big-endian.*S\/390/],
    ['a bad class', () => patched((b) => (b[4] = 9)), 'malformed-elf', /class byte is 9/],
    ['a bad type', () => patched((b) => b.writeUInt16LE(77, 16)), 'malformed-elf', /its type is 77/],
    ['a cut header', () => patched(() => undefined).subarray(0, 50), 'truncated-elf', /ends inside the ELF header/],
    ['cut program headers', () => patched(() => undefined).subarray(0, 200), 'truncated-elf', /program headers/],
    ['small program headers', () => patched((b) => b.writeUInt16LE(8, 54)), 'malformed-elf', /8 bytes each/],
  ];
  for (const [what, bytes, code, message] of cases) {
    test(what, () => {
      let error: unknown;
      try {
        ElfFile.parse(new BufferSource(bytes()), 'x');
      } catch (caught) {
        error = caught;
      }
      expect(error).toBeInstanceOf(ElfError);
      expect((error as ElfError).details.code).toBe(code);
      expect((error as ElfError).message).toMatch(message);
    });
  }

  test('files that cannot be opened', () => {
    expect(() => FileSource.open(join(directory, 'nope'))).toThrow(/nope: there is no such file/);
    expect(() => FileSource.open(directory)).toThrow(/is not a regular file/);
    const fifo = join(directory, 'fifo');
    runTool('mkfifo', [fifo]);
    expect(() => FileSource.open(fifo)).toThrow(/is not a regular file/);
  });
});

function patched(change: (bytes: Buffer) => unknown): Buffer {
  const bytes = readFileSync(samples['gcc, PIE']!());
  change(bytes);
  return bytes;
}

test('damaged section headers leave a file that works through its dynamic section', () => {
  const lines: string[] = [];
  setLogSink((line) => lines.push(line));
  const elf = ElfFile.parse(new BufferSource(patched((b) => b.writeBigUInt64LE(0xffff_ffff_ffffn, 40))), 'x');
  expect(elf.sections).toEqual([]);
  expect(lines.join()).toContain('without sections');
  expect(interpreter(elf)).toBe('/lib64/ld-linux-x86-64.so.2');
  expect(sharedLibraryNames(elf).needed).toEqual(['libc.so.6']);
});

describe('FileSource', () => {
  test('reads what the file holds, wherever it is asked', () => {
    const path = samples['gcc, PIE']!();
    const file = readFileSync(path);
    const source = FileSource.open(path);
    fc.assert(
      fc.property(
        fc.integer({ min: -10, max: file.length + 10 }),
        fc.integer({ min: -5, max: 40_000 }),
        (at, length) => {
          const start = Math.min(Math.max(at, 0), file.length);
          const expected = file.subarray(start, start + Math.max(length, 0));
          expect(Buffer.compare(source.read(at, length), expected)).toBe(0);
        },
      ),
    );
    source.close();
    expect(source.read(0, 10).length).toBe(0);
  });
});

/** Everything that reads a whole file, so that damage anywhere is met by somebody. */
function readEverything(source: ByteSource): void {
  const elf = ElfFile.parse(source, 'fuzzed');
  const symbols = SymbolTable.of(elf);
  symbols.lookup(elf.entry);
  symbols.named('main');
  symbols.containing(['4main']);
  symbols.search((name) => name.endsWith('t'), 50);
  pltSymbols(elf, (address) => symbols.lookup(address)?.name);
  buildId(elf);
  debugLink(elf);
  interpreter(elf);
  sharedLibraryNames(elf);
  mainFromEntryCode(elf);
  for (const section of elf.sections) {
    elf.section(section.name);
    section.data.read(0, 64);
  }
}

/** Reads and fails only in the ways that are allowed. */
function survives(bytes: Uint8Array): void {
  try {
    readEverything(new BufferSource(bytes));
  } catch (error) {
    if (!(error instanceof ElfError)) throw error;
  }
}

describe('damaged files: no crash, no hang', () => {
  for (const name of ['gcc, PIE', 'gcc, IBT', 'shared library', 'gcc, static PIE']) {
    test(`${name}, cut at every place where something begins or ends`, () => {
      const bytes = readFileSync(samples[name]!());
      const elf = ElfFile.parse(new BufferSource(bytes), name);
      const edges = new Set([0, 1, 4, 16, 20, 63, 64]);
      for (const part of [...elf.segments, ...elf.sections]) {
        const size = 'fileSize' in part ? part.fileSize : part.size;
        for (const edge of [part.offset, part.offset + size]) for (const d of [-1, 0, 1]) edges.add(edge + d);
      }
      for (let at = bytes.length - 64 * elf.sections.length; at < bytes.length; at += 64) edges.add(at);
      expect(edges.size).toBeGreaterThan(50);
      for (const edge of edges) if (edge >= 0) survives(bytes.subarray(0, edge));
    });
  }

  test('bytes changed at random, most of them in the headers and tables', () => {
    const files = ['gcc, PIE', 'gcc, IBT', 'assembler'].map((name) => readFileSync(samples[name]!()));
    const zlib = join(directory, 'fuzz-zlib');
    const zstd = join(directory, 'fuzz-zstd');
    runTool('objcopy', ['--compress-debug-sections=zlib', samples['gcc, PIE']!(), zlib]);
    runTool('objcopy', ['--compress-debug-sections=zstd', samples['gcc, PIE']!(), zstd]);
    files.push(readFileSync(zlib), readFileSync(zstd));
    const edit = fc.record({
      where: fc.oneof(fc.constant('header' as const), fc.constant('table' as const), fc.constant('any' as const)),
      at: fc.nat(),
      value: fc.oneof(fc.constantFrom(0, 0xff, 0x7f, 0x80, 1), fc.integer({ min: 0, max: 255 })),
      run: fc.integer({ min: 1, max: 8 }),
    });
    fc.assert(
      fc.property(fc.nat(), fc.array(edit, { minLength: 1, maxLength: 12 }), (which, edits) => {
        const bytes = Buffer.from(files[which % files.length]!);
        const tables = Number(bytes.readBigUInt64LE(40));
        for (const { where, at, value, run } of edits) {
          // e_ident stays, or nothing but the first check would be tested.
          const start =
            where === 'header'
              ? 20 + (at % 800)
              : where === 'table'
                ? tables + (at % (bytes.length - tables))
                : 20 + (at % (bytes.length - 20));
          bytes.fill(value, start, Math.min(start + run, bytes.length));
        }
        survives(bytes);
      }),
      { numRuns: 1500 },
    );
  });

  test('a string table without terminators and 60,000 sections that name all of it', () => {
    const count = 60_000;
    const names = Buffer.alloc(4 * 1024 * 1024, 0x41);
    const bytes = Buffer.concat([
      readFileSync(samples['gcc, PIE']!()).subarray(0, 1024),
      Buffer.alloc(count * 64),
      names,
    ]);
    bytes.writeBigUInt64LE(1024n, 40);
    bytes.writeUInt16LE(count, 60);
    bytes.writeUInt16LE(1, 62);
    bytes.writeUInt32LE(3, 1024 + 64 + 4);
    bytes.writeBigUInt64LE(BigInt(1024 + count * 64), 1024 + 64 + 24);
    bytes.writeBigUInt64LE(BigInt(names.length), 1024 + 64 + 32);
    const elf = ElfFile.parse(new BufferSource(bytes), 'x');
    expect(elf.sections.length).toBe(count);
    expect(elf.sections[5]!.name.length).toBeLessThanOrEqual(4096);
  });
});
