/** Data breakpoints by the debug registers: sizes, threads, conditions, scopes, and what else happens at the same time. */
import { describe, expect, it } from 'vitest';
import { offsetBy, virtAddr } from '../../src/common/addresses';
import { controlWord, watchesOf } from '../../src/engine/debugregisters';
import type { DataBreakpointSpec, DataStop, StopEvent } from '../../src/engine/types';
import { native } from '../../src/ptrace/native';
import { compile, line, runTool, sourcePath } from '../support/debuggees';
import { kill, startStranger } from '../support/processes';
import { Driver } from './harness';

type Access = DataBreakpointSpec['access'];

function global(driver: Driver, symbol: string, size = 4, access: Access = 'write'): DataBreakpointSpec {
  return { address: driver.addressOf(symbol), size, access, label: symbol };
}

/** Launches one part of watch.c. */
const part = (...args: string[]): Promise<Driver> => Driver.launch('watch.c', { args });

function dataOf({ reason }: StopEvent): DataStop {
  if (reason.kind !== 'data') throw new Error(`expected a data stop, not ${reason.kind}`);
  return reason;
}

const texts = (event: StopEvent): string[] => dataOf(event).accesses.map(({ text }) => text);

/** The line of the instruction that made the first access. */
function writerLine(driver: Driver, event: StopEvent): number | undefined {
  const { instruction } = dataOf(event).accesses[0]!;
  return instruction === undefined ? undefined : driver.target.lineAt(instruction)?.line;
}

/** An int local of the innermost frame that holds `value`, watched until the frame ends. */
function local(driver: Driver, value: number): DataBreakpointSpec {
  const { cfa } = driver.target.stack(driver.tid).frame(0)!;
  const start = driver.target.registers(driver.tid).sp;
  const bytes = Buffer.from(driver.target.memory.read(start, Number(cfa - start)));
  for (let at = bytes.length - 4; at >= 0; at -= 4) {
    if (bytes.readInt32LE(at) !== value) continue;
    const frame = { tid: driver.tid, cfa };
    return { address: offsetBy(start, at), size: 4, access: 'write', label: 'local', frame };
  }
  throw new Error(`no local holds ${value}`);
}

/** Stops `driver` at a marker and takes the breakpoint away again. */
async function at(driver: Driver, marker: string): Promise<void> {
  driver.breakAt(marker);
  driver.start();
  await driver.stop();
  driver.breakAt();
}

describe('DR7', () => {
  it('has enable, access and length bits for each register (SDM volume 3, 18.2.4)', () => {
    const address = virtAddr(0x1000n);
    expect(controlWord([{ address, length: 4, access: 'write' }])).toBe(0xd0001n);
    const second = { address, length: 8, access: 'readWrite' } as const;
    const fourth = { address, length: 1, access: 'execute' } as const;
    expect(controlWord([undefined, second, undefined, fourth])).toBe((0b1011n << 20n) | 0x44n);
  });

  it.each([
    [0x1000n, 1, '0+1'],
    [0x1000n, 8, '0+8'],
    [0x1003n, 4, '0+1 1+2 3+1'],
    [0x1006n, 4, '0+2 2+2'],
    [0x1000n, 32, '0+8 8+8 16+8 24+8'],
  ])('a range at %d of %d bytes takes the registers %s', (address, size, expected) => {
    const pieces = watchesOf(virtAddr(address), size, 'write').map((each) => [each.address - address, each.length]);
    expect(pieces.map(([from, length]) => `${from}+${length}`).join(' ')).toBe(expected);
  });

  it('more than four registers are refused with the numbers', () => {
    expect(() => watchesOf(virtAddr(0x1000n), 33, 'write')).toThrow(/33 bytes at 0x1000 .* 32 bytes at most/);
    expect(() => watchesOf(virtAddr(0x1001n), 31, 'write')).toThrow(/would take 6 debug registers; there are 4/);
  });
});

