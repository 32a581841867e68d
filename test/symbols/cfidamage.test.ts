/** Encoded pointers, search tables of every encoding, and call frame information that is damaged. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileAddr } from '../../src/common/addresses';
import { BufferSource } from '../../src/common/bytes';
import { Cursor, DwarfError } from '../../src/symbols/dwarf/cursor';
import { ElfFile } from '../../src/symbols/elf/elffile';
import { CallFrameInfo } from '../../src/symbols/unwind/callframeinfo';
import { EhFrameHeader } from '../../src/symbols/unwind/ehframeheader';
import { DW_EH_PE, pointerSize, readPointer, type PointerBases } from '../../src/symbols/unwind/pointerencoding';
import { compile } from '../support/debuggees';

const bases: PointerBases = {
  section: 0x1000,
  text: 0x2000,
  data: 0x3000,
  function: 0x4000,
  word: (address) => (address === 0x1010 ? 0x7777 : undefined),
};

function read(bytes: readonly number[], encoding: number): number {
  return readPointer(new Cursor(Uint8Array.from(bytes)), encoding, bases);
}

describe('encoded pointers', () => {
  const { absptr, uleb128, udata2, udata4, udata8, signed, sleb128, sdata2, sdata4, sdata8 } = DW_EH_PE;
  const { pcrel, textrel, datarel, funcrel, indirect } = DW_EH_PE;
  it.each([
    [[0x10, 0x20, 0, 0, 0, 0, 0, 0], absptr, 0x2010],
    [[0x80, 0x20], uleb128, 0x1000],
    [[0xf0, 0xff], udata2, 0xfff0],
    [[0xf0, 0xff, 0xff, 0xff], udata4, 0xfffffff0],
    [[0x10, 0, 0, 0, 1, 0, 0, 0], udata8, 0x100000010],
    [[0xf0, 0xff], sdata2 | pcrel, 0x0ff0],
    [[0xf0, 0xff, 0xff, 0xff], sdata4 | pcrel, 0x0ff0],
    [[0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], sdata8 | pcrel, 0x0ff0],
    [[0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], absptr | pcrel, 0x0ff0],
    [[0x70], sleb128 | pcrel, 0x0ff0],
    [[4, 0, 0, 0, 0, 0, 0, 0], signed | textrel, 0x2004],
    [[4, 0, 0, 0], sdata4 | datarel, 0x3004],
    [[4, 0], udata2 | funcrel, 0x4004],
    [[0x10, 0, 0, 0], sdata4 | pcrel | indirect, 0x7777],
  ])('%j as %i', (bytes, encoding, expected) => {
    expect(read(bytes, encoding)).toBe(expected);
  });

  it('may be aligned', () => {
    const cursor = new Cursor(Uint8Array.of(1, 2, 3, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0), 3);
    expect(readPointer(cursor, DW_EH_PE.aligned, bases)).toBe(9);
    expect(cursor.remaining).toBe(0);
  });

  it('are refused when they give no address', () => {
    expect(() => read([], DW_EH_PE.omit)).toThrow(DwarfError);
    expect(() => read([1, 0, 0, 0], 0x05)).toThrow(DwarfError);
    expect(() => read([1, 0, 0, 0], sdata4 | 0x60)).toThrow(DwarfError);
    expect(() => read([0xff, 0xff, 0xff, 0xff], sdata4)).toThrow(DwarfError);
    expect(() => read([0x20, 0, 0, 0], sdata4 | pcrel | indirect)).toThrow(DwarfError);
    expect(() => read([1, 0], sdata4)).toThrow(DwarfError);
  });
});

describe('.eh_frame_hdr', () => {
  const functions = [0x5000, 0x5010, 0x5400, 0x9000];

  /** A header at 0x1000 whose .eh_frame is at 0x6000 and whose FDE number n is at 0x6000 + 16 n. */
  function header(tableEncoding: number, count = functions.length): EhFrameHeader {
    const size = pointerSize(tableEncoding) ?? 4;
    const relative = (tableEncoding & 0x70) === DW_EH_PE.datarel ? 0x1000 : 0;
    const bytes = Buffer.alloc(12 + functions.length * 2 * size);
    bytes.set([1, DW_EH_PE.udata4, DW_EH_PE.udata4, tableEncoding]);
    bytes.writeUInt32LE(0x6000, 4);
    bytes.writeUInt32LE(count, 8);
    for (const [i, address] of functions.entries()) {
      bytes.writeUIntLE(address - relative, 12 + 2 * i * size, Math.min(size, 6));
      bytes.writeUIntLE(0x6000 + 16 * i - relative, 12 + (2 * i + 1) * size, Math.min(size, 6));
    }
    return EhFrameHeader.parse(bytes, { section: 0x1000, data: 0x1000, word: () => undefined });
  }

  it.each([
    ['datarel sdata4', DW_EH_PE.datarel | DW_EH_PE.sdata4],
    ['datarel sdata8', DW_EH_PE.datarel | DW_EH_PE.sdata8],
    ['udata4', DW_EH_PE.udata4],
    ['udata8', DW_EH_PE.udata8],
    ['udata2', DW_EH_PE.udata2],
    ['absptr', DW_EH_PE.absptr],
  ])('is searched in place: %s', (_name, encoding) => {
    const table = header(encoding);
    expect(table.ehFrameAddress).toBe(0x6000);
    expect(table.hasTable).toBe(true);
    for (const [pc, fde] of [
      [0, undefined],
      [0x4fff, undefined],
      [0x5000, 0x6000],
      [0x500f, 0x6000],
      [0x5010, 0x6010],
      [0x8fff, 0x6020],
      [0x9000, 0x6030],
      [0xffffff, 0x6030],
    ] as const) {
      expect(table.find(pc), pc.toString(16)).toBe(fde);
    }
  });

  it('says when there is no table to search', () => {
    expect(header(DW_EH_PE.omit).hasTable).toBe(false);
    expect(header(DW_EH_PE.uleb128).hasTable).toBe(false);
    expect(header(DW_EH_PE.udata4, 0).hasTable).toBe(false);
  });

  it('believes its size more than its count', () => {
    expect(header(DW_EH_PE.udata4, 0xffffffff).find(0xffffff)).toBe(0x6030);
  });

  it('is refused when it is of another version or ends early', () => {
    const word = (): undefined => undefined;
    expect(() => EhFrameHeader.parse(Uint8Array.of(2, 0, 0, 0), { section: 0, word })).toThrow(DwarfError);
    expect(() => EhFrameHeader.parse(Uint8Array.of(1, 0x1b), { section: 0, word })).toThrow(DwarfError);
  });
});

