/** How sessions begin, go on and end: environment, output, stepping, breakpoints, restart, terminate, detach. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { StepInstructionsResponse } from '../../src/protocol/requests';
import type { DapClient } from '../support/dapclient';
import { compile, line, sourcePath } from '../support/debuggees';
import { eventually, isAlive } from '../support/processes';
import {
  breakAt,
  initialize,
  launch,
  launchUntilStopped,
  outputs,
  resume,
  runToEnd,
  startAdapter,
  stopped,
  topFrame,
} from '../support/session';

const dir = mkdtempSync(join(tmpdir(), 'ptrace-lifecycle-'));
afterAll(() => rmSync(dir, { recursive: true }));

const hello = compile('hello.c');
const spin = compile('spin.c');

interface Told {
  readonly args: string[];
  readonly env: string[];
  readonly cwd: string;
}

async function tell(args: object): Promise<Told> {
  const client = startAdapter({ env: { PTRACE_A: 'inherited', PTRACE_B: 'inherited', ELECTRON_RUN_AS_NODE: '1' } });
  await launch(client, { program: compile('args.c'), ...args });
  const { output } = await runToEnd(client);
  return JSON.parse(output['stdout']!) as Told;
}

describe('launch', () => {
  it('passes arguments, environment and working directory on', async () => {
    writeFileSync(join(dir, 'vars.env'), 'PTRACE_C=file\nPTRACE_D="two words"\n');
    const told = await tell({
      args: `one 'two words' "" ü`,
      cwd: dir,
      env: { PTRACE_A: null, PTRACE_C: 'env', PTRACE_E: 'a=b' },
      envFile: 'vars.env',
    });
    const json = JSON.stringify(told);
    expect(json).toContain(JSON.stringify(['one', 'two words', '', 'ü']).slice(1, -1));
    expect(json).toContain(JSON.stringify(dir));
    const variables = told.env.filter((text) => /^(PTRACE_[A-E]|ELECTRON)/.test(text)).sort();
    expect(variables).toEqual(['PTRACE_B=inherited', 'PTRACE_C=env', 'PTRACE_D=two words', 'PTRACE_E=a=b']);
  });

  it('runs in the folder of the program unless told otherwise', async () => {
    const program = compile('args.c');
    expect(JSON.stringify(await tell({}))).toContain(JSON.stringify(dirname(program)));
  });

  it('redirects standard streams, relative to cwd', async () => {
    writeFileSync(join(dir, 'input'), 'line one\n');
    const client = startAdapter();
    await launch(client, { program: compile('stdin.c'), cwd: dir, stdio: ['input', 'output'] });
    await runToEnd(client);
    expect(readFileSync(join(dir, 'output'), 'utf8')).toContain('got line one');
    expect(outputs(client)['stdout']).toBeUndefined();
  });

  it('tells of the process, its thread and its modules before anything runs', async () => {
    const client = startAdapter();
    await launch(client, { program: hello });
    expect((await client.waitFor('process')).body).toMatchObject({
      name: hello,
      startMethod: 'launch',
      pointerSize: 64,
    });
    expect((await client.waitFor('thread')).body).toMatchObject({ reason: 'started' });
    expect((await client.waitFor('module')).body).toMatchObject({ reason: 'new', module: { path: hello } });
    await runToEnd(client);
  });

  it('runs without debugging when asked', async () => {
    const client = startAdapter();
    await launch(client, { program: hello, noDebug: true }, { breakpoints: { 'hello.c': ['add_body'] } });
    expect(await runToEnd(client)).toMatchObject({ exitCode: 0, output: { stdout: 'hello 11\n' } });
    expect(client.untaken('stopped')).toEqual([]);
  });

  it.each(['disconnect', 'hanging up'])('without debugging also ends by %s', async (how) => {
    const client = startAdapter();
    await launch(client, { program: spin, noDebug: true });
    const { systemProcessId } = (await client.waitFor('process')).body as { systemProcessId: number };
    if (how === 'disconnect') await client.request('disconnect', {});
    else client.hangUp();
    expect(await client.exited()).toBe(0);
    expect(isAlive(systemProcessId)).toBe(false);
  });

  it('writes a log where trace says', async () => {
    const log = join(dir, 'trace.log');
    const client = startAdapter();
    await launch(client, { program: hello, trace: log });
    await runToEnd(client);
    await client.request('disconnect', {});
    await client.exited();
    expect(readFileSync(log, 'utf8')).toMatch(/\[dap\] → .*"configurationDone"[^]*\[dap\] ← .*"terminated"/);
  });

  it('writes the log to the console', async () => {
    const client = startAdapter();
    await launch(client, { program: hello, trace: true });
    await runToEnd(client);
    expect(outputs(client)['console']).toContain('[dap] → ');
  });

  it('debugs the interpreter of a script, and says so', async () => {
    const script = join(dir, 'script');
    writeFileSync(script, '#!/bin/sh\necho from the script $1\n', { mode: 0o755 });
    const client = startAdapter();
    await launch(client, { program: script, args: ['x'] });
    expect(await runToEnd(client)).toMatchObject({
      exitCode: 0,
      output: {
        stdout: 'from the script x\n',
        console: expect.stringContaining('its interpreter') as string,
      },
    });
  });
});

describe('output', () => {
  it('is complete and unharmed before terminated', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('stdio.c'), args: ['bytes'] });
    await runToEnd(client);
    const text = outputs(client)['stdout']!;
    for (const byte of [0x80, 0xc0, 0xff]) expect(text).toContain(`\\x${byte.toString(16)}`);
    expect(text).toContain('\0\x01\x02');
    const events = client.transcript.map(({ message }) => (message as DebugProtocol.Event).event);
    expect(events.lastIndexOf('output')).toBeLessThan(events.indexOf('exited'));
    expect(events.indexOf('exited')).toBeLessThan(events.indexOf('terminated'));
  });

  it('keeps a character together that is written in halves', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('stdio.c'), args: ['utf8'] });
    await runToEnd(client);
    expect(outputs(client)['stdout']).not.toContain('\\x');
  });

  it('of a flood arrives whole', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('stdio.c'), args: ['flood', '20000'] });
    await runToEnd(client);
    expect(outputs(client)['stdout']!.split('\n')).toHaveLength(20_001);
  });
});

describe('the end', () => {
  it.each([
    ['kill', 137, 'SIGKILL'],
    ['abort', 134, 'SIGABRT'],
  ])('by %s is told as 128 + the signal', async (how, exitCode, signal) => {
    const client = startAdapter();
    await launch(client, { program: compile('exits.c'), args: [how] });
    if (how === 'abort') {
      const stop = await stopped(client);
      expect(stop).toMatchObject({ reason: 'exception', description: 'Paused on SIGABRT' });
      const info = await client.request('exceptionInfo', { threadId: stop.threadId });
      expect(info).toMatchObject({ exceptionId: 'SIGABRT', breakMode: 'always' });
      await client.request('continue', { threadId: stop.threadId });
    }
    expect((await client.waitFor('exited')).body).toEqual({ exitCode });
    expect(outputs(client)['console']).toContain(`was ended by ${signal}.`);
  });

  it('describes a fault with its address', async () => {
    const client = startAdapter();
    const stop = await launchUntilStopped(client, { program: compile('crash.c'), args: ['0x1234'] });
    expect(stop).toMatchObject({ reason: 'exception', text: 'SIGSEGV (Segmentation fault) at 0x1234' });
    expect(await topFrame(client, stop.threadId)).toMatchObject({ line: line('crash.c', 'fault') });
  });
});

describe('breakpoints', () => {
  it('of every kind say which one was hit', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program: hello, stopOnEntry: 'main' });
    const [source] = await breakAt(client, 'hello.c', ['call']);
    expect(source).toMatchObject({ verified: true, line: line('hello.c', 'call') });
    expect(await resume(client, 'continue', { threadId })).toMatchObject({
      reason: 'breakpoint',
      hitBreakpointIds: [source!.id],
    });
    const byName = await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'add' }] });
    expect(await resume(client, 'continue', { threadId })).toMatchObject({
      reason: 'function breakpoint',
      hitBreakpointIds: [byName.breakpoints[0]!.id],
    });
    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    await breakAt(client, 'hello.c', []);
    const top = await topFrame(client, threadId);
    const { instructions } = (await client.request('disassemble', {
      memoryReference: top.instructionPointerReference!,
      instructionCount: 3,
    }))!;
    const byAddress = await client.request('setInstructionBreakpoints', {
      breakpoints: [
        {
          instructionReference: top.instructionPointerReference!,
          offset: Number(BigInt(instructions[2]!.address) - BigInt(instructions[0]!.address)),
        },
      ],
    });
    expect(byAddress.breakpoints[0]).toMatchObject({ verified: true, instructionReference: instructions[2]!.address });
    expect(await resume(client, 'continue', { threadId })).toMatchObject({
      reason: 'instruction breakpoint',
      hitBreakpointIds: [byAddress.breakpoints[0]!.id],
    });
  });

  it('keep their ids, log, count and obey conditions', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program: hello, stopOnEntry: 'main' });
    const [first] = await breakAt(client, 'hello.c', ['bump']);
    const again = await breakAt(client, 'hello.c', [
      { at: 'bump', condition: 'counter == 2' },
      { at: 'call', logMessage: 'turn {counter}' },
    ]);
    expect(again[0]!.id).not.toBe(first!.id);
    expect(await resume(client, 'continue', { threadId })).toMatchObject({ hitBreakpointIds: [again[0]!.id] });
    const { result } = await client.request('evaluate', { expression: 'counter' });
    expect(result).toBe('2');
    expect(outputs(client)['console']).toBe('turn 0\nturn 1\nturn 2\n');
    const wrong = await breakAt(client, 'hello.c', [
      { at: 'bump', condition: '1 +' },
      { at: 'loop', hitCondition: 'x' },
    ]);
    expect(wrong).toMatchObject([{ verified: false }, { verified: false }]);
    for (const { message } of wrong) expect(message).toBeTruthy();
  });

  it('say where they can be', async () => {
    const client = startAdapter();
    await launchUntilStopped(client, { program: hello, stopOnEntry: 'main' });
    const { breakpoints } = await client.request('breakpointLocations', {
      source: { path: sourcePath('hello.c') },
      line: 1,
      endLine: line('hello.c', 'add_return'),
    });
    expect([...new Set(breakpoints.map((each) => each.line))]).toEqual([
      line('hello.c', 'add'),
      line('hello.c', 'add_body'),
      line('hello.c', 'add_return'),
    ]);
  });
});

describe('ptrace/stepInstructions', () => {
  const burst = (client: DapClient, threadId: number, count: number) =>
    client.request('ptrace/stepInstructions', { threadId, count }) as Promise<StepInstructionsResponse>;

  it('answers first, then tells of the stop', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program: spin, stopOnEntry: 'main' });
    const done = await burst(client, threadId, 100);
    expect(done).toMatchObject({ instructionsExecuted: 100, threadId, reason: 'steps' });
    expect(await stopped(client)).toMatchObject({ reason: 'step', threadId });
    expect((await topFrame(client, threadId)).instructionPointerReference).toBe(done.address);
    const kinds = client.transcript.map(({ message }) => {
      const { type, event, command } = message as { type: string; event?: string; command?: string };
      return `${type} ${event ?? command}`;
    });
    expect(kinds.lastIndexOf('response ptrace/stepInstructions')).toBeLessThan(kinds.lastIndexOf('event stopped'));
  });

  it('ends at a breakpoint, at a pause and at the end of the program', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program: hello, stopOnEntry: 'main' });
    const [breakpoint] = await breakAt(client, 'hello.c', ['add_body']);
    expect(await burst(client, threadId, 1000)).toMatchObject({
      reason: 'breakpoint',
      text: `Breakpoint ${breakpoint!.id}`,
    });
    expect(await stopped(client)).toMatchObject({ reason: 'breakpoint', hitBreakpointIds: [breakpoint!.id] });
    await breakAt(client, 'hello.c', []);
    expect(await burst(client, threadId, 10_000_000)).toMatchObject({
      reason: 'exited',
      text: 'The program has ended (exit code 0)',
    });
    await client.waitFor('terminated');

    const other = startAdapter();
    const looping = await launchUntilStopped(other, { program: spin, stopOnEntry: 'main' });
    const long = burst(other, looping.threadId, 2 ** 31 - 1);
    await other.request('pause', { threadId: looping.threadId });
    expect(await long).toMatchObject({ reason: 'pause' });
    expect(await stopped(other)).toMatchObject({ reason: 'pause' });
    const cancelled = burst(other, looping.threadId, 2 ** 31 - 1);
    await other.request('cancel', { requestId: other.transcript.at(-1)!.message.seq });
    expect(await cancelled).toMatchObject({ reason: 'cancelled' });
    expect(await stopped(other)).toMatchObject({ reason: 'pause' });
  });
});

describe('restart', () => {
  it('starts anew with breakpoints kept, and with new arguments when given', async () => {
    const client = startAdapter();
    const program = compile('args.c');
    const before = await launchUntilStopped(client, { program, args: ['old'] }, { functions: ['main'] });
    const first = (await client.waitFor('process')).body as { systemProcessId: number };
    await client.request('restart', {});
    const again = await stopped(client);
    expect(again).toMatchObject({ reason: 'function breakpoint', hitBreakpointIds: before.hitBreakpointIds });
    expect(isAlive(first.systemProcessId)).toBe(false);
    expect(again.threadId).not.toBe(before.threadId);
    await client.request('restart', { arguments: { program, args: ['new'] } as object });
    const { threadId } = await stopped(client);
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
    expect(outputs(client)['stdout']).toContain('"new"');
    expect(outputs(client)['stdout']).not.toContain('"old"');
    expect(client.untaken('exited')).toEqual([]);
  });

  it('works while the program runs, and ends the session when it fails', async () => {
    const client = startAdapter();
    await launch(client, { program: spin });
    await client.request('restart', {});
    const response = await client.requestRaw('restart', { arguments: { program: '/no/such' } });
    expect(response.message).toContain('There is no program /no/such');
    await client.waitFor('terminated');
  });
});

describe('terminate', () => {
  it('lets the program handle SIGTERM', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program: spin, stopOnEntry: 'main' });
    await client.request('terminate', {});
    expect((await client.waitFor('continued')).body).toEqual({ threadId, allThreadsContinued: true });
    expect((await client.waitFor('exited')).body).toEqual({ exitCode: 143 });
  });

  it('kills at the second request what ignores the first', async () => {
    const script = join(dir, 'stubborn');
    writeFileSync(script, `#!/bin/sh\ntrap '' TERM\necho ready\nwhile :; do sleep 0.05; done\n`, { mode: 0o755 });
    const client = startAdapter();
    await launch(client, { program: script });
    await client.waitFor('output', ({ body }) => (body as { output: string }).output.includes('ready'));
    await client.request('terminate', {});
    await client.request('terminate', {});
    expect((await client.waitFor('exited')).body).toEqual({ exitCode: 137 });
  });
});

describe('attach', () => {
  async function running(): Promise<ChildProcess & { pid: number }> {
    const child = spawn(spin, { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    await eventually(() => readFileSync(`/proc/${child.pid}/comm`, 'utf8') === 'spin\n', 'spin runs');
    return child as ChildProcess & { pid: number };
  }

  async function attached(args: object = {}): Promise<{ client: DapClient; pid: number }> {
    const child = await running();
    const client = startAdapter();
    await initialize(client);
    await client.request('attach', { pid: String(child.pid), ...args });
    await client.waitFor('initialized');
    return { client, pid: child.pid };
  }

  it('lets the process run until a breakpoint, and on after disconnect', async () => {
    const { client, pid } = await attached();
    await breakAt(client, 'spin.c', ['count']);
    await client.request('configurationDone', {});
    const { threadId } = await stopped(client);
    expect(await topFrame(client, threadId)).toMatchObject({ name: 'turn', line: line('spin.c', 'count') });
    await client.request('disconnect', {});
    expect(await client.exited()).toBe(0);
    expect(isAlive(pid)).toBe(true);
    // Were an int3 left in it, it would die of SIGTRAP at once.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isAlive(pid)).toBe(true);
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/TracerPid:\t0\n/);
  });

  it('stops at once when asked, and again after a restart', async () => {
    const { client, pid } = await attached({ stopOnEntry: true });
    await client.request('configurationDone', {});
    expect(await stopped(client)).toMatchObject({ reason: 'entry', threadId: pid });
    await client.request('restart', {});
    expect(await stopped(client)).toMatchObject({ reason: 'entry', threadId: pid });
  });

  it('leaves the process alone when the client goes away, and ends it when told to', async () => {
    const first = await attached();
    first.client.hangUp();
    await first.client.exited();
    expect(isAlive(first.pid)).toBe(true);
    const second = await attached();
    await second.client.request('disconnect', { terminateDebuggee: true });
    await eventually(() => !isAlive(second.pid), 'the process is gone');
  });
});

describe('a terminal', () => {
  it('runs the program there, with what env changes and where stdio leads', async () => {
    const client = startAdapter();
    let asked: DebugProtocol.RunInTerminalRequestArguments | undefined;
    client.reverse.set('runInTerminal', (args) => {
      asked = args as DebugProtocol.RunInTerminalRequestArguments;
      const [program, ...rest] = asked.args;
      const child = spawn(program!, rest, { cwd: asked.cwd, stdio: 'ignore', env: { ...process.env, TERM: 'x' } });
      return { processId: child.pid };
    });
    await client.request('initialize', { adapterID: 'ptrace', supportsRunInTerminalRequest: true });
    const launched = client.request('launch', {
      program: compile('stdio.c'),
      args: ['mixed'],
      cwd: dir,
      console: 'integratedTerminal',
      env: { A: '1', B: null },
      stdio: [null, 'terminal.out'],
    });
    await client.waitFor('initialized');
    await client.request('configurationDone', {});
    await launched;
    await runToEnd(client);
    expect(asked).toMatchObject({ kind: 'integrated', cwd: dir, env: { A: '1', B: null } });
    expect(readFileSync(join(dir, 'terminal.out'), 'utf8')).toContain('out 4\n');
  });

  it('that the client cannot open fails the launch', async () => {
    const client = startAdapter();
    client.reverse.set('runInTerminal', () => Promise.reject(new Error('no terminal today')));
    await client.request('initialize', { adapterID: 'ptrace', supportsRunInTerminalRequest: true });
    const response = await client.requestRaw('launch', { program: hello, console: 'externalTerminal' });
    expect(response).toMatchObject({ success: false });
    expect(response.message).toContain('no terminal today');
  });
});