describe('data', () => {
  it('of 1, 2, 4 and 8 bytes: the stop is after the instruction, and names it with old and new value', async () => {
    const driver = await part('sizes');
    const sizes = { one: 1, two: 2, four: 4, eight: 8 };
    const set = driver.target.watchpoints.set(Object.entries(sizes).map(([name, size]) => global(driver, name, size)));
    expect(set.map(({ verified, message }) => [verified, message])).toEqual(Array(4).fill([true, undefined]));
    driver.start();
    for (const [name, size] of Object.entries(sizes)) {
      const event = await driver.stop();
      const value = `0x${{ 1: '1', 2: '202', 4: '4040404', 8: '808080808080808' }[size]}`;
      expect(texts(event)).toEqual([`${name} changed from 0x0 to ${value}`]);
      expect(writerLine(driver, event)).toBe(line('watch.c', name));
      driver.resume();
    }
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(set.map(({ hitCount }) => hitCount)).toEqual([1, 1, 1, 1]);
  });

  it('that is not aligned is one hit, whatever registers it takes', async () => {
    const driver = await part('sizes');
    const address = offsetBy(driver.addressOf('wide'), 3);
    driver.target.watchpoints.set([{ address, size: 4, access: 'write', label: 'middle' }]);
    driver.start();
    const event = await driver.stop();
    expect(texts(event)).toEqual(['middle changed from 0x0 to 0x3030303']);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('of 32 bytes is watched to its last byte and no further', async () => {
    const driver = await part('sizes');
    const [set] = driver.target.watchpoints.set([global(driver, 'wide', 32)]);
    driver.start();
    expect(writerLine(driver, await driver.stop())).toBe(line('watch.c', 'unaligned'));
    driver.resume();
    const last = await driver.stop();
    expect(writerLine(driver, last)).toBe(line('watch.c', 'wide_last'));
    expect(texts(last)[0]).toMatch(/^wide changed from 00 00 00 03 03 03 03 00 .* to .* 00 1f$/);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(set!.hitCount).toBe(2);
  });

  it('a fifth register is refused and the message names who has the four', async () => {
    const driver = await part('sizes');
    const specs = [global(driver, 'one', 1), global(driver, 'wide', 16), global(driver, 'two', 2)];
    driver.target.watchpoints.set(specs);
    const [, , , fifth] = driver.target.watchpoints.set([...specs, global(driver, 'four')]);
    expect(fifth!.verified).toBe(false);
    expect(fifth!.message).toMatch(/^All four debug registers are taken; taken by one, wide \(2\), two\./);
    const [, again] = driver.target.watchpoints.set([specs[0]!, global(driver, 'four')]);
    expect(again!.verified).toBe(true);
  });

  it.each<[Access, string[], string[]]>([
    ['write', ['first', 'second'], ['four changed from 0x0 to 0x5', 'four changed from 0x5 to 0x6']],
    ['read', ['same', 'read'], ['four was accessed and is 0x5', 'four was accessed and is 0x5']],
    [
      'readWrite',
      ['first', 'same', 'read', 'second'],
      [
        'four changed from 0x0 to 0x5',
        'four was accessed and is 0x5',
        'four was accessed and is 0x5',
        'four changed from 0x5 to 0x6',
      ],
    ],
  ])('%s stops at %j', async (access, markers, expected) => {
    const driver = await part('values');
    driver.target.watchpoints.set([global(driver, 'four', 4, access)]);
    driver.start();
    const seen: string[] = [];
    for (const marker of markers) {
      const event = await driver.stop();
      seen.push(...texts(event));
      expect(writerLine(driver, event)).toBe(line('watch.c', marker));
      driver.resume();
    }
    expect(seen).toEqual(expected);
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it("stops where gdb's watch stops", async () => {
    const program = compile('watch.c');
    const commands = ['break main', 'run values', 'watch four', 'continue', 'continue', 'continue'];
    const output = runTool('gdb', ['-q', '-batch', ...commands.flatMap((each) => ['-ex', each]), program]);
    const gdb = [...output.matchAll(/New value = (\d+)\n.*\n(\d+)\t/g)].map(([, value, at]) => [
      Number(value),
      Number(at),
    ]);
    expect(gdb).toHaveLength(2);
    const driver = await part('values');
    driver.target.watchpoints.set([{ ...global(driver, 'four'), format: (bytes) => String(bytes[0]) }]);
    driver.start();
    for (const [value, stoppedAt] of gdb) {
      const event = await driver.stop();
      expect(texts(event)[0]).toMatch(new RegExp(`to ${value}$`));
      expect(driver.target.stack(driver.tid).frame(0)!.source!.line).toBe(stoppedAt);
      driver.resume();
    }
  });

  it('written by the debugger is no change by the program', async () => {
    const driver = await part('values');
    await at(driver, 'first');
    driver.target.watchpoints.set([global(driver, 'four')]);
    driver.target.memory.write(driver.addressOf('four'), Uint8Array.of(5));
    driver.resume();
    expect(texts(await driver.stop())).toEqual(['four changed from 0x5 to 0x6']);
  });

  it('written by the kernel is not noticed until the program writes there', async () => {
    const driver = await part('kernel');
    driver.target.watchpoints.set([global(driver, 'eight', 8)]);
    driver.start();
    const event = await driver.stop();
    expect(writerLine(driver, event)).toBe(line('watch.c', 'after_kernel'));
    expect(texts(event)).toEqual(['eight changed from 0x0 to 0x1']);
  });
});

describe('conditions', () => {
  it('that are false never stop, in thousands of hits, and hit conditions count the true ones', async () => {
    const driver = await part('turns', '5000');
    const [never, last] = driver.target.watchpoints.set([
      { ...global(driver, 'four'), condition: 'four < 0' },
      { ...global(driver, 'four'), condition: 'four % 2 == 0', hitCondition: '== 2500' },
    ]);
    driver.start();
    const event = await driver.stop();
    expect(dataOf(event).accesses.map(({ breakpoint }) => breakpoint.id)).toEqual([last!.id]);
    expect(driver.int('four')).toBe(5000);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
    expect([never!.hitCount, last!.hitCount]).toEqual([0, 2500]);
  });

  it('that make no sense make it unverified', async () => {
    const driver = await part('values');
    const [set] = driver.target.watchpoints.set([{ ...global(driver, 'four'), condition: 'four ==' }]);
    expect([set!.verified, set!.message]).toEqual([false, expect.stringMatching(/^The condition is wrong/)]);
    driver.start();
    expect(await driver.exit()).toEqual({ code: 0 });
  });
});

describe('together with', () => {
  it('an int3 right after the write: one stop that names both, and the int3 is not hit again', async () => {
    const driver = await part('turns', '2');
    driver.target.watchpoints.set([global(driver, 'four')]);
    const [breakpoint] = driver.breakAt('after_count');
    driver.start();
    for (let turn = 1; turn <= 2; turn++) {
      const event = await driver.stop();
      expect(texts(event)).toHaveLength(1);
      expect(dataOf(event).breakpoints.map(({ id }) => id)).toEqual([breakpoint!.id]);
      driver.resume();
    }
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(breakpoint!.hitCount).toBe(2);
  });

  it('an int3 at the writing instruction, which is executed out of line', async () => {
    const driver = await part('sizes');
    driver.target.watchpoints.set([global(driver, 'four')]);
    driver.breakAt('four');
    driver.start();
    expect((await driver.stop()).reason.kind).toBe('breakpoint');
    driver.resume();
    const event = await driver.stop();
    expect(texts(event)).toHaveLength(1);
    expect(writerLine(driver, event)).toBe(line('watch.c', 'four'));
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('a step over the write and over a call that writes', async () => {
    const driver = await part('sizes');
    driver.target.watchpoints.set([global(driver, 'four')]);
    await at(driver, 'four');
    driver.target.step(driver.tid, 'over', 'line');
    expect(texts(await driver.stop())).toHaveLength(1);
    const other = await part('sizes');
    other.target.watchpoints.set([global(other, 'eight', 8)]);
    await at(other, 'call_sizes');
    other.target.step(other.tid, 'over', 'line');
    const event = await other.stop();
    expect(writerLine(other, event)).toBe(line('watch.c', 'eight'));
  });

  it('a burst of single steps ends at the write', async () => {
    const driver = await part('sizes');
    driver.target.watchpoints.set([global(driver, 'eight', 8)]);
    await at(driver, 'one');
    const result = await driver.target.stepInstructions(driver.tid, 1000);
    expect(result.reason.kind).toBe('data');
    // mov one, mov two, mov four, movabs, mov eight
    expect(result.executed).toBe(5);
  });

  it('an emulated push: the return address of a call under an int3', async () => {
    const driver = await part('sizes');
    driver.breakAt('call_sizes');
    driver.start();
    await driver.stop();
    let call = driver.target.registers(driver.tid).pc;
    while (
      driver.target.code.instruction(call)?.flow !== 'call' ||
      driver.target.symbolize(driver.target.code.instruction(call)!.target!)?.name !== 'sizes'
    ) {
      call = offsetBy(call, driver.target.code.instruction(call)!.length);
    }
    driver.target.breakpoints.setInstructions([{ address: call }]);
    driver.resume();
    await driver.stop();
    const slot = offsetBy(driver.target.registers(driver.tid).sp, -8);
    driver.target.watchpoints.set([{ address: slot, size: 8, access: 'write', label: 'return address' }]);
    driver.resume();
    expect(texts(await driver.stop())[0]).toMatch(/^return address changed from /);
    expect(driver.functions(1)).toEqual(['sizes']);
  });
});

describe('while the program runs', () => {
  it('is set and removed without a stop that anybody sees', async () => {
    const driver = await Driver.launch('spin.c');
    driver.start();
    await new Promise((resolve) => setTimeout(resolve, 30));
    for (let i = 0; i < 20; i++) {
      driver.target.watchpoints.set([{ ...global(driver, 'counter'), condition: 'counter < 0' }]);
      await new Promise((resolve) => setTimeout(resolve, 2));
      driver.target.watchpoints.set([]);
    }
    expect(driver.target.running).toBe(true);
    const [set] = driver.target.watchpoints.set([global(driver, 'counter')]);
    expect(set!.verified).toBe(true);
    expect(texts(await driver.stop())).toHaveLength(1);
    driver.target.watchpoints.set([]);
    driver.target.memory.write(driver.addressOf('finish'), Uint8Array.of(1));
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });
});

describe('threads', () => {
  it('fifty new ones are watched from their first instruction, and a forked child is left alone', async () => {
    const driver = await Driver.launch('watchthreads.c', { args: ['50'], compile: { flags: ['-g', '-pthread'] } });
    const [set] = driver.target.watchpoints.set([global(driver, 'total')]);
    driver.start();
    const tids = new Set<number>();
    for (let value = 1; value <= 50; value++) {
      const event = await driver.stop();
      expect(texts(event)).toEqual([`total changed from 0x${(value - 1).toString(16)} to 0x${value.toString(16)}`]);
      tids.add(event.tid);
      driver.resume();
    }
    expect(tids.size).toBe(50);
    expect(await driver.exit()).toEqual({ code: 0 });
    expect(set!.hitCount).toBe(50);
    expect(driver.text('stdout')).toBe('50 3\n');
  });

  it('that run already are watched too, and detaching leaves none with a debug register', async () => {
    const stranger = await startStranger(compile('many_threads.c', { flags: ['-g', '-pthread'] }), '20', '30');
    try {
      const driver = await Driver.attach(stranger.pid, 'many_threads.c');
      const [set] = driver.target.watchpoints.set([{ ...global(driver, 'turns', 8) }]);
      expect(set!.verified).toBe(true);
      const tids = new Set<number>();
      for (let i = 0; i < 40; i++) {
        tids.add((await driver.stop()).tid);
        driver.resume();
      }
      expect(tids.size).toBeGreaterThan(1);
      const all = driver.target.threads().map(({ id }) => id);
      await driver.target.detach();
      for (const tid of all) {
        native.seize(tid, 0);
        native.interrupt(tid);
        expect(native.waitSlice(tid, 2000)).toBeGreaterThan(0);
        expect(native.getDebugRegister(tid, 7)).toBe(0n);
        native.detach(tid, 0);
      }
    } finally {
      kill(stranger.pid);
    }
  });
});

describe('scopes', () => {
  it('end with the frame, right where it has returned, and the breakpoint with them', async () => {
    const driver = await part('scope', '2');
    await at(driver, 'local_written');
    const [set] = driver.target.watchpoints.set([local(driver, 10)]);
    expect([set!.verified, set!.message]).toEqual([true, undefined]);
    driver.resume();
    const seen: (string | undefined)[] = [];
    for (;;) {
      const event = await driver.stop();
      seen.push(...dataOf(event).accesses.map(({ text }) => text.replace(/.*changed/, 'changed')));
      if (dataOf(event).ended.length > 0) break;
      driver.resume();
    }
    expect(seen).toEqual(['changed from 0xa to 0xb', 'changed from 0xb to 0xd', 'changed from 0xd to 0xe']);
    expect(driver.functions(1)).toEqual(['main']);
    expect(driver.where()).toBe('#call_scope');
    expect([set!.verified, set!.ended]).toEqual([false, true]);
    expect(set!.message).toMatch(/^local went out of scope/);
    expect(driver.changedBreakpoints).toContain(set!.id);
    driver.resume();
    // Neither the memory's next owner nor the next activation of the function is watched.
    expect(await driver.exit()).toEqual({ code: 0 });
    driver.target.watchpoints.set([]);
  });

  it.each([
    ['longjmp', 'watch.c', ['jump'], 'jump_written', 3, 'setjmp'],
    ['an exception', 'watchthrow.cpp', [], 'throw_written', 5, 'catch'],
  ])('end when %s leaves the frame', async (_how, source, args, marker, value, landed) => {
    const driver = await Driver.launch(source, { args });
    await at(driver, marker);
    const [set] = driver.target.watchpoints.set([local(driver, value)]);
    driver.resume();
    expect(texts(await driver.stop())).toHaveLength(1);
    driver.resume();
    const event = await driver.stop();
    expect(dataOf(event).ended.map(({ id }) => id)).toEqual([set!.id]);
    expect(driver.functions(1)).toEqual(['main']);
    expect(driver.where()).toBe(`#${landed}`);
    driver.resume();
    expect(await driver.exit()).toEqual({ code: 0 });
  });

  it('that have ended already are refused', async () => {
    const driver = await part('scope', '1');
    await at(driver, 'local_written');
    const spec = local(driver, 10);
    driver.breakAt('after_scope');
    driver.resume();
    await driver.stop();
    const [set] = driver.target.watchpoints.set([spec]);
    expect(set!.verified).toBe(false);
    expect(set!.message).toMatch(/gone out of scope/);
  });
});

describe('exec', () => {
  it('makes them unverified, and the next program is not watched', async () => {
    const next = compile('hello.c');
    const driver = await Driver.launch('execs.c', { args: [next], compile: { flags: ['-g', '-pthread'] } });
    driver.target.breakpoints.setFunctions([{ name: 'main' }]);
    driver.start();
    await driver.stop();
    const address = offsetBy(driver.target.registers(driver.tid).sp, -4096);
    const [set] = driver.target.watchpoints.set([
      { address: virtAddr(address - (address % 8n)), size: 8, access: 'write', label: 'stack', condition: '0' },
    ]);
    driver.resume();
    await driver.stop();
    expect(set!.verified).toBe(false);
    expect(set!.message).toMatch(/another program/);
    expect(native.getDebugRegister(driver.tid, 7)).toBe(0n);
    expect(sourcePath('hello.c')).toBe(driver.target.stack(driver.tid).frame(0)!.source!.path);
  });
});
