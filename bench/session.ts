/** The turns of a session that every case needs, identical for every adapter. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { DapClient, FailedResponse } from '../test/support/dapclient';
import type { Peer } from './peers';

export interface Where {
  readonly program: string;
  readonly args?: readonly string[];
  /** Exactly one of these says where to stop first. */
  readonly line?: { readonly path: string; readonly line: number };
  readonly function?: string;
}

export interface Session {
  readonly peer: Peer;
  readonly client: DapClient;
  readonly threadId: number;
  readonly capabilities: DebugProtocol.Capabilities;
}

export interface LaunchTimes {
  /** Milliseconds from `launch` being sent on an initialized adapter to the `stopped` event. */
  readonly fromLaunch: number;
  /** Milliseconds from the adapter being started to the `stopped` event. */
  readonly fromSpawn: number;
}

/** A generous end for every wait: a peer that takes a minute for something is reported, not cut off. */
const timeout = 120_000;

export function startAdapter(peer: Peer): DapClient {
  return DapClient.start(peer.command, { keep: 50, timeout });
}

/** Starts an adapter and launches the program up to the first stop, as an editor does on F5. */
export async function launch(peer: Peer, where: Where): Promise<Session & { readonly times: LaunchTimes }> {
  const spawned = performance.now();
  const client = startAdapter(peer);
  try {
    const capabilities = await client.request('initialize', {
      adapterID: peer.name,
      clientID: 'bench',
      linesStartAt1: true,
      columnsStartAt1: true,
      pathFormat: 'path',
      supportsMemoryReferences: true,
    });
    const sent = performance.now();
    const launched = client.requestRaw('launch', peer.launchArguments(where.program, where.args ?? []));
    const refused = launched.then((response) => {
      if (!response.success) throw new FailedResponse(response as DebugProtocol.ErrorResponse);
      return new Promise<never>(() => undefined);
    });
    await Promise.race([client.waitFor('initialized'), refused]);
    if (where.line) await setLines(client, where.line.path, [{ line: where.line.line }]);
    if (where.function) await client.request('setFunctionBreakpoints', { breakpoints: [{ name: where.function }] });
    await client.request('configurationDone', {});
    const stop = await client.waitFor<DebugProtocol.StoppedEvent>('stopped');
    const now = performance.now();
    await launched;
    const threadId = stop.body.threadId;
    if (threadId === undefined) throw new Error(`${peer.name} stopped without saying which thread`);
    return {
      peer,
      client,
      threadId,
      capabilities: capabilities ?? {},
      times: { fromLaunch: now - sent, fromSpawn: now - spawned },
    };
  } catch (error) {
    await end(client);
    throw error;
  }
}

/** Replaces the breakpoints of one source. */
export async function setLines(
  client: DapClient,
  path: string,
  breakpoints: DebugProtocol.SourceBreakpoint[],
): Promise<void> {
  await client.request('setBreakpoints', { source: { path }, breakpoints });
}

/** Ends the adapter and whatever it left: a peer that leaves processes behind is not this bench's business. */
export async function end(client: DapClient): Promise<void> {
  await client.dispose().catch(() => undefined);
}

/** Ends a session whose adapter lacks what the case is about. */
export async function cannot(client: DapClient, why: string): Promise<never> {
  await end(client);
  throw new Error(why);
}

/** Sends one request that makes the thread run, and waits until it has stopped again. */
export async function resume(session: Session, command: string, args: object = {}): Promise<void> {
  const stop = session.client.waitFor('stopped');
  await session.client.request(command, { threadId: session.threadId, ...args });
  await stop;
}

/** The frame at `startFrame`. */
export async function frame(session: Session, startFrame = 0): Promise<DebugProtocol.StackFrame> {
  const { client, threadId } = session;
  const found = (await client.request('stackTrace', { threadId, startFrame, levels: 1 })).stackFrames[0];
  if (!found) throw new Error(`${session.peer.name} shows no frame`);
  return found;
}

/** Editors open neither what is marked expensive nor registers by themselves. */
export function opensByItself(scope: DebugProtocol.Scope): boolean {
  return !scope.expensive && scope.presentationHint !== 'registers' && scope.name !== 'Registers';
}

/** What an editor asks after each stop: threads, the first frames, scopes, and the scopes that open by themselves. */
export async function refresh(session: Session): Promise<void> {
  const { client, threadId } = session;
  await client.request('threads', undefined);
  const { stackFrames } = await client.request('stackTrace', { threadId, startFrame: 0, levels: 20 });
  const top = stackFrames[0];
  if (!top) throw new Error(`${session.peer.name} shows no frame`);
  const { scopes } = await client.request('scopes', { frameId: top.id });
  for (const scope of scopes) {
    if (!opensByItself(scope)) continue;
    await client.request('variables', { variablesReference: scope.variablesReference });
  }
}

/**
 * The value of a global `int`: by readMemory, or by evaluate where the adapter has no readMemory (lldb-dap before 20, which
 * ends when it is asked).
 */
export async function readInt(session: Session, symbol: string, address: number): Promise<number> {
  const { client, capabilities } = session;
  if (capabilities.supportsReadMemoryRequest) {
    const body = await client.request('readMemory', { memoryReference: `0x${address.toString(16)}`, count: 4 });
    return Buffer.from(body?.data ?? '', 'base64').readInt32LE(0);
  }
  const { id } = await frame(session);
  const { result } = await client.request('evaluate', { expression: symbol, frameId: id, context: 'watch' });
  const value = Number(result);
  if (!Number.isInteger(value)) throw new Error(`${session.peer.name} says that ${symbol} is ${result}`);
  return value;
}
