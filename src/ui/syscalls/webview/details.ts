/** The call that is selected: its whole line, and from where it was made. */
import type { SyscallRow } from '../../../protocol/syscalls';
import type { HostMessage, ViewMessage } from '../messages';
import { element, show } from './dom';

export class Details {
  private readonly stack = element('stack');
  private index: number | undefined;
  /** The keyboard goes to the stack once it is here. */
  private wantsFocus = false;

  constructor(private readonly send: (message: ViewMessage) => void) {
    element('close').addEventListener('click', () => this.leave());
    element('keepStacks').addEventListener('click', () => {
      send({ type: 'keepStacks' });
      show('keepStacks', false);
      this.note('Stacks of the calls that come are kept.');
    });
    element('details').addEventListener('keydown', (event) => this.key(event));
  }

  select(row: SyscallRow | undefined): void {
    this.wantsFocus = false;
    if (!row) return this.close();
    this.index = row.index;
    show('details', true);
    element('line').textContent = row.text;
    this.stack.replaceChildren();
    show('keepStacks', !row.hasStack && row.kind === 'call');
    if (row.hasStack) {
      this.note('');
      this.send({ type: 'stack', index: row.index });
    } else this.note(row.kind === 'call' ? 'No stack was kept of this call.' : '');
  }

  /** Moves the keyboard to the first frame that has a source. */
  focus(): void {
    const first = this.stack.querySelector<HTMLElement>('button') ?? this.visibleButton();
    if (first) first.focus();
    else this.wantsFocus = true;
  }

  take({ index, response, error }: HostMessage & { readonly type: 'stack' }): void {
    if (index !== this.index) return;
    const frames = response?.frames ?? [];
    this.stack.replaceChildren(...frames.map((frame) => this.frame(frame)));
    this.note(error ?? (frames.length === 0 ? 'The stack is empty.' : ''));
    if (this.wantsFocus) this.focus();
    this.wantsFocus = false;
  }

  close(): void {
    this.index = undefined;
    show('details', false);
  }

  /** Closes, and gives the keyboard back to the list. */
  private leave(): void {
    this.close();
    element('list').focus();
  }

  private visibleButton(): HTMLElement | undefined {
    const button = element('keepStacks');
    return button.hidden ? undefined : button;
  }

  private frame({ name, address, path, line }: Frame): HTMLElement {
    const item = document.createElement('li');
    if (path === undefined || line === undefined) {
      item.textContent = name === address ? address : `${name}  ${address}`;
      return item;
    }
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'frame';
    button.title = `${path}:${line}`;
    const place = document.createElement('span');
    place.className = 'place';
    place.textContent = `${path.slice(path.lastIndexOf('/') + 1)}:${line}`;
    button.append(name, ' ', place);
    button.addEventListener('click', () => this.send({ type: 'open', path, line }));
    item.append(button);
    return item;
  }

  private note(sentence: string): void {
    element('stackNote').textContent = sentence;
  }

  private key(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.leave();
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    const buttons = [...this.stack.querySelectorAll<HTMLElement>('button')];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    buttons[Math.min(buttons.length - 1, Math.max(0, at + step))]?.focus();
    event.preventDefault();
  }
}

type Frame = NonNullable<(HostMessage & { readonly type: 'stack' })['response']>['frames'][number];
