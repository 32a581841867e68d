/** Breakpoints: hits, conditions, counts, logs, changes while running, memory that shows no int3. */
import { describe, expect, it } from 'vitest';
import { compile, line, sourcePath } from '../support/debuggees';
import { Driver, rawRead } from './harness';

const path = (source: string) => sourcePath(source);

describe('conditions', () => {
  it('false ones never stop, and count every visit exactly', async () => {
    const driver = await Driver.launch('spin.c', { args: ['20000'] });
    const [breakpoint] = driver.target.breakpoints.setSource(path('spin.c'), [
      { line: line('spin.c', 'count'), condition: 'counter < 0' },
    ]);
    driver.start();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(breakpoint!.hitCount).toBe(0);
  });

  it('stop at the first true one', async () => {
    const driver = await Driver.launch('spin.c', { args: ['2000'] });
    driver.target.breakpoints.setSource(path('spin.c'), [
      { line: line('spin.c', 'count'), condition: 'counter == 1234 && $rip != 0' },
    ]);
    driver.start();
    expect((await driver.stop()).reason.kind).toBe('breakpoint');
    expect(driver.int('counter')).toBe(1234);
    driver.resume();
    await driver.exit();
  });

  it('that cannot be evaluated stop and say why', async () => {
    const driver = await Driver.launch('spin.c', { args: ['3'] });
    driver.target.breakpoints.setSource(path('spin.c'), [
      { line: line('spin.c', 'count'), condition: '*(int*)8 == 1' },
    ]);
    driver.start();
    await driver.stop();
    expect(driver.text('console')).toContain('condition cannot be evaluated');
  });

  it('that make no sense make the breakpoint unverified, with the reason', async () => {
    const driver = await Driver.launch('spin.c', { args: ['3'] });
    const [breakpoint] = driver.target.breakpoints.setSource(path('spin.c'), [
      { line: line('spin.c', 'count'), condition: 'counter ==' },
    ]);
    expect(breakpoint!.verified).toBe(false);
    expect(breakpoint!.message).toMatch(/^The condition is wrong: /);
    driver.start();
    await driver.exit();
  });
});

describe('hit conditions and log messages', () => {
  it.each([
    ['== 5', [4]],
    ['>= 9', [8, 9]],
    ['% 4', [3, 7]],
    ['< 3', [0, 1]],
  ])('hit condition %s', async (hitCondition, counters) => {
    const driver = await Driver.launch('spin.c', { args: ['10'] });
    driver.target.breakpoints.setSource(path('spin.c'), [{ line: line('spin.c', 'count'), hitCondition }]);
    driver.start();
    for (const counter of counters) {
      await driver.stop();
      expect(driver.int('counter')).toBe(counter);
      driver.resume();
    }
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('a log message prints and does not stop', async () => {
    const driver = await Driver.launch('spin.c', { args: ['3'] });
    driver.target.breakpoints.setSource(path('spin.c'), [
      { line: line('spin.c', 'count'), logMessage: 'counter is {counter}' },
    ]);
    driver.start();
    await driver.exit();
    expect(driver.text('console')).toBe('counter is 0\ncounter is 1\ncounter is 2\n');
  });
});

describe('changing breakpoints', () => {
  it('an equal one keeps its id and its count', async () => {
    const driver = await Driver.launch('spin.c', { args: ['10'] });
    const [first] = driver.breakAt('count');
    driver.start();
    await driver.stop();
    const again = driver.breakAt('count', 'done');
    expect(again[0]!.id).toBe(first!.id);
    expect(again[0]!.hitCount).toBe(1);
    expect(again[1]!.verified).toBe(true);
  });

  it('sets and removes them while the program runs, without stopping it', async () => {
    const driver = await Driver.launch('spin.c');
    driver.start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(driver.target.running).toBe(true);
    const [breakpoint] = driver.breakAt('count');
    expect(breakpoint!.verified).toBe(true);
    await driver.stop();
    expect(driver.where()).toBe('#count');
    driver.breakAt();
    driver.expectUnpatched();
  });

  it('removed ones that a thread has just run into are forgotten silently', async () => {
    const driver = await Driver.launch('spin.c');
    driver.start();
    for (let i = 0; i < 200; i++) {
      driver.target.breakpoints.setSource(path('spin.c'), [{ line: line('spin.c', 'count'), condition: '0' }]);
      await new Promise((resolve) => setImmediate(resolve));
      driver.breakAt();
    }
    driver.target.pause();
    const event = await driver.stop();
    expect(event.reason.kind).toBe('pause');
    driver.expectUnpatched();
    driver.target.memory.write(driver.addressOf('finish'), Uint8Array.of(1, 0, 0, 0));
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('a line without code moves to the next that has some', async () => {
    const driver = await Driver.launch('stepping.c');
    const [breakpoint] = driver.target.breakpoints.setSource(path('stepping.c'), [{ line: 1 }]);
    expect(breakpoint!.verified).toBe(true);
    expect(breakpoint!.source!.line).toBe(line('stepping.c', 'square_body'));
  });

  it('one beyond the last line is unverified and says so', async () => {
    const driver = await Driver.launch('stepping.c');
    const [breakpoint] = driver.target.breakpoints.setSource(path('stepping.c'), [{ line: 5000 }]);
    expect(breakpoint!.verified).toBe(false);
    expect(breakpoint!.message).toContain('no code at line 5000');
  });
});

describe('memory', () => {
  it('never shows an int3, and writing over a site keeps both', async () => {
    const driver = await Driver.launch('spin.c', { args: ['10'] });
    const [breakpoint] = driver.breakAt('count');
    const address = breakpoint!.addresses[0]!;
    const { pid, memory } = driver.target;
    const shown = memory.read(address, 16);
    expect(rawRead(pid, address, 1)[0]).toBe(0xcc);
    expect(shown[0]).not.toBe(0xcc);
    memory.write(address, Uint8Array.of(0x90, 0x90));
    expect(rawRead(pid, address, 2)).toEqual(Buffer.from([0xcc, 0x90]));
    expect([...memory.read(address, 2)]).toEqual([0x90, 0x90]);
    memory.write(address, shown);
    driver.breakAt();
    expect(Buffer.from(rawRead(pid, address, 16))).toEqual(Buffer.from(shown));
    driver.expectUnpatched();
  });
});

describe('places that come later', () => {
  it('are resolved when their module is loaded, lost when it goes, and found again', async () => {
    const plugin = compile('plugin.c', { flags: ['-g', '-shared', '-fPIC'], name: 'plugin.so' });
    const driver = await Driver.launch('dlopen.c', { args: [plugin] });
    const [breakpoint] = driver.target.breakpoints.setSource(path('plugin.c'), [
      { line: line('plugin.c', 'plugin_body') },
    ]);
    expect(breakpoint!.verified).toBe(false);
    expect(breakpoint!.pending).toBe(true);
    driver.start();
    for (let round = 0; round < 2; round++) {
      const event = await driver.stop();
      expect(event.reason.kind).toBe('breakpoint');
      expect(driver.functions(2)).toEqual(['plugin_run', 'main']);
      driver.resume();
    }
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(driver.changedBreakpoints.length).toBeGreaterThanOrEqual(4);
  });

  it('are found by function name in C++, every overload and instance of it', async () => {
    const driver = await Driver.launch('templates.cpp');
    const [breakpoint] = driver.target.breakpoints.setFunctions([{ name: 'main' }]);
    expect(breakpoint!.verified).toBe(true);
    driver.start();
    await driver.stop();
    expect(driver.functions(1)).toEqual(['main']);
  });
});
