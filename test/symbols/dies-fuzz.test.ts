/** Damaged entries of every kind: nothing but a DwarfError, no hang, no memory without bounds. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BufferSource } from '../../src/common/bytes';
import { ElfFile } from '../../src/symbols/elf/elffile';
import { DwarfError } from '../../src/symbols/dwarf/cursor';
import { DebugInfo } from '../../src/symbols/dwarf/debuginfo';
import type { Die } from '../../src/symbols/dwarf/die';
import { PackageIndex } from '../../src/symbols/dwarf/packageindex';
import { Section } from '../../src/symbols/dwarf/section';
import { compile, runTool } from '../support/debuggees';
import { buildC, openElf } from './linesamples';

const entriesCpp = `${import.meta.dirname}/sources/entries.cpp`;
/** Entries looked at in one file; damage can make more of one entry's bytes. */
const MAX_ENTRIES = 3000;

function guarded(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(DwarfError);
  }
}

function exerciseEntry(die: Die): void {
  for (const name of [...die.names, 0x31, 0x47, 0x49, 0x03]) {
    guarded(() => die.attribute(name));
    guarded(() => die.inherited(name));
    guarded(() => die.string(name));
    guarded(() => [die.unsigned(name), die.signed(name), die.number(name), die.flag(name)]);
    guarded(() => die.reference(name)?.name);
    guarded(() => die.address(name));
    guarded(() => die.expression(name));
    guarded(() => die.locationList(name)?.at(0x1150));
  }
  guarded(() => die.ranges());
  guarded(() => [die.name, die.linkageName, die.key]);
}

function exercise(debug: DebugInfo): void {
  let left = MAX_ENTRIES;
  const walk = (die: Die): void => {
    if (left-- <= 0) return;
    exerciseEntry(die);
    guarded(() => {
      for (const child of die.children()) {
        if (left <= 0) break;
        walk(child);
      }
    });
  };
  debug.eachHeader((header) => {
    guarded(() => {
      const { full } = debug.unitAt(header.offset, header.section);
      walk(full.root);
      let across = 0;
      for (const child of full.root.childrenAcrossImports()) if (++across > 500 || !child) break;
      const middle = (header.rootOffset + header.end) >>> 1;
      for (let offset = middle; offset < middle + 20; offset++) guarded(() => full.dieAt(offset).parent);
    });
  });
  for (const signature of [0n, 1n, 0xffffffffffffffffn]) guarded(() => debug.typeUnit(signature));
}

const damages = fc.array(
  fc.record({
    /** Where, as a part of all debugging information. */
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      fc.constantFrom(...[0x00, 0x01, 0x7f, 0x80, 0xff].map((byte) => new Uint8Array(8).fill(byte))),
    ),
    isEarly: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);

describe('damaged entries', () => {
  for (const [name, build] of Object.entries({
    'gcc, DWARF 5': () => buildC('gcc', '-O2', '-gdwarf-5'),
    'gcc, DWARF 2': () => buildC('gcc', '-O2', '-gdwarf-2', '-gstrict-dwarf'),
    'clang, DWARF 4': () => buildC('clang', '-O2', '-gdwarf-4'),
    'clang++, type units': () =>
      compile(entriesCpp, { compiler: 'clang++', flags: ['-g', '-O1', '-gdwarf-4', '-fdebug-types-section'] }),
    'g++, dwz': () => compile(entriesCpp, { compiler: 'g++', flags: ['-g', '-O2', '-gdwarf-5'], then: [['dwz']] }),
  })) {
    it(name, { timeout: 60_000 }, () => {
      const file = build();
      const original = new Uint8Array(readFileSync(file));
      const places = openElf(file).sections.filter((section) => section.name.startsWith('.debug_') && section.size > 0);
      fc.assert(
        fc.property(fc.nat(places.length - 1), damages, (which, list) => {
          const bytes = original.slice();
          const { offset, size } = places[which]!;
          for (const { at, bytes: noise, isEarly } of list) {
            const place = Math.floor(at * (isEarly ? Math.min(size, 64) : size));
            bytes.set(noise.subarray(0, size - place), offset + place);
          }
          exercise(new DebugInfo(ElfFile.parse(new BufferSource(bytes), 'image')));
        }),
        { numRuns: 150 },
      );
    });
  }
});

describe('a damaged package', () => {
  it('has no units, or some', () => {
    const directory = mkdtempSync(join(tmpdir(), 'package-'));
    try {
      const program = join(directory, 'prog');
      runTool('clang++', ['-g', '-O1', '-gdwarf-5', '-gsplit-dwarf', '-o', program, entriesCpp], { cwd: directory });
      runTool('timeout', ['20', 'llvm-dwp', '-e', program, '-o', `${program}.dwp`]);
      const original = new Uint8Array(readFileSync(`${program}.dwp`));
      const places = openElf(`${program}.dwp`).sections.filter(({ name }) =>
        /^\.debug_(cu_index|\w+\.dwo)$/.test(name),
      );
      const skeletons = openElf(program);
      fc.assert(
        fc.property(fc.nat(places.length - 1), damages, (which, list) => {
          const bytes = original.slice();
          const { offset, size } = places[which]!;
          for (const { at, bytes: noise, isEarly } of list) {
            const place = Math.floor(at * (isEarly ? Math.min(size, 64) : size));
            bytes.set(noise.subarray(0, size - place), offset + place);
          }
          const problems: string[] = [];
          const splitFiles = {
            package: ElfFile.parse(new BufferSource(bytes), 'package'),
            candidates: () => [],
            report: (problem: string) => problems.push(problem),
          };
          exercise(new DebugInfo(skeletons, { splitFiles }));
          expect(problems.length).toBeLessThanOrEqual(1); // one unit, told of once
        }),
        { numRuns: 150 },
      );
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('index of any bytes ends', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (bytes, signature) => {
          bytes.set([5, 0, 0, 0].slice(0, bytes.length));
          for (const at of [4, 8, 12]) bytes.fill(0, at + 1, at + 4);
          guarded(() => {
            const index = new PackageIndex(new Section('.debug_cu_index', new BufferSource(bytes)));
            index.find(signature);
            index.around('info', 0);
          });
        },
      ),
      { numRuns: 2000 },
    );
  });
});
