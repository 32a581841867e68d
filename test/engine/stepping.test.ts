/** Steps as tables: from a marker, by kinds of steps; gdb tells where each of them ends. */
import { describe, expect, it } from 'vitest';
import type { StepKind } from '../../src/engine/types';
import { compile, line, runTool } from '../support/debuggees';
import { Driver } from './harness';

const TABLE: [from: string, steps: StepKind[]][] = [
  ['call_square', ['over', 'over', 'over']],
  ['call_square', ['into', 'over', 'over', 'over', 'over']],
  ['call_square', ['into', 'out', 'over']],
  ['call_one_line', ['into', 'over', 'over']],
  ['if', ['over', 'over', 'over']],
  ['case1', ['over', 'over', 'over', 'over']],
  ['for', ['over', 'over', 'over', 'over', 'over', 'over', 'over', 'over', 'over', 'over', 'over']],
  ['while', ['over', 'over', 'over', 'over']],
  ['nested_body', ['into', 'out', 'into', 'out', 'over', 'over']],
  ['nested_body', ['into', 'into', 'into', 'into', 'into']],
  ['indirect', ['into', 'out', 'over', 'over']],
  ['call_libc', ['into', 'over']],
  ['print', ['over']],
];

const GDB_COMMANDS: Record<StepKind, string> = { over: 'next', into: 'step', out: 'finish' };

/** Where gdb says each step ends, `function:line`. */
function gdbPath(program: string, source: string, from: number, steps: readonly StepKind[]): string[] {
  const place = 'python f = gdb.selected_frame(); print("@%s:%d" % (f.name(), f.find_sal().line))';
  const script = [`break ${source}:${from}`, 'run', 'delete', ...steps.flatMap((kind) => [GDB_COMMANDS[kind], place])];
  const output = runTool('gdb', ['-q', '-nx', '-batch', ...script.flatMap((each) => ['-ex', each]), program]);
  return [...output.matchAll(/^@(.*)$/gm)].map((match) => match[1]!);
}

describe.each([
  ['stepping.c', 'gcc', '-O0'],
  ['stepping.c', 'clang', '-O0'],
  ['stepping.c', 'gcc', '-Og'],
] as const)('steps in %s by %s %s end where gdb says', (source, compiler, optimisation) => {
  it.each(TABLE)('from #%s %j', async (from, steps) => {
    const options = { compiler, flags: ['-g', optimisation] };
    const expected = gdbPath(compile(source, options), source, line(source, from), steps);
    const driver = await Driver.launch(source, { compile: options });
    driver.breakAt(from);
    driver.start();
    await driver.stop();
    driver.breakAt();
    const taken: string[] = [];
    for (const kind of steps) {
      await driver.step(kind);
      const frame = driver.target.stack(driver.tid).frame(0)!;
      taken.push(`${frame.functionName}:${frame.source?.line}`);
    }
    expect(taken).toEqual(expected);
  });
});

