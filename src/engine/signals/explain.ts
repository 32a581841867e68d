/**
 * Why a signal came, in words: the access that failed and what lies there, the operands of a division, the bytes of an
 * illegal instruction, the call that a seccomp filter refused, or who sent it.
 */
import { formatAddress, virtAddr, type VirtAddr } from '../../common/addresses';
import type { MappedRegion } from '../../common/procfs';
import type { MemoryReader } from '../../common/readers';
import { hexOf } from '../../disasm/knowninstructions';
import { instructionOperands, registerValues, type InstructionOperands } from '../../disasm/operands';
import type { DisassemblyFlavor, SymbolResolver } from '../../disasm/formatter';
import { describeSiginfo, type SiginfoDescription } from '../../ptrace/siginfo';
import { nameOf, unknownName } from '../../syscalls/numbers';
import type { SignalInfo, Tid } from '../types';
import { describeDivision } from './division';
import { describeFault } from './fault';
import { describeSender } from './sender';

/** What is known of the stopped process. */
export interface FaultContext {
  readonly tid: Tid;
  readonly memory: MemoryReader;
  /** A register of the thread's innermost frame. */
  readonly register: (name: string) => bigint | undefined;
  readonly maps: () => readonly MappedRegion[];
  readonly resolve: SymbolResolver;
  readonly flavor: DisassemblyFlavor;
  /** What the C library said when it gave up: `__abort_msg` of glibc. */
  readonly abortMessage: () => string | undefined;
}

export interface SignalExplanation {
  /** `read of unmapped address 0x10, 16 bytes past null`; undefined when nothing is known but the signal itself. */
  readonly cause: string | undefined;
  /** `mov eax, dword ptr [rax]`, of a fault. */
  readonly instruction: string | undefined;
  /** `rax = 0x10` */
  readonly operands: readonly string[];
}

const SIGILL = 4;
const SIGTRAP = 5;
const SIGABRT = 6;
const SIGBUS = 7;
const SIGFPE = 8;
const SIGSEGV = 11;
const SIGSYS = 31;
const FAULTS = new Set([SIGILL, SIGBUS, SIGFPE, SIGSEGV]);
const SYS_SECCOMP = 1;
/** AUDIT_ARCH_I386 (linux/audit.h). */
const AUDIT_ARCH_I386 = 0x40000003;
const MAX_INSTRUCTION = 15;

export async function explainSignal(signal: SignalInfo, context: FaultContext): Promise<SignalExplanation> {
  const said = describeSiginfo(signal.siginfo ?? new Uint8Array());
  const isFault = FAULTS.has(signal.number) && said.code > 0;
  if (!isFault) return { cause: causeOf(signal, said, context), instruction: undefined, operands: [] };
  const pc = virtAddr(context.register('rip') ?? 0n);
  const bytes = context.memory.read(pc, MAX_INSTRUCTION);
  const { register, flavor, resolve } = context;
  const operands = await instructionOperands({ memory: context.memory, address: pc, flavor, resolve }, register);
  const cause = faultCause(signal.number, said, context, { pc, bytes, operands });
  return {
    cause,
    instruction: operands?.text,
    operands: operands ? [...registerValues(operands, register), ...operands.memory.map(accessText)] : [],
  };
}

function accessText({ address, size }: InstructionOperands['memory'][number]): string {
  return `operand at ${formatAddress(address)}${size > 0 ? `, ${size} ${size === 1 ? 'byte' : 'bytes'}` : ''}`;
}

/** The instruction that was to be executed. */
export interface FaultingInstruction {
  readonly pc: VirtAddr;
  /** From the pc on; fewer than 15 where the next page is not readable. */
  readonly bytes: Uint8Array;
  /** Undefined where the bytes are no instruction. */
  readonly operands: InstructionOperands | undefined;
}

function faultCause(
  signal: number,
  said: SiginfoDescription,
  context: FaultContext,
  instruction: FaultingInstruction,
): string | undefined {
  switch (signal) {
    case SIGSEGV:
    case SIGBUS:
      return describeFault(said, context, instruction);
    case SIGFPE:
      return describeDivision(said, context, instruction) ?? said.codeText;
    default:
      return illegal(instruction);
  }
}

function illegal({ bytes, operands }: FaultingInstruction): string {
  const hex = hexOf(bytes, 0, Math.min(bytes.length, operands?.length ?? 8));
  if (bytes.length === 0) return 'illegal instruction';
  if (!operands) return `illegal instruction: the bytes ${hex} are none`;
  if (/^ud[012]/.test(operands.mnemonic)) {
    return `illegal instruction ${hex} (${operands.mnemonic}), which compilers put where control must never come`;
  }
  const why = operands.isPrivileged ? 'which only the kernel may execute' : 'which this CPU does not have, or not here';
  return `illegal instruction ${hex} (${operands.text}), ${why}`;
}

function causeOf(signal: SignalInfo, said: SiginfoDescription, context: FaultContext): string | undefined {
  if (signal.number === SIGSYS && said.code === SYS_SECCOMP) return refusedCall(said);
  const sender = describeSender(said);
  if (signal.number === SIGABRT) {
    const message = context.abortMessage()?.trim();
    if (message) return message;
  }
  if (signal.number === SIGTRAP && said.code > 0) return said.codeText;
  return sender ?? said.codeText;
}

function refusedCall({ syscall = 0, architecture, error }: SiginfoDescription): string {
  const abi = architecture === AUDIT_ARCH_I386 ? 'i386' : 'x86_64';
  const name = nameOf(abi, syscall) ?? unknownName(syscall);
  const data = error === 0 ? '' : `, filter data ${error}`;
  return `system call ${name} (${syscall}${abi === 'i386' ? ', 32-bit' : ''}) refused by a seccomp filter${data}`;
}
