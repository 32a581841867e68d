import { describe, expect, test } from 'vitest';
import { fileAddr } from '../../src/common/addresses';
import { buildId, debugLink, interpreter, sharedLibraryNames } from '../../src/symbols/elf/notes';
import { pltSymbols } from '../../src/symbols/elf/plt';
import { SymbolTable } from '../../src/symbols/elf/symtab';
import { compile, runTool } from '../support/debuggees';
import { libc, openElf, samples } from './elfsamples';

/** The `<name@plt>` labels that `objdump -d` makes up. */
function statedEntries(path: string): Map<number, string> {
  const sections = openElf(path)
    .sections.map((s) => s.name)
    .filter((name) => name.startsWith('.plt'));
  const found = new Map<number, string>();
  for (const section of sections) {
    const text = runTool('objdump', ['-d', '--no-show-raw-insn', '-j', section, path]);
    for (const [, address, name] of text.matchAll(/^([0-9a-f]+) <([^>]+)@plt>:$/gm)) {
      found.set(parseInt(address!, 16), name!.replace(/@.*/, ''));
    }
  }
  return found;
}

const withEntries = [
  'gcc, PIE',
  'gcc, not PIE',
  'gcc, bound at start',
  'gcc, bound lazily',
  'gcc, IBT',
  'clang, PIE',
  'musl-gcc',
  'g++',
  'shared library',
  'stripped /bin/ls',
  'node',
];

describe('PLT entries agree with objdump', () => {
  for (const name of withEntries) {
    test(name, () => {
      const elf = openElf(samples[name]!());
      const symbols = SymbolTable.of(elf);
      const ours = new Map(pltSymbols(elf, (a) => symbols.lookup(a)?.name).map((s) => [s.address as number, s.name]));
      const stated = statedEntries(samples[name]!());
      expect(stated.size).toBeGreaterThan(0);
      for (const [address, symbol] of stated) {
        if (symbol.startsWith('*ABS*')) continue; // objdump does not look up what an IRELATIVE slot resolves
        expect([address.toString(16), ours.get(address)]).toEqual([address.toString(16), `${symbol}@plt`]);
      }
    });
  }

  // objdump 2.40 does not label these; the loop over the slots' relocations is the oracle.
  for (const name of ['clang, lld', 'clang, lld, IBT', 'gcc, IBT']) {
    test(`${name}: each function has an entry whose jump goes through its slot`, () => {
      const path = samples[name]!();
      const elf = openElf(path);
      const entries = pltSymbols(elf, () => undefined);
      const slots = new Map(
        [...runTool('readelf', ['-rW', path]).matchAll(/^([0-9a-f]+) .*JUMP_SLO.* ([\w@.]+) \+ 0$/gm)].map((m) => [
          parseInt(m[1]!, 16),
          m[2]!.replace(/@.*/, ''),
        ]),
      );
      expect(slots.size).toBeGreaterThan(0);
      for (const [slot, symbol] of slots) {
        const entry =
          entries.find((e) => e.name === `${symbol}@plt` && elf.sectionAt(e.address)?.name !== '.plt') ??
          entries.find((e) => e.name === `${symbol}@plt`)!;
        const code = Buffer.from(elf.readAt(entry.address, 16));
        const jump = code.indexOf(Buffer.from([0xff, 0x25]));
        expect(entry.address + jump + 6 + code.readInt32LE(jump + 2)).toBe(slot);
        expect(entry.kind).toBe('plt');
        expect(entry.size).toBe(16);
      }
    });
  }

  test('with IBT the lazy half of an entry carries the name too', () => {
    const elf = openElf(samples['gcc, IBT']!());
    const puts = pltSymbols(elf, () => undefined).filter((s) => s.name === 'printf@plt');
    expect(puts.map((s) => elf.sectionAt(s.address)!.name)).toEqual(['.plt', '.plt.sec']);
  });

  test('IFUNCs of a static program are named after their resolver', () => {
    const elf = openElf(samples['gcc, static']!());
    const symbols = SymbolTable.of(elf);
    const entries = pltSymbols(elf, (address) => symbols.lookup(address)?.name);
    expect(entries.length).toBeGreaterThan(5);
    expect(entries.map((e) => e.name)).toContain('strlen@plt');
    for (const e of entries) expect(symbols.named(e.name.replace('@plt', '')).length).toBeGreaterThan(0);
  });

  test('libc: calls to its own IFUNCs and to what may be replaced', () => {
    const elf = openElf(libc);
    const names = pltSymbols(elf, () => 'resolver').map((s) => s.name);
    expect(names).toContain('malloc@plt');
    expect(names).toContain('resolver@plt');
  });

  test('no PLT, no names', () => {
    expect(pltSymbols(openElf(samples['assembler']!()), () => undefined)).toEqual([]);
  });
});

describe('notes agree with readelf', () => {
  for (const [name, path] of Object.entries(samples)) {
    test(name, () => {
      const elf = openElf(path());
      const stated = /Build ID: ([0-9a-f]+)/.exec(runTool('readelf', ['-nW', path()]))?.[1];
      expect(buildId(elf)).toBe(stated);
      const dynamic = runTool('readelf', ['-dW', path()]);
      expect(sharedLibraryNames(elf)).toEqual({
        needed: [...dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((m) => m[1]),
        soname: /\(SONAME\).*\[(.*)\]/.exec(dynamic)?.[1],
      });
      const program = /Requesting program interpreter: (.*)\]/.exec(runTool('readelf', ['-lW', path()]))?.[1];
      expect(interpreter(elf)).toBe(program);
      const link = /\.gnu_debuglink/.test(runTool('readelf', ['-SW', path()]))
        ? runTool('readelf', ['--debug-dump=links', '-wN', path()])
        : '';
      const crc = /CRC value: (0x[0-9a-f]+)/.exec(link)?.[1];
      expect(debugLink(elf)?.crc).toBe(crc === undefined ? undefined : Number(crc));
      expect(debugLink(elf)?.fileName).toBe(/Separate debug info file: (.*)\s+CRC/.exec(link)?.[1]);
    });
  }

  test('a build id of another length, and none', () => {
    const short = compile('hello.c', { flags: ['-Wl,--build-id=0x0123456789'] });
    expect(buildId(openElf(short))).toBe('0123456789');
    expect(buildId(openElf(compile('hello.c', { flags: ['-Wl,--build-id=none'] })))).toBeUndefined();
  });

  test('lookups of addresses in no entry', () => {
    const elf = openElf(samples['gcc, bound lazily']!());
    const plt = elf.section('.plt')!;
    const entries = pltSymbols(elf, () => undefined);
    expect(entries.find((e) => e.address === fileAddr(plt.address))).toBeUndefined();
  });
});
