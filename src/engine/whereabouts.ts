/** Where a stopped thread has come from and where its frames lead to: for watchpoints, which fire after the fact. */
import { offsetBy, type VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import type { CodeMap } from './stepping/codemap';
import type { Thread } from './thread';
import type { FrameIdentity } from './types';

/** A function is decoded from its start up to this distance, bytes. */
const MAX_DECODED = 1n << 16n;

/** Frames that are looked at to find one. */
const MAX_FRAMES = 100_000;

/**
 * The instruction that ends at the thread's pc, found by decoding from the start of its function: the one that the
 * thread has just executed, unless it jumped here. Undefined where there is no such instruction.
 */
export function instructionBefore(thread: Thread, code: CodeMap): VirtAddr | undefined {
  const { pc } = thread;
  const bounds = code.functionBounds(offsetBy(pc, -1));
  if (!bounds || pc - bounds.start > MAX_DECODED) return undefined;
  let at = bounds.start;
  while (at < pc) {
    const instruction = code.instruction(at);
    if (!instruction) return undefined;
    const end = offsetBy(at, instruction.length);
    // Jumps and returns write nothing, and what a call writes is seen in the callee.
    if (end === pc) return instruction.flow === 'next' ? at : undefined;
    at = end;
  }
  return undefined;
}

/** Where a frame returns to; undefined when it is the outermost. Throws a UserError when the thread has no such frame. */
export function callerOf(thread: Thread, { cfa }: FrameIdentity, code: CodeMap): VirtAddr | undefined {
  const stack = code.stack(thread);
  for (let index = 0; index < MAX_FRAMES; index++) {
    const frame = stack.frame(index);
    if (!frame) break;
    if (frame.cfa === cfa) return stack.frame(index + 1)?.pc;
  }
  throw new UserError('It has gone out of scope: the function that it belongs to is not on the stack any more.', {
    code: 'no-such-frame',
  });
}

/** The frame whose part of the stack holds an address; undefined when the address is not on the thread's stack. */
export function frameHolding(thread: Thread, address: VirtAddr, code: CodeMap): FrameIdentity | undefined {
  if (address < thread.sp) return undefined;
  const stack = code.stack(thread);
  for (let index = 0; index < MAX_FRAMES; index++) {
    const frame = stack.frame(index);
    if (!frame) return undefined;
    if (address < frame.cfa) return { tid: thread.tid, cfa: frame.cfa };
  }
  return undefined;
}
