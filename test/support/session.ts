/** The turns that nearly every test of a whole session takes, in the order an editor takes them. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { onTestFinished } from 'vitest';
import type { LaunchArguments } from '../../src/protocol/arguments';
import { adapterCommand } from './adapter';
import { DapClient, FailedResponse, type ClientOptions } from './dapclient';
import { line, sourcePath } from './debuggees';

export const initializeArguments: DebugProtocol.InitializeRequestArguments = {
  clientID: 'test',
  adapterID: 'ptrace',
  pathFormat: 'path',
  linesStartAt1: true,
  columnsStartAt1: true,
  supportsVariableType: true,
  supportsMemoryReferences: true,
  supportsMemoryEvent: true,
  supportsInvalidatedEvent: true,
};

/** An adapter that the end of the test disposes of; a leak fails the test. */
export function startAdapter(options: ClientOptions & { readonly args?: readonly string[] } = {}): DapClient {
  const client = DapClient.start(adapterCommand(...(options.args ?? [])), options);
  onTestFinished(() => client.dispose());
  return client;
}

export interface Setup {
  /** Marker names by source file, set before configurationDone. */
  readonly breakpoints?: Readonly<Record<string, readonly (string | MarkedBreakpoint)[]>>;
  readonly functions?: readonly (string | DebugProtocol.FunctionBreakpoint)[];
}

/** A breakpoint at a marker rather than at a line. */
export type MarkedBreakpoint = Omit<DebugProtocol.SourceBreakpoint, 'line'> & { readonly at: string };

export interface Stop {
  readonly reason: string;
  readonly threadId: number;
  readonly description?: string;
  readonly text?: string;
  readonly hitBreakpointIds?: readonly number[];
  readonly allThreadsStopped?: boolean;
}

/** `initialize`, with the capabilities the adapter claims. */
export async function initialize(client: DapClient): Promise<DebugProtocol.Capabilities> {
  return (await client.request('initialize', initializeArguments)) ?? {};
}

/** Sends setBreakpoints for markers of one debuggee's source. */
export async function breakAt(
  client: DapClient,
  source: string,
  marks: readonly (string | MarkedBreakpoint)[],
): Promise<DebugProtocol.Breakpoint[]> {
  const breakpoints = marks.map((mark) => {
    const { at, ...rest } = typeof mark === 'string' ? { at: mark } : mark;
    return { ...rest, line: line(source, at) };
  });
  const body = await client.request('setBreakpoints', { source: { path: sourcePath(source) }, breakpoints });
  return body.breakpoints;
}

/**
 * initialize → launch → initialized → breakpoints → configurationDone. Rejects with the launch's own failure when it
 * fails. The debuggee runs (or stops) afterwards: follow with `stopped()` or wait for `terminated`.
 */
export async function launch(client: DapClient, args: LaunchArguments, setup: Setup = {}): Promise<void> {
  await initialize(client);
  const launched = client.requestRaw('launch', args);
  const failed = launched.then((response) => {
    if (!response.success) throw new FailedResponse(response as DebugProtocol.ErrorResponse);
    return new Promise<never>(() => undefined);
  });
  await Promise.race([client.waitFor('initialized'), failed]);
  for (const [source, marks] of Object.entries(setup.breakpoints ?? {})) await breakAt(client, source, marks);
  if (setup.functions) {
    const breakpoints = setup.functions.map((name) => (typeof name === 'string' ? { name } : name));
    await client.request('setFunctionBreakpoints', { breakpoints });
  }
  await client.request('configurationDone', {});
  const response = await launched;
  if (!response.success) throw new FailedResponse(response as DebugProtocol.ErrorResponse);
}

/** The next `stopped` event. */
export async function stopped(client: DapClient): Promise<Stop> {
  const event = await client.waitFor<DebugProtocol.StoppedEvent>('stopped');
  return event.body as Stop;
}

export async function launchUntilStopped(client: DapClient, args: LaunchArguments, setup: Setup = {}): Promise<Stop> {
  await launch(client, args, setup);
  return stopped(client);
}

/** Sends a request that makes the thread run and returns the stop that ends it. */
export async function resume(
  client: DapClient,
  command: 'continue' | 'next' | 'stepIn' | 'stepOut',
  args: { readonly threadId: number; readonly granularity?: DebugProtocol.SteppingGranularity },
): Promise<Stop> {
  await client.request(command, args);
  return stopped(client);
}

/** The frames of a thread, innermost first. */
export async function frames(client: DapClient, threadId: number, levels = 20): Promise<DebugProtocol.StackFrame[]> {
  return (await client.request('stackTrace', { threadId, startFrame: 0, levels })).stackFrames;
}

/** The innermost frame. */
export async function topFrame(client: DapClient, threadId: number): Promise<DebugProtocol.StackFrame> {
  const top = (await frames(client, threadId, 1))[0];
  if (!top) throw new Error('the stack trace is empty');
  return top;
}

/** Lets a stopped debuggee run to its end: its exit code, and what it wrote by category. */
export async function runToEnd(
  client: DapClient,
  threadId?: number,
): Promise<{ readonly exitCode: number; readonly output: Record<string, string> }> {
  if (threadId !== undefined) await client.request('continue', { threadId });
  const exited = await client.waitFor<DebugProtocol.ExitedEvent>('exited');
  await client.waitFor('terminated');
  return { exitCode: exited.body.exitCode, output: outputs(client) };
}

/** What has come in `output` events so far, joined by category. */
export function outputs(client: DapClient): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const { message } of client.transcript) {
    const event = message as DebugProtocol.OutputEvent;
    if (event.type !== 'event' || event.event !== 'output') continue;
    const category = event.body.category ?? 'console';
    joined[category] = (joined[category] ?? '') + event.body.output;
  }
  return joined;
}

/** The pid of the debuggee, from the `process` event. */
export async function debuggeePid(client: DapClient): Promise<number> {
  const event = await client.waitFor<DebugProtocol.ProcessEvent>('process');
  const pid = event.body.systemProcessId;
  if (pid === undefined) throw new Error('the process event carries no systemProcessId');
  return pid;
}
