/** Programs in the client's terminal: a real pseudo-terminal, a real shell, and the program a job of it. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LaunchArguments } from '../../src/protocol/arguments';
import type { DapClient } from '../support/dapclient';
import { compile, line, sourcePath } from '../support/debuggees';
import { eventually, isAlive, processInfo } from '../support/processes';
import {
  breakAt,
  debuggeePid,
  initializeArguments,
  outputs,
  resume,
  runToEnd,
  startAdapter,
  stopped,
  topFrame,
  type Setup,
} from '../support/session';
import { CTRL_C, CTRL_D, CTRL_Z, Terminal } from '../support/terminal';

const SIGINT = 2;

/** Whether a signal waits to be delivered to a process (proc(5), ShdPnd). */
function hasPending(pid: number, signal: number): boolean {
  const mask = /^ShdPnd:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${mask}`) & (1n << BigInt(signal - 1))) !== 0n;
}

const program = compile('terminal.c');
let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'ptrace-terminal-')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface InTerminal {
  readonly client: DapClient;
  readonly terminal: Terminal;
}

/** initialize, with a terminal to offer, and whatever launch answers. */
async function attempt(
  args: LaunchArguments,
  setup: Setup = {},
  terminal?: Terminal,
): Promise<InTerminal & { readonly failure: string | undefined }> {
  const client = startAdapter();
  const opened = terminal ?? (await Terminal.open());
  opened.serve(client);
  await client.request('initialize', { ...initializeArguments, supportsRunInTerminalRequest: true });
  const launched = client.requestRaw('launch', { console: 'integratedTerminal', ...args });
  const failed = launched.then(({ success }) => (success ? new Promise<'initialized'>(() => undefined) : 'failed'));
  if ((await Promise.race([client.waitFor('initialized'), failed])) !== 'failed') {
    for (const [source, marks] of Object.entries(setup.breakpoints ?? {})) await breakAt(client, source, marks);
    await client.request('configurationDone', {});
  }
  const { success, message } = await launched;
  return { client, terminal: opened, failure: success ? undefined : (message ?? '') };
}

async function launchThere(args: LaunchArguments = {}, setup: Setup = {}, terminal?: Terminal): Promise<InTerminal> {
  const { client, terminal: opened, failure } = await attempt({ program, ...args }, setup, terminal);
  expect(failure).toBeUndefined();
  return { client, terminal: opened };
}

describe('a job of the shell', () => {
  test('is in the foreground, sees the size, the environment and the keys, and ends the session', async () => {
    const { client, terminal } = await launchThere({ cwd: folder, env: { CHANGED: "it's\n$1", HOME: null } });
    await terminal.shows('tty 111 foreground 1 leader 1 size 77x33');
    await terminal.shows("CHANGED=it's\n$1 HOME=(none) INHERITED=from the shell");
    const pid = await debuggeePid(client);
    expect(realpathSync(`/proc/${pid}/cwd`)).toBe(folder);
    await terminal.shows('reading');
    terminal.type('one\n');
    await terminal.shows('line 1: one');
    terminal.type(`two\n${CTRL_D}`);
    await terminal.shows('end after 2 lines');
    expect(await runToEnd(client)).toEqual({ exitCode: 7, output: {} });
    await terminal.prompt();
    expect(await terminal.status()).toBe(7);
    expect(terminal.asked).toMatchObject([{ kind: 'integrated', cwd: folder }]);
  });

  test('stops at breakpoints between what is typed, steps, and reads on', async () => {
    const { client, terminal } = await launchThere({}, { breakpoints: { 'terminal.c': ['line'] } });
    await terminal.shows('reading');
    terminal.type('one\n');
    const { reason, threadId } = await stopped(client);
    expect(reason).toBe('breakpoint');
    await resume(client, 'next', { threadId });
    await resume(client, 'next', { threadId });
    expect(await topFrame(client, threadId)).toMatchObject({ name: 'main', line: line('terminal.c', 'said') });
    await resume(client, 'next', { threadId });
    // Typed while it is stopped: the terminal keeps it.
    terminal.type('two\n');
    expect(await resume(client, 'continue', { threadId })).toMatchObject({ reason: 'breakpoint' });
    await terminal.shows('line 1: one');
    await breakAt(client, 'terminal.c', []);
    await client.request('continue', { threadId });
    await terminal.shows('line 2: two');
    terminal.type(CTRL_D);
    expect(await runToEnd(client)).toMatchObject({ exitCode: 7 });
  });

  test('hears of a new size', async () => {
    const { client, terminal } = await launchThere();
    await terminal.shows('reading');
    const tty = realpathSync(`/proc/${await debuggeePid(client)}/fd/0`);
    expect(spawnSync('stty', ['-F', tty, 'cols', '101', 'rows', '21']).status).toBe(0);
    await terminal.shows('resized to 101x21');
    terminal.type(CTRL_D);
    expect(await runToEnd(client)).toMatchObject({ exitCode: 7 });
    expect(client.untaken('stopped')).toEqual([]);
  });

  test('with redirections, keeps the other streams', async () => {
    writeFileSync(join(folder, 'in.txt'), 'from a file\n');
    const output = join(folder, "it's out.txt");
    const { client, terminal } = await launchThere({ cwd: folder, stdio: ['in.txt', output, null] });
    expect(await runToEnd(client)).toMatchObject({ exitCode: 7 });
    await terminal.prompt();
    expect(readFileSync(output, 'utf8')).toMatch(
      /^tty 001 foreground 0 leader 1.*line 1: from a file\nend after 1 lines/s,
    );
  });

  test('in a terminal of its own', async () => {
    const { client, terminal } = await launchThere({ console: 'externalTerminal' });
    await terminal.shows('tty 111 foreground 1');
    expect(terminal.asked[0]?.kind).toBe('external');
    terminal.type(CTRL_D);
    expect(await runToEnd(client)).toMatchObject({ exitCode: 7 });
  });

  test.each([
    [{ console: undefined, runInTerminal: true }, 'integrated'],
    [{ console: undefined, terminal: 'integrated' }, 'integrated'],
    [{ console: undefined, terminal: 'external' }, 'external'],
    [{ console: undefined, externalConsole: true }, 'external'],
  ] as const)('by another spelling: %o', async (args, kind) => {
    const { client, terminal } = await launchThere(args);
    await terminal.shows('tty 111');
    expect(terminal.asked[0]?.kind).toBe(kind);
    terminal.type(CTRL_D);
    expect(await runToEnd(client)).toMatchObject({ exitCode: 7 });
  });
});

describe('Ctrl-C', () => {
  test('runs the handler and stops nothing', async () => {
    const { client, terminal } = await launchThere();
    await terminal.shows('reading');
    for (let i = 0; i < 3; i++) {
      terminal.type(CTRL_C);
      await terminal.shows('interrupted');
    }
    expect((await client.request('evaluate', { expression: 'interrupts', context: 'repl' })).result).toBe('3');
    expect(client.untaken('stopped')).toEqual([]);
    terminal.type(CTRL_D);
    expect(await runToEnd(client)).toMatchObject({ exitCode: 7 });
  });

  test('takes to a breakpoint in the handler', async () => {
    const { client, terminal } = await launchThere({}, { breakpoints: { 'terminal.c': ['count_interrupt'] } });
    await terminal.shows('reading');
    terminal.type(CTRL_C);
    const { threadId } = await stopped(client);
    expect(await topFrame(client, threadId)).toMatchObject({ name: expect.stringContaining('interrupted') as string });
    await client.request('continue', { threadId });
    await terminal.shows('interrupted');
    terminal.type(CTRL_D);
    expect(await runToEnd(client)).toMatchObject({ exitCode: 7 });
  });

  test('at a stop waits for the program to go on', async () => {
    const { client, terminal } = await launchThere({}, { breakpoints: { 'terminal.c': ['reading'] } });
    const { threadId } = await stopped(client);
    const pid = await debuggeePid(client);
    terminal.type(CTRL_C);
    // The key goes through two pseudo-terminals before the kernel makes a signal of it.
    await eventually(() => hasPending(pid, SIGINT), 'SIGINT is pending');
    expect((await client.request('evaluate', { expression: 'interrupts', context: 'repl' })).result).toBe('0');
    await client.request('continue', { threadId });
    await terminal.shows('interrupted');
    await terminal.shows('reading');
    terminal.type(CTRL_D);
    expect(await runToEnd(client)).toMatchObject({ exitCode: 7 });
  });

  test('ends a program that does not handle it', async () => {
    const { client, terminal } = await launchThere({ args: ['default'] });
    await terminal.shows('reading');
    terminal.type(CTRL_C);
    expect(await runToEnd(client)).toMatchObject({ exitCode: 130 });
    await terminal.prompt();
    expect(await terminal.status()).toBe(130);
    expect(outputs(client)['console']).toContain('was ended by SIGINT');
  });
});

describe('Ctrl-Z', () => {
  test('stops the job for the shell, and fg lets it go on; the session answers meanwhile', async () => {
    const { client, terminal } = await launchThere();
    await terminal.shows('reading');
    const pid = await debuggeePid(client);
    terminal.type(CTRL_Z);
    await terminal.shows('Stopped');
    await terminal.prompt();
    expect(['T', 't']).toContain(processInfo(pid)?.state);
    expect(client.untaken('stopped')).toEqual([]);
    expect((await client.request('threads', undefined)).threads).toHaveLength(1);
    await client.request('pause', { threadId: pid });
    expect(await stopped(client)).toMatchObject({ reason: 'pause' });
    await client.request('continue', { threadId: pid });
    expect(['T', 't']).toContain(processInfo(pid)?.state);
    terminal.type('fg\n');
    await eventually(() => processInfo(pid)?.state === 'S', 'it reads again');
    terminal.type(`again\n`);
    await terminal.shows('line 1: again');
    terminal.type(CTRL_D);
    expect(await runToEnd(client)).toMatchObject({ exitCode: 7 });
    await terminal.prompt();
    expect(await terminal.status()).toBe(7);
  });
});

describe('where it begins and how it ends', () => {
  test.each([
    ['main', /^main$/],
    ['entry', /_start/],
    ['loader', /_start|ld-/],
  ] as const)('stopOnEntry %s', async (stopOnEntry, name) => {
    const { client, terminal } = await launchThere({ stopOnEntry });
    const { reason, threadId } = await stopped(client);
    expect(reason).toBe('entry');
    expect((await topFrame(client, threadId)).name).toMatch(name);
    await client.request('continue', { threadId });
    await terminal.shows('reading');
    terminal.type(CTRL_D);
    expect(await runToEnd(client)).toMatchObject({ exitCode: 7 });
  });

  async function addresses(args: LaunchArguments): Promise<string> {
    const { client, terminal } = await launchThere(args);
    const [text] = await terminal.shows(/main 0x\w+ stack 0x\w+ libc 0x\w+\n/);
    terminal.type(CTRL_D);
    await runToEnd(client);
    return text.replace(/stack \w+/, '');
  }

  test('the same addresses in every run, unless asked otherwise', async () => {
    expect(await addresses({})).toBe(await addresses({}));
    expect(await addresses({ disableASLR: false })).not.toBe(await addresses({ disableASLR: false }));
  });

  test('without debugging: no stop, and its end is heard', async () => {
    const { client, terminal } = await launchThere({ noDebug: true }, { breakpoints: { 'terminal.c': ['reading'] } });
    await terminal.shows('tty 111 foreground 1');
    await terminal.shows('reading');
    terminal.type(CTRL_C);
    await terminal.shows('interrupted');
    terminal.type(`one\n${CTRL_D}`);
    await terminal.shows('end after 1 lines');
    expect(await runToEnd(client)).toMatchObject({ exitCode: 7 });
    expect(client.untaken('stopped')).toEqual([]);
  });

  test.each(['disconnect', 'terminate', 'hanging up'])('%s gives the terminal back to the shell', async (how) => {
    const { client, terminal } = await launchThere();
    await terminal.shows('reading');
    const pid = await debuggeePid(client);
    if (how === 'hanging up') client.hangUp();
    else await client.request(how, {});
    await terminal.prompt();
    expect(isAlive(pid)).toBe(false);
    expect(await terminal.status()).toBe(how === 'terminate' ? 128 + 15 : 128 + 9);
  });

  test('restart runs it again in the terminal, with its breakpoints', async () => {
    const { client, terminal } = await launchThere({}, { breakpoints: { 'terminal.c': ['reading'] } });
    const first = await stopped(client);
    await client.request('restart', {});
    const { reason, threadId } = await stopped(client);
    expect(reason).toBe('breakpoint');
    expect(threadId).not.toBe(first.threadId);
    await client.request('continue', { threadId });
    await terminal.shows('reading');
    expect(terminal.asked).toHaveLength(2);
    terminal.type(CTRL_D);
    expect(await runToEnd(client)).toMatchObject({ exitCode: 7 });
  });
});

describe('what cannot be started there', () => {
  test('is said in the response, and the session may try another', async () => {
    // A loader that is no ELF file: only the kernel's execve finds out.
    const loader = join(folder, 'loader');
    writeFileSync(loader, 'no loader at all\n'.repeat(10), { mode: 0o755 });
    const broken = join(folder, 'badloader');
    spawnSync('gcc', ['-o', broken, sourcePath('hello.c'), `-Wl,--dynamic-linker=${loader}`]);
    const { client, terminal, failure } = await attempt({ program: broken });
    expect(failure).toMatch(/badloader cannot be executed: the loader that it names is no ELF file \(ELIBBAD\)/);
    await terminal.prompt();
    expect(await terminal.status()).toBe(127);
    await client.request('launch', { program, console: 'integratedTerminal' });
    await client.request('configurationDone', {});
    await terminal.shows('reading');
    terminal.type(CTRL_D);
    expect(await runToEnd(client)).toMatchObject({ exitCode: 7 });
  });

  test('a program that the kernel kills while it loads it', async () => {
    const broken = join(folder, 'badsegment');
    copyFileSync(compile('hello.c', { flags: ['-no-pie', '-static'], name: 'statichello' }), broken);
    const bytes = readFileSync(broken);
    const table = Number(bytes.readBigUInt64LE(32));
    for (let i = 0; i < bytes.readUInt16LE(56); i++) {
      const at = table + i * bytes.readUInt16LE(54);
      if (bytes.readUInt32LE(at) === 1) bytes.writeBigUInt64LE(0xffff_8000_0000_0000n, at + 16);
    }
    writeFileSync(broken, bytes);
    const { failure } = await attempt({ program: broken });
    expect(failure).toMatch(/badsegment cannot be executed/);
  });

  test('because the client has no terminal', async () => {
    const client = startAdapter();
    await client.request('initialize', initializeArguments);
    const { success, message } = await client.requestRaw('launch', { program, console: 'integratedTerminal' });
    expect(success).toBe(false);
    expect(message).toContain('This client cannot run programs in a terminal: set "console" to "internalConsole"');
  });
});
