import { describe, expect, it } from 'vitest';
import { Driver } from './harness';
import { evaluateIn, shownIn } from '../expr/evaluator';
import { ExpressionError } from '../../src/expr/expression';

const C = { compile: { flags: ['-g', '-O0', '-lm'] } };
const THREADS = { compile: { flags: ['-g', '-O0', '-pthread'] } };

async function stoppedAt(source: string, options: typeof C, ...markers: string[]): Promise<Driver> {
  const driver = await Driver.launch(source, options);
  driver.breakAt(...markers);
  driver.start();
  await driver.stop();
  return driver;
}

const NAMES = ['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp', 'rsp', 'rip', 'eflags', 'orig_rax', 'fctrl', 'ftag'];
const VECTORS = Array.from({ length: 16 }, (_, i) => `xmm${i}`);

/** Everything about the stopped thread that a call may not change. */
function stateOf(driver: Driver): Record<string, string | undefined> {
  const registers = driver.target.registers(driver.tid);
  const values = [...NAMES, ...VECTORS].map((name) => [name, registers.get(name)?.toString(16)]);
  return {
    ...(Object.fromEntries(values) as Record<string, string | undefined>),
    where: driver.where(),
    functions: driver.functions(5).join(),
  };
}

describe('a call of a function of the program', () => {
  it('leaves the thread as it was', async () => {
    const driver = await stoppedAt('expressions.c', C, 'here');
    const before = stateOf(driver);
    for (const text of ['add(1, 2)', 'scale(1.5, 2)', 'lengthen(2.5)', 'spread(wide)', 'total(2, 3, 4)']) {
      expect(await evaluateIn(driver, text)).not.toBeInstanceOf(ExpressionError);
      expect(stateOf(driver)).toEqual(before);
    }
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('evaluates what stands around it once, in order', async () => {
    const driver = await stoppedAt('expressions.c', C, 'here');
    expect(await shownIn(driver, 'counter++ + count_calls() * 100 + count_calls() * 1000')).toMatchObject({
      value: '2142',
    });
    expect(await shownIn(driver, 'counter')).toMatchObject({ value: '43' });
    expect(await shownIn(driver, 'calls')).toMatchObject({ value: '2' });
    expect(await shownIn(driver, 'calls == 2 ? count_calls() : set(&counter, 1)')).toMatchObject({ value: '3' });
    expect(await shownIn(driver, '$kept = count_calls(), $kept + $kept')).toMatchObject({ value: '8' });
    expect(await shownIn(driver, '$_ + 1')).toMatchObject({ value: '9' });
    expect(await shownIn(driver, 'set(&table[0], 17), table[0]')).toMatchObject({ value: '17' });
    expect(await shownIn(driver, 'set(&here.x, 5), here.x')).toMatchObject({ value: '5' });
  });

  it.each([
    ['crash(0)', /^The call of crash did not return: it received SIGSEGV \(Segmentation fault\) in crash\./],
    ['stopped_inside(3)', /^The call of stopped_inside did not return: it stopped at a breakpoint in stopped_inside\./],
    ['endless()', /^The call of endless did not return: it was interrupted after 0.3 seconds\./],
    ['1 + crash(0) * 2', /SIGSEGV/],
  ])('reports what stopped it and undoes it: %s', async (text, expected) => {
    const driver = await stoppedAt('expressions.c', C, 'here', 'inside');
    const before = stateOf(driver);
    expect((await shownIn(driver, text, 300)).error).toMatch(expected);
    expect(stateOf(driver)).toEqual(before);
    expect(await shownIn(driver, 'add(20, 1)')).toMatchObject({ value: '21' });
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('says that the program ended in it', async () => {
    const driver = await stoppedAt('expressions.c', C, 'here');
    expect((await shownIn(driver, 'leave(9)')).error).toMatch(
      /^The call of leave did not return: the thread or the whole/,
    );
    expect(await driver.exit()).toEqual({ code: 9 });
  });

  it('says that an exception left it', async () => {
    const driver = await stoppedAt('expressions.cpp', { compile: { flags: ['-g', '-O0', '-std=c++17'] } }, 'here');
    const before = stateOf(driver);
    expect((await shownIn(driver, 'thrower(1)')).error).toMatch(/std::terminate was called, as it is for an exception/);
    expect(stateOf(driver)).toEqual(before);
    expect(await shownIn(driver, 'catcher(1)')).toMatchObject({ value: '-1' });
  });

  it('is cancelled', async () => {
    const driver = await stoppedAt('expressions.c', C, 'here');
    const cancel = new AbortController();
    const [address] = [driver.addressOf('endless')];
    const type = { kind: 'function' } as const;
    const call = driver.target.callFunction(
      driver.tid,
      { name: 'endless', address, type, args: [], result: { kind: 'void' } },
      { cancel: cancel.signal },
    );
    setTimeout(() => cancel.abort(), 50);
    await expect(call).rejects.toThrow('it was cancelled');
    expect(driver.where()).toBe('#here');
  });

  it('lets the other threads run when it waits for one of them', async () => {
    const driver = await stoppedAt('calllock.c', THREADS, 'holding');
    expect(await shownIn(driver, 'wait_for_lock(5)')).toMatchObject({ value: '6' });
    expect(driver.where()).toBe('#holding');
  });
});
