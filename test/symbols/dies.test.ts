/** Entries against llvm-dwarfdump: every one of every unit, with its tag, its place and each of its attributes. */
import { describe, expect, it } from 'vitest';
import * as C from '../../src/symbols/dwarf/constants';
import { DebugInfo } from '../../src/symbols/dwarf/debuginfo';
import type { Die } from '../../src/symbols/dwarf/die';
import type { FormValue } from '../../src/symbols/dwarf/forms';
import { compile } from '../support/debuggees';
import { dumpedBounds, dumpedEntries, type DumpedAttribute, type DumpedEntry } from './diedump';
import { buildC, openElf } from './linesamples';

const entriesCpp = `${import.meta.dirname}/sources/entries.cpp`;
const namesRs = `${import.meta.dirname}/sources/names.rs`;

function buildEntries(compiler: 'g++' | 'clang++', ...flags: string[]): string {
  return compile(entriesCpp, { compiler, flags: ['-g', ...flags] });
}

const programs: Readonly<Record<string, () => string>> = {
  'gcc, DWARF 2': () => buildC('gcc', '-O2', '-gdwarf-2', '-gstrict-dwarf'),
  'gcc, DWARF 3': () => buildC('gcc', '-O1', '-gdwarf-3', '-gstrict-dwarf'),
  'gcc, DWARF 4': () => buildC('gcc', '-O2', '-gdwarf-4'),
  'gcc, DWARF 5': () => buildC('gcc', '-O2', '-gdwarf-5'),
  'gcc, 64-bit DWARF': () => buildC('gcc', '-O2', '-gdwarf-5', '-gdwarf64'),
  'gcc, LTO': () => buildC('gcc', '-O2', '-flto'),
  'clang, DWARF 2': () => buildC('clang', '-O1', '-gdwarf-2'),
  'clang, DWARF 3': () => buildC('clang', '-O2', '-gdwarf-3'),
  'clang, DWARF 4': () => buildC('clang', '-O1', '-gdwarf-4'),
  'clang, DWARF 5': () => buildC('clang', '-O2', '-gdwarf-5'),
  'clang, 64-bit DWARF': () => buildC('clang', '-O2', '-gdwarf-5', '-gdwarf64'),
  'g++, DWARF 4': () => buildEntries('g++', '-O2', '-gdwarf-4'),
  'g++, DWARF 5': () => buildEntries('g++', '-O2', '-gdwarf-5'),
  'g++, type units, DWARF 4': () => buildEntries('g++', '-O1', '-gdwarf-4', '-fdebug-types-section'),
  'g++, type units, DWARF 5': () => buildEntries('g++', '-O1', '-gdwarf-5', '-fdebug-types-section'),
  'clang++, DWARF 5': () => buildEntries('clang++', '-O2', '-gdwarf-5'),
  'clang++, type units, DWARF 4': () => buildEntries('clang++', '-O0', '-gdwarf-4', '-fdebug-types-section'),
  'clang++, type units, DWARF 5': () => buildEntries('clang++', '-O0', '-gdwarf-5', '-fdebug-types-section'),
  'g++, zlib': () => buildEntries('g++', '-O2', '-gz=zlib'),
  'g++, dwz': () => compile(entriesCpp, { compiler: 'g++', flags: ['-g', '-O2', '-gdwarf-5'], then: [['dwz']] }),
  rustc: () => compile(namesRs),
  'rustc, optimised': () => compile(namesRs, { flags: ['-g', '-O'] }),
};

/** Every entry by `section offset`. */
function walked(debug: DebugInfo): Map<string, { die: Die; parent: Die | undefined }> {
  const found = new Map<string, { die: Die; parent: Die | undefined }>();
  const suffix = debug.sections.isSplit ? '.dwo' : '';
  const visit = (die: Die, parent?: Die): void => {
    found.set(`.debug_${die.unit.header.section}${suffix} ${die.offset}`, { die, parent });
    for (const child of die.children()) visit(child, die);
  };
  debug.eachHeader((header) => visit(debug.unitAt(header.offset, header.section).root));
  return found;
}

const numbers = new Map(Object.entries(C).map(([name, value]) => [name, value]));

