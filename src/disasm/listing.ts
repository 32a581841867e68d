/**
 * Lists instructions around an address, before it as well as after it, as DAP's `disassemble` request wants them: exactly
 * as many entries as asked for, whatever the memory holds.
 */
import { offsetBy, type VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import type { MemoryReader } from '../common/readers';
import { collectBackwards } from './backwards';
import { collectForwards } from './forwards';
import { AddressTexts } from './addresstexts';
import { textAt, type DisassemblyFlavor, type SymbolResolver, type TextPlace } from './formatter';
import { loadIced } from './iced';
import type { Line } from './line';
import type { Bitness } from './types';
import { rememberingBounds, type BoundsLookup, type Walk } from './walk';

export type { Line } from './line';
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
  /** The function that begins here. */
  readonly symbol: string | undefined;
}

/** More than any view shows, and little enough to answer quickly. */
const MAX_COUNT = 100_000;
const MAX_OFFSET = 1_000_000;

/** Disassembles; see `DisassembleRequest`. Loads iced-x86 at its first call. */
export async function disassemble(request: DisassembleRequest): Promise<ListedInstruction[]> {
  return (await list(request)).instructions();
}

/** The same, for who makes texts of its own and wants them quickly: nothing is put into words before it is asked for. */
export async function list(request: DisassembleRequest): Promise<Listing> {
  const { instructionOffset = 0, instructionCount } = request;
  checkRange('instructionCount', instructionCount, 0, MAX_COUNT);
  checkRange('instructionOffset', instructionOffset, -MAX_OFFSET, MAX_OFFSET);
  const iced = await loadIced();
  const { memory, address, bitness = 64, flavor = 'intel', resolve } = request;
  const bounds = rememberingBounds(request.bounds ?? (() => undefined));
  const walk: Walk = { iced, memory, address, bounds, bitness, flavor };
  return new Listing(walk, collect(walk, instructionOffset, instructionCount), resolve);
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

/** The lines of one answer, in ascending order, and what can be said of each. */
export class Listing {
  private readonly addresses: AddressTexts;
  private readonly place: TextPlace;
  /** The function that `startsAt` has looked at last, from the walk's address. */
  private start = NaN;
  private end = NaN;

  constructor(
    private readonly walk: Walk,
    readonly lines: readonly Line[],
    private readonly resolve: SymbolResolver | undefined,
  ) {
    const { address } = walk;
    this.addresses = new AddressTexts(address);
    this.place = { address, targets: new AddressTexts(address), resolve };
  }

  /** What `delta` counts from. */
  get base(): VirtAddr {
    return this.walk.address;
  }

  /** As `formatAddress` writes it. */
  addressText({ delta }: Line): string {
    return this.addresses.at(delta);
  }

  text({ delta, kind, known, distance }: Line): string {
    if (known) return textAt(known, delta, distance, this.place);
    return kind === 'bad' ? '(bad)' : '(unreadable)';
  }

  /** The name of the function that begins here. To be asked in ascending order: bounds are asked for where they change. */
  symbol({ delta }: Line): string | undefined {
    const { resolve } = this;
    if (!resolve) return undefined;
    if (!(delta >= this.start && delta < this.end)) this.enterFunction(delta);
    return delta === this.start ? resolve(offsetBy(this.base, delta))?.name : undefined;
  }

  instructions(): ListedInstruction[] {
    return this.lines.map((line) => {
      const { delta, length, hex, kind } = line;
      return {
        address: offsetBy(this.base, delta),
        length,
        hex,
        text: this.text(line),
        kind,
        symbol: this.symbol(line),
      };
    });
  }

  private enterFunction(delta: number): void {
    const bounds = this.walk.bounds(offsetBy(this.base, delta));
    this.start = bounds ? Number(bounds.start - this.base) : NaN;
    this.end = bounds ? Number(bounds.end - this.base) : NaN;
  }
}
