/**
 * Scrolling through more rows than a browser can lay out: elements end at about 33 million pixels (17 in some engines),
 * which 22 pixels to a row reach at 1.5 million rows. The scrolled element is therefore no higher than `MAX_HEIGHT`, its
 * scroll position stands for a share of the whole, and what the wheel and keys move by is counted here, in the pixels
 * that all rows would have. Free of the DOM, so that it can be tested by itself.
 */

/** Pixels; below the limit of every engine. */
export const MAX_HEIGHT = 8_000_000;

/** The rows that are seen. */
export interface RowWindow {
  /** Index of the first row of which anything is seen. */
  readonly first: number;
  /** Rows from there, the one that the lower edge cuts included. */
  readonly count: number;
  /** Pixels of the first row that lie above the upper edge. */
  readonly offset: number;
}

export class ScaledScroll {
  private total = 0;
  private viewport = 0;
  /** Pixels above the upper edge, as if every row were laid out. */
  private top = 0;

  constructor(
    readonly rowHeight: number,
    private readonly maxHeight = MAX_HEIGHT,
  ) {}

  /** Takes the number of rows and the height of the viewport in pixels; the first row stays unless the end has come. */
  resize(total: number, viewport: number): void {
    this.total = total;
    this.viewport = Math.max(0, viewport);
    this.moveTo(this.top);
  }

  /** The height that the scrolled element is given. */
  get height(): number {
    return Math.min(this.total * this.rowHeight, Math.max(this.maxHeight, this.viewport));
  }

  /** Where the browser's scrollbar stands for what is seen: `scrollTop` of the viewport. */
  get scrollTop(): number {
    const most = this.mostTop;
    return most === 0 ? 0 : (this.top / most) * Math.max(0, this.height - this.viewport);
  }

  /** The scrollbar was moved. */
  dragTo(scrollTop: number): void {
    const range = Math.max(0, this.height - this.viewport);
    this.moveTo(range === 0 ? 0 : (scrollTop / range) * this.mostTop);
  }

  /** The wheel was turned, or a key pressed; pixels, downwards when positive. */
  moveBy(pixels: number): void {
    this.moveTo(this.top + pixels);
  }

  toEnd(): void {
    this.moveTo(Infinity);
  }

  get atEnd(): boolean {
    return this.top >= this.mostTop - 1;
  }

  /** Scrolls as little as is needed for the row to be seen as a whole. */
  reveal(index: number): void {
    const upper = index * this.rowHeight;
    const lower = upper + this.rowHeight - this.viewport;
    if (upper < this.top) this.moveTo(upper);
    else if (lower > this.top) this.moveTo(Math.min(lower, upper));
  }

  /** Rows that fit as a whole, at least 1: what Page Up and Page Down go by. */
  get rowsPerPage(): number {
    return Math.max(1, Math.floor(this.viewport / this.rowHeight));
  }

  get window(): RowWindow {
    if (this.total === 0) return { first: 0, count: 0, offset: 0 };
    const first = Math.min(this.total - 1, Math.floor(this.top / this.rowHeight));
    const end = Math.min(this.total, Math.ceil((this.top + this.viewport) / this.rowHeight));
    return { first, count: Math.max(0, end - first), offset: this.top - first * this.rowHeight };
  }

  private get mostTop(): number {
    return Math.max(0, this.total * this.rowHeight - this.viewport);
  }

  private moveTo(top: number): void {
    this.top = Math.min(this.mostTop, Math.max(0, top));
  }
}
