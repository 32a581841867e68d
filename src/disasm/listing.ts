/**
 * Lists instructions around an address, before it as well as after it, as DAP's `disassemble` request wants them: exactly
 * as many entries as asked for, whatever the memory holds.
 */
import { offsetBy, type VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import type { MemoryReader } from '../common/readers';
import { collectBackwards } from './backwards';
import { collectForwards } from './forwards';
import { InstructionFormatter, type DisassemblyFlavor, type SymbolResolver } from './formatter';
import { loadIced } from './iced';
import type { Bitness } from './types';
import { rememberingBounds, type BoundsLookup, type Line, type Walk } from './walk';

export type { BoundsLookup, FunctionBounds } from './walk';

export interface DisassembleRequest {
  readonly memory: MemoryReader;
  /** Where instruction number 0 begins. */
  readonly address: VirtAddr;
  /** The first instruction listed, counted from `address`; negative ones lie before it. Default 0. */
  readonly instructionOffset?: number;
  readonly instructionCount: number;
  /** Known starts of instructions; without them the listing before `address` is a (very good) guess. */
  readonly bounds?: BoundsLookup;
  readonly resolve?: SymbolResolver;
  readonly flavor?: DisassemblyFlavor;
  readonly bitness?: Bitness;
}

/** One line. */
export interface ListedInstruction {
  readonly address: VirtAddr;
  /** Empty where memory is not readable; such an entry and a bad one stand for one byte. */
  readonly bytes: Uint8Array;
  /** `(bad)` for bytes that are no instruction, `(unreadable)` where nothing can be read. */
  readonly text: string;
  readonly kind: 'instruction' | 'bad' | 'unreadable';
  /** The function that begins here. */
  readonly symbol?: string;
}

/** More than any view shows, and little enough to answer quickly. */
const MAX_COUNT = 100_000;
const MAX_OFFSET = 1_000_000;

/** Disassembles; see `DisassembleRequest`. Loads iced-x86 at its first call. */
export async function disassemble(request: DisassembleRequest): Promise<ListedInstruction[]> {
  const { instructionOffset = 0, instructionCount } = request;
  checkRange('instructionCount', instructionCount, 0, MAX_COUNT);
  checkRange('instructionOffset', instructionOffset, -MAX_OFFSET, MAX_OFFSET);
  const iced = await loadIced();
  const { memory, address, bitness = 64 } = request;
  const bounds = rememberingBounds(request.bounds ?? (() => undefined));
  const walk: Walk = { iced, memory, address, bounds, bitness };
  return addText(walk, collect(walk, instructionOffset, instructionCount), request);
}

function checkRange(name: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new UserError(`${name} must be a whole number from ${low} to ${high}, not ${value}`, {
    code: 'bad-disassemble-range',
  });
}

function collect(walk: Walk, first: number, count: number): Line[] {
  if (first >= 0) return collectForwards(walk, first, count);
  const before = collectBackwards(walk, -first);
  if (count <= before.length) return before.slice(0, count);
  return [...before, ...collectForwards(walk, 0, count - before.length)];
}

function addText(walk: Walk, lines: readonly Line[], request: DisassembleRequest): ListedInstruction[] {
  if (lines.length === 0) return [];
  const { iced, address } = walk;
  const start = lines[0]!.delta;
  const last = lines[lines.length - 1]!;
  const image = new Uint8Array(last.delta + last.length - start);
  for (const line of lines) image.set(line.bytes, line.delta - start);
  const symbolAt = functionStarts(walk, request);
  const decoder = new iced.Decoder(walk.bitness, image, iced.DecoderOptions.None);
  const instruction = new iced.Instruction();
  const formatter = new InstructionFormatter(iced, request);
  try {
    let next = NaN;
    return lines.map(({ delta, length, kind, bytes }) => {
      const at = offsetBy(address, delta);
      let text = kind === 'bad' ? '(bad)' : '(unreadable)';
      if (kind === 'instruction') {
        if (delta !== next) {
          decoder.position = delta - start;
          decoder.ip = at;
        }
        decoder.decodeOut(instruction);
        next = delta + length;
        text = formatter.format(instruction);
      }
      return { address: at, bytes, text, kind, symbol: symbolAt(at) };
    });
  } finally {
    formatter.free();
    instruction.free();
    decoder.free();
  }
}

/** Names functions at their first byte, asking for bounds only where the last answer does not reach. */
function functionStarts(walk: Walk, request: DisassembleRequest): (address: VirtAddr) => string | undefined {
  const { resolve } = request;
  if (!resolve) return () => undefined;
  let end: bigint = -1n;
  let start: bigint = 0n;
  return (address) => {
    if (address < start || address >= end) {
      const bounds = walk.bounds(address);
      start = bounds?.start ?? 0n;
      end = bounds?.end ?? 0n;
    }
    return address === start ? resolve(address)?.name : undefined;
  };
}
