/** The registers of one frame as groups, registers and their parts: what the views show and what they may change. */
import { formatAddress, virtAddr, type VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import {
  registerGroups,
  splitLanes,
  type LaneView,
  type RegisterDescription,
  type RegisterGroup,
  type RegisterGroupName,
  type ThreadRegisters,
} from '../engine/registers';
import type { StackFrame } from '../engine/stack';
import type { DebugTarget } from '../engine/targetinterface';
import type { Tid } from '../engine/types';
import { formatFloat80, formatLane, formatVector } from './registervalues';

/** One line of a view. */
export interface RegisterLine {
  readonly name: string;
  readonly value: string;
  readonly remark?: string;
  readonly type: string;
  readonly bits: number;
  readonly memoryReference?: string;
  /** Its parts can be asked for. */
  readonly hasParts: boolean;
  readonly readOnly: boolean;
}

const titles: Record<RegisterGroupName, string> = {
  general: 'General',
  flags: 'Flags',
  segment: 'Segment',
  x87: 'x87',
  sse: 'SSE',
  avx: 'AVX',
  avx512: 'AVX-512',
};

/** The same for every process: they describe the processor. */
let groupsOfMachine: readonly RegisterGroup[] | undefined;

const TEXT_LENGTH = 48;
/** The lowest address a process may map by default (vm.mmap_min_addr is 65536, 4096 on some systems). */
const LOWEST_POINTER = 4096n;

/** What `<not saved>` means: a callee may have overwritten the register and nothing says where it was kept. */
const NOT_SAVED = '<not saved>';

export class RegisterView {
  /** Set for the innermost frame, whose registers are the thread's and can be changed. */
  readonly thread: ThreadRegisters | undefined;
  readonly groups: readonly RegisterGroup[];

  constructor(
    private readonly target: DebugTarget,
    readonly tid: Tid,
    readonly frame: StackFrame,
  ) {
    this.thread = frame.physicalIndex === 0 ? target.registers(tid) : undefined;
    const all = this.thread?.groups ?? (groupsOfMachine ??= registerGroups());
    // A call preserves some general registers; of the others nothing can be said in a caller's frame.
    this.groups = this.thread ? all : all.filter(({ name }) => name === 'general');
  }

  static title(name: RegisterGroupName): string {
    return titles[name];
  }

  group(name: string): RegisterGroup {
    const group = this.groups.find((each) => each.name === name);
    if (!group) throw new UserError(`This frame has no register group "${name}".`, { code: 'no-such-group' });
    return group;
  }

  /** The group's and the register's descriptions, wherever the register is. */
  find(name: string): { group: RegisterGroup; register: RegisterDescription } | undefined {
    for (const group of this.groups) {
      const register = group.registers.find((each) => each.name === name);
      if (register) return { group, register };
    }
    return undefined;
  }

  lines(group: RegisterGroup): RegisterLine[] {
    return group.registers.map((register) => this.line(register));
  }

  line(register: RegisterDescription): RegisterLine {
    const { name, bits, kind } = register;
    const common = { name, bits, hasParts: kind === 'vector' || kind === 'flags', readOnly: !this.thread };
    switch (kind) {
      case 'vector':
        return { ...common, type: `vec${bits}`, value: formatVector(this.bytes(name)) };
      case 'float80': {
        const raw = this.value(name) ?? 0n;
        return { ...common, type: 'float80', value: formatFloat80(raw), remark: `(0x${raw.toString(16)})` };
      }
      case 'flags': {
        const value = this.value(name) ?? 0n;
        const set = register.fields!.filter((field) => (value >> BigInt(field.bit)) & 1n && field.bits === 1);
        const remark = `[${set.map((field) => field.name.toUpperCase()).join(' ')}]`;
        return { ...common, type: 'flags', value: `0x${value.toString(16)}`, remark };
      }
      case 'integer':
        return { ...common, ...this.integerLine(name, bits) };
    }
  }

  /** The parts of a register: flag bits, or the ways to split a vector. */
  parts(register: RegisterDescription): RegisterLine[] {
    const readOnly = !this.thread;
    if (register.kind === 'flags') {
      const value = this.value(register.name) ?? 0n;
      return register.fields!.map(({ name, bit, bits, title }) => ({
        name: name.toUpperCase(),
        value: ((value >> BigInt(bit)) & ((1n << BigInt(bits)) - 1n)).toString(),
        remark: `(${title})`,
        type: 'bits',
        bits,
        hasParts: false,
        readOnly,
      }));
    }
    return (register.lanes ?? []).map((view) => ({
      name: view.name,
      value: `{${this.laneTexts(register, view).join(', ')}}`,
      type: view.name,
      bits: register.bits,
      hasParts: true,
      readOnly,
    }));
  }

  /** The lanes of one view of a vector, from the lowest up. */
  lanes(register: RegisterDescription, view: LaneView): RegisterLine[] {
    return this.laneTexts(register, view).map((value, i) => ({
      name: `[${i}]`,
      value,
      type: view.element,
      bits: view.bits,
      hasParts: false,
      readOnly: !this.thread,
    }));
  }

  private laneTexts(register: RegisterDescription, view: LaneView): string[] {
    return splitLanes(this.bytes(register.name), view).map((lane) => formatLane(lane, view));
  }

  private bytes(name: string): Uint8Array {
    return this.thread?.bytesOf(name) ?? new Uint8Array(0);
  }

  private value(name: string): bigint | undefined {
    return this.thread ? this.thread.get(name) : this.frame.registers.named(name);
  }

  private integerLine(name: string, bits: number): Omit<RegisterLine, 'name' | 'bits' | 'hasParts' | 'readOnly'> {
    const value = name === 'rip' ? this.frame.pc : this.value(name);
    if (value === undefined) return { value: NOT_SAVED, type: `int${bits}` };
    if (bits === 1) return { value: value.toString(), type: 'bits' };
    const shown = { value: `0x${value.toString(16)}`, type: typeOf(name, bits) };
    if (bits < 64) return shown;
    const pointer = virtAddr(value);
    const points = value >= LOWEST_POINTER && this.target.memory.read(pointer, 1).length === 1;
    return {
      ...shown,
      remark: this.remark(pointer, points),
      ...(points && { memoryReference: formatAddress(pointer) }),
    };
  }

  /** What a 64-bit value may mean: a symbol, a text in memory, or a number that is easier to read in decimal. */
  private remark(value: VirtAddr, points: boolean): string | undefined {
    if (!points) {
      const signed = BigInt.asIntN(64, value);
      const isNumber = signed > -(2n ** 53n) && signed < 2n ** 53n && (signed < 0n || signed > 9n);
      return isNumber ? `(${signed})` : undefined;
    }
    const symbol = this.target.symbolize(value);
    if (symbol) return symbol.offset === 0n ? `<${symbol.name}>` : `<${symbol.name}+${symbol.offset}>`;
    const bytes = Buffer.from(this.target.memory.read(value, TEXT_LENGTH));
    const end = bytes.indexOf(0);
    const text = bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
    if (!/^[\x20-\x7e\t\n\r]{4,}$/.test(text)) return undefined;
    return JSON.stringify(text) + (end < 0 ? '…' : '');
  }
}

function typeOf(name: string, bits: number): string {
  if (name === 'rip' || name === 'fip') return 'code_ptr';
  if (name === 'rsp' || name === 'rbp' || name === 'fdp' || name.endsWith('_base')) return 'data_ptr';
  return `int${bits}`;
}