/** What is wrong with our reading of one attribute; undefined when nothing is. */
function difference(die: Die, dumped: DumpedAttribute, bounds: ReadonlyMap<string, string[]>): string | undefined {
  const name = attributeNumber(die, dumped);
  const value: FormValue | undefined = die.attribute(name);
  const { text, form } = dumped;
  const expectEqual = (ours: unknown, theirs: unknown): string | undefined =>
    ours === theirs ? undefined : `${String(ours)} instead of ${String(theirs)}`;
  if (!value) return 'absent';
  const key = `.debug_${die.unit.header.section} ${die.offset} ${dumped.name}`;
  switch (value.kind) {
    case 'string':
    case 'stringOffset':
    case 'stringIndex': {
      const quoted = /"(.*)"$/s.exec(text)?.[1];
      return form === 'DW_FORM_GNU_strp_alt' ? undefined : expectEqual(die.string(name), quoted && unescaped(quoted));
    }
    case 'flag':
      return expectEqual(die.flag(name), text === 'true' || text === '0x01');
    case 'constant': {
      if (!/^(-?\d+|0x[0-9a-f]+)$/.test(text)) return undefined; // an enumerator, or a file's name
      const [unsigned, signed, theirs] = [die.unsigned(name)!, die.signed(name)!, BigInt(text)];
      if (BigInt.asIntN(64, unsigned) === BigInt.asIntN(64, theirs)) return undefined;
      return expectEqual(signed, theirs);
    }
    case 'address':
    case 'addressIndex':
      return expectEqual(die.address(name), Number(/0x[0-9a-f]+$/.exec(text)?.[0]));
    case 'unitReference':
    case 'infoReference':
      return expectEqual(die.reference(name)?.offset, Number(/\{?(0x[0-9a-f]+)\}?(?: ".*")?$/s.exec(text)?.[1]));
    case 'typeSignature': {
      const target = die.reference(name);
      if (!target) return 'leads nowhere';
      return expectEqual(target.unit.header.type?.signature, BigInt(/0x[0-9a-f]+/.exec(text)![0]));
    }
    case 'altReference':
      return undefined;
    case 'sectionOffset':
    case 'listIndex': {
      const theirs = bounds.get(key) ?? [];
      const hex = (n: number): string => n.toString(16);
      if (name === C.DW_AT_ranges) {
        const ours = die.ranges().map(({ start, end }) => `${hex(start)}-${hex(end)}`);
        return expectEqual(ours.join(), theirs.filter((b) => b.split('-')[0] !== b.split('-')[1]).join());
      }
      if (theirs.length > 0) {
        const ours = die
          .locationList(name)
          ?.entries()
          .map(({ start, end }) => `${hex(start)}-${hex(end)}`);
        return expectEqual(ours?.join(), theirs.filter((b) => b.split('-')[0] !== b.split('-')[1]).join());
      }
      return expectEqual(value.value, Number(/0x[0-9a-f]+/.exec(text)?.[0]));
    }
    case 'block':
      return expectEqual(Buffer.from(value.bytes).toString('hex'), blockText(text, value.bytes));
    case 'expression':
    case 'data16':
      return expectEqual(value.bytes instanceof Uint8Array, true);
  }
}

/** LLVM writes bytes that are not ASCII in octal. */
function unescaped(text: string): string {
  const bytes = text.replace(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(parseInt(code, 8)) : code,
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** `<0x02> 01 02 `, or the operations that the bytes mean, which others compare. */
function blockText(text: string, bytes: Uint8Array): string {
  const data = /^<0x[0-9a-f]+> ([0-9a-f ]*)$/.exec(text)?.[1];
  return data?.replace(/ /g, '') ?? Buffer.from(bytes).toString('hex');
}

/** The name's number; of names that are not in our table the one that stands at the attribute's place. */
function attributeNumber(die: Die, dumped: DumpedAttribute): number {
  return numbers.get(dumped.name) ?? die.names[placeOf.get(dumped)!]!;
}
const placeOf = new WeakMap<DumpedAttribute, number>();

function compare(file: string, debug: DebugInfo): { entries: number; wrong: string[] } {
  const theirs: DumpedEntry[] = dumpedEntries(file);
  const bounds = dumpedBounds(file);
  const ours = walked(debug);
  const wrong: string[] = [];
  for (const dumped of theirs) {
    const found = ours.get(`${dumped.section} ${dumped.offset}`);
    const where = `${dumped.section} 0x${dumped.offset.toString(16)} ${dumped.tag}`;
    if (!found) {
      wrong.push(`${where}: not found`);
      continue;
    }
    const { die, parent } = found;
    const number = numbers.get(dumped.tag);
    if (number !== undefined && number !== die.tag) wrong.push(`${where}: tag 0x${die.tag.toString(16)}`);
    if (die.hasChildren !== dumped.hasChildren) wrong.push(`${where}: children`);
    if (parent?.offset !== dumped.parent) wrong.push(`${where}: parent`);
    if (die.names.length !== dumped.attributes.length) wrong.push(`${where}: ${die.names.length} attributes`);
    dumped.attributes.forEach((attribute, i) => {
      placeOf.set(attribute, i);
      const problem = difference(die, attribute, bounds);
      if (problem !== undefined) wrong.push(`${where} ${attribute.name} [${attribute.form}]: ${problem}`);
    });
  }
  if (theirs.length !== ours.size) wrong.push(`${ours.size} entries instead of ${theirs.length}`);
  return { entries: theirs.length, wrong };
}

describe('every entry of', () => {
  for (const [name, build] of Object.entries(programs)) {
    it(name, () => {
      const file = build();
      const { entries, wrong } = compare(file, new DebugInfo(openElf(file)));
      expect(wrong.slice(0, 20)).toEqual([]);
      expect(entries).toBeGreaterThan(80);
    });
  }
});

describe('a parent', () => {
  for (const compiler of ['gcc', 'clang'] as const) {
    it(`is found for an entry reached by its offset alone, ${compiler}`, () => {
      const file = buildC(compiler, '-O2');
      const fresh = new DebugInfo(openElf(file));
      for (const { die, parent } of walked(new DebugInfo(openElf(file))).values()) {
        expect(fresh.unitContaining(die.offset).dieAt(die.offset).parent?.offset).toBe(parent?.offset);
      }
    });
  }
});
