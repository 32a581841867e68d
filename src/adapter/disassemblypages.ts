/**
 * Pages of disassembly that have been shown: a view asks for the same ones at every stop. A page is told again while all
 * that it was made from is the same: the memory, which is read again and compared, and what is known of the code.
 */
import type { VirtAddr } from '../common/addresses';
import type { MemoryReader } from '../common/readers';
import type { DebugTarget } from '../engine/targetinterface';
import type { PreparedBody } from './preparedbody';

/** What a view shows of a few functions, several times over. */
const MAX_PAGES = 32;
/** Longer answers are made for once, characters. */
const MAX_LENGTH = 200_000;

interface Reading {
  readonly address: VirtAddr;
  readonly length: number;
  /** What could be read of it. */
  readonly bytes: Uint8Array;
}

interface Page {
  readonly body: PreparedBody;
  readonly readings: readonly Reading[];
}

export class DisassemblyPages {
  /** The one that was asked for longest ago first. */
  private readonly pages = new Map<string, Page>();
  private target: DebugTarget | undefined;
  /** Increases with each change of what is known of the code. */
  private generation = 0;

  /** The page of a name: as it was, or made anew from memory that is read through the reader given. */
  async get(
    target: DebugTarget,
    name: string,
    make: (memory: MemoryReader) => Promise<PreparedBody>,
  ): Promise<PreparedBody> {
    this.settle(target);
    const known = this.pages.get(name);
    if (known) {
      this.pages.delete(name);
      if (known.readings.every((reading) => isSame(target.memory, reading))) {
        this.pages.set(name, known);
        return known.body;
      }
    }
    const { generation } = this;
    const readings: Reading[] = [];
    const body = await make({
      read(address, length) {
        const bytes = target.memory.read(address, length);
        readings.push({ address, length, bytes });
        return bytes;
      },
    });
    // A module may have come or gone while the disassembler was being loaded.
    if (generation === this.generation && body.json.length <= MAX_LENGTH) this.keep(name, { body, readings });
    return body;
  }

  private keep(name: string, page: Page): void {
    this.pages.set(name, page);
    if (this.pages.size <= MAX_PAGES) return;
    const [oldest] = this.pages.keys();
    this.pages.delete(oldest!);
  }

  private settle(target: DebugTarget): void {
    if (this.target === target) return;
    this.target = target;
    this.forget();
    target.on('modules', () => this.forget());
  }

  /** Modules, symbols or lines are other ones. */
  private forget(): void {
    this.pages.clear();
    this.generation++;
  }
}

function isSame(memory: MemoryReader, { address, length, bytes }: Reading): boolean {
  return Buffer.compare(memory.read(address, length), bytes) === 0;
}
