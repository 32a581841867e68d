/** Typed arrays that grow, and a hash table of numbers: what an index of millions of names is built in. */

type Numbers = Uint8Array | Uint32Array | Int32Array | Float64Array;

const FIRST_SIZE = 1 << 12;

export class Growing<T extends Numbers> {
  length = 0;
  private items: T;

  constructor(private readonly make: new (length: number) => T) {
    this.items = new make(FIRST_SIZE);
  }

  /** Returns the index of the new number. */
  push(value: number): number {
    if (this.length === this.items.length) {
      const items = new this.make(this.items.length * 2);
      items.set(this.items);
      this.items = items;
    }
    this.items[this.length] = value;
    return this.length++;
  }

  at(index: number): number {
    return this.items[index]!;
  }

  set(index: number, value: number): void {
    this.items[index] = value;
  }

  /** What was pushed, shared with the list until the next push. */
  get values(): T {
    return this.items.subarray(0, this.length) as T;
  }
}

/** Numbers by number, open addressing; at most three quarters full, so that a probe always ends. */
export class NumberTable {
  private keys = new Float64Array(FIRST_SIZE).fill(-1);
  private items = new Int32Array(FIRST_SIZE);
  private count = 0;

  /** The value of a key, which is an integer from 0 to 2^53; -1 when it has none. */
  get(key: number): number {
    const { keys } = this;
    for (let i = this.slot(key); ; i = (i + 1) & (keys.length - 1)) {
      if (keys[i] === key) return this.items[i]!;
      if (keys[i] === -1) return -1;
    }
  }

  /** Adds a key that is not there yet. */
  add(key: number, value: number): void {
    if (++this.count * 4 > this.keys.length * 3) this.grow();
    this.place(key, value);
  }

  private place(key: number, value: number): void {
    const { keys } = this;
    let i = this.slot(key);
    while (keys[i] !== -1) i = (i + 1) & (keys.length - 1);
    keys[i] = key;
    this.items[i] = value;
  }

  private slot(key: number): number {
    const high = Math.floor(key / 0x100000000);
    const mixed = Math.imul((key >>> 0) ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
    return ((mixed ^ (mixed >>> 15)) >>> 0) & (this.keys.length - 1);
  }

  private grow(): void {
    const { keys, items } = this;
    this.keys = new Float64Array(keys.length * 2).fill(-1);
    this.items = new Int32Array(items.length * 2);
    for (let i = 0; i < keys.length; i++) if (keys[i] !== -1) this.place(keys[i]!, items[i]!);
  }
}
