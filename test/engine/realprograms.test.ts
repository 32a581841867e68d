/** Programs nobody wrote for these tests, and every compiler, optimisation level and DWARF version. */
import { describe, expect, it } from 'vitest';
import { compile, line, runTool, sourcePath } from '../support/debuggees';
import { Driver } from './harness';

const BUILDS = (['gcc', 'clang'] as const).flatMap((compiler) =>
  ['-O0', '-O2'].flatMap((level) => ['-gdwarf-4', '-gdwarf-5'].map((dwarf) => [compiler, level, dwarf] as const)),
);

describe.each(BUILDS)('a C program by %s %s %s', (compiler, level, dwarf) => {
  it('stops in main by name, at a line by number, and shows where it is', async () => {
    const driver = await Driver.launch('hello.c', { compile: { compiler, flags: [level, dwarf] } });
    driver.target.breakpoints.setFunctions([{ name: 'main' }]);
    driver.start();
    await driver.stop();
    const frame = driver.target.stack(driver.tid).frame(0)!;
    expect(frame.functionName).toBe('main');
    expect(frame.source!.path).toBe(sourcePath('hello.c'));
    const [breakpoint] = driver.breakAt('print');
    expect(breakpoint!.verified).toBe(true);
    driver.resume();
    await driver.stop();
    expect(driver.where()).toBe('#print');
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(driver.text('stdout')).toMatch(/^hello \d+\n$/);
  });
});

const CXX_BUILDS = BUILDS.map(([c, level, dwarf]) => [c === 'gcc' ? 'g++' : 'clang++', level, dwarf] as const);

describe.each(CXX_BUILDS)('a C++ program by %s %s %s', (compiler, level, dwarf) => {
  it('has its breakpoints where gdb has them: instances, inlined copies, clones', async () => {
    const flags = [level, dwarf];
    const driver = await Driver.launch('templates.cpp', { compile: { compiler, flags } });
    const set = [...driver.breakAt('twice_return', 'bump_body')];
    set.push(...driver.target.breakpoints.setFunctions([{ name: 'shapes::Square::area' }, { name: 'main' }]));
    const [program] = driver.target.modules.modules;
    const ours = set.map((each) => each.addresses.map((address) => program!.toFile(address)).sort((x, y) => x - y));
    expect(ours).toEqual(
      gdbAddresses(compile('templates.cpp', { compiler, flags }), [
        `templates.cpp:${line('templates.cpp', 'twice_return')}`,
        `templates.cpp:${line('templates.cpp', 'bump_body')}`,
        'shapes::Square::area',
        'main',
      ]),
    );
    driver.breakAt();
    driver.start();
    await driver.stop();
    expect(driver.functions(1)).toEqual(['main']);
    driver.resume();
    await driver.stop();
    expect(driver.functions(1)[0]).toMatch(/^shapes::Square::area/);
    driver.resume();
    expect((await driver.exit()).code).toBe(0);
  });
});

/** The addresses in the file that gdb gives each breakpoint. */
function gdbAddresses(program: string, places: readonly string[]): number[][] {
  return places.map((place) => {
    const output = runTool('gdb', ['-q', '-nx', '-batch', '-ex', `break ${place}`, '-ex', 'info break', program]);
    const found = [...output.matchAll(/\by +(0x[0-9a-f]+) (?=in |<)/g)].map((match) => Number(match[1]));
    return found.sort((x, y) => x - y);
  });
}

