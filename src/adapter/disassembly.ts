/** The `disassemble` request: exactly as many instructions as asked for, with symbols and source lines. */
import * as v from 'valibot';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { formatAddress, offsetBy, type VirtAddr } from '../common/addresses';
import { idle } from '../common/idle';
import { disassemble as list, type ListedInstruction } from '../disasm/listing';
import { preparation } from '../disasm/preparation';
import type { Module } from '../symbols/module';
import type { LineEntry } from '../symbols/types';
import type { Debuggee } from './debuggee';
import { parseAddress } from './memory';
import { PreparedBody } from './preparedbody';
import { request } from './request';
import type { Session } from './session';
import { fileSource } from './sources';
import { flag, integer, natural, text } from './validation';

/** Line-table entries of ascending addresses, each read once however many instructions it has. */
class LineCursor {
  /** From here on something else holds. */
  private until = 0n;
  private found: LineEntry | undefined;
  private module: Module | undefined;
  private entries: Iterator<LineEntry> | undefined;
  private next: LineEntry | undefined;

  constructor(
    private readonly session: Session,
    private readonly last: VirtAddr,
  ) {}

  /** The entry that covers an address; undefined where there is none. */
  at(address: VirtAddr): LineEntry | undefined {
    if (address >= this.until) this.move(address);
    return this.found;
  }

  private move(address: VirtAddr): void {
    if (!this.module?.contains(address)) this.enter(address);
    const { module } = this;
    this.found = undefined;
    this.until = offsetBy(address, 1);
    if (!module) return;
    const place = module.toFile(address);
    while (this.next && this.next.end <= place) this.advance();
    const { next } = this;
    if (next && next.address <= place) this.found = next;
    this.until = next ? module.toVirt(this.found ? next.end : next.address) : module.end;
  }

  private enter(address: VirtAddr): void {
    const module = this.session.target.modules.at(address);
    this.module = module;
    this.next = undefined;
    if (!module) return;
    const end = this.last < module.end ? offsetBy(this.last, 1) : module.end;
    this.entries = module.lines.entriesIn(module.toFile(address), module.toFile(end))[Symbol.iterator]();
    this.advance();
  }

  private advance(): void {
    const next = this.entries?.next();
    this.next = next && !next.done ? next.value : undefined;
  }
}

type Located = Pick<DebugProtocol.DisassembledInstruction, 'location' | 'line' | 'column'>;

/** Finds source lines: the file where it changes, the line on every instruction that has one. */
class Locations {
  private readonly lines: LineCursor;
  private entry: LineEntry | undefined;
  /** Of the entry, if it exists here. */
  private path: string | undefined;
  /** That the client has been told last. */
  private told: string | undefined;

  constructor(
    private readonly session: Session,
    last: VirtAddr,
  ) {
    this.lines = new LineCursor(session, last);
  }

  /** Asked in ascending order; undefined where nothing is known. */
  at(address: VirtAddr): Located | undefined {
    const found = this.lines.at(address);
    if (!found || found.line === 0) return undefined;
    const { session } = this;
    if (found !== this.entry) {
      this.entry = found;
      const local = session.alive.sourcePaths.toLocal(found.file);
      this.path = session.sourceFiles.exists(local) ? local : undefined;
    }
    const { path } = this;
    if (path === undefined) return undefined;
    const { client } = session;
    const location = path === this.told ? undefined : fileSource(session, path);
    this.told = path;
    return {
      location,
      line: client.line(found.line),
      column: found.column > 0 ? client.column(found.column) : undefined,
    };
  }
}

/**
 * The body of the response, with source lines. It is put together from pieces of JSON, most of which are there from
 * earlier requests: two hundred instructions take 0.03 ms, and 0.09 by JSON.stringify, of 0.4 for the whole round trip.
 */
function bodyOf(session: Session, instructions: readonly ListedInstruction[]): PreparedBody {
  const locations = new Locations(session, (instructions.at(-1)?.address ?? 0n) as VirtAddr);
  // Joined once from flat pieces: strings that were concatenated before would have to be walked through.
  const pieces: string[] = [];
  let open = '{"instructions":[{"address":"';
  for (const instruction of instructions) {
    const { address, text, hex, kind, symbol, known } = instruction;
    pieces.push(open, formatAddress(address));
    // One that names an address has a text of its own at each place.
    if (known?.text !== text) pieces.push(lookOf(text, hex));
    else pieces.push((known.derived ??= lookOf(text, hex)));
    const more = kind === 'instruction' ? locations.at(address) : INVALID;
    if (more || symbol !== undefined) pieces.push(',', JSON.stringify({ symbol, ...more }).slice(1, -1));
    open = '},{"address":"';
  }
  pieces.push(instructions.length > 0 ? '}]}' : '{"instructions":[]}');
  return new PreparedBody(pieces.join(''));
}

const INVALID: Pick<DebugProtocol.DisassembledInstruction, 'presentationHint'> = { presentationHint: 'invalid' };

/** The members behind the address: `instruction` and `instructionBytes`. */
function lookOf(text: string, hex: string): string {
  const bytes = hex === '' ? '' : `,"instructionBytes":"${hex}"`;
  return ['","instruction":', JSON.stringify(text), bytes].join('');
}

export const disassemble = request(
  'process',
  v.object({
    memoryReference: text,
    offset: v.optional(integer),
    instructionOffset: v.optional(integer),
    instructionCount: natural,
    resolveSymbols: v.optional(flag),
  }),
  async (session, { memoryReference, offset = 0, instructionOffset, instructionCount, resolveSymbols }) => {
    const { target, configuration } = session.alive;
    const instructions = await list({
      memory: target.memory,
      address: offsetBy(parseAddress(memoryReference), offset),
      instructionOffset,
      instructionCount,
      bounds: (address) => target.functionBounds(address),
      ...(resolveSymbols !== false && { resolve: (address) => target.symbolize(address) }),
      flavor: configuration.disassemblyFlavor,
    });
    return bodyOf(session, instructions);
  },
);

/** Loads the disassembler in idle time: whoever has stopped may look at instructions next. */
export function prepareDisassembly({ configuration }: Debuggee): void {
  idle.add('disassembler', preparation(configuration.disassemblyFlavor));
}
