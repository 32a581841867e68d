/** Talks to execute.c: runs code from given states in a real process. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { compile } from '../support/debuggees';

export const REGISTER_NAMES = [
  'rax',
  'rcx',
  'rdx',
  'rbx',
  'rsp',
  'rbp',
  'rsi',
  'rdi',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
  'rip',
  'eflags',
] as const;

/** The pages that execute.c maps. */
export const CODE = 0x10000000n;
export const DATA = 0x10010000n;
export const DATA_SIZE = 4096;
export const NEAR_SCRATCH = 0x20000000n;
export const FAR_SCRATCH = 0x700000000000n;

export interface MachineState {
  /** In the order of `REGISTER_NAMES`. */
  readonly registers: readonly bigint[];
  readonly data: Uint8Array;
}

export interface Execution {
  readonly state: MachineState;
  readonly codeAddress: bigint;
  readonly code: Uint8Array;
  /** Where to stop; undefined: after a single step. */
  readonly stopAddress?: bigint;
}

export interface Outcome extends MachineState {
  readonly xstateHash: bigint;
  /** The signal that the code raised, 0 for none. */
  readonly signal: number;
}

const REQUEST_HEADER = 18 * 8 + 16 + 8 + 32;
const REQUEST_SIZE = REQUEST_HEADER + DATA_SIZE;
const RESPONSE_HEADER = 18 * 8 + 16;
const RESPONSE_SIZE = RESPONSE_HEADER + DATA_SIZE;

/** Executes each piece of code from its own state, in one process, one after the other. */
export function executeAll(executions: readonly Execution[]): Outcome[] {
  const program = compile(join(import.meta.dirname, 'execute.c'), { flags: ['-O1', '-Wall', '-Wextra', '-Werror'] });
  const input = Buffer.alloc(executions.length * REQUEST_SIZE);
  executions.forEach((execution, i) => writeRequest(input.subarray(i * REQUEST_SIZE), execution));
  const result = spawnSync(program, { input, maxBuffer: 1 << 30 });
  if (result.status !== 0 || result.stdout.length !== executions.length * RESPONSE_SIZE) {
    throw new Error(`execute.c failed: ${result.stderr.toString()} ${String(result.status ?? result.signal)}`);
  }
  return executions.map((_, i) => readResponse(result.stdout.subarray(i * RESPONSE_SIZE, (i + 1) * RESPONSE_SIZE)));
}

function writeRequest(out: Buffer, { state, codeAddress, code, stopAddress }: Execution): void {
  state.registers.forEach((value, i) => out.writeBigUInt64LE(value, i * 8));
  out.writeBigUInt64LE(codeAddress, 144);
  out.writeBigUInt64LE(stopAddress ?? 0n, 152);
  out.writeUInt32LE(stopAddress === undefined ? 0 : 1, 160);
  out.writeUInt32LE(code.length, 164);
  out.set(code, 168);
  out.set(state.data, REQUEST_HEADER);
}

function readResponse(bytes: Buffer): Outcome {
  return {
    registers: REGISTER_NAMES.map((_, i) => bytes.readBigUInt64LE(i * 8)),
    xstateHash: bytes.readBigUInt64LE(144),
    signal: Number(bytes.readBigInt64LE(152)),
    data: new Uint8Array(bytes.subarray(RESPONSE_HEADER)),
  };
}
