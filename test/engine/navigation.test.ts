/** Stepping into a chosen call, going to a line, and what a step has returned from. */
import { describe, expect, it } from 'vitest';
import { line, sourcePath } from '../support/debuggees';
import { Driver } from './harness';

async function stoppedAt(source: string, marker: string, flags = ['-g', '-O0']): Promise<Driver> {
  const driver = await Driver.launch(source, { compile: { flags } });
  driver.breakAt(marker);
  driver.start();
  await driver.stop();
  driver.breakAt();
  return driver;
}

const names = (driver: Driver) => driver.target.stepCandidates(driver.tid).map(({ name }) => name);

async function stepInto(driver: Driver, index: number): Promise<string> {
  const { target } = driver.target.stepCandidates(driver.tid)[index]!;
  driver.target.step(driver.tid, 'into', 'line', { target });
  return driver.where(await driver.stop());
}

describe('the calls of a line', () => {
  it('are listed in the order of the code (g++ evaluates arguments from the right), indirect ones without a name', async () => {
    const driver = await stoppedAt('wrappers.cpp', 'several');
    expect(names(driver)).toEqual([undefined, undefined, 'twice', 'sum']);
  });

  it.each([
    [0, '#area'],
    [1, '#twice'],
    [2, '#twice'],
    [3, '#sum'],
  ])('number %d is entered and the others are run', async (index, place) => {
    const driver = await stoppedAt('wrappers.cpp', 'several');
    expect(await stepInto(driver, index)).toBe(place);
  });

  it('that have been made are listed no more', async () => {
    const driver = await stoppedAt('wrappers.cpp', 'several');
    await stepInto(driver, 1);
    await driver.step('out');
    expect(driver.where()).toBe('#several');
    expect(names(driver)).toEqual(['twice', 'sum']);
  });

  it('have the names behind PLT entries', async () => {
    const driver = await stoppedAt('inline.c', 'main_print');
    expect(names(driver)).toEqual(['printf']);
  });

  it('name inlined ones', async () => {
    const driver = await stoppedAt('inline.c', 'enters_call', ['-g', '-O2']);
    expect(driver.where()).toBe('#enters_call');
    expect(names(driver)).toEqual(['empty_first']);
    expect(await stepInto(driver, 0)).toBe('#direct');
  });
});

describe('goto', () => {
  it('moves to another line without executing what is between', async () => {
    const driver = await stoppedAt('stepping.c', 'call_square');
    const path = sourcePath('stepping.c');
    const there = line('stepping.c', 'if');
    const [address] = driver.target.breakpoints.locate(path, there, undefined).addresses;
    driver.target.goto(driver.tid, address!, { path, line: there });
    expect((await driver.stop()).reason).toEqual({ kind: 'moved', by: 'goto' });
    expect(driver.where()).toBe('#if');
    expect(driver.target.registers(driver.tid).pc).toBe(address);
  });

  it('and continue does not hit a breakpoint there, nor lose one', async () => {
    const driver = await stoppedAt('inline.c', 'loop_after');
    const path = sourcePath('inline.c');
    const there = line('inline.c', 'loop_call');
    driver.breakAt('loop_call');
    const [address] = driver.target.breakpoints.locate(path, there, undefined).addresses;
    driver.target.goto(driver.tid, address!, { path, line: there });
    await driver.stop();
    const before = driver.target.stack(driver.tid).frame(0)!.registers.named('rsp');
    driver.resume();
    expect((await driver.stop()).reason.kind).toBe('breakpoint');
    expect(driver.target.stack(driver.tid).frame(0)!.registers.named('rsp')).toBe(before);
  });
});

describe('what a step has returned from', () => {
  it('is told with the registers of its value after a step out', async () => {
    const driver = await stoppedAt('wrappers.cpp', 'sum');
    await driver.step('out');
    expect(driver.last?.returned?.name).toBe('sum');
    expect(driver.last?.returned?.registers.named('rax')).toBe(3n);
    expect(driver.target.returned(driver.tid)).toBe(driver.last?.returned);
    await driver.step('over', 'instruction');
    expect(driver.last?.returned).toBeUndefined();
  });

  it('is told after stepping over the end of a function', async () => {
    const driver = await stoppedAt('wrappers.cpp', 'twice');
    await driver.step('over');
    await driver.step('over');
    expect(driver.last?.returned?.name).toBe('twice');
    expect(driver.last?.returned?.registers.named('rax')).toBe(42n);
  });
});

