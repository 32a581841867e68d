/**
 * Children that are followed get sessions of their own: the client is asked to start one (`startDebugging`), whose
 * adapter is this very process, since only it can trace what it traces. The configuration carries a token that names the
 * child, and the path of a private socket where this process takes further clients.
 */
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { messageOf, UserError } from '../common/errors';
import type { FollowedChild } from '../engine/family';
import type { Target } from '../engine/target';
import type { ChildKeys } from '../protocol/arguments';
import type { CommonConfiguration } from './arguments';
import type { Debuggee } from './debuggee';
import type { Session } from './session';

/** A child that waits, stopped, for its session. */
export interface ChildOffer {
  readonly target: Target;
  readonly configuration: CommonConfiguration;
  /** The family was launched and not attached to: it ends with a client that dies. */
  readonly isLaunched: boolean;
}

/** How long a client may take to start a session for a child, ms. */
const PATIENCE = 30_000;

const offers = new Map<string, ChildOffer>();
let openDoor: (() => Promise<string>) | undefined;
let door: Promise<string> | undefined;

/** Says how to make the socket where clients of children connect; it is made when it is first needed. */
export function childrenComeBy(open: () => Promise<string>): void {
  openDoor = open;
}

/** Whether a child waits for its session. */
export function hasOffers(): boolean {
  return offers.size > 0;
}

/** Asks the client for a session of the child's own; without one the child runs on without a debugger. */
export function offerChild(session: Session, parent: Debuggee, { target }: FollowedChild): void {
  const token = randomUUID();
  const offer = { target, configuration: parent.configuration, isLaunched: parent.endsWithClient };
  offers.set(token, offer);
  const withdraw = (why?: string) => {
    clearTimeout(timer);
    if (!offers.delete(token)) return;
    if (why !== undefined) session.print(`${describe(target)} runs on without the debugger: ${why}`, 'important');
    void target.detach();
  };
  const timer = setTimeout(() => withdraw('the client started no session for it within 30 s.'), PATIENCE);
  target.once('exited', () => withdraw());
  if (session.leaving || !openDoor) {
    withdraw();
    return;
  }
  door ??= openDoor();
  door
    .then((path) => {
      const keys: ChildKeys = { __child: token, __adapter: path };
      const configuration = { type: 'ptrace', name: describe(target), pid: target.pid, ...keys };
      return session.ask('startDebugging', { request: 'attach', configuration });
    })
    .catch((error: unknown) => withdraw(messageOf(error)));
}

/** `worker (4711)` */
function describe(target: Target): string {
  return `${basename(target.program)} (${target.pid})`;
}

/** The token of a configuration that asks for a child; undefined for any other. */
export function childToken(args: unknown): string | undefined {
  const token = (args as Partial<ChildKeys> | undefined)?.__child;
  return typeof token === 'string' ? token : undefined;
}

/** Whether a child of this process waits under the token. */
export function isOffered(token: string): boolean {
  return offers.has(token);
}

/** The child that waits under the token; it belongs to the caller now. Throws UserError. */
export function claimChild(token: string): ChildOffer {
  const offer = offers.get(token);
  if (!offer) {
    throw new UserError('The process that this session was to debug has ended, or another session debugs it.', {
      code: 'no-such-child',
    });
  }
  offers.delete(token);
  return offer;
}

/** The session is over: children of its family that still wait for one run on without a debugger. */
export async function withdrawOffers(family: Target['family']): Promise<void> {
  for (const [token, { target }] of offers) {
    if (target.family !== family) continue;
    offers.delete(token);
    await target.detach();
  }
}
