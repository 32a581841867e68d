/**
 * The XSAVE area of a thread in the standard format: x87, SSE, AVX and AVX-512 state (Intel SDM volume 1, 13.4).
 * Pure: bytes and a layout in, values out; `native.getXstate` and `native.setXstate` do the moving.
 *
 * A component whose bit in XSTATE_BV is clear is in its initial state, whatever its bytes say. Reading one gives the
 * initial values; writing one first puts them in place and sets the bit.
 */
import type { XstateLayout } from './native';
import { bytesToBigint } from './lanes';

const X87 = 0;
const SSE = 1;
const AVX = 2;
const OPMASK = 5;
/** Bits 256–511 of zmm0–15. */
const ZMM_HI256 = 6;
/** All of zmm16–31. */
const HI16_ZMM = 7;

const ST_OFFSET = 32;
const ST_STRIDE = 16;
const ST_SIZE = 10;
const XMM_OFFSET = 160;
const XMM_SIZE = 16;
const XMM_END = 416;
const MXCSR_OFFSET = 24;
const XSTATE_BV_OFFSET = 512;
const HEADER_END = 576;

/** What FNINIT and reset leave. */
const INITIAL_FCW = 0x37f;
const INITIAL_MXCSR = 0x1f80;

const TAG_ZERO = 1;
const TAG_SPECIAL = 2;
const TAG_EMPTY = 3;

/** Offset and bytes of the x87 environment in the legacy area; `ftag` is kept abridged there, one bit a register. */
const ENVIRONMENT = {
  fctrl: [0, 2],
  fstat: [2, 2],
  ftag: [4, 1],
  fop: [6, 2],
  fip: [8, 8],
  fdp: [16, 8],
} as const;
export type X87ControlName = keyof typeof ENVIRONMENT;

export function isX87ControlName(name: string): name is X87ControlName {
  return Object.hasOwn(ENVIRONMENT, name);
}

export class Xstate {
  private readonly view: DataView;

