/**
 * Tables that turn pairs of integers into small consecutive ids, and the file names of line tables into ids through
 * them. A C++ program names the same few thousand headers more than a million times, so the name itself is looked at
 * only the first time its offset, or its hash, is met.
 */
import { decodeUtf8 } from './dwarf/cursor';

/** Maps pairs of 32-bit integers to 0, 1, 2… in the order they are first met. Open addressing, no objects. */
export class PairTable {
  private capacity = 1024;
  private slots = new Int32Array(this.capacity);
  private keys = new Int32Array(this.capacity);
  /** How many pairs are known; the id that the next new pair gets. */
  size = 0;

  /** The id of a pair; equal to the `size` before the call when the pair is new. */
  id(a: number, b: number): number {
    const { slots, keys } = this;
    const mask = slots.length - 1;
    const first = a | 0;
    const second = b | 0;
    let at = (Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)) >>> 7;
    for (; ; at++) {
      const slot = slots[at & mask]!;
      if (slot === 0) return this.insert(at & mask, first, second);
      const key = 2 * (slot - 1);
      if (keys[key] === first && keys[key + 1] === second) return slot - 1;
    }
  }

  private insert(slot: number, a: number, b: number): number {
    const id = this.size++;
    if (2 * this.size > this.keys.length) {
      const keys = new Int32Array(2 * this.keys.length);
      keys.set(this.keys);
      this.keys = keys;
    }
    this.keys[2 * id] = a;
    this.keys[2 * id + 1] = b;
    this.slots[slot] = id + 1;
    if (2 * this.size > this.slots.length) this.rehash();
    return id;
  }

  private rehash(): void {
    const slots = new Int32Array(2 * this.slots.length);
    const mask = slots.length - 1;
    for (let id = 0; id < this.size; id++) {
      let at = (Math.imul(this.keys[2 * id]!, 0x9e3779b1) ^ Math.imul(this.keys[2 * id + 1]!, 0x85ebca6b)) >>> 7;
      while (slots[at & mask] !== 0) at++;
      slots[at & mask] = id + 1;
    }
    this.slots = slots;
  }
}

/** Names by id, from wherever they are stored. */
export class NameTable {
  private readonly byText = new Map<string, number>();
  private readonly texts: string[] = [];
  private readonly places = new PairTable();
  private readonly placeIds: number[] = [];
  private readonly hashes = new PairTable();
  private readonly hashIds: number[] = [];

  text(id: number): string {
    return this.texts[id]!;
  }

  ofText(text: string): number {
    let id = this.byText.get(text);
    if (id === undefined) {
      id = this.texts.length;
      this.texts.push(text);
      this.byText.set(text, id);
    }
    return id;
  }

  /** The name at an offset of a string section; `read` is called the first time. */
  ofPlace(section: number, offset: number, read: () => string): number {
    const place = this.places.id(section, offset);
    if (place === this.placeIds.length) this.placeIds.push(this.ofText(read()));
    return this.placeIds[place]!;
  }

  /**
   * The NUL-terminated name at an index of some bytes. Told apart by 64 bits of hash, which takes billions of
   * different names to confuse.
   */
  ofBytes(bytes: Uint8Array, start: number): number {
    let low = 0x811c9dc5 | 0;
    let high = 0x2f0b4c47;
    let end = start;
    for (let byte = bytes[end]!; byte > 0; byte = bytes[++end]!) {
      low = Math.imul(low ^ byte, 0x01000193);
      high = Math.imul(high ^ byte, 0x5bd1e995) + low;
    }
    const hash = this.hashes.id(low, high);
    if (hash === this.hashIds.length) this.hashIds.push(this.ofText(decodeUtf8(bytes, start, end)));
    return this.hashIds[hash]!;
  }
}
