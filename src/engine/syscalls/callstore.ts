/**
 * The log of system calls of a session: rows of one size and their texts, both on disk but for their ends, so that ten
 * million calls take as much memory as ten. A row is made when a call returns, so that no row is ever changed.
 */
import { decodeRow, encodeRow, ROW_SIZE, type CallRow } from './callrecord';
import { SpillFile } from './spillfile';

/** Rows that a scan reads at once. */
const BLOCK_ROWS = 4096;

/** Texts of neighbouring rows are read in one piece when they lie within this many bytes. */
const SPAN = 1 << 20;

export class CallStore {
  private readonly rows = new SpillFile();
  private readonly texts = new SpillFile();
  private readonly scratch = Buffer.alloc(ROW_SIZE);
  private readonly view = new DataView(this.scratch.buffer, this.scratch.byteOffset, ROW_SIZE);
  private readonly stacks: (readonly bigint[])[] = [[]];
  private readonly stackNumbers = new Map<string, number>();

  /** Rows so far. */
  length = 0;

  /** Appends a row with its text; returns its index. Throws UserError when the disk is full. */
  append(row: Omit<CallRow, 'textOffset' | 'textLength'>, text: string): number {
    const textOffset = this.texts.size;
    const textLength = this.texts.appendText(text);
    encodeRow({ ...row, textOffset, textLength }, this.view, 0);
    this.rows.append(this.scratch);
    return this.length++;
  }

  row(index: number): CallRow {
    return this.slice(index, 1)[0]!;
  }

  /** Up to `count` rows from `start`. */
  slice(start: number, count: number): CallRow[] {
    const bytes = this.rows.read(start * ROW_SIZE, count * ROW_SIZE);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: bytes.length / ROW_SIZE }, (_, i) => decodeRow(view, i * ROW_SIZE));
  }

  text(row: CallRow): string {
    return this.texts.read(row.textOffset, row.textLength).toString('utf8');
  }

  /** The texts of rows, read in one piece where they lie together. */
  textsOf(rows: readonly CallRow[]): string[] {
    if (rows.length === 0) return [];
    const from = Math.min(...rows.map(({ textOffset }) => textOffset));
    const to = Math.max(...rows.map(({ textOffset, textLength }) => textOffset + textLength));
    if (to - from > SPAN) return rows.map((row) => this.text(row));
    const bytes = this.texts.read(from, to - from);
    return rows.map(({ textOffset, textLength }) =>
      bytes.toString('utf8', textOffset - from, textOffset - from + textLength),
    );
  }

  /** Number of blocks of rows, the last one not full. */
  get blocks(): number {
    return Math.ceil(this.length / BLOCK_ROWS);
  }

  /** The rows of a block, and the index of its first. */
  block(number: number): { readonly first: number; readonly rows: CallRow[] } {
    const first = number * BLOCK_ROWS;
    return { first, rows: this.slice(first, Math.min(BLOCK_ROWS, this.length - first)) };
  }

  /** The number of a stack, innermost address first; the same for equal stacks. */
  internStack(addresses: readonly bigint[]): number {
    const key = addresses.join();
    let number = this.stackNumbers.get(key);
    if (number === undefined) {
      number = this.stacks.length;
      this.stacks.push(addresses);
      this.stackNumbers.set(key, number);
    }
    return number;
  }

  /** The addresses of a stack, innermost first; none for 0. */
  stack(number: number): readonly bigint[] {
    return this.stacks[number] ?? [];
  }

  close(): void {
    this.rows.close();
    this.texts.close();
  }
}
