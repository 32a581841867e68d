/** Addresses as text, for many that lie close to each other: turning each bigint into digits costs more than decoding. */
import { formatAddress, offsetBy, type VirtAddr } from '../common/addresses';

/** The last four digits of an address are looked up, the others are kept for as long as they are the same. */
const STRETCH = 1 << 16;

const twoDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export class AddressTexts {
  /** Of the base. */
  private readonly low: number;
  private stretch = NaN;
  private prefix = '';

  constructor(private readonly base: VirtAddr) {
    this.low = Number(base & BigInt(STRETCH - 1));
  }

  /** What `formatAddress` says of the address so many bytes from the base. */
  at(delta: number): string {
    const place = this.low + delta;
    const stretch = Math.floor(place / STRETCH);
    if (stretch !== this.stretch) this.enter(stretch);
    if (this.prefix === '') return formatAddress(offsetBy(this.base, delta));
    const rest = place - stretch * STRETCH;
    return this.prefix + twoDigits[rest >> 8]! + twoDigits[rest & 255]!;
  }

  private enter(stretch: number): void {
    this.stretch = stretch;
    const high = offsetBy(this.base, stretch * STRETCH - this.low) >> 16n;
    // The lowest addresses have fewer than four digits.
    this.prefix = high === 0n ? '' : formatAddress(high);
  }
}
