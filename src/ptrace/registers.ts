/**
 * The registers of one stopped thread: fetched in one request, changed in memory, stored in one request when something
 * changed. The XSAVE area (x87 and vectors) is fetched only when it is asked for.
 */
import type { VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import type { RegisterReader } from '../common/readers';
import { float80ToNumber, numberToFloat80 } from './float80';
import { bigintToBytes, bytesToBigint, replaceLane, type LaneView } from './lanes';
import { native, type XstateLayout } from './native';
import { describeRegisterGroups, type RegisterGroup, type RegisterGroupName } from './register-groups';
import { DWARF_NAMES, USER_REGS_SIZE, WORD_FIELDS, Word, type WordField } from './register-table';
import { Xstate, isX87ControlName } from './xstate';

let knownLayout: XstateLayout | undefined;

/** Where this machine's CPU keeps what in the XSAVE area; asked once. */
export function xstateLayout(): XstateLayout {
  return (knownLayout ??= native.xstateLayout());
}

/** The groups of registers this machine has, in the order in which UIs show them. */
export function registerGroups(): RegisterGroup[] {
  return describeRegisterGroups(xstateLayout());
}

/** What is left of the registers where nothing is known of the XSAVE area. */
const NO_XSTATE: XstateLayout = { size: 0, features: 0n, components: [] };

function isExtended(group: RegisterGroupName): boolean {
  return group !== 'general' && group !== 'flags' && group !== 'segment';
}

const VECTOR_BITS: Readonly<Record<string, number>> = { x: 128, y: 256, z: 512 };
const ST_BITS = 80;

/** A register that lives in the XSAVE area, from its name. */
type ExtendedRegister =
  | { readonly kind: 'vector'; readonly index: number; readonly bits: number }
  | { readonly kind: 'st' | 'mm' | 'k'; readonly index: number; readonly bits: number }
  | { readonly kind: 'mxcsr' | 'control'; readonly bits: number };

function extendedRegister(name: string): ExtendedRegister | undefined {
  const vector = /^([xyz])mm([12]?\d|3[01])$/.exec(name);
  if (vector) return { kind: 'vector', index: Number(vector[2]), bits: VECTOR_BITS[vector[1]!]! };
  const numbered = /^(st|mm|k)([0-7])$/.exec(name);
  if (numbered) {
    const kind = numbered[1] as 'st' | 'mm' | 'k';
    return { kind, index: Number(numbered[2]), bits: kind === 'st' ? ST_BITS : 64 };
  }
  if (name === 'mxcsr') return { kind: 'mxcsr', bits: 32 };
  if (isX87ControlName(name)) return { kind: 'control', bits: name === 'fip' || name === 'fdp' ? 64 : 16 };
  return undefined;
}

/** Where the registers of a thread come from and go to. */
export interface RegisterStore {
  /** Where the XSAVE area has what; undefined when there is none to be had, and then x87 and vectors are not known. */
  readonly layout: XstateLayout | undefined;
  /** Fills 216 bytes with the user_regs_struct. */
  fetch(words: Uint8Array): void;
  store(words: Uint8Array): void;
  /** The XSAVE area in the standard format, or 512 bytes of FXSAVE. Called only with a layout. */
  fetchXstate(): Uint8Array;
  storeXstate(bytes: Uint8Array): void;
  /** Called before anything is changed; throws a UserError where nothing can be. */
  checkWritable?(): void;
}

/** The registers of a stopped tracee. */
function tracedRegisters(tid: number): RegisterStore {
  return {
    get layout() {
      return xstateLayout();
    },
    fetch: (words) => native.getRegisters(tid, words),
    store: (words) => native.setRegisters(tid, words),
    fetchXstate: () => native.getXstate(tid),
    storeXstate: (bytes) => native.setXstate(tid, bytes),
  };
}

const groupsByLayout = new WeakMap<XstateLayout, RegisterGroup[]>();

export class ThreadRegisters implements RegisterReader {
  private readonly words = new BigUint64Array(USER_REGS_SIZE / 8);
  private readonly raw = new Uint8Array(this.words.buffer);
  private changed = false;
  private xstate: Xstate | undefined;
  private xstateChanged = false;

  constructor(
    readonly tid: number,
    private readonly backing: RegisterStore = tracedRegisters(tid),
  ) {}

  /** The groups of registers that can be told of this thread, in the order in which UIs show them. */
  get groups(): readonly RegisterGroup[] {
    const { layout } = this.backing;
    if (!layout) return describeRegisterGroups(NO_XSTATE).filter(({ name }) => !isExtended(name));
    let groups = groupsByLayout.get(layout);
    if (!groups) groupsByLayout.set(layout, (groups = describeRegisterGroups(layout)));
    return groups;
  }

  /** The XSAVE area with what was set and not stored yet; undefined where there is none. Not to be changed. */
  get xsave(): Uint8Array | undefined {
    return this.loadXstate()?.bytes;
  }

  /** Reads the general registers from the stopped thread; what was set and not stored is forgotten. */
  fetch(): void {
    this.backing.fetch(this.raw);
    this.changed = false;
    this.xstate = undefined;
    this.xstateChanged = false;
  }

  /** Writes back what was set since `fetch`. Throws a PtraceError when the kernel refuses a value. */
  store(): void {
    if (this.changed) {
      this.backing.store(this.raw);
      this.changed = false;
    }
    if (this.xstateChanged && this.xstate) {
      this.backing.storeXstate(this.xstate.bytes);
      this.xstateChanged = false;
    }
  }

  get dirty(): boolean {
    return this.changed || this.xstateChanged;
  }

  get pc(): VirtAddr {
    return this.words[Word.rip]! as VirtAddr;
  }
  set pc(value: VirtAddr) {
    this.setWord(Word.rip, value);
  }

  /** `pc` as the thread has it: what was set and not stored yet is not in it. */
  get storedPc(): VirtAddr {
    const words = new BigUint64Array(USER_REGS_SIZE / 8);
    this.backing.fetch(new Uint8Array(words.buffer));
    return words[Word.rip]! as VirtAddr;
  }

  get sp(): VirtAddr {
    return this.words[Word.rsp]! as VirtAddr;
  }
  set sp(value: VirtAddr) {
    this.setWord(Word.rsp, value);
  }

  get bp(): VirtAddr {
    return this.words[Word.rbp]! as VirtAddr;
  }
  set bp(value: VirtAddr) {
    this.setWord(Word.rbp, value);
  }

  get flags(): bigint {
    return this.words[Word.eflags]!;
  }
  set flags(value: bigint) {
    this.setWord(Word.eflags, value);
  }

  /**
   * The number of the system call the thread is in, 2^64 - 1 outside of one. Set it to that before moving `pc` away
   * from an interrupted system call, else the kernel restarts the call at the new place.
   */
  get origRax(): bigint {
    return this.words[Word.orig_rax]!;
  }
  set origRax(value: bigint) {
    this.setWord(Word.orig_rax, value);
  }

  dwarf(register: number): bigint | undefined {
    const name = DWARF_NAMES[register];
    return name === undefined ? undefined : this.get(name);
  }

  named(name: string): bigint | undefined {
    return this.get(name);
  }

  /** The value as an unsigned integer: 80 bits of an st register, up to 512 of a vector. Undefined: no such register. */
  get(name: string): bigint | undefined {
    const field = WORD_FIELDS.get(name);
    if (field) return BigInt.asUintN(field.bits, this.words[field.word]! >> BigInt(field.shift));
    const bytes = this.extendedBytes(name);
    return bytes && bytesToBigint(bytes);
  }

  /**
   * Sets a register; negative values are taken as two's complement. Nothing reaches the thread before `store`. Throws a
   * UserError for a name that is no register here and for a value that does not fit.
   */
  set(name: string, value: bigint): void {
    const field = WORD_FIELDS.get(name);
    if (field) {
      this.setField(field, checkedValue(name, value, field.bits));
      return;
    }
    const register = extendedRegister(name);
    if (!register || !this.extendedBytes(name)) throw noSuchRegister(name);
    this.setBytes(name, bigintToBytes(checkedValue(name, value, register.bits), register.bits / 8));
  }

  /** The bytes of a register, little-endian and the caller's own: 8 for rax, 10 for st0, 16 for xmm0. */
  bytesOf(name: string): Uint8Array | undefined {
    const field = WORD_FIELDS.get(name);
    if (field) return bigintToBytes(this.get(name)!, Math.ceil(field.bits / 8));
    return this.extendedBytes(name);
  }

  /** The bytes of a register by its DWARF number; a vector register as wide as this CPU has it. */
  bytes(register: number): Uint8Array | undefined {
    const name = DWARF_NAMES[register];
    if (name === undefined) return undefined;
    if (!name.startsWith('xmm')) return this.bytesOf(name);
    const number = name.slice(3);
    return this.bytesOf(`zmm${number}`) ?? this.bytesOf(`ymm${number}`) ?? this.bytesOf(name);
  }

  /** The inverse of `bytesOf`: exactly as many bytes as the register has. */
  setBytes(name: string, bytes: Uint8Array): void {
    const current = this.bytesOf(name);
    if (!current) throw noSuchRegister(name);
    if (current.length !== bytes.length)
      throw new UserError(`Register ${name} has ${current.length} bytes, not ${bytes.length}.`, { code: 'bad-value' });
    const register = extendedRegister(name);
    if (!register) {
      this.set(name, bytesToBigint(bytes));
      return;
    }
    this.backing.checkWritable?.();
    const xstate = this.loadXstate()!;
    if (register.kind === 'vector') xstate.setVector(register.index, bytes);
    else if (register.kind === 'st') xstate.setSt(register.index, bytes);
    else if (register.kind === 'mm') xstate.setMm(register.index, bytes);
    else if (register.kind === 'k') xstate.setOpmask(register.index, bytesToBigint(bytes));
    else if (register.kind === 'mxcsr') xstate.mxcsr = Number(bytesToBigint(bytes));
    else if (isX87ControlName(name)) xstate.setControl(name, bytesToBigint(bytes));
    this.xstateChanged = true;
  }

  /** st(index) as the nearest double. */
  float80(index: number): number {
    return float80ToNumber(bytesToBigint(this.bytesOf(`st${index}`) ?? new Uint8Array(ST_BITS / 8)));
  }

  setFloat80(index: number, value: number): void {
    this.setBytes(`st${index}`, bigintToBytes(numberToFloat80(value), ST_BITS / 8));
  }

  /** Sets one lane of a vector register (`view` from `laneViews`), counted from the lowest. */
  setLane(name: string, view: LaneView, lane: number, value: bigint | number): void {
    const bytes = this.bytesOf(name);
    if (!bytes) throw noSuchRegister(name);
    this.setBytes(name, replaceLane(bytes, view, lane, value));
  }

  /** A copy of all general registers, for `restore`: to run something on the thread and pretend it never happened. */
  snapshot(): BigUint64Array {
    return this.words.slice();
  }

  restore(snapshot: BigUint64Array): void {
    this.backing.checkWritable?.();
    this.words.set(snapshot);
    this.changed = true;
  }

  private setWord(index: number, value: bigint): void {
    this.backing.checkWritable?.();
    this.words[index] = value;
    this.changed = true;
  }

  private setField(field: WordField, value: bigint): void {
    const mask = ((1n << BigInt(field.bits)) - 1n) << BigInt(field.shift);
    const kept = field.zeroExtends ? 0n : this.words[field.word]! & ~mask;
    this.setWord(field.word, kept | (value << BigInt(field.shift)));
  }

  private loadXstate(): Xstate | undefined {
    const { layout } = this.backing;
    return (this.xstate ??= layout && new Xstate(this.backing.fetchXstate(), layout));
  }

  private extendedBytes(name: string): Uint8Array | undefined {
    const register = extendedRegister(name);
    if (!register) return undefined;
    const xstate = this.loadXstate();
    if (!xstate) return undefined;
    switch (register.kind) {
      case 'vector':
        return xstate.vector(register.index, register.bits);
      case 'st':
        return xstate.st(register.index);
      case 'mm':
        return xstate.mm(register.index);
      case 'k': {
        const mask = xstate.opmask(register.index);
        return mask === undefined ? undefined : bigintToBytes(mask, 8);
      }
      case 'mxcsr':
        return bigintToBytes(BigInt(xstate.mxcsr), 4);
      case 'control':
        return isX87ControlName(name) ? bigintToBytes(xstate.control(name), register.bits / 8) : undefined;
    }
  }
}

function noSuchRegister(name: string): UserError {
  return new UserError(`This CPU has no register '${name}'.`, { code: 'no-such-register' });
}

/** The value in two's complement; refuses what has more significant bits than the register. */
function checkedValue(name: string, value: bigint, bits: number): bigint {
  if (value >= 1n << BigInt(bits) || value < -(1n << BigInt(bits - 1)))
    throw new UserError(`0x${value.toString(16).replace('-', '')} does not fit in the ${bits} bits of ${name}.`, {
      code: 'bad-value',
    });
  return BigInt.asUintN(bits, value);
}