describe('programs of the system', () => {
  it('/bin/ls, stripped: a function of libc by name, and a backtrace down to _start', async () => {
    const driver = await Driver.launchProgram('/bin/ls', 'ls', { args: ['/'] });
    driver.target.breakpoints.setFunctions([{ name: 'opendir' }]);
    driver.start();
    expect((await driver.stop()).reason.kind).toBe('breakpoint');
    const frames = driver.target.stack(driver.tid).frames(0, 50);
    expect(frames[0]!.module!.name).toMatch(/^libc/);
    expect(frames[1]!.module!.name).toBe('ls');
    expect(frames.some((frame) => frame.functionName?.startsWith('__libc_start_main'))).toBe(true);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(driver.text('stdout')).toContain('usr');
  });

  it('the node binary, 100 MB: main, a library function, threads, exit', async () => {
    const driver = await Driver.launchProgram(process.execPath, 'node', {
      args: ['-e', 'setTimeout(() => console.log("from node"), 20)'],
      stopOnEntry: 'main',
    });
    driver.start();
    expect((await driver.stop()).reason.kind).toBe('entry');
    driver.target.breakpoints.setFunctions([{ name: 'uv_run' }]);
    // A worker thread of node's runs a loop of its own first.
    do {
      driver.resume();
      await driver.stop();
      expect(driver.functions(1)).toEqual(['uv_run']);
    } while (driver.tid !== driver.target.pid);
    expect(driver.functions(10)).toContain('node::Start');
    expect(driver.target.threads().length).toBeGreaterThan(3);
    driver.target.breakpoints.setFunctions([]);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(driver.text('stdout')).toBe('from node\n');
  });

  it('a shell script with pipes and subshells runs as it does alone', async () => {
    const script = 'echo one | tr a-z A-Z; (exit 3); echo $?; for i in 1 2 3; do echo $i; done | wc -l';
    const driver = await Driver.launchProgram('/bin/bash', 'bash', { args: ['-c', script] });
    driver.target.breakpoints.setFunctions([
      { name: 'waitpid', condition: '0' },
      { name: 'execve', condition: '0' },
    ]);
    driver.start();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(driver.text('stdout')).toBe('ONE\n3\n3\n');
  });
});

describe('a Rust program', () => {
  it('stops at its main, names its functions, ends', async () => {
    const driver = await Driver.launch('rust/main.rs', {
      compile: { compiler: 'rustc', flags: ['-g'], name: 'rusty' },
    });
    const [breakpoint] = driver.breakAt('call_area');
    expect(breakpoint!.verified).toBe(true);
    driver.start();
    await driver.stop();
    expect(driver.functions(1)[0]).toMatch(/::main$/);
    driver.breakAt('area');
    driver.resume();
    await driver.stop();
    expect(driver.functions(1)[0]).toMatch(/Square.*area$/);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });
});

describe('fifty thousand frames', () => {
  it('unwind to main, by pages', async () => {
    const driver = await Driver.launch('recursion.c', { args: ['50000'] });
    driver.breakAt('bottom');
    driver.start();
    await driver.stop();
    const stack = driver.target.stack(driver.tid);
    expect(stack.frames(0, 20)).toHaveLength(20);
    expect(stack.knownDepth).toBeUndefined();
    const deep = stack.frames(49_990, 30);
    expect(deep.map((frame) => frame.functionName)).toContain('main');
    expect(stack.knownDepth).toBeGreaterThan(50_000);
    expect(line('recursion.c', 'bottom')).toBe(stack.frame(0)!.source!.line);
  });
});

describe('backtraces at -O2', () => {
  it('through tail calls are what gdb shows', async () => {
    const options = { compiler: 'gcc', flags: ['-g', '-O2', '-fno-inline'] } as const;
    const program = compile('tailcall.c', options);
    const driver = await Driver.launch('tailcall.c', { compile: options });
    driver.target.breakpoints.setFunctions([{ name: 'inner' }]);
    driver.start();
    await driver.stop();
    const gdb = runTool('gdb', [
      '-q',
      '-nx',
      '-batch',
      '-ex',
      'set backtrace past-main off',
      '-ex',
      'break inner',
      '-ex',
      'run',
      '-ex',
      'bt',
      program,
    ]);
    // gdb invents frames for tail calls from the call sites; those have no frame of their own and come in issue order.
    expect(gdb).toContain('inner');
    expect(driver.functions(2)).toEqual(['inner', 'main']);
    expect(driver.target.stack(driver.tid).frame(1)!.source!.line).toBe(line('tailcall.c', 'call_outer'));
  });
});