describe('steps that leave frames', () => {
  it('over a call that longjmps ends where the jump lands', async () => {
    const driver = await Driver.launch('longjmp.c');
    driver.breakAt('call_middle');
    driver.start();
    await driver.stop();
    // setjmp returns for the second time in the middle of its line; the test of its value comes next.
    expect(await driver.step('over')).toBe('#check');
    expect(await driver.step('over')).toBe('#landed');
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('out of a frame that longjmps away ends where the jump lands', async () => {
    const driver = await Driver.launch('longjmp.c');
    driver.breakAt('longjmp');
    driver.start();
    await driver.stop();
    expect(await driver.step('out')).toBe('#setjmp');
  });

  it.each(['g++', 'clang++'] as const)('over a call that throws ends in the handler (%s)', async (compiler) => {
    const driver = await Driver.launch('exceptions.cpp', { compile: { compiler } });
    driver.breakAt('thrown');
    driver.start();
    await driver.stop();
    driver.breakAt('call_middle');
    driver.resume();
    await driver.stop();
    // clang gives the landing pad the line of the closing brace; gdb's step runs away here.
    if (compiler === 'clang++') expect(await driver.step('over')).toMatch(/^catcher:/);
    expect(await driver.step('over')).toBe('#catch');
    driver.breakAt();
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('over recursion does not stop in a deeper activation', async () => {
    const driver = await Driver.launch('recursion.c', { args: ['20'] });
    driver.target.breakpoints.setFunctions([{ name: 'descend' }]);
    driver.start();
    await driver.stop();
    driver.target.breakpoints.setFunctions([]);
    const depth = driver.target.stack(driver.tid).frames(0, 100).length;
    for (let i = 0; i < 20; i++) {
      await driver.step('over');
      const now = driver.target.stack(driver.tid).frames(0, 100).length;
      expect(now).toBeLessThanOrEqual(depth);
      if (now < depth) break;
    }
    driver.resume();
    expect((await driver.exit()).code).toBe(0);
  });
});

describe('signals in mid-step', () => {
  it('are delivered and the step finishes', async () => {
    const driver = await Driver.launch('signals.c', { args: ['timer'] });
    driver.breakAt('steps_line');
    driver.start();
    await driver.stop();
    driver.breakAt();
    for (let i = 0; i < 60; i++) {
      expect(await driver.step('over')).toBe('#steps_next');
      expect(await driver.step('over')).toBe('#steps_for');
      expect(await driver.step('over')).toBe('#steps_line');
    }
    // The timer fires every millisecond: some signals came in during those steps.
    const handled = driver.int('handled');
    expect(handled).toBeGreaterThan(0);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('do not take a user into the handler of a signal that is passed quietly', async () => {
    const driver = await Driver.launch('signals.c', { args: ['raise'] });
    driver.breakAt('raise');
    driver.start();
    await driver.stop();
    expect(await driver.step('over')).toBe('#raised');
    expect(driver.int('handled')).toBe(1);
  });
});

describe('instructions', () => {
  it('step one by one through syscall, rep, pushf, popf, mov ss, call and ret', async () => {
    const driver = await Driver.launch('odd.s', {
      compile: { compiler: 'gcc', flags: ['-nostdlib', '-static', '-g'] },
      stopOnEntry: 'entry',
    });
    driver.start();
    await driver.stop();
    const seen: string[] = [];
    let ended = false;
    driver.target.once('exited', () => (ended = true));
    for (let i = 0; i < 200 && !ended; i++) {
      seen.push(driver.where());
      if (seen.at(-1) === '#exit_syscall') break;
      await driver.step('into', 'instruction');
    }
    expect(seen.filter((place) => place === '#rep')).toHaveLength(16);
    expect(seen).toContain('#after_popf');
    expect(seen).not.toContain('#failed');
    expect(seen.filter((place) => place === '#callee')).toHaveLength(3);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('over a call run the callee', async () => {
    const driver = await Driver.launch('odd.s', {
      compile: { compiler: 'gcc', flags: ['-nostdlib', '-static', '-g'] },
    });
    driver.breakAt('call');
    driver.start();
    await driver.stop();
    expect(await driver.step('over', 'instruction')).toBe('#after_call');
  });

  it('a jump to itself is one step each time', async () => {
    const driver = await Driver.launch('selfjmp.s', {
      compile: { compiler: 'gcc', flags: ['-nostdlib', '-static', '-g'] },
      stopOnEntry: 'entry',
    });
    driver.start();
    await driver.stop();
    let place = driver.where();
    for (let i = 0; i < 20 && place !== '#spin'; i++) place = await driver.step('into', 'instruction');
    const pc = driver.target.registers(driver.tid).pc;
    for (let i = 0; i < 3; i++) {
      await driver.step('into', 'instruction');
      expect(driver.target.registers(driver.tid).pc).toBe(pc);
    }
  });

  it('in a burst count every one of them', async () => {
    const driver = await Driver.launch('spin.c', { args: ['1000'] });
    driver.breakAt('loop');
    driver.start();
    await driver.stop();
    driver.breakAt();
    const result = await driver.target.stepInstructions(driver.tid, 500);
    expect(result.executed).toBe(500);
    expect(result.reason.kind).toBe('step');
    expect((await driver.stop()).reason.kind).toBe('step');
  });

  it('in a burst end at a breakpoint, and tell so', async () => {
    const driver = await Driver.launch('spin.c', { args: ['1000'] });
    driver.breakAt('loop');
    driver.start();
    await driver.stop();
    driver.breakAt('count');
    const result = await driver.target.stepInstructions(driver.tid, 100_000);
    expect(result.executed).toBeLessThan(100);
    expect(result.reason.kind).toBe('breakpoint');
    await driver.stop();
    expect(driver.where()).toBe('#count');
  });
});
