/** Breakpoints of mode `hardware`: code that is watched and stays as it is in memory. */
import { describe, expect, it } from 'vitest';
import { offsetBy } from '../../src/common/addresses';
import { native } from '../../src/ptrace/native';
import { compile, line, sourcePath } from '../support/debuggees';
import { Driver } from './harness';

const HARDWARE = { mode: 'hardware' };

const atLine = (driver: Driver, source: string, marker: string, options: object = HARDWARE) =>
  driver.target.breakpoints.setSource(sourcePath(source), [{ line: line(source, marker), ...options }])[0]!;

describe('a hardware breakpoint', () => {
  it('stops before its instruction each time it is reached, and patches nothing', async () => {
    const driver = await Driver.launch('spin.c', { args: ['5'] });
    const breakpoint = atLine(driver, 'spin.c', 'count');
    expect([breakpoint.verified, breakpoint.message]).toEqual([true, undefined]);
    driver.start();
    for (let counter = 0; counter < 5; counter++) {
      const event = await driver.stop();
      expect(event.reason.kind).toBe('breakpoint');
      expect(driver.int('counter')).toBe(counter);
      expect(driver.target.registers(driver.tid).pc).toBe(breakpoint.addresses[0]);
      driver.expectUnpatched();
      driver.resume();
    }
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(breakpoint.hitCount).toBe(5);
  });

  it('with a false condition never stops and counts each visit once', async () => {
    const driver = await Driver.launch('spin.c', { args: ['3000'] });
    const breakpoint = atLine(driver, 'spin.c', 'count', { ...HARDWARE, hitCondition: '== 3000' });
    driver.start();
    await driver.stop();
    expect(driver.int('counter')).toBe(2999);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(breakpoint.hitCount).toBe(3000);
  });

  it('is stepped onto and from without being hit twice', async () => {
    const driver = await Driver.launch('spin.c', { args: ['3'] });
    const breakpoint = atLine(driver, 'spin.c', 'count');
    driver.start();
    await driver.stop();
    const { pc } = driver.target.registers(driver.tid);
    await driver.step('over', 'instruction');
    expect(driver.target.registers(driver.tid).pc).not.toBe(pc);
    expect(driver.last!.reason.kind).toBe('step');
    driver.resume();
    expect((await driver.stop()).reason.kind).toBe('breakpoint');
    expect(breakpoint.hitCount).toBe(2);
  });

  it('shares its place with an int3: one stop, both counted', async () => {
    const driver = await Driver.launch('spin.c', { args: ['3'] });
    const hardware = atLine(driver, 'spin.c', 'count');
    const [software] = driver.target.breakpoints.setInstructions([{ address: hardware.addresses[0]! }]);
    driver.start();
    for (let i = 0; i < 3; i++) {
      const { reason } = await driver.stop();
      expect(reason.kind === 'breakpoint' && reason.hit.map(({ id }) => id).sort()).toEqual([
        hardware.id,
        software!.id,
      ]);
      driver.resume();
    }
    expect(await driver.exit()).toEqual({ code: 0 });
    expect([hardware.hitCount, software!.hitCount]).toEqual([3, 3]);
  });

  it('is set and removed while the program runs', async () => {
    const driver = await Driver.launch('spin.c');
    driver.start();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const breakpoint = atLine(driver, 'spin.c', 'count');
    expect(breakpoint.verified).toBe(true);
    expect((await driver.stop()).reason.kind).toBe('breakpoint');
    driver.breakAt();
    driver.target.memory.write(driver.addressOf('finish'), Uint8Array.of(1));
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('by name or by address, also where no memory is yet', async () => {
    const driver = await Driver.launch('spin.c', { args: ['1'] });
    const [main] = driver.target.breakpoints.setFunctions([{ name: 'main', ...HARDWARE }]);
    const [nowhere] = driver.target.breakpoints.setInstructions([
      { address: offsetBy(driver.addressOf('main'), 0x1000_0000), ...HARDWARE },
    ]);
    expect([main!.verified, nowhere!.verified]).toEqual([true, true]);
    driver.start();
    await driver.stop();
    expect(driver.functions(1)).toEqual(['main']);
    driver.expectUnpatched();
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('that finds no register says who has them, and gets one when one is free', async () => {
    const driver = await Driver.launch('spin.c', { args: ['1'] });
    const main = driver.addressOf('main');
    driver.target.watchpoints.set([
      { address: driver.addressOf('counter'), size: 4, access: 'write', label: 'counter' },
    ]);
    const specs = [0, 1, 2, 3].map((offset) => ({ address: offsetBy(main, offset), ...HARDWARE }));
    const set = driver.target.breakpoints.setInstructions(specs);
    expect(set.map(({ verified }) => verified)).toEqual([true, true, true, false]);
    expect(set[3]!.message).toMatch(
      /All four debug registers are taken; taken by counter, hardware breakpoint \d+ at 0x/,
    );
    driver.target.watchpoints.set([]);
    expect(driver.target.breakpoints.setInstructions(specs).map(({ verified }) => verified)).toEqual(
      Array(4).fill(true),
    );
  });

  it('of an unknown mode is unverified and says which modes there are', async () => {
    const driver = await Driver.launch('spin.c', { args: ['1'] });
    const breakpoint = atLine(driver, 'spin.c', 'count', { mode: 'quantum' });
    expect(breakpoint.verified).toBe(false);
    expect(breakpoint.message).toBe('There is no breakpoint mode “quantum”; the modes are software and hardware.');
  });

  it('in a library is there when the library comes, in every thread, and gone with it', async () => {
    const plugin = compile('plugin.c', { flags: ['-g', '-shared', '-fPIC'], name: 'plugin.so' });
    const driver = await Driver.launch('dlopen.c', { args: [plugin] });
    const breakpoint = atLine(driver, 'plugin.c', 'plugin_body');
    expect(breakpoint.pending).toBe(true);
    driver.start();
    for (let round = 0; round < 2; round++) {
      expect((await driver.stop()).reason.kind).toBe('breakpoint');
      expect(driver.functions(2)).toEqual(['plugin_run', 'main']);
      expect(native.getDebugRegister(driver.tid, 0)).toBe(breakpoint.addresses[0]);
      driver.resume();
    }
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('is counted once a visit while signal handlers run in between', async () => {
    const driver = await Driver.launch('signals.c', { args: ['timer'] });
    const breakpoint = atLine(driver, 'signals.c', 'steps_line', { ...HARDWARE, hitCondition: '> 1000' });
    driver.start();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(breakpoint.hitCount).toBe(1000);
  });
});
