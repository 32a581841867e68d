/**
 * Lists instructions around an address, before it as well as after it, as DAP's `disassemble` request wants them: exactly
 * as many entries as asked for, whatever the memory holds.
 */
import { offsetBy, type VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import type { MemoryReader } from '../common/readers';
import { collectBackwards } from './backwards';
import { collectForwards } from './forwards';
import { textAt, type DisassemblyFlavor, type SymbolResolver } from './formatter';
import { loadIced } from './iced';
import type { KnownInstruction } from './knowninstructions';
import type { Line } from './line';
import type { Bitness } from './types';
import { rememberingBounds, type BoundsLookup, type Walk } from './walk';

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
  /** Bytes. */
  readonly length: number;
  /** The bytes as two digits each, `48 89 e5`; empty where memory is not readable. */
  readonly hex: string;
  /** `(bad)` for bytes that are no instruction, `(unreadable)` where nothing can be read. */
  readonly text: string;
  readonly kind: 'instruction' | 'bad' | 'unreadable';
  /** What is alike in all instructions of these bytes, for who wants to remember something of it; not of bad bytes. */
  readonly known: KnownInstruction | undefined;
  /** The function that begins here. */
  readonly symbol: string | undefined;
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
  const { memory, address, bitness = 64, flavor = 'intel', resolve } = request;
  const bounds = rememberingBounds(request.bounds ?? (() => undefined));
  const walk: Walk = { iced, memory, address, bounds, bitness, flavor };
  const startsAt = resolve ? functionStarts(walk, resolve) : () => undefined;
  return collect(walk, instructionOffset, instructionCount).map((line) => list(walk, line, startsAt, resolve));
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

type StartNames = (address: VirtAddr, delta: number) => string | undefined;

function list(walk: Walk, line: Line, startsAt: StartNames, resolve: SymbolResolver | undefined): ListedInstruction {
  const { delta, length, kind, hex, known, distance } = line;
  const address = offsetBy(walk.address, delta);
  const text = known ? textAt(known, address, distance, resolve) : kind === 'bad' ? '(bad)' : '(unreadable)';
  return { address, length, hex, text, kind, known, symbol: startsAt(address, delta) };
}

/** Names functions at their first byte, asking for bounds only where the last answer does not reach. */
function functionStarts(walk: Walk, resolve: SymbolResolver): StartNames {
  let start = NaN;
  let end = NaN;
  return (address, delta) => {
    if (!(delta >= start && delta < end)) {
      const bounds = walk.bounds(address);
      start = bounds ? Number(bounds.start - walk.address) : NaN;
      end = bounds ? Number(bounds.end - walk.address) : NaN;
    }
    return delta === start ? resolve(address)?.name : undefined;
  };
}
