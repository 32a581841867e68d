/** Names looked up from frames, lists of a unit's variables, thread-local storage, and damaged scopes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { fileAddr } from '../../src/common/addresses';
import { BufferSource } from '../../src/common/bytes';
import { readAuxv } from '../../src/common/procfs';
import { frameData } from '../../src/engine/framedata';
import type { StackFrame } from '../../src/engine/stack';
import { NameScope, type FoundVariable } from '../../src/symbols/data/lookup';
import type { DataScope, FrameData } from '../../src/symbols/data/variables';
import { ElfFile } from '../../src/symbols/elf/elffile';
import { Module } from '../../src/symbols/module';
import { Driver } from '../engine/harness';
import { compile, type CompileOptions, sourcePath } from '../support/debuggees';
import { readStorage } from './readstorage';

const sources = '../symbols/sources';

/** Runs a program to a marker. */
async function stopAt(
  source: string,
  marker: string,
  options: CompileOptions = {},
  args: string[] = [],
): Promise<{ driver: Driver; data: (index: number) => FrameData; frame: (index: number) => StackFrame }> {
  const driver = await Driver.launchProgram(compile(source, options), sourcePath(source), { args });
  driver.breakAt(marker);
  driver.start();
  await driver.stop();
  const { target } = driver;
  const stack = target.stack(driver.tid);
  const process = { memory: target.memory, modules: target.modules, auxiliary: () => readAuxv(target.pid) };
  return {
    driver,
    data: (index) => frameData(process, stack, stack.frame(index)!),
    frame: (index) => stack.frame(index)!,
  };
}

function intOf(found: FoundVariable | undefined, data: FrameData): number | string | undefined {
  if (found?.kind === 'member') return [found.object.name, ...found.path].join('.');
  if (found?.kind !== 'variable') return found?.kind;
  const bytes = readStorage(found.variable.locate(data), 4, data);
  return bytes && Buffer.from(bytes.map((byte) => byte ?? 0)).readInt32LE(0);
}

describe('names in C', () => {
  test('the innermost block hides the others; statics, globals, functions and files are reached', async () => {
    const source = `${sources}/variables.c`;
    const { driver, data } = await stopAt(source, 'blocks');
    const scope = new NameScope(data(0), driver.target.modules.modules);
    const value = (name: string): unknown => intOf(scope.variable(name), data(0));
    expect(value('outer')).toBe(105);
    expect(value('argument')).toBe(5);
    expect(value('late')).toBeTypeOf('number');
    expect(value('counter')).toBe(7);
    expect(value('::counter')).toBe(7);
    expect(value('hidden')).toBe(11);
    expect(value('elsewhere')).toBe(64);
    expect(value('statics::calls')).toBe(3);
    expect(value("'variables.c'::hidden")).toBe(11);
    expect(value("'nothing.c'::hidden")).toBeUndefined();
    expect(value('per_thread')).toBe(21);
    expect(value('hidden_per_thread')).toBe(22);
    expect(value('nonsense')).toBeUndefined();
    expect(scope.type('point')).toMatchObject({ kind: 'struct', name: 'point' });
    expect(scope.functions('leaf').map(({ name }) => name)).toEqual(['leaf']);
    expect(scope.names('o', 10)).toContainEqual({ name: 'outer', kind: 'variable' });
    const main = new NameScope(data(1), driver.target.modules.modules);
    expect(intOf(main.variable('outer'), data(1))).toBeUndefined();
    expect(main.variable('items')).toMatchObject({ kind: 'variable' });
  });

  test('an extern declaration in a block is the global', async () => {
    const { data, frame } = await stopAt(`${sources}/variables.c`, 'statics');
    const counter = frame(0).scope!.variables.find(({ name }) => name === 'counter')!;
    expect(counter.kind).toBe('global');
    expect(readStorage(counter.locate(data(0)), 4, data(0))).toEqual([7, 0, 0, 0]);
  });

  test('statics and globals of the file, each once, by name', async () => {
    const { driver, frame } = await stopAt(`${sources}/variables.c`, 'statics');
    const module = driver.target.modules.modules[0]!;
    const at = module.toFile(frame(0).pc);
    expect(module.data.staticsAt(at).map(({ name }) => name)).toEqual(['hidden', 'hidden_per_thread']);
    const globals = ['counter', 'elsewhere', 'limit', 'per_thread', 'sink'];
    expect(module.data.globalsAt(at).map(({ name }) => name)).toEqual(globals);
    expect(module.data.languageAt(at)).toBe('c');
  });
});

