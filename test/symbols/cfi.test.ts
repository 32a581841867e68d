/** Call frame information of real files, row by row against readelf. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { fileAddr } from '../../src/common/addresses';
import { BufferSource } from '../../src/common/bytes';
import { ElfFile } from '../../src/symbols/elf/elffile';
import { CallFrameInfo } from '../../src/symbols/unwind/callframeinfo';
import { compile, runTool } from '../support/debuggees';
import { oracleText, readelfFrames, rowText, type OracleFde } from './readelfframes';

const libc = '/lib/x86_64-linux-gnu/libc.so.6';

function cfiOf(bytes: Uint8Array, name: string): CallFrameInfo {
  return new CallFrameInfo(ElfFile.parse(new BufferSource(bytes), name));
}

/** Differences between our rows and readelf's, at the beginning and just before the end of every row. */
function differences(cfi: CallFrameInfo, fdes: readonly OracleFde[]): string[] {
  const found: string[] = [];
  for (const { start, end, rows } of fdes) {
    const range = cfi.functionRange(fileAddr(start));
    if (range?.start !== start || range.end !== end) {
      found.push(`range ${start.toString(16)}..${end.toString(16)}: ${JSON.stringify(range)}`);
    }
    for (const [i, row] of rows.entries()) {
      const last = (rows[i + 1]?.at ?? end) - 1;
      for (const pc of [row.at, last]) {
        if (pc < row.at || row.at >= end) continue;
        const ours = cfi.rowAt(fileAddr(pc));
        if (rowText(ours, row) !== oracleText(row)) found.push(`${oracleText(row)}\n  ours: ${rowText(ours, row)}`);
        else if (ours && ours.end !== last + 1) found.push(`${oracleText(row)}: ends at ${ours.end.toString(16)}`);
      }
    }
  }
  return found;
}

function expectSame(cfi: CallFrameInfo, fdes: readonly OracleFde[], atLeast: number): void {
  expect(fdes.reduce((sum, { rows }) => sum + rows.length, 0)).toBeGreaterThanOrEqual(atLeast);
  expect(differences(cfi, fdes).slice(0, 20)).toEqual([]);
}

describe('rows equal those of readelf', () => {
  it('for all of libc, by the sorted table', () => {
    expectSame(cfiOf(readFileSync(libc), libc), readelfFrames(libc), 20_000);
  });

  it('for every twentieth function of the node binary', () => {
    const file = process.execPath;
    const fdes = readelfFrames(file).filter((_, i) => i % 20 === 0);
    expectSame(cfiOf(readFileSync(file), file), fdes, 5_000);
  });

  it('for libc without .eh_frame_hdr, by scanning', () => {
    const bytes = new Uint8Array(readFileSync(libc));
    hideEhFrameHeader(bytes);
    expectSame(cfiOf(bytes, libc), readelfFrames(libc), 20_000);
  });

  it('for libc without section headers, by its segments', () => {
    const bytes = new Uint8Array(readFileSync(libc));
    hideSections(bytes);
    expectSame(cfiOf(bytes, libc), readelfFrames(libc), 20_000);
  });

  for (const version of [2, 3, 4, 5]) {
    for (const [format, option] of [
      ['32-bit', '-gdwarf32'],
      ['64-bit', '-gdwarf64'],
    ] as const) {
      it(`for .debug_frame of DWARF ${version} in the ${format} format`, () => {
        const flags = ['-O2', `-gdwarf-${version}`, option, '-fno-asynchronous-unwind-tables', '-fno-unwind-tables'];
        const file = compile('unwind.c', { flags, name: `unwind-debug-frame-${version}` });
        expect(runTool('readelf', ['-SW', file])).toMatch(/ \.debug_frame /);
        expectSame(cfiOf(readFileSync(file), file), readelfFrames(file), 20);
      });
    }
  }

  it('for .debug_frame in a separate, compressed debug file', () => {
    const directory = mkdtempSync(join(tmpdir(), 'cfi-'));
    try {
      const flags = ['-O2', '-g', '-gz=zlib', '-fno-asynchronous-unwind-tables'];
      const file = compile('unwind.c', { flags, name: 'unwind-split' });
      const fdes = readelfFrames(file);
      const [stripped, debug] = [join(directory, 'stripped'), join(directory, 'debug')];
      runTool('objcopy', ['--only-keep-debug', file, debug]);
      runTool('strip', ['-o', stripped, file]);
      const elf = ElfFile.parse(new BufferSource(readFileSync(stripped)), stripped);
      expect(differences(new CallFrameInfo(elf), fdes)).not.toEqual([]);
      const debugElf = ElfFile.parse(new BufferSource(readFileSync(debug)), debug);
      expectSame(new CallFrameInfo(elf, () => debugElf), fdes, 20);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  for (const [compiler, flags] of [
    ['gcc', ['-O0', '-g']],
    ['clang', ['-O2', '-g', '-fomit-frame-pointer']],
    ['clang', ['-O0', '-g', '-fuse-ld=lld']],
    ['gcc', ['-O2', '-g', '-static']],
    ['gcc', ['-O2', '-Wl,--no-eh-frame-hdr']],
    ['musl-gcc', ['-O1', '-g']],
  ] as const) {
    it(`for ${compiler} ${flags.join(' ')}`, () => {
      const file = compile('unwind.c', { compiler, flags, name: `unwind-${compiler}` });
      expectSame(cfiOf(readFileSync(file), file), readelfFrames(file), 20);
    });
  }
});

/** Turns the PT_GNU_EH_FRAME segment and the section of that name into something else. */
function hideEhFrameHeader(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  const phoff = Number(view.getBigUint64(32, true));
  for (let i = 0; i < view.getUint16(56, true); i++) {
    if (view.getUint32(phoff + 56 * i, true) === 0x6474e550) view.setUint32(phoff + 56 * i, 0, true);
  }
  const name = Buffer.from(bytes.buffer).lastIndexOf('.eh_frame_hdr');
  bytes[name + 1] = 'x'.charCodeAt(0);
}

function hideSections(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  view.setBigUint64(40, 0n, true);
  view.setUint16(60, 0, true);
  view.setUint16(62, 0, true);
}
