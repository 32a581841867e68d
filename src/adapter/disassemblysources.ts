/**
 * Disassembly as a source: what the editor shows for a frame whose code has no source file here. A function is listed
 * from its first instruction, one line each under a title, so that a line means the same instruction at every stop for
 * as long as the module is loaded. Lines are found with the length decoder alone; text is made when it is asked for.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { formatAddress, offsetBy, type VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import { decodeInstruction, MAX_INSTRUCTION_LENGTH } from '../disasm/decoder';
import { disassemble } from '../disasm/listing';
import type { StackFrame } from '../engine/stack';
import type { Module } from '../symbols/module';
import type { Session } from './session';

/** The title. */
const LINES_ABOVE = 1;
/** Of a function that is larger, so much around the first place somebody looked at. */
const MAX_BYTES = 256 * 1024;
/** What is listed from an address that belongs to no known function. */
const LOOSE_BYTES = 512;

/** One listed stretch of code; its reference is its place in the table, plus one. */
interface Listing {
  readonly reference: number;
  readonly start: VirtAddr;
  readonly name: string;
  readonly module: Module | undefined;
  readonly flavor: 'intel' | 'att';
  readonly size: number;
  /** Where instructions begin, as offsets from `start`; decoded again after code has been changed. */
  offsets: number[] | undefined;
}

/** A place in a listing, as a stack frame has it. */
export interface ListedPlace {
  readonly source: DebugProtocol.Source;
  /** 1-based. */
  readonly line: number;
}

export class DisassemblySources {
  private readonly listings: Listing[] = [];
  private readonly byStart = new Map<string, Listing>();

  constructor(private readonly session: Session) {}

  /** Where a frame is in the listing of its function; undefined where its code cannot be read. */
  forFrame(frame: StackFrame): ListedPlace | undefined {
    const listing = this.listingAt(frame);
    if (!listing) return undefined;
    const at = Number(frame.pc - listing.start);
    const index = this.offsetsOf(listing).filter((offset) => offset <= at).length - 1;
    const missing = frame.source ? `${frame.source.path}:${frame.source.line} is not on this machine` : undefined;
    return {
      source: {
        // A client makes a path of it.
        name: `${listing.name.replaceAll('/', '∕')}.ptrace-disassembly`,
        sourceReference: listing.reference,
        origin: missing ?? (listing.module ? `disassembly of ${listing.module.name}` : 'disassembly'),
      },
      line: Math.max(index, 0) + 1 + LINES_ABOVE,
    };
  }

  /** Code has been changed: what was decoded may be wrong. */
  codeChanged(): void {
    for (const listing of this.listings) listing.offsets = undefined;
  }

  /** The instruction on a 1-based line; undefined when there is none. */
  addressOfLine(reference: number, line: number): VirtAddr | undefined {
    const listing = this.listing(reference);
    const offset = this.offsetsOf(listing)[line - 1 - LINES_ABOVE];
    return offset === undefined ? undefined : offsetBy(listing.start, offset);
  }

  /** The text of a listing. Throws UserError when its code is not there any more. */
  async content(reference: number): Promise<string> {
    const listing = this.listing(reference);
    const { target } = this.session;
    const offsets = this.offsetsOf(listing);
    if (offsets.length === 0 || (listing.module && !target.modules.modules.includes(listing.module))) {
      throw new UserError(`${listing.name} is not in memory any more.`, { code: 'gone' });
    }
    const instructions = await disassemble({
      memory: target.memory,
      address: listing.start,
      instructionCount: offsets.length,
      bounds: (address) => target.functionBounds(address),
      resolve: (address) => target.symbolize(address),
      flavor: listing.flavor,
    });
    const lines = instructions.map(
      ({ address, text }) => `${formatAddress(address)} <+${address - listing.start}>:  ${text}`,
    );
    const where = listing.module ? ` in ${listing.module.path}` : '';
    return `; ${listing.name}${where}\n${lines.join('\n')}\n`;
  }

  private listing(reference: number): Listing {
    const listing = this.listings[reference - 1];
    if (!listing) throw new UserError(`There is no source ${reference}.`, { code: 'no-such-source' });
    return listing;
  }

  private listingAt(frame: StackFrame): Listing | undefined {
    const { target, configuration } = this.session.alive;
    const bounds = target.functionBounds(frame.lookupPc);
    const inside = bounds && frame.pc >= bounds.start && bounds.end - bounds.start <= BigInt(MAX_BYTES);
    const loose = inside ? undefined : this.looseListing(frame);
    if (loose) return loose;
    const start = inside ? bounds.start : frame.pc;
    const size = inside ? Number(bounds.end - bounds.start) : LOOSE_BYTES;
    const key = `${frame.module?.id ?? 'none'}@${formatAddress(start)}`;
    const known = this.byStart.get(key);
    if (known) return known;
    const listing: Listing = {
      reference: this.listings.length + 1,
      start,
      name: frame.functionName ?? formatAddress(start),
      module: frame.module,
      flavor: configuration.disassemblyFlavor,
      size,
      offsets: undefined,
    };
    if (this.offsetsOf(listing).length === 0) return undefined;
    this.listings.push(listing);
    this.byStart.set(key, listing);
    return listing;
  }

  /** Code of no function that has been listed before, if the frame's instruction is in it. */
  private looseListing(frame: StackFrame): Listing | undefined {
    return this.listings.find((listing) => {
      const at = Number(frame.pc - listing.start);
      return listing.module === frame.module && at >= 0 && at < listing.size && this.offsetsOf(listing).includes(at);
    });
  }

  private offsetsOf(listing: Listing): number[] {
    return (listing.offsets ??= instructionOffsets(
      this.session.target.memory.read(listing.start, listing.size + MAX_INSTRUCTION_LENGTH),
      listing.start,
      listing.size,
    ));
  }
}

/** The offsets at which instructions begin in the first `size` bytes; a byte that begins none stands alone. */
function instructionOffsets(bytes: Uint8Array, start: VirtAddr, size: number): number[] {
  const offsets: number[] = [];
  const end = Math.min(size, bytes.length);
  for (let at = 0; at < end;) {
    offsets.push(at);
    at += decodeInstruction(bytes.subarray(at, at + MAX_INSTRUCTION_LENGTH), offsetBy(start, at))?.length ?? 1;
  }
  return offsets;
}
