/** The table of signals, its conditions, other signals for stopped threads, signals that are sent; beside gdb. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { DapClient } from '../support/dapclient';
import { compile } from '../support/debuggees';
import { eventually } from '../support/processes';
import { debuggeePid, initialize, launch, outputs, runToEnd, startAdapter, stopped } from '../support/session';

const program = compile('sigtrap.c', { flags: ['-g', '-O0'] });
const faults = compile('faults.c', { flags: ['-g', '-O0', '-pthread', '-fno-stack-protector'] });

type Signals = Readonly<Record<string, string>> | readonly string[];

interface Ticked {
  readonly filterId: string;
  readonly condition?: string;
}

async function start(args: string[], signals: Signals = {}, ticked?: readonly Ticked[]): Promise<DapClient> {
  const client = startAdapter();
  await initialize(client);
  const launched = client.requestRaw('launch', { program, args, signals });
  await client.waitFor('initialized');
  if (ticked) await client.request('setExceptionBreakpoints', { filters: [], filterOptions: [...ticked] });
  await client.request('configurationDone', {});
  await launched;
  return client;
}

describe('what programs do with signals themselves goes as without a debugger:', () => {
  test.each(['int3-handled', 'sigtimedwait', 'sigwait', 'signalfd', 'alternate', 'vfork'])('%s', async (what) => {
    const client = await start([what], ['SIGTRAP nostop pass']);
    expect(await runToEnd(client)).toMatchObject({ exitCode: 0 });
    expect(client.untaken('stopped')).toEqual([]);
  });

  test('an int3 of its own stops and is passed over; its handler gets it', async () => {
    const client = await start(['int3']);
    const { threadId, description } = await stopped(client);
    expect(description).toBe('Paused on a trap');
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0, output: { stdout: 'after\n' } });
    const other = await start(['int3-handled']);
    expect(await runToEnd(other, (await stopped(other)).threadId)).toMatchObject({ exitCode: 0 });
  });

  test('its check for a tracer fails, as under any', async () => {
    const client = await start(['traceme']);
    expect(await runToEnd(client)).toMatchObject({
      exitCode: 0,
      output: { stdout: 'traceme -1 Operation not permitted\n' },
    });
  });

  test('steps through a handler on an alternate stack, and back by sigreturn', async () => {
    const client = startAdapter();
    await launch(client, { program, args: ['alternate'] }, { breakpoints: { 'sigtrap.c': ['handler'] } });
    let { threadId } = await stopped(client);
    const seen: string[] = [];
    for (let i = 0; i < 40 && !seen.includes('main'); i++) {
      await client.request('stepOut', { threadId });
      ({ threadId } = await stopped(client));
      const { stackFrames } = await client.request('stackTrace', { threadId, levels: 1 });
      seen.push(stackFrames[0]!.name);
    }
    expect(seen).toContain('main');
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
  });
});

describe('the table', () => {
  test.each<[string, Signals, boolean, boolean]>([
    ['passes quietly', {}, false, false],
    ['stops', { SIGUSR1: 'stop, pass' }, true, false],
    ['logs', { SIGUSR1: 'log, pass' }, false, true],
    ['takes gdb’s words', ['SIGUSR1 stop print pass'], true, true],
    ['takes groups', { all: 'stop' }, true, false],
  ])('%s', async (_what, signals, stops, logs) => {
    const client = await start(['take'], signals);
    const threadId = stops ? (await stopped(client)).threadId : undefined;
    const { output } = await runToEnd(client, threadId);
    expect(output['stdout']).toMatch(/^1 10 -6 /);
    const log = /received SIGUSR1 \(User defined signal 1\), sent by process \d+ \(“.*sigtrap take”/;
    expect(log.test(output['console'] ?? '')).toBe(logs);
  });

  test('keeps a signal from the program', async () => {
    const { output } = await runToEnd(await start(['take'], { SIGUSR1: 'nopass' }));
    expect(output['stdout']).toMatch(/^0 0 0 /);
  });

  test.each([
    [{ SIGUSR9: 'stop' }, 'there is no signal “SIGUSR9”; did you mean “SIGUSR1”?'],
    [{ SIGUSR1: 'halt' }, '“halt” of “halt” is none of stop, log, pass, nostop, nolog and nopass'],
    [{ SIGKILL: 'stop' }, 'SIGKILL cannot be stopped at, told of or kept from a program'],
  ])('refuses %j', async (signals, sentence) => {
    const client = startAdapter();
    await initialize(client);
    const response = await client.requestRaw('launch', { program, signals });
    expect(response).toMatchObject({ success: false });
    expect(response.message).toContain(sentence);
  });
});

describe('a filter', () => {
  test.each([
    ['si_code == SI_TKILL', true],
    ['si_code == SI_USER', false],
    ['sender.command == "*sigtrap take" && sender.uid >= 0', true],
    ['sender == tid && signal == SIGUSR1', true],
    ['address < 4096', false],
    ['!(value == 3)', true],
  ])('with the condition %s', async (condition, stops) => {
    const client = await start(['take'], {}, [{ filterId: 'SIGUSR1', condition }]);
    const threadId = stops ? (await stopped(client)).threadId : undefined;
    await runToEnd(client, threadId);
    expect(client.untaken('stopped')).toEqual([]);
  });

  test.each([
    ['si_kode == 1', 'there is nothing named “si_kode”; did you mean “si_code”?'],
    ['si_code == ', 'it ends where a value is expected'],
    ['tid == "main"', '“tid” is a number and is compared with a text'],
    ['(tid', 'a “)” is missing before the end'],
  ])('says what is wrong with %s', async (condition, problem) => {
    const client = startAdapter();
    await initialize(client);
    const filterOptions = [{ filterId: 'SIGSEGV', condition }];
    const body = await client.request('setExceptionBreakpoints', { filters: [], filterOptions });
    expect(body).toMatchObject({
      breakpoints: [{ verified: false, message: expect.stringContaining(problem) as string }],
    });
  });

  test('that is unticked stops no more; one for all others takes real-time signals', async () => {
    const client = startAdapter();
    await initialize(client);
    const launched = client.requestRaw('launch', { program: faults, args: ['queue'] });
    await client.waitFor('initialized');
    const filterOptions = [{ filterId: 'signals', condition: 'signal == SIGRTMIN+1 && value == 77' }];
    await client.request('setExceptionBreakpoints', { filters: [], filterOptions });
    await client.request('configurationDone', {});
    await launched;
    const { threadId, description } = await stopped(client);
    expect(description).toBe('Paused on SIGRTMIN+1');
    expect((await runToEnd(client, threadId)).exitCode).toBe(128 + 35);
  });
});

describe('a thread that has stopped in front of a signal', () => {
  const taking = async (): Promise<{ client: DapClient; threadId: number }> => {
    const client = await start(['take'], { SIGUSR1: 'stop, pass' });
    return { client, threadId: (await stopped(client)).threadId };
  };

  test.each<[string, object, string]>([
    ['none', { signal: 0 }, '0 0 0 0\n'],
    ['another one', { signal: 'SIGUSR2' }, '1 12 0 0\n'],
    ['one with a value', { signal: 'SIGRTMIN+1', siginfo: { code: 'SI_QUEUE', value: 9, pid: 1 } }, '1 35 -1 9\n'],
    ['the same', { signal: 'SIGUSR1' }, '1 10 -6 0\n'],
  ])('is given %s', async (_what, args, printed) => {
    const { client, threadId } = await taking();
    await client.request('ptrace/setSignal', { threadId, ...args });
    expect((await runToEnd(client, threadId)).output['stdout']).toBe(printed);
  });

  test('is given it with its siginfo after a function was called meanwhile', async () => {
    const { client, threadId } = await taking();
    const { stackFrames } = await client.request('stackTrace', { threadId, levels: 30 });
    const frameId = stackFrames.find(({ name }) => name === 'main')!.id;
    await client.request('evaluate', { expression: 'block(5)', frameId, context: 'repl' });
    expect((await runToEnd(client, threadId)).output['stdout']).toBe('1 10 -6 0\n');
  });

  test('that did not is refused', async () => {
    const client = await start(['wait']);
    const pid = await debuggeePid(client);
    await eventually(() => outputs(client)['stdout'] === 'waiting\n', 'it waits');
    await client.request('pause', { threadId: pid });
    const { threadId } = await stopped(client);
    const response = await client.requestRaw('ptrace/setSignal', { threadId, signal: 'SIGUSR1' });
    expect(response.message).toMatch(/did not stop in front of a signal.*send it one instead/);
    await client.request('disconnect', { terminateDebuggee: true });
  });
});

describe('a signal that is sent', () => {
  test.each<[string, object, string]>([
    ['to the process', { signal: 'SIGUSR1' }, '10 0 0\n'],
    ['with a value', { signal: 'SIGRTMIN+3', value: 5 }, '37 -1 5\n'],
    ['with a siginfo that the kernel refuses', { signal: 'SIGUSR2', siginfo: { code: 'SI_KERNEL' } }, '12 128 0\n'],
    ['as a fault', { signal: 'SIGSEGV', siginfo: { code: 'SEGV_MAPERR', address: '0x10' } }, '11 1 0\n'],
  ])('%s', async (_what, args, printed) => {
    const client = await start(['wait'], { SIGSEGV: 'pass' });
    const pid = await debuggeePid(client);
    await eventually(() => outputs(client)['stdout'] === 'waiting\n', 'it waits');
    await client.request('ptrace/sendSignal', { ...args });
    await eventually(() => outputs(client)['stdout'] === `waiting\n${printed}`, 'it has come');
    await client.request('ptrace/sendSignal', { signal: 'SIGUSR1', threadId: pid });
    expect(await runToEnd(client)).toMatchObject({ exitCode: 10 });
  });

  test('must be one', async () => {
    const client = await start(['wait']);
    const response = await client.requestRaw('ptrace/sendSignal', { signal: 'SIGUSER1' });
    expect(response.message).toMatch(/There is no signal “SIGUSER1”; did you mean SIGUSR1\?/);
    await client.request('disconnect', { terminateDebuggee: true });
  });
});

describe('beside gdb, a program that dies', () => {
  /** The signal of gdb's stop and of the end that follows it. */
  function gdb(what: string): { readonly stop: string | undefined; readonly end: string | undefined } {
    const commands = ['-ex', 'run', '-ex', 'continue', '--args', faults, what];
    const { stdout } = spawnSync('gdb', ['-q', '-nx', '-batch', ...commands], { encoding: 'utf8' });
    return {
      stop: /received signal (SIG\w+)/.exec(stdout)?.[1],
      end: /terminated with signal (SIG\w+)/.exec(stdout)?.[1],
    };
  }

  test.each(['null-member', 'divide', 'ud2', 'abort', 'shrunk', 'seccomp', 'overflow'])('%s', async (what) => {
    const client = startAdapter();
    await launch(client, { program: faults, args: [what] });
    const { threadId } = await stopped(client);
    const info = await client.request('exceptionInfo', { threadId });
    const { exceptionId } = info as { exceptionId: string };
    const { output } = await runToEnd(client, threadId);
    const end = /was ended by (SIG\w+)/.exec(output['console'] ?? '')?.[1];
    expect({ stop: exceptionId, end }).toEqual(gdb(what));
  });
});
