/**
 * Everything that came out of one debuggee, and what is to become of it: which children are followed as targets of
 * their own, which are only watched until they execute what is wanted, and which run on without a debugger.
 */
import { log } from '../common/log';
import { messageOf } from '../common/errors';
import { readCmdline, readExe } from '../common/procfs';
import { awaitFirstStop, cleanCopy, detachChild } from './forks';
import { ProcessTree, type Handling } from './processtree';
import type { SiteTable } from './sites';
import type { Target } from './target';
import { WatchedProcess, type Watcher } from './watchedprocess';
import type { ExitEvent } from './types';

export interface FollowPolicy {
  /** At a fork: stay with the parent, go on with the child in its place, or debug both. */
  readonly fork: 'parent' | 'child' | 'both';
  /** Children are followed from an exec on whose path or command line matches; the others are only watched. */
  readonly exec?: RegExp;
}

/** Children run on without a debugger. */
export const FOLLOW_PARENT: FollowPolicy = { fork: 'parent' };

/** A child that is debugged from here on. It is held until its `start`. */
export interface FollowedChild {
  readonly target: Target;
  /** It takes the place of the process that made it, which is to be let go. */
  readonly replaces: boolean;
}

export class ProcessFamily implements Watcher {
  readonly tree = new ProcessTree();
  private readonly targets = new Set<Target>();
  private readonly watched = new Map<number, WatchedProcess>();
  /** Whose child a watched process is, however many generations away. */
  private readonly origins = new Map<number, Target>();

  constructor(
    private policyNow: FollowPolicy,
    /** Makes the target of a stopped process, which has no thread yet. */
    private readonly make: (pid: number) => Target,
  ) {}

  get policy(): FollowPolicy {
    return this.policyNow;
  }

  /** From now on children run on without a debugger; those that are followed already stay. */
  stopFollowing(): void {
    this.policyNow = FOLLOW_PARENT;
  }

  /** A process of the family that has a target. */
  add(target: Target): void {
    this.targets.add(target);
  }

  /** What becomes of a process that begins as a copy of its parent. */
  get copies(): Handling {
    if (this.policyNow.fork === 'parent') return 'detached';
    return this.policyNow.exec ? 'watched' : 'session';
  }

  /** `parent` has forked: a copy of itself with a copy of its memory, whose first stop is on its way. */
  forked(parent: Target | WatchedProcess, child: number, sites?: SiteTable): Handling {
    const handling = this.copies;
    this.tree.add(child, parent.pid, handling);
    if (sites) cleanCopy(child, sites);
    const origin = parent instanceof WatchedProcess ? this.origins.get(parent.pid) : parent;
    if (handling === 'watched' && origin) this.watch(child, origin).own(child);
    else if (!awaitFirstStop(child)) this.tree.exited(child, {});
    else if (handling === 'session' && origin) this.follow(child, origin);
    else this.letGo(child);
    return handling;
  }

  /** A process that ran in its parent's memory has executed a program: it stands in it, before its first instruction. */
  leftMemory(origin: Target, pid: number): Handling {
    this.tree.executed(pid);
    const handling = this.policyNow.fork === 'parent' ? 'detached' : this.wanted(pid) ? 'session' : 'watched';
    this.tree.handled(pid, handling);
    if (handling === 'detached') this.letGo(pid);
    else if (handling === 'session') this.follow(pid, origin);
    else this.watch(pid, origin).begin();
    return handling;
  }

  executed(process: WatchedProcess): boolean {
    this.tree.executed(process.pid);
    const origin = this.origins.get(process.pid);
    if (!origin || this.policyNow.fork === 'parent' || !this.wanted(process.pid)) return false;
    this.forgetWatched(process.pid);
    this.tree.handled(process.pid, 'session');
    this.follow(process.pid, origin);
    return true;
  }

  ended(process: WatchedProcess, exit: ExitEvent): void {
    this.forgetWatched(process.pid);
    this.tree.exited(process.pid, exit);
  }

  /** Another process of the family, which may write to the same terminal. */
  heir(target: Target): Target | undefined {
    return [...this.targets].find((each) => each !== target && !each.exited);
  }

  /** A target has ended or is let go. */
  targetEnded(target: Target, exit: ExitEvent | undefined): void {
    this.targets.delete(target);
    if (exit) this.tree.exited(target.pid, exit);
    else this.tree.handled(target.pid, 'detached');
    // Nobody is left who could be told of a child.
    if (this.targets.size === 0) this.releaseWatched();
  }

  /** The processes that have no target run on without a debugger. */
  releaseWatched(): void {
    for (const process of [...this.watched.values()]) {
      this.forgetWatched(process.pid);
      process.release();
      this.tree.handled(process.pid, 'detached');
    }
  }

  /** Ends every process of the family that is still traced. */
  async kill(): Promise<void> {
    this.stopFollowing();
    for (const { pid } of this.watched.values()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        log('engine', () => `kill(${pid}): ${messageOf(error)}`);
      }
    }
    await Promise.all([...this.targets].map((target) => target.kill()));
  }

  private wanted(pid: number): boolean {
    const { exec } = this.policyNow;
    if (!exec) return true;
    return exec.test(readExe(pid) ?? '') || exec.test(readCmdline(pid).join(' '));
  }

  private watch(pid: number, origin: Target): WatchedProcess {
    const process = new WatchedProcess(pid, this);
    this.watched.set(pid, process);
    this.origins.set(pid, origin);
    return process;
  }

  private forgetWatched(pid: number): void {
    this.watched.delete(pid);
    this.origins.delete(pid);
  }

  private letGo(pid: number): void {
    this.tree.handled(pid, 'detached');
    detachChild(pid);
  }

  /** Makes a target of a stopped process and tells it to whoever debugs its parent. */
  private follow(pid: number, origin: Target): void {
    const told = this.targets.has(origin) ? origin : [...this.targets][0];
    if (!told || told.listenerCount('child') === 0) {
      this.letGo(pid);
      return;
    }
    let target: Target;
    try {
      target = this.make(pid);
    } catch (error) {
      // Killed in this moment, or a program that this user may run but not read.
      log('engine', () => `process ${pid} is not followed: ${messageOf(error)}`);
      this.letGo(pid);
      return;
    }
    this.targets.add(target);
    told.emit('child', { target, replaces: this.policyNow.fork === 'child' });
  }
}