describe('breakpoints where inlined calls begin', () => {
  it('are shown in the frame whose line they are on', async () => {
    const driver = await stoppedAt('inline.c', 'enters_call', ['-g', '-O2']);
    expect(driver.functions(2)).toEqual(['enters', 'main']);
    const pc = driver.target.registers(driver.tid).pc;
    expect(await driver.step('into')).toBe('#direct');
    expect(driver.functions(3)).toEqual(['empty_first', 'enters', 'main']);
    expect(driver.target.registers(driver.tid).pc).toBe(pc);
    expect(await driver.step('out')).toMatch(/^#enters_(after|return)$/);
  });

  it('of the inlined code are shown inside of it', async () => {
    const driver = await stoppedAt('inline.c', 'direct', ['-g', '-O2']);
    expect(driver.functions(2)).toEqual(['empty_first', 'work']);
    expect(driver.where()).toBe('#direct');
  });

  it('on a function are shown in front of what it begins with', async () => {
    const driver = await Driver.launch('inline.c', { compile: { flags: ['-g', '-O2'] } });
    driver.target.breakpoints.setFunctions([{ name: 'enters' }]);
    driver.start();
    await driver.stop();
    expect(driver.where()).toBe('#enters_call');
    expect(driver.functions(2)).toEqual(['enters', 'main']);
  });

  it('stepping by instructions shows the code that each belongs to', async () => {
    const driver = await stoppedAt('inline.c', 'enters_call', ['-g', '-O2']);
    await driver.step('into', 'instruction');
    const [innermost] = driver.target.stack(driver.tid).frames(0, 1);
    // The row of the table, not the call in front of which a step by lines would stop.
    const row = driver.target.lineAt(driver.target.registers(driver.tid).pc);
    expect(innermost?.source?.line).toBe(row?.line);
  });
});

describe('a frame that begins again', () => {
  it('runs its function with its arguments once more', async () => {
    const driver = await stoppedAt('wrappers.cpp', 'sum');
    const [frame, caller] = driver.target.stack(driver.tid).frames(0, 2);
    await driver.step('over');
    driver.target.restartFrame(driver.tid, driver.target.stack(driver.tid).frame(0)!);
    expect((await driver.stop()).reason).toEqual({ kind: 'moved', by: 'restart' });
    expect(driver.where()).toBe('#sum');
    expect(driver.target.stack(driver.tid).frame(0)!.cfa).toBe(frame!.cfa);
    expect(driver.target.stack(driver.tid).frame(1)!.pc).toBe(caller!.pc);
    await driver.step('out');
    expect(driver.last?.returned?.registers.named('rax')).toBe(3n);
  });

  it('may be an outer one: what it called is gone', async () => {
    const driver = await stoppedAt('wrappers.cpp', 'several');
    const { cfa } = driver.target.stack(driver.tid).frame(0)!;
    await driver.step('into');
    expect(driver.where()).toBe('#area');
    driver.target.restartFrame(driver.tid, driver.target.stack(driver.tid).frame(1)!);
    await driver.stop();
    expect(driver.where()).toBe('#several');
    expect(driver.target.stack(driver.tid).frame(0)!.cfa).toBe(cfa);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(driver.text('stdout')).toMatch(/ 24\b/);
  });

  it('is refused for what was inlined and for what has no caller', async () => {
    const driver = await stoppedAt('inline.c', 'direct', ['-g', '-O2']);
    const refusal = (index: number) => () =>
      driver.target.restartFrame(driver.tid, driver.target.stack(driver.tid).frame(index)!);
    expect(refusal(0)).toThrow(/^empty_first cannot be begun again: it was inlined/);
    const all = driver.target.stack(driver.tid).frames(0, 20);
    expect(refusal(all.length - 1)).toThrow(/_start cannot be begun again: its caller is not known/);
    expect(driver.where()).toBe('#direct');
  });
});
