/**
 * Scratch memory in the debuggee for relocated instructions: a page near each module that needs one, mapped by a
 * system call the debuggee is made to execute, cut into slots of one instruction and a jump back.
 */
import { formatAddress, virtAddr, type VirtAddr } from '../common/addresses';
import { log } from '../common/log';
import type { MappedRegion } from '../common/procfs';
import type { MemoryReader } from '../common/readers';
import { findSyscallInstruction, remoteSyscall } from './remotesyscall';
import type { Thread } from './thread';

const PAGE = 0x1000n;
/** 15 bytes of instruction and 14 of jump, rounded up. */
const SLOT = 32n;
/** Operands reach ±2 GiB; stay well inside, so that every instruction of the module reaches the page. */
const REACH = 0x7000_0000n;
/** mmap(2): PROT_READ|PROT_EXEC; MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED_NOREPLACE. */
const PROTECTION = 5n;
const FLAGS = 0x02n | 0x20n | 0x100000n;
const SYS_MMAP = 9;

interface ScratchPage {
  readonly start: VirtAddr;
  used: bigint;
}

export class ScratchMemory {
  private readonly pages: ScratchPage[] = [];
  private refused = false;

  constructor(
    private readonly memory: MemoryReader,
    private readonly maps: () => MappedRegion[],
    private readonly vdso: () => VirtAddr | undefined,
  ) {}

  /** A slot of 32 bytes within reach of `address`; undefined when none can be had. */
  slotNear(address: VirtAddr, thread: Thread): VirtAddr | undefined {
    let page = this.pages.find((each) => distance(each.start, address) < REACH && each.used + SLOT <= PAGE);
    if (!page) {
      const start = this.refused ? undefined : this.map(address, thread);
      if (start === undefined) return undefined;
      page = { start, used: 0n };
      this.pages.push(page);
    }
    const slot = virtAddr(page.start + page.used);
    page.used += SLOT;
    return slot;
  }

  /** Whether one of the pages begins at this address. */
  owns(address: VirtAddr): boolean {
    return this.pages.some(({ start }) => start === address);
  }

  /** exec has replaced the address space. */
  forget(): void {
    this.pages.length = 0;
    this.refused = false;
  }

  private map(near: VirtAddr, thread: Thread): VirtAddr | undefined {
    const vdso = this.vdso();
    const instruction = vdso === undefined ? undefined : findSyscallInstruction(this.memory, vdso);
    const hole = instruction === undefined ? undefined : findHole(this.maps(), near);
    if (instruction === undefined || hole === undefined) {
      this.refused = true;
      return undefined;
    }
    const none = 0xffffffffffffffffn;
    const result = remoteSyscall(thread, instruction, SYS_MMAP, [hole, PAGE, PROTECTION, FLAGS, none, 0n]);
    if (result === undefined || result < 0n) {
      log(
        'engine',
        () => `no scratch page at ${formatAddress(hole)}: ${String(result)}; breakpoints are lifted instead`,
      );
      this.refused = true;
      return undefined;
    }
    return virtAddr(result);
  }
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a;
}

/** An unmapped page within reach of `near`, away from its neighbours (the heap grows up, stacks grow down). */
function findHole(maps: readonly MappedRegion[], near: VirtAddr): VirtAddr | undefined {
  const margin = 0x100_0000n;
  let best: bigint | undefined;
  let below = 0x10000n;
  for (const region of [...maps, { start: 0x7fff_ffff_f000n, end: 0x7fff_ffff_f000n }]) {
    const gap = region.start - below;
    if (gap >= 2n * margin + PAGE) {
      for (const candidate of [below + margin, region.start - margin - PAGE]) {
        if (best === undefined || distance(candidate, near) < distance(best, near)) best = candidate;
      }
    }
    below = region.end;
  }
  return best !== undefined && distance(best, near) < REACH ? virtAddr(best) : undefined;
}
