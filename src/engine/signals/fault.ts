/** Memory accesses that failed, in words: what was done, to which address, and what lies there or near it. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { formatAddress } from '../../common/addresses';
import type { MappedRegion } from '../../common/procfs';
import type { MemoryAccess } from '../../disasm/operands';
import type { SiginfoDescription } from '../../ptrace/siginfo';
import { SI_KERNEL } from '../../ptrace/siginfocodes';
import type { FaultContext, FaultingInstruction } from './explain';

const SIGBUS = 7;
const SEGV_ACCERR = 2;
const SEGV_BNDERR = 3;
const SEGV_PKUERR = 4;
const SEGV_CPERR = 10;
const BUS_ADRALN = 1;
const BUS_ADRERR = 2;
const BUS_MCEERR_AR = 4;
const BUS_MCEERR_AO = 5;

/** An access so near to address 0 is one through a null pointer: a member, or an element with a small index. */
const NULL_REGION = 0x1_0000n;
/** How far from a mapping an address is still called by it. */
const NEAR = 0x10_0000n;
/** How near to the end of the stack the stack pointer is when it overflows. */
const STACK_MARGIN = 0x1_0000n;
const WORD = 1n << 64n;

/** Of SIGSEGV and SIGBUS. */
export function describeFault(
  said: SiginfoDescription,
  context: FaultContext,
  instruction: FaultingInstruction,
): string | undefined {
  const { code, address, number } = said;
  if (code === SI_KERNEL) return protection(instruction);
  if (address === undefined) return said.codeText;
  if (code === SEGV_CPERR && number !== SIGBUS) return 'control-flow protection: a return or jump that was not allowed';
  const access = describeAccess(address, instruction);
  if (number === SIGBUS) return busError(code, access, address, context) ?? said.codeText;
  const regions = context.maps();
  const overflow = stackOverflow(access, address, context, regions);
  if (overflow !== undefined) return overflow;
  const region = regions.find(({ start, end }) => address >= start && address < end);
  if (code === SEGV_PKUERR) {
    return `${access} ${formatAddress(address)}, refused by memory protection key ${said.protectionKey ?? 0}${within(region)}`;
  }
  if (code === SEGV_BNDERR && said.bounds) {
    const { lower, upper } = said.bounds;
    return `${access} ${formatAddress(address)}, outside of the bounds ${formatAddress(lower)} to ${formatAddress(upper)}`;
  }
  if (code === SEGV_ACCERR && region)
    return `${access} ${forbidden(region)} ${formatAddress(address)}${within(region)}`;
  return `${access} unmapped address ${formatAddress(address)}${nearby(address, regions)}`;
}

/** `write to`, `read of`, `execution of`. The instruction says which: the kernel does not. */
function describeAccess(address: bigint, { pc, bytes, operands }: FaultingInstruction): string {
  if (bytes.length === 0 || (address >= pc && address < pc + 15n && !touches(operands?.memory, address))) {
    return 'execution of';
  }
  const memory = operands?.memory ?? [];
  const fits = memory.find((each) => covers(each, address)) ?? memory.find((each) => isNear(each, address));
  const kind = fits?.access ?? (memory.length === 1 ? memory[0]!.access : undefined);
  if (kind === 'write') return 'write to';
  if (kind === 'readWrite') return 'read and write of';
  return kind === 'read' ? 'read of' : 'access to';
}

function touches(memory: readonly MemoryAccess[] | undefined, address: bigint): boolean {
  return memory?.some((each) => covers(each, address)) ?? false;
}

function covers({ address: start, size }: MemoryAccess, address: bigint): boolean {
  return address >= start && address < start + BigInt(Math.max(size, 1));
}

/** Of an access that spans two pages, the kernel tells where the second one begins; calls push below rsp. */
function isNear({ address: start, size }: MemoryAccess, address: bigint): boolean {
  return address >= start - 8n && address < start + BigInt(Math.max(size, 4096));
}

/** A general protection fault: the kernel knows no address. What the instruction would have accessed tells why. */
function protection({ operands, bytes }: FaultingInstruction): string {
  if (!operands) return bytes.length === 0 ? 'execution of an address that is none' : 'general protection fault';
  if (operands.isPrivileged) return `privileged instruction ${operands.text}, which only the kernel may execute`;
  const wild = operands.memory.find(({ address }) => !isCanonical(address));
  if (wild) {
    const verb = { read: 'read of', write: 'write to', readWrite: 'read and write of' }[wild.access];
    return `${verb} non-canonical address ${formatAddress(wild.address)}${asText(wild.address)}`;
  }
  const crooked = operands.memory.find(({ address, size }) => size >= 16 && address % BigInt(size) !== 0n);
  if (crooked) {
    return `misaligned access of ${crooked.size} bytes to ${formatAddress(crooked.address)}: ${operands.mnemonic} needs an address that is a multiple of ${crooked.size}`;
  }
  if (operands.mnemonic.startsWith('ret')) return 'return to a non-canonical address';
  return `general protection fault in ${operands.text}`;
}

