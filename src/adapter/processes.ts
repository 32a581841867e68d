/** Requests about the processes of a family, and about threads one by one. */
import * as v from 'valibot';
import { formatAddress } from '../common/addresses';
import type { ProcessRecord } from '../engine/processtree';
import type { ThreadDetails } from '../engine/threadcontrol';
import type { ProcessTreeNode, ProcessTreeResponse, ThreadsResponse, ThreadState } from '../protocol/processes';
import { signalName } from './debuggee';
import { request } from './request';
import type { Session } from './session';
import { integer } from './validation';

const FOLLOWED = { session: 'session', watched: 'watched', detached: 'no' } as const;

/** Works after the end too: how processes have ended is what one wants to know then. */
export const processTree = request('initialized', v.unknown(), (session): ProcessTreeResponse => {
  const target = session.debuggee?.live;
  return { processes: target ? treeOf(target.family.tree.list()) : [] };
});

function treeOf(records: readonly ProcessRecord[]): ProcessTreeNode[] {
  const known = new Set(records.map(({ pid }) => pid));
  const below = (ppid: number): ProcessTreeNode[] => records.filter((each) => each.ppid === ppid).map(nodeOf);
  const nodeOf = (record: ProcessRecord): ProcessTreeNode => ({
    pid: record.pid,
    ppid: record.ppid,
    argv: record.argv,
    ...(record.executable !== undefined && { executable: record.executable }),
    startTime: new Date(record.startTime).toISOString(),
    followed: FOLLOWED[record.handling],
    ended: record.exit !== undefined,
    ...(record.exit?.code !== undefined && { exitCode: record.exit.code }),
    ...(record.exit?.signal !== undefined && { signal: signalName(record.exit.signal) }),
    children: below(record.pid),
  });
  // A parent may have been forgotten, as one of thousands that have ended.
  return records.filter(({ ppid }) => !known.has(ppid)).map(nodeOf);
}

export const threadStates = request('live', v.unknown(), (session): ThreadsResponse => {
  const details = session.live.threadControl.details();
  const names = new Map(details.map(({ id, name }) => [id, name]));
  return { threads: details.map((each) => stateOf(session, each, names)) };
});

function stateOf(session: Session, thread: ThreadDetails, names: ReadonlyMap<number, string>): ThreadState {
  const { id: tid, name, frozen, stopped, kernelState, call, wait } = thread;
  const idOf = (each: number) => session.threadNumbers.idOf(each);
  const ownerName = wait?.owner === undefined ? undefined : names.get(wait.owner);
  return {
    id: idOf(tid),
    tid,
    name,
    state: frozen ? 'frozen' : stopped ? 'stopped' : 'running',
    ...(kernelState !== undefined && { kernelState }),
    ...(call && {
      syscall: { number: call.number, name: call.name, arguments: call.args.map((each) => `0x${each.toString(16)}`) },
    }),
    ...(wait && {
      waitsFor: {
        kind: wait.kind,
        address: formatAddress(wait.address),
        ...(wait.owner !== undefined && { owner: idOf(wait.owner) }),
        ...(ownerName !== undefined && { ownerName }),
      },
    }),
  };
}

const oneThread = v.object({ threadId: integer });

export const freezeThread = request('live', oneThread, (session, { threadId }) => {
  session.live.threadControl.freeze(threadId);
  session.invalidate('threads');
});

export const thawThread = request('live', oneThread, (session, { threadId }) => {
  session.live.threadControl.thaw(threadId);
  session.invalidate('threads');
});
