import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compile, debuggeeDir, line, markers, runTool, type CompileOptions } from './debuggees';

const freestanding = { flags: ['-g', '-nostdlib', '-static'] };
const optimised = { flags: ['-g', '-O2'] };

/** What each program does when nobody debugs it: tests that debug one may rely on it. */
const programs: readonly [source: string, options: CompileOptions, args: string[], end: number | NodeJS.Signals][] = [
  ['hello.c', {}, [], 0],
  ['recursion.c', {}, ['50000'], 0],
  ['threads.c', {}, ['8'], 0],
  ['many_threads.c', {}, ['20', '0'], 0],
  ['signals.c', {}, ['raise'], 0],
  ['signals.c', {}, ['timer'], 0],
  ['signals.c', {}, ['segv'], 'SIGSEGV'],
  ['signals.c', {}, ['fpe'], 'SIGFPE'],
  ['signals.c', {}, ['ill'], 'SIGILL'],
  ['signals.c', {}, ['abort'], 'SIGABRT'],
  ['signals.c', {}, ['trap'], 'SIGTRAP'],
  ['signals.c', {}, ['ignored'], 0],
  ['longjmp.c', {}, [], 0],
  ['exceptions.cpp', {}, [], 0],
  ['templates.cpp', optimised, [], 0],
  ['tailcall.c', optimised, [], 0],
  ['tailcall.c', { ...optimised, compiler: 'clang' }, [], 0],
  ['forks.c', {}, [], 0],
  ['forks.c', {}, ['vfork'], 0],
  ['execs.c', {}, [], 0],
  ['execs.c', {}, ['-t'], 0],
  ['crash.c', {}, [], 'SIGSEGV'],
  ['spin.c', {}, ['1000'], 0],
  ['stdin.c', {}, [], 0],
  ['args.c', {}, ['a "b'], 0],
  ['exits.c', {}, ['3'], 3],
  ['exits.c', {}, ['abort'], 'SIGABRT'],
  ['exits.c', {}, ['kill'], 'SIGKILL'],
  ['exits.c', {}, ['thread'], 5],
  ['bigstack.c', {}, [], 0],
  ['static.c', { flags: ['-g', '-static'] }, [], 0],
  ['static.c', { flags: ['-g', '-static-pie'] }, [], 0],
  ['static.c', { compiler: 'musl-gcc' }, [], 0],
  ['stepping.c', {}, [], 0],
  ['stepping.cpp', {}, [], 0],
  ['odd.s', freestanding, [], 0],
  ['rust/main.rs', {}, [], 0],
  ['rust/main.rs', {}, ['panic'], 101],
];

describe('each debuggee runs by itself', () => {
  test.each(programs)('%s %o %j ends with %s', (source, options, args, end) => {
    const result = spawnSync(compile(source, options), args, { input: 'hi\n' });
    expect(result.signal ?? result.status).toBe(end);
  });

  test('dlopen.c loads plugin.c twice', () => {
    const plugin = compile('plugin.c', { flags: ['-g', '-shared', '-fPIC'], name: 'plugin.so' });
    expect(runTool(compile('dlopen.c'), [plugin])).toBe('205\n');
  });

  test('stdio.c writes every byte', () => {
    const { stdout } = spawnSync(compile('stdio.c'), ['bytes']);
    expect([...stdout]).toEqual(Array.from({ length: 256 }, (_, byte) => byte));
  });

  test('args.c writes JSON', () => {
    const written = JSON.parse(runTool(compile('args.c'), ['one', 'a "b\\'])) as { argv: string[]; cwd: string };
    expect(written.argv.slice(1)).toEqual(['one', 'a "b\\']);
    expect(written.cwd).toBe(process.cwd());
  });
});

describe('compile', () => {
  test('gives the same binary for the same flags and another one for others', () => {
    expect(compile('hello.c')).toBe(compile('hello.c'));
    expect(compile('hello.c', optimised)).not.toBe(compile('hello.c'));
  });

  test('fails with the compiler’s own words', () => {
    expect(() => compile('hello.c', { flags: ['-nonsense'] })).toThrow(/nonsense/);
  });

  test('a tool that is not installed fails with its apt line', () => {
    expect(() => runTool('no-such-tool', [])).toThrow('sudo apt-get install -y no-such-tool');
  });
});

describe('markers', () => {
  test('are found in every language', () => {
    expect(line('hello.c', 'loop')).toBeGreaterThan(line('hello.c', 'work'));
    expect(markers('odd.s').has('after_rep')).toBe(true);
    expect(markers('rust/main.rs').has('closure')).toBe(true);
  });

  test('are unique in every shared debuggee', () => {
    for (const name of readdirSync(debuggeeDir, { recursive: true, encoding: 'utf8' })) {
      if (/\.(c|cpp|s|rs)$/.test(name)) expect(() => markers(name), name).not.toThrow();
    }
  });

  test('a missing one is named together with those there are', () => {
    expect(() => line('hello.c', 'nowhere')).toThrow(/hello\.c has no marker #nowhere; it has .*loop/);
  });
});