describe('names in C++', () => {
  const source = `${sources}/variables.cpp`;

  it.each(['g++', 'clang++'] as const)('%s: members, classes, namespaces', async (compiler) => {
    const { driver, data } = await stopAt(source, 'area', { compiler });
    const scope = new NameScope(data(0), driver.target.modules.modules);
    const value = (name: string): unknown => intOf(scope.variable(name), data(0));
    expect(value('count')).toBe(30);
    expect(value('::shapes::count')).toBe(3);
    expect(value('shapes::count')).toBe(3);
    expect(value('radius')).toBe('this.radius');
    expect(value('id')).toBe('this.id');
    expect(value('made')).toBe(7);
    expect(value('Base::made')).toBe(7);
    expect(value('shapes::Base::made')).toBe(7);
    expect(value('secret')).toBe(4);
    expect(value('shapes::(anonymous namespace)::secret')).toBe(4);
    expect(value('version')).toBe(5);
    expect(value('shapes::v1::version')).toBe(5);
    expect(value('::count')).toBeUndefined();
    expect(scope.type('Circle')).toMatchObject({ kind: 'struct', qualifiedName: 'shapes::Circle' });
    expect(scope.functions('area').map(({ qualifiedName }) => qualifiedName)).toEqual(['shapes::Circle::area']);
    expect(scope.functions('Circle::area').map(({ qualifiedName }) => qualifiedName)).toEqual(['shapes::Circle::area']);
    // What is near comes first; rand() is declared by a header that the file includes.
    expect(scope.names('ra', 10)).toEqual([
      { name: 'radius', kind: 'member' },
      { name: 'rand', kind: 'function' },
    ]);
  });

  it.each(['g++', 'clang++'] as const)('%s: using', async (compiler) => {
    const { driver, data } = await stopAt(source, 'imports', { compiler });
    const scope = new NameScope(data(0), driver.target.modules.modules);
    const value = (name: string): unknown => intOf(scope.variable(name), data(0));
    expect(value('count')).toBe(3);
    expect(value('version')).toBe(5);
    expect(value('alias::count')).toBe(3);
    expect(value('sink')).toBeTypeOf('number');
    expect(scope.type('Circle')).toMatchObject({ qualifiedName: 'shapes::Circle' });
  });
});

