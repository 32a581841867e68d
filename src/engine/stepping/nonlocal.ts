/**
 * Frames that are left without returning: longjmp and exceptions. While a call is stepped over, its return address may
 * never be reached; these stops notice where control goes instead, so that the step does not run away.
 */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import { readUint, type MemoryReader } from '../../common/readers';
import type { Thread } from '../thread';
import type { CodeMap } from './codemap';
import type { RunStop } from './plan';

/** glibc and musl export one body under several of these names. */
const LONGJMPS = ['longjmp', '_longjmp', 'siglongjmp', '__longjmp_chk'];

/** libgcc's (and libunwind's) personality routines call this with each landing pad they choose. */
const SET_IP = '_Unwind_SetIP';

/** Offsets in a jmp_buf, the same in glibc (setjmp/x86_64) and musl: rbx rbp r12 r13 r14 r15 rsp rip. */
const JMPBUF_RSP = 48n;
const JMPBUF_PC = 56n;

/** glibc hides rsp and rip in a jmp_buf: rotated left by 0x11 and xored with the pointer guard at %fs:0x30. */
const GUARD_OFFSET = 0x30n;
const ROTATION = 0x11n;

export class NonlocalExits {
  private cache: { key: string; longjmps: VirtAddr[]; setIps: VirtAddr[] } | undefined;

  constructor(
    private readonly code: CodeMap,
    private readonly memory: MemoryReader,
  ) {}

  /** Stops that notice control leaving for a frame at or above `bound` (a stack pointer value). */
  stops(bound: VirtAddr): RunStop[] {
    const { longjmps, setIps } = this.entries();
    return [
      ...longjmps.map((address) => ({
        address,
        accept: (thread: Thread) => (this.longjmpTarget(thread)?.sp ?? 0n) >= bound,
      })),
      ...setIps.map((address) => ({ address })),
    ];
  }

  /** The landing place to wait for, when `arrived` is one of the stops of `stops(bound)`. */
  landing(thread: Thread, arrived: RunStop, bound: VirtAddr): RunStop | undefined {
    const { longjmps, setIps } = this.entries();
    if (longjmps.includes(arrived.address)) {
      const target = this.longjmpTarget(thread);
      return target && { address: target.pc, minSp: target.sp };
    }
    if (!setIps.includes(arrived.address)) return undefined;
    // _Unwind_SetIP(struct _Unwind_Context *, _Unwind_Ptr): the landing pad is the second argument.
    const pad = thread.registers.get('rsi') ?? 0n;
    return { address: virtAddr(pad), minSp: bound };
  }

  private entries(): { longjmps: VirtAddr[]; setIps: VirtAddr[] } {
    const key = this.code.modules.modules.map((module) => module.id).join();
    if (this.cache?.key === key) return this.cache;
    const longjmps = [...new Set(LONGJMPS.flatMap((name) => this.code.addressesOf(name)))];
    const cache = { key, longjmps, setIps: this.code.addressesOf(SET_IP) };
    return (this.cache = cache);
  }

  private longjmpTarget(thread: Thread): { pc: VirtAddr; sp: VirtAddr } | undefined {
    const buffer = thread.registers.get('rdi') ?? 0n;
    const pc = readUint(this.memory, virtAddr(buffer + JMPBUF_PC), 8);
    const sp = readUint(this.memory, virtAddr(buffer + JMPBUF_RSP), 8);
    if (pc === undefined || sp === undefined) return undefined;
    if (this.code.modules.at(virtAddr(pc))) return { pc: virtAddr(pc), sp: virtAddr(sp) };
    const guard = readUint(this.memory, virtAddr((thread.registers.get('fs_base') ?? 0n) + GUARD_OFFSET), 8);
    if (guard === undefined) return undefined;
    const reveal = (value: bigint) => virtAddr(rotateRight(value, ROTATION) ^ guard);
    return { pc: reveal(pc), sp: reveal(sp) };
  }
}

function rotateRight(value: bigint, by: bigint): bigint {
  return BigInt.asUintN(64, (value >> by) | (value << (64n - by)));
}
