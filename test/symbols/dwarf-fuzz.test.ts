/** Damaged debug information of every kind: never an exception, a hang or memory without bounds. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileAddr } from '../../src/common/addresses';
import { DwarfError } from '../../src/symbols/dwarf/cursor';
import { breakpointLines, resolveSourceLine } from '../../src/symbols/breakpointlocations';
import { prologueEnd } from '../../src/symbols/lines-prologue';
import { buildC, buildCpp, linesOfBytes, openElf } from './linesamples';
import { lineUnit, runUnit } from './linebuilder';

const sections = [
  '.debug_info',
  '.debug_abbrev',
  '.debug_line',
  '.debug_line_str',
  '.debug_str',
  '.debug_aranges',
  '.debug_ranges',
  '.debug_rnglists',
  '.debug_addr',
  '.debug_str_offsets',
];

/** Asks for everything there is; the answers may be anything. */
function exercise(bytes: Uint8Array, text: { start: number; end: number }): void {
  const lines = linesOfBytes(bytes);
  const step = Math.max(1, Math.floor((text.end - text.start) / 40));
  for (let at = text.start; at < text.end; at += step) {
    const address = fileAddr(at);
    const entry = lines.lineAt(address);
    if (entry) expect(entry.end).toBeGreaterThan(entry.address);
    const range = lines.statementRange(address);
    if (range) expect(range.end).toBeGreaterThan(range.start);
    const unit = lines.unitAt(address);
    for (const text of [unit?.name, unit?.compDir, unit?.producer]) expect(text ?? '').toBeTypeOf('string');
    expect(prologueEnd(lines, address, fileAddr(at + step))).toBeGreaterThanOrEqual(at);
  }
  let entries = 0;
  for (const entry of lines.entriesIn(fileAddr(text.start), fileAddr(text.end))) {
    expect(entry.end).toBeGreaterThan(entry.address);
    if (++entries > text.end - text.start) throw new Error('entries without end');
  }
  const files = lines.sourceFiles();
  for (const file of [...files.slice(0, 3), ...lines.filesMatching('lines.c'), ...lines.filesMatching('lines.cpp')]) {
    for (const line of [1, 20, 70]) resolveSourceLine(lines, [file], { line });
    breakpointLines(lines, [file], 1, 100);
  }
}

interface Damage {
  /** Where, as a part of the section. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

const damage = fc.record<Damage>({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc.constantFrom(...[0x00, 0x7f, 0x80, 0xff].map((byte) => new Uint8Array(8).fill(byte))),
  ),
});

describe('damaged sections', () => {
  for (const [name, build] of Object.entries({
    'gcc, DWARF 5': () => buildC('gcc', '-O2', '-gdwarf-5'),
    'gcc, DWARF 4': () => buildC('gcc', '-O0', '-gdwarf-4'),
    'clang, DWARF 5': () => buildC('clang', '-O2', '-gdwarf-5'),
    'clang, DWARF 3': () => buildC('clang', '-O0', '-gdwarf-3'),
    'split units': () => buildC('clang', '-O1', '-gdwarf-5', '-gsplit-dwarf'),
    'C++': () => buildCpp('clang++', '-O2', '-gdwarf-5'),
  })) {
    it(name, () => {
      const file = build();
      const original = new Uint8Array(readFileSync(file));
      const elf = openElf(file);
      const places = sections.map((section) => elf.section(section)).filter((section) => section !== undefined);
      const text = elf.section('.text')!;
      const range = { start: text.address, end: text.address + text.size };
      exercise(original, range);
      fc.assert(
        fc.property(fc.nat(places.length - 1), fc.array(damage, { minLength: 1, maxLength: 6 }), (which, damages) => {
          const bytes = original.slice();
          const { offset, size } = places[which]!;
          // Headers decide most, so half of the damage goes to the first bytes.
          damages.forEach(({ at, bytes: noise }, i) => {
            const place = Math.floor(at * (i % 2 === 0 ? size : Math.min(size, 64)));
            bytes.set(noise.subarray(0, size - place), offset + place);
          });
          exercise(bytes, range);
        }),
        { numRuns: name === 'C++' ? 40 : 150 },
      );
    });
  }
});

describe('random line programs', () => {
  it('end, with rows inside the limits or a DwarfError', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.uint8Array({ maxLength: 12 }).map((bytes) => [...bytes]),
          { maxLength: 60 },
        ),
        fc.record({ lineRange: fc.nat(255), maxOperations: fc.nat(8), minInstructionLength: fc.nat(255) }),
        (program, fields) => {
          const addresses = [...program, [0, 9, 2, 0, 0x20, 0, 0, 0, 0, 0, 0], ...program, [0, 1, 1]];
          try {
            const table = runUnit(lineUnit(addresses, fields));
            table.sequences.forEach((first, i) => {
              expect(table.addresses[first]).toBeGreaterThanOrEqual(0x1000);
              expect(table.addresses[table.ends[i]!]).toBeGreaterThan(table.addresses[first]!);
            });
          } catch (error) {
            expect(error).toBeInstanceOf(DwarfError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