  /** `bytes` is changed in place by the setters. At least 512 bytes; without a header everything counts as in use. */
  constructor(
    readonly bytes: Uint8Array,
    private readonly layout: XstateLayout,
  ) {
    if (bytes.length < XSTATE_BV_OFFSET) throw new RangeError('an XSAVE area has at least 512 bytes');
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bits of the widest form of vector register `index`, 0–31; 0 when the CPU has none of that number. */
  vectorBits(index: number): number {
    if (index >= 16) return index < 32 && this.offsetOf(HI16_ZMM) !== undefined ? 512 : 0;
    if (this.offsetOf(ZMM_HI256) !== undefined) return 512;
    return this.offsetOf(AVX) !== undefined ? 256 : 128;
  }

  /** The low `bits` (128, 256 or 512) of vector register `index`; undefined when the CPU has no such register. */
  vector(index: number, bits: number): Uint8Array | undefined {
    if (index < 0 || bits > this.vectorBits(index)) return undefined;
    const result = new Uint8Array(bits / 8);
    for (const part of vectorParts(index, bits)) {
      if (this.inUse(part.component)) {
        const start = this.offsetOf(part.component)! + part.offset;
        result.set(this.bytes.subarray(start, start + part.size), part.target);
      }
    }
    return result;
  }

  /** Replaces the low bits of a vector register, as many as `value` has (16, 32 or 64 bytes); the rest stays. */
  setVector(index: number, value: Uint8Array): void {
    const bits = value.length * 8;
    if (index < 0 || bits > this.vectorBits(index)) throw new RangeError(`no vector register ${index} of ${bits} bits`);
    for (const part of vectorParts(index, bits)) {
      this.use(part.component);
      this.bytes.set(
        value.subarray(part.target, part.target + part.size),
        this.offsetOf(part.component)! + part.offset,
      );
    }
  }

  /** k0–k7; undefined without AVX-512. */
  opmask(index: number): bigint | undefined {
    const offset = this.offsetOf(OPMASK);
    if (offset === undefined || index < 0 || index > 7) return undefined;
    return this.inUse(OPMASK) ? this.view.getBigUint64(offset + index * 8, true) : 0n;
  }

  setOpmask(index: number, value: bigint): void {
    this.use(OPMASK);
    this.view.setBigUint64(this.offsetOf(OPMASK)! + index * 8, value, true);
  }

  get mxcsr(): number {
    return this.inUse(SSE) || this.inUse(AVX) ? this.view.getUint32(MXCSR_OFFSET, true) : INITIAL_MXCSR;
  }

  set mxcsr(value: number) {
    this.use(SSE);
    this.view.setUint32(MXCSR_OFFSET, value, true);
  }

  /** The ten bytes of st(index), counted from the top of the x87 stack. */
  st(index: number): Uint8Array {
    const start = ST_OFFSET + index * ST_STRIDE;
    return this.inUse(X87) ? this.bytes.slice(start, start + ST_SIZE) : new Uint8Array(ST_SIZE);
  }

  /** The tag word is left alone: whether the register counts as empty is the program's business. */
  setSt(index: number, value: Uint8Array): void {
    this.use(X87);
    this.bytes.set(value.subarray(0, ST_SIZE), ST_OFFSET + index * ST_STRIDE);
  }

  /** The eight bytes of mm(index): the significand of physical x87 register `index`. */
  mm(index: number): Uint8Array {
    return this.st(this.stackPosition(index)).slice(0, 8);
  }

  setMm(index: number, value: Uint8Array): void {
    this.use(X87);
    this.bytes.set(value.subarray(0, 8), ST_OFFSET + this.stackPosition(index) * ST_STRIDE);
  }

  /** A word of the x87 environment; `ftag` in its full form, two bits a physical register. */
  control(name: X87ControlName): bigint {
    if (!this.inUse(X87)) return name === 'fctrl' ? BigInt(INITIAL_FCW) : name === 'ftag' ? 0xffffn : 0n;
    if (name === 'ftag') return BigInt(this.fullTagWord());
    const [offset, size] = ENVIRONMENT[name];
    return bytesToBigint(this.bytes.subarray(offset, offset + size));
  }

  setControl(name: X87ControlName, value: bigint): void {
    this.use(X87);
    const [offset, size] = ENVIRONMENT[name];
    if (name === 'ftag') {
      let abridged = 0;
      for (let i = 0; i < 8; i++) if (((Number(value) >> (2 * i)) & 3) !== TAG_EMPTY) abridged |= 1 << i;
      this.bytes[offset] = abridged;
    } else if (size === 8) this.view.setBigUint64(offset, value, true);
    else this.view.setUint16(offset, Number(value), true);
  }

  /** Where a component starts; undefined when the CPU lacks it or the area is too short for it. */
  private offsetOf(component: number): number | undefined {
    if (component === X87) return 0;
    if (component === SSE) return XMM_OFFSET;
    const found = this.layout.components.find(({ index }) => index === component);
    return found && found.offset + found.size <= this.bytes.length ? found.offset : undefined;
  }

  private inUse(component: number): boolean {
    if (this.bytes.length < HEADER_END) return component <= SSE;
    return ((this.view.getBigUint64(XSTATE_BV_OFFSET, true) >> BigInt(component)) & 1n) !== 0n;
  }

  /** Gives a component its initial bytes, unless it is in use already, and marks it as in use. */
  private use(component: number): void {
    if (this.inUse(component)) return;
    if (component === X87) {
      this.bytes.fill(0, 0, MXCSR_OFFSET).fill(0, ST_OFFSET, XMM_OFFSET);
      this.view.setUint16(0, INITIAL_FCW, true);
    } else if (component === SSE) {
      this.view.setUint32(MXCSR_OFFSET, this.mxcsr, true);
      this.bytes.fill(0, XMM_OFFSET, XMM_END);
    } else {
      const offset = this.offsetOf(component);
      const found = this.layout.components.find(({ index }) => index === component);
      if (offset === undefined || !found) throw new RangeError(`this CPU has no XSAVE component ${component}`);
      // AVX takes MXCSR along; give it a valid one when SSE is in its initial state too.
      if (component === AVX) this.view.setUint32(MXCSR_OFFSET, this.mxcsr, true);
      this.bytes.fill(0, offset, offset + found.size);
    }
    const used = this.view.getBigUint64(XSTATE_BV_OFFSET, true) | (1n << BigInt(component));
    this.view.setBigUint64(XSTATE_BV_OFFSET, used, true);
  }

  private top(): number {
    return this.inUse(X87) ? (this.view.getUint16(2, true) >> 11) & 7 : 0;
  }

  private stackPosition(physical: number): number {
    return (physical - this.top()) & 7;
  }

  /** Intel SDM volume 1, 10.5.1.1 tells how FXSAVE abridges the tag word; the values are recovered from the numbers. */
  private fullTagWord(): number {
    const abridged = this.bytes[4]!;
    let full = 0;
    for (let physical = 0; physical < 8; physical++) {
      const tag = abridged & (1 << physical) ? tagOf(this.st(this.stackPosition(physical))) : TAG_EMPTY;
      full |= tag << (2 * physical);
    }
    return full;
  }
}

/** 0 for a normal number, else TAG_ZERO or TAG_SPECIAL. */
function tagOf(bytes: Uint8Array): number {
  const significand = bytesToBigint(bytes.subarray(0, 8));
  const exponent = (bytes[8]! | (bytes[9]! << 8)) & 0x7fff;
  if (exponent === 0 && significand === 0n) return TAG_ZERO;
  return exponent === 0 || exponent === 0x7fff || !(significand >> 63n) ? TAG_SPECIAL : 0;
}

interface VectorPart {
  readonly component: number;
  /** From the start of the component. */
  readonly offset: number;
  readonly size: number;
  /** Where the part belongs in the register. */
  readonly target: number;
}

/** The pieces of a vector register: 0–15 are scattered over three components, 16–31 lie whole in one. */
function vectorParts(index: number, bits: number): VectorPart[] {
  if (index >= 16) return [{ component: HI16_ZMM, offset: (index - 16) * 64, size: bits / 8, target: 0 }];
  const parts: VectorPart[] = [{ component: SSE, offset: index * XMM_SIZE, size: XMM_SIZE, target: 0 }];
  if (bits >= 256) parts.push({ component: AVX, offset: index * 16, size: 16, target: 16 });
  if (bits >= 512) parts.push({ component: ZMM_HI256, offset: index * 32, size: 32, target: 32 });
  return parts;
}
