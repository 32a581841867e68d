/** The list of rows: elements for those that are seen, whatever their number; scrolling, selection, keys. */
import type { SyscallRow } from '../../../protocol/syscalls';
import type { RowContext } from '../messages';
import { cellsOf } from '../rowmodel';
import { ScaledScroll } from '../scroll';
import { element } from './dom';

/** As style.css has it. */
const ROW_HEIGHT = 22;

interface Owner {
  /** The row at an index; undefined while it has not been fetched. */
  row(index: number): SyscallRow | undefined;
  /** These rows are on the screen now. */
  painted(first: number, count: number): void;
  /** The selection is on this row, or on none. */
  select(row: SyscallRow | undefined): void;
  /** Enter was pressed on the selection. */
  enter(): void;
  /** The user has scrolled, to the end or away from it. */
  followed(atEnd: boolean): void;
}

export class RowList {
  /** Microseconds since 1970 that times are relative to. */
  base = 0;
  private readonly list = element('list');
  private readonly space = element('space');
  private readonly rows = element('rows');
  private readonly scroll = new ScaledScroll(ROW_HEIGHT);
  private total = 0;
  private selected: number | undefined;
  private frame: number | undefined;
  /** Where painting has put the scrollbar: its event comes later, when the list may have grown again. */
  private placed = 0;
  /** A button is down on the list: the scrollbar may be dragged. */
  private pressed = false;

  constructor(private readonly owner: Owner) {
    this.list.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    this.list.addEventListener('scroll', () => this.dragged());
    this.list.addEventListener('pointerdown', () => (this.pressed = true));
    window.addEventListener('pointerup', () => (this.pressed = false));
    this.list.addEventListener('keydown', (event) => this.key(event));
    this.list.addEventListener('mousedown', ({ target, button }) => {
      const row = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null;
      if (row && (button === 0 || button === 2)) this.select(Number(row.dataset['index']), button === 0);
    });
    new ResizeObserver(() => this.resize(this.total, this.scroll.atEnd)).observe(this.list);
  }

  focus(): void {
    this.list.focus();
    if (this.selected === undefined && this.total > 0) this.select(this.scroll.window.first, false);
  }

  /** The rows are others from here on. */
  deselect(): void {
    this.selected = undefined;
  }

  /** There are this many rows now. */
  resize(total: number, follow: boolean): void {
    this.total = total;
    this.scroll.resize(total, this.list.clientHeight);
    if (follow) this.scroll.toEnd();
    this.paint();
  }

  /** Paints with the next frame of the screen, however often it is asked for until then. */
  private paint(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.paintNow();
    });
  }

  private paintNow(): void {
    const { scroll } = this;
    // The list may have become visible since.
    if (this.list.clientHeight > 0) scroll.resize(this.total, this.list.clientHeight);
    this.space.style.height = `${scroll.height}px`;
    if (Math.abs(this.list.scrollTop - scroll.scrollTop) >= 1) this.list.scrollTop = scroll.scrollTop;
    this.placed = this.list.scrollTop;
    const { first, count, offset } = scroll.window;
    this.rows.style.transform = `translateY(${-offset}px)`;
    while (this.rows.children.length < count) this.rows.append(newRow());
    while (this.rows.children.length > count) this.rows.lastElementChild!.remove();
    for (let i = 0; i < count; i++) this.paintRow(this.rows.children[i] as HTMLElement, first + i);
    const chosen = this.selected !== undefined && this.selected >= first && this.selected < first + count;
    if (chosen) this.list.setAttribute('aria-activedescendant', `row-${this.selected}`);
    else this.list.removeAttribute('aria-activedescendant');
    // A menu that the keyboard opens on the list is about the selection.
    const row = this.selected === undefined ? undefined : this.owner.row(this.selected);
    setContext(this.list, row);
    this.owner.painted(first, count);
  }

  private paintRow(whole: HTMLElement, index: number): void {
    const row = this.owner.row(index);
    whole.id = `row-${index}`;
    whole.dataset['index'] = String(index);
    whole.setAttribute('aria-posinset', String(index + 1));
    whole.setAttribute('aria-setsize', String(this.total));
    whole.setAttribute('aria-selected', String(index === this.selected));
    setContext(whole, row);
    const [time, thread, call, duration] = whole.children as unknown as HTMLElement[];
    const [name, rest] = call!.children as unknown as HTMLElement[];
    if (!row) {
      whole.className = 'row waiting';
      whole.setAttribute('aria-label', 'Not loaded');
      for (const cell of [time, thread, name, duration]) cell!.textContent = '';
      rest!.textContent = '…';
      return;
    }
    const cells = cellsOf(row, this.base);
    whole.className = ['row', ...cells.classes].join(' ');
    whole.setAttribute('aria-label', cells.label);
    time!.textContent = cells.time;
    thread!.textContent = cells.thread;
    name!.textContent = cells.name;
    rest!.textContent = cells.rest;
    duration!.textContent = cells.duration;
    call!.title = row.text;
  }

  private select(index: number, telling: boolean): void {
    if (this.total === 0) return;
    this.selected = Math.min(this.total - 1, Math.max(0, index));
    this.scroll.reveal(this.selected);
    this.owner.followed(this.scroll.atEnd && this.selected === this.total - 1);
    if (telling) this.owner.select(this.owner.row(this.selected));
    this.paint();
  }

  private wheel(event: WheelEvent): void {
    if (event.ctrlKey || event.deltaY === 0) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? ROW_HEIGHT : 1;
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? this.list.clientHeight : unit;
    this.scroll.moveBy(event.deltaY * pixels);
    this.owner.followed(this.scroll.atEnd);
    this.paint();
  }

  /** The scrollbar was moved, or stands where painting has put it. */
  private dragged(): void {
    if (Math.abs(this.list.scrollTop - this.placed) < 1.5) return;
    this.scroll.dragTo(this.list.scrollTop);
    if (this.pressed) this.owner.followed(this.scroll.atEnd);
    this.paint();
  }

  private key(event: KeyboardEvent): void {
    const from = this.selected ?? this.scroll.window.first;
    const page = this.scroll.rowsPerPage;
    const to: Readonly<Record<string, number>> = {
      ArrowDown: this.selected === undefined ? from : from + 1,
      ArrowUp: from - 1,
      PageDown: from + page,
      PageUp: from - page,
      Home: 0,
      End: this.total - 1,
    };
    const index = to[event.key];
    if (index !== undefined) this.select(index, false);
    else if (event.key === 'Enter' || event.key === ' ') {
      this.select(from, true);
      if (event.key === 'Enter') this.owner.enter();
    } else if (event.key === 'Escape') this.owner.select(undefined);
    else return;
    event.preventDefault();
  }
}

/** What VS Code's context menu is about. */
function setContext(whole: HTMLElement, row: SyscallRow | undefined): void {
  if (!row) {
    delete whole.dataset['vscodeContext'];
    return;
  }
  const { index, name, kind, text } = row;
  const context: RowContext = { webviewSection: 'syscall', index, name, kind, text };
  whole.dataset['vscodeContext'] = JSON.stringify({ ...context, preventDefaultContextMenuItems: true });
}

function newRow(): HTMLElement {
  const whole = document.createElement('div');
  whole.setAttribute('role', 'option');
  whole.append(...['time', 'thread', 'call', 'duration'].map((name) => span(name)));
  whole.children[2]!.append(span('name'), span('rest'));
  return whole;
}

function span(className: string): HTMLElement {
  const made = document.createElement('span');
  made.className = className;
  return made;
}