describe('damaged files', () => {
  const eh = compile('unwind.c', { flags: ['-O2'] });
  const debug = compile('unwind.c', { flags: ['-O2', '-g', '-fno-asynchronous-unwind-tables', '-static'] });

  /** Asks about places all over the code; any answer is good, an exception or a hang is not. */
  function probe(bytes: Uint8Array): void {
    let elf: ElfFile;
    try {
      elf = ElfFile.parse(new BufferSource(bytes), 'damaged');
    } catch {
      return; // The headers are another reader's business.
    }
    const cfi = new CallFrameInfo(elf);
    for (let pc = 0x1000; pc < 0x1800; pc += 7) {
      const row = cfi.rowAt(fileAddr(pc));
      if (row && !(row.start <= pc && pc < row.end)) throw new Error(`row ${row.start}..${row.end} for ${pc}`);
      cfi.functionRange(fileAddr(pc));
      cfi.isSignalFrame(fileAddr(pc));
    }
    for (const pc of [0, 0x401000, 0x402000, 2 ** 53 - 1]) cfi.rowAt(fileAddr(pc));
  }

  for (const [name, file, sections] of [
    ['.eh_frame_hdr and .eh_frame', eh, ['.eh_frame_hdr', '.eh_frame']],
    ['.debug_frame', debug, ['.debug_frame']],
  ] as const) {
    it(`never crash: ${name}`, () => {
      const original = new Uint8Array(readFileSync(file));
      const elf = ElfFile.parse(new BufferSource(original), file);
      for (const section of sections) {
        const { offset, size } = elf.section(section)!;
        // The beginning is where the structure is; a static program's is long.
        const length = Math.min(size, 2000);
        fc.assert(
          fc.property(
            fc.array(fc.tuple(fc.nat(length - 1), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x0f, 0x0a)), {
              minLength: 1,
              maxLength: 6,
            }),
            (changes) => {
              const bytes = original.slice();
              for (const [at, value] of changes) bytes[offset + at] = value;
              probe(bytes);
            },
          ),
          { numRuns: section === '.debug_frame' ? 60 : 300 },
        );
      }
    });
  }

  it('never crash when they end anywhere', () => {
    const original = new Uint8Array(readFileSync(eh));
    for (let length = 0; length < original.length; length += 97) probe(original.subarray(0, length));
  });
});
