/** Large arrays of numbers: growing them, and sorting them without a comparison function, which makes V8 slow at it. */

/** A growing list of doubles. A JavaScript array of them doubles as well, but is scanned by the collector. */
export class NumberList {
  private items = new Float64Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.items.length) {
      const items = new Float64Array(2 * this.items.length);
      items.set(this.items);
      this.items = items;
    }
    this.items[this.length++] = value;
  }

  /** What was pushed, shared with the list. */
  get values(): Float64Array {
    return this.items.subarray(0, this.length);
  }
}

/** Keys that span less than 2^53 / 2^21 share a double with an index below 2^21. */
const INDEX_LIMIT = 2 ** 21;
const SPAN_LIMIT = 2 ** 32;

/** The indices of `keys` by ascending key, equal keys by ascending index. */
export function sortedOrder(keys: Float64Array): Uint32Array {
  const order = new Uint32Array(keys.length);
  let lowest = Infinity;
  let highest = -Infinity;
  let sorted = true;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (key < highest) sorted = false;
    if (key < lowest) lowest = key;
    if (key > highest) highest = key;
    order[i] = i;
  }
  if (sorted) return order;
  if (keys.length >= INDEX_LIMIT || highest - lowest >= SPAN_LIMIT) {
    return order.sort((a, b) => keys[a]! - keys[b]! || a - b);
  }
  const packed = new Float64Array(keys.length);
  for (let i = 0; i < keys.length; i++) packed[i] = (keys[i]! - lowest) * INDEX_LIMIT + i;
  packed.sort();
  for (let i = 0; i < keys.length; i++) order[i] = packed[i]! % INDEX_LIMIT;
  return order;
}

/** `values[order[i]]` for every i. */
export function permuted(values: Float64Array, order: Uint32Array): Float64Array {
  const result = new Float64Array(order.length);
  for (let i = 0; i < order.length; i++) result[i] = values[order[i]!]!;
  return result;
}
