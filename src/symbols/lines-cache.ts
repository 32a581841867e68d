/** A cache with a budget: what was used longest ago goes first. */
export class LruCache<K, V> {
  private readonly entries = new Map<K, V>();
  private total = 0;

  /**
   * @param budget the sum of costs that is kept; the newest entry is kept whatever it costs
   * @param cost   of one value, in whatever the budget counts
   */
  constructor(
    private readonly budget: number,
    private readonly cost: (value: V) => number,
  ) {}

  get(key: K): V | undefined {
    const value = this.entries.get(key);
    if (value !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, value);
    }
    return value;
  }

  set(key: K, value: V): void {
    const old = this.entries.get(key);
    if (old !== undefined) {
      this.total -= this.charge(old);
      this.entries.delete(key);
    }
    this.entries.set(key, value);
    this.total += this.charge(value);
    for (const [oldest, oldestValue] of this.entries) {
      if (this.total <= this.budget || this.entries.size === 1) break;
      this.entries.delete(oldest);
      this.total -= this.charge(oldestValue);
    }
  }

  /** Even an empty value takes room. */
  private charge(value: V): number {
    return this.cost(value) + 64;
  }
}

/** How many answers an `AnswerCache` keeps: the places of the stacks and listings on screen. */
const MAX_ANSWERS = 512;

/** Answers about addresses that never change. A recursion asks the same thousands of times. */
export class AnswerCache<V> {
  private readonly answers = new Map<number, V | undefined>();

  get(address: number, compute: () => V | undefined): V | undefined {
    const known = this.answers.get(address);
    if (known !== undefined || this.answers.has(address)) return known;
    const answer = compute();
    if (this.answers.size >= MAX_ANSWERS) this.answers.clear();
    this.answers.set(address, answer);
    return answer;
  }

  clear(): void {
    this.answers.clear();
  }
}