/** Addresses have 48 bits, the highest of which is repeated above. */
function isCanonical(address: bigint): boolean {
  const high = address >> 47n;
  return high === 0n || high === 0x1ffffn;
}

/** Pointers that were overwritten by text look like this. */
function asText(address: bigint): string {
  const bytes = Array.from({ length: 8 }, (_, i) => Number((address >> BigInt(i * 8)) & 0xffn));
  const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isText ? `, which is the text “${String.fromCharCode(...bytes)}”` : '';
}

function busError(code: number, access: string, address: bigint, { maps }: FaultContext): string | undefined {
  const at = `${access} ${formatAddress(address)}`;
  if (code === BUS_ADRALN) return `misaligned ${at}`;
  if (code === BUS_MCEERR_AR || code === BUS_MCEERR_AO) return `hardware memory error at ${formatAddress(address)}`;
  if (code !== BUS_ADRERR) return undefined;
  const region = maps().find(({ start, end }) => address >= start && address < end);
  if (!region?.path.startsWith('/')) return `${at}, which has no memory behind it`;
  const offset = Number(address - region.start) + region.offset;
  const size = sizeOf(region.path);
  const length = size === undefined ? '' : `, which is ${size} bytes long`;
  return `${at}: offset ${offset} of the mapped file ${basename(region.path)}${length}`;
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** The stack has run into its guard, or into the limit of its growth. */
function stackOverflow(
  access: string,
  address: bigint,
  { register, tid }: FaultContext,
  regions: readonly MappedRegion[],
): string | undefined {
  const sp = register('rsp');
  if (sp === undefined) return undefined;
  const stack = regions.find(({ end, permissions }) => end > address && permissions.startsWith('rw'));
  const isBelow = stack !== undefined && address < stack.start && stack.start - address < NEAR;
  if (!isBelow || !(sp < stack.start + STACK_MARGIN && sp + NEAR > stack.start)) return undefined;
  const between = regions.filter(({ start, end }) => end > address && start < stack.start);
  if (between.some(({ permissions }) => permissions !== '---p')) return undefined;
  // Without the name, a heap that ends with no gap below would look the same: the stack pointer is what tells.
  const size = Number(stack.end - stack.start);
  return `stack overflow: ${access} ${formatAddress(address)}, ${stack.start - address} bytes below the stack of thread ${tid} (${sizeText(size)})`;
}

function sizeText(bytes: number): string {
  return bytes >= 1 << 20 ? `${Math.round((bytes / (1 << 20)) * 10) / 10} MiB` : `${bytes >> 10} KiB`;
}

function forbidden({ permissions }: MappedRegion): string {
  if (permissions.startsWith('---')) return 'inaccessible address';
  if (permissions.startsWith('r-')) return permissions[2] === 'x' ? 'read-only code at' : 'read-only address';
  return 'non-executable address';
}

function within(region: MappedRegion | undefined): string {
  if (!region) return '';
  return ` in ${nameOf(region)} (${region.permissions})`;
}

function nameOf({ path }: MappedRegion): string {
  if (path === '') return 'anonymous memory';
  return path.startsWith('[') ? path : basename(path);
}

/** `, 16 bytes past null`, `, 8 bytes past the end of [heap]`. */
function nearby(address: bigint, regions: readonly MappedRegion[]): string {
  if (address === 0n) return ', a null pointer';
  if (address < NULL_REGION) return `, ${count(address)} past null`;
  if (WORD - address <= NULL_REGION) return `, ${count(WORD - address)} before null`;
  const before = regions.filter(({ end }) => end <= address && address - end < NEAR).at(-1);
  if (before) return `, ${count(address - before.end)} past the end of ${nameOf(before)}`;
  const after = regions.find(({ start }) => start > address && start - address < NEAR);
  return after ? `, ${count(after.start - address)} before ${nameOf(after)}` : '';
}

function count(bytes: bigint): string {
  return `${bytes} ${bytes === 1n ? 'byte' : 'bytes'}`;
}