describe('thread-local variables', () => {
  const source = `${sources}/threadlocals.c`;
  const plugin = (): string =>
    compile(`${sources}/threadlocalplugin.c`, { flags: ['-g', '-shared', '-fPIC'], name: 'threadlocalplugin.so' });

  it.each([
    ['PIE', { flags: ['-g', '-pie', '-fPIE', '-pthread'] }],
    ['static', { flags: ['-g', '-static', '-pthread'] }],
    ['static PIE', { flags: ['-g', '-static-pie', '-fPIE', '-pthread'] }],
    ['musl', { compiler: 'musl-gcc', flags: ['-g'] }],
    ['clang, TLS descriptors', { compiler: 'clang', flags: ['-g', '-pthread'] }],
  ] as const)('of the program: %s', async (_what, options) => {
    const { driver, data } = await stopAt(source, 'thread', options);
    const scope = new NameScope(data(0), driver.target.modules.modules);
    expect(intOf(scope.variable('mine'), data(0))).toBe(101);
    expect(intOf(scope.variable('aligned'), data(0))).toBe(64);
    expect(intOf(scope.variable('zeroed'), data(0))).toBe(5);
  });

  it.each([
    ['glibc', {}],
    ['musl', { compiler: 'musl-gcc' }],
  ] as const)('of a library that was loaded later: %s', async (libc, extra) => {
    const library =
      libc === 'musl'
        ? compile(`${sources}/threadlocalplugin.c`, {
            compiler: 'musl-gcc',
            flags: ['-g', '-shared', '-fPIC'],
            name: 'threadlocalplugin.so',
          })
        : plugin();
    const options = { flags: ['-g', '-DLOAD', '-pthread'], ...extra };
    const { driver, data } = await stopAt(source, 'loaded', options, [library]);
    const { modules } = driver.target.modules;
    const module = modules.find(({ name }) => name === 'threadlocalplugin.so')!;
    const find = (): FoundVariable | undefined => {
      const [variable] = module.data.findVariables('in_plugin', undefined);
      return variable && { kind: 'variable', variable };
    };
    expect(intOf(find(), data(0))).toBe(78);
  });

  test('one that this thread has not touched yet says so', async () => {
    const { driver, data } = await stopAt(source, 'untouched', { flags: ['-g', '-DLOAD', '-pthread'] }, [plugin()]);
    const module = driver.target.modules.modules.find(({ name }) => name === 'threadlocalplugin.so')!;
    const [variable] = module.data.findVariables('in_plugin', undefined);
    expect(variable!.locate(data(0))).toEqual({
      kind: 'unavailable',
      reason: 'its thread-local storage is not allocated in this thread yet',
    });
  });
});

describe('damage', () => {
  /** Everything that can be asked of the scopes in a module's code. */
  function lookAround(module: Module): number {
    const text = module.elf.section('.text')!;
    let seen = 0;
    for (let at: number = text.address; at < text.address + text.size; at += 7) {
      let scope: DataScope | undefined = module.data.scopeAt(fileAddr(at));
      for (; scope; scope = scope.parent) {
        seen += scope.variables.length + scope.imports.length;
        for (const variable of scope.variables) {
          const place = variable.locate({
            lookupPc: module.toVirt(fileAddr(at)),
            registers: { dwarf: (register) => BigInt(register), named: () => undefined },
            memory: { read: (_address, length) => new Uint8Array(Math.min(length, 64)) },
            cfa: module.toVirt(fileAddr(0x7000)),
            caller: () => undefined,
            threadLocal: () => undefined,
            moduleAt: () => module,
          });
          seen += [variable.name, variable.kind, variable.qualifiedName, variable.type.kind, place.kind].length;
        }
        seen += [scope.call, scope.function?.name, scope.function?.type, scope.function?.memberOf].length;
      }
    }
    const main = module.findMain() ?? module.entry;
    return seen + module.data.staticsAt(module.toFile(main)).length;
  }

  test.each(['variables.c', 'variables.cpp'])(
    '%s with bytes changed: no crash, no hang',
    (name) => {
      const program = compile(`${sources}/${name}`, { flags: ['-g', '-O2'] });
      const original = readFileSync(program);
      const elf = ElfFile.parse(new BufferSource(original), name);
      const module = (bytes: Uint8Array): Module => Module.fromImage(bytes, name, 0n);
      expect(lookAround(module(original))).toBeGreaterThan(100);
      let seed = 12345;
      const random = (below: number): number => {
        seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
        return seed % below;
      };
      for (let round = 0; round < 60; round++) {
        const bytes = Uint8Array.from(original);
        for (const sectionName of [
          '.debug_info',
          '.debug_abbrev',
          '.debug_loclists',
          '.debug_rnglists',
          '.debug_line',
        ]) {
          const section = elf.section(sectionName);
          if (!section) continue;
          for (let i = 0; i < 4; i++) bytes[section.offset + random(section.size)] = random(256);
        }
        expect(lookAround(module(bytes))).toBeGreaterThanOrEqual(0);
      }
    },
    60_000,
  );
});
