/** What each stretch of a process's memory is for: modules and sections, heap, stacks and their threads, guard pages. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { virtAddr, type VirtAddr } from '../common/addresses';
import { listThreads, readComm, readMaps } from '../common/procfs';
import { parseSmaps, type MeasuredRegion } from '../common/procfsmemory';
import type { Module } from '../symbols/module';
import type { Tid } from './types';

/** SHF_ALLOC of the ELF specification: the section is in memory. */
const SHF_ALLOC = 2;
/** Names in a region's description. */
const MOST_SECTIONS = 4;

export interface DescribedRegion extends MeasuredRegion {
  readonly kind: 'code' | 'data' | 'heap' | 'stack' | 'guard' | 'vdso' | 'file' | 'shared' | 'debugger' | 'anonymous';
  /** For people: `stack of thread 4711 «worker»`. */
  readonly what: string;
  /** Whose stack it is. */
  readonly tid?: Tid;
}

/** What the description is made from. */
export interface SpaceFacts {
  readonly pid: number;
  readonly modules: readonly Module[];
  /** Stack pointers of threads, as far as they are known. */
  readonly stacks: ReadonlyMap<Tid, VirtAddr>;
  /** Where the debugger has memory of its own in the process. */
  readonly own: (region: MeasuredRegion) => boolean;
}

/** The regions of a process with their sizes; empty when it is gone. */
export function readRegions(pid: number): MeasuredRegion[] {
  try {
    return parseSmaps(readFileSync(`/proc/${pid}/smaps`, 'latin1'));
  } catch {
    // A kernel without it, or one that shows it to fewer than maps.
    return readMaps(pid);
  }
}

/**
 * Stack pointers of the threads of a process that runs: the kernel tells those of threads that wait in it
 * (`/proc/pid/task/tid/syscall`); of one that runs in user mode nobody knows.
 */
export function waitingStacks(pid: number): Map<Tid, VirtAddr> {
  const stacks = new Map<Tid, VirtAddr>();
  for (const tid of listThreads(pid)) {
    try {
      const fields = readFileSync(`/proc/${pid}/task/${tid}/syscall`, 'latin1').trim().split(' ');
      const sp = fields.at(-2);
      if (fields.length >= 3 && sp && /^0x[0-9a-f]+$/.test(sp)) stacks.set(tid, virtAddr(BigInt(sp)));
    } catch {
      // It has ended, or this kernel does not tell.
    }
  }
  return stacks;
}

/** Describes every region; pure but for the names of threads. */
export function describeRegions(regions: readonly MeasuredRegion[], facts: SpaceFacts): DescribedRegion[] {
  const described = regions.map((region) => describeRegion(region, facts));
  // A page without any permission below a stack stops it from growing into what lies there.
  return described.map((region, index) => {
    const next = described[index + 1];
    const isGuard = region.kind === 'anonymous' && region.permissions.startsWith('---') && next?.start === region.end;
    if (!isGuard || next?.kind !== 'stack') return region;
    return { ...region, kind: 'guard', what: `guard of the ${next.what}` };
  });
}

function describeRegion(region: MeasuredRegion, facts: SpaceFacts): DescribedRegion {
  const { path } = region;
  const [tid] = [...facts.stacks].find(([, sp]) => sp >= region.start && sp < region.end) ?? [];
  if (path === '[stack]') return { ...region, kind: 'stack', what: stackOf(facts.pid, facts.pid), tid: facts.pid };
  if (path === '[heap]') return { ...region, kind: 'heap', what: 'heap' };
  if (/^\[(vdso|vvar|vvar_vclock|vsyscall|uprobes)\]$/.test(path)) {
    return { ...region, kind: 'vdso', what: `${path.slice(1, -1)}, of the kernel` };
  }
  if (facts.own(region)) return { ...region, kind: 'debugger', what: 'memory of this debugger' };
  const module = facts.modules.find(
    ({ path: file, start, end }) => file === path && region.start < end && region.end > start,
  );
  if (module) return { ...region, ...moduleRegion(region, module) };
  if (tid !== undefined) return { ...region, kind: 'stack', what: stackOf(facts.pid, tid), tid };
  const isShared = region.permissions.endsWith('s');
  if (path.startsWith('/')) {
    const state = region.deleted ? ', which has been removed' : '';
    return {
      ...region,
      kind: isShared ? 'shared' : 'file',
      what: `${isShared ? 'shared ' : ''}${basename(path)}${state}`,
    };
  }
  const named = /^\[(anon(?:_shmem)?):(.*)\]$/.exec(path)?.[2];
  if (named !== undefined) return { ...region, kind: 'anonymous', what: `anonymous «${named}»` };
  // Memory that follows a module's last segment is its uninitialized data.
  const before = facts.modules.find(({ start, end }) => region.start >= start && region.start < end);
  if (before) return { ...region, ...moduleRegion(region, before) };
  return { ...region, kind: 'anonymous', what: path === '' ? 'anonymous' : path };
}

function stackOf(pid: number, tid: Tid): string {
  const name = readComm(pid, tid);
  return `stack of thread ${tid}${name === undefined ? '' : ` «${name}»`}`;
}

function moduleRegion(region: MeasuredRegion, module: Module): Pick<DescribedRegion, 'kind' | 'what'> {
  const from = module.toFile(region.start);
  const size = Number(region.end - region.start);
  const names = module.elf.sections
    .filter(({ flags, address, size: length }) => flags & SHF_ALLOC && address < from + size && address + length > from)
    .map(({ name }) => name);
  const shown = names.length > MOST_SECTIONS ? [...names.slice(0, MOST_SECTIONS), '…'] : names;
  return {
    kind: region.permissions.includes('x') ? 'code' : 'data',
    what: [module.name, ...shown].join(' '),
  };
}

/** The region around an address, or its neighbours. */
export function locate<R extends MeasuredRegion>(
  regions: readonly R[],
  address: VirtAddr,
): { readonly region?: R; readonly below?: R; readonly above?: R } {
  let below: R | undefined;
  for (const region of regions) {
    if (address < region.start) return { ...(below && { below }), above: region };
    if (address < region.end) return { region };
    below = region;
  }
  return below ? { below } : {};
}
