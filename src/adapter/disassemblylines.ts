/** Source lines of listed instructions: the file where it changes, the line on every instruction that has one. */
import { offsetBy } from '../common/addresses';
import type { Line, Listing } from '../disasm/listing';
import type { Module } from '../symbols/module';
import type { LineEntry } from '../symbols/types';
import type { Session } from './session';
import { fileSource } from './sources';

/** Line-table entries of ascending places, counted from the listing's base; each is read once for all its instructions. */
class LineCursor {
  /** From here on something else holds. */
  private until = -Infinity;
  private found: LineEntry | undefined;
  private module: Module | undefined;
  private entries: Iterator<LineEntry> | undefined;
  private next: LineEntry | undefined;
  private readonly last: number;

  constructor(
    private readonly session: Session,
    private readonly listing: Listing,
  ) {
    this.last = listing.lines[listing.lines.length - 1]?.delta ?? 0;
  }

  /** The entry that covers a place; undefined where there is none. */
  at(delta: number): LineEntry | undefined {
    if (delta >= this.until) this.move(delta);
    return this.found;
  }

  private move(delta: number): void {
    const address = offsetBy(this.listing.base, delta);
    if (!this.module?.contains(address)) this.enter(delta);
    const { module } = this;
    this.found = undefined;
    this.until = delta + 1;
    if (!module) return;
    const file = module.toFile(address);
    while (this.next && this.next.end <= file) this.advance();
    const { next } = this;
    if (next && next.address <= file) this.found = next;
    const end = next ? (this.found ? next.end : next.address) : module.toFile(module.end);
    this.until = delta + (end - file);
  }

  private enter(delta: number): void {
    const { base } = this.listing;
    const address = offsetBy(base, delta);
    const last = offsetBy(base, this.last);
    const module = this.session.target.modules.at(address);
    this.module = module;
    this.next = undefined;
    if (!module) return;
    const end = module.contains(last) ? offsetBy(last, 1) : module.end;
    this.entries = module.lines.entriesIn(module.toFile(address), module.toFile(end))[Symbol.iterator]();
    this.advance();
  }

  private advance(): void {
    const next = this.entries?.next();
    this.next = next && !next.done ? next.value : undefined;
  }
}

export class Locations {
  private readonly lines: LineCursor;
  private entry: LineEntry | undefined;
  /** Of the entry, if it exists here. */
  private path: string | undefined;
  /** That the client has been told last. */
  private told: string | undefined;
  /** `line` and `column` of the entry, in JSON. */
  private members = '';

  constructor(
    private readonly session: Session,
    listing: Listing,
  ) {
    this.lines = new LineCursor(session, listing);
  }

  /** Adds what a response says of a line's place, in JSON that begins with a comma. Asked in ascending order. */
  append({ delta }: Line, pieces: string[]): void {
    const found = this.lines.at(delta);
    if (!found || found.line === 0) return;
    if (found !== this.entry) this.enter(found);
    const { path } = this;
    if (path === undefined) return;
    if (path !== this.told) pieces.push(',"location":', JSON.stringify(fileSource(this.session, path)));
    this.told = path;
    pieces.push(this.members);
  }

  private enter(entry: LineEntry): void {
    const { session } = this;
    this.entry = entry;
    const local = session.alive.sourcePaths.toLocal(entry.file);
    this.path = session.sourceFiles.exists(local) ? local : undefined;
    const { client } = session;
    const column = entry.column > 0 ? `,"column":${client.column(entry.column)}` : '';
    this.members = `,"line":${client.line(entry.line)}${column}`;
  }
}
