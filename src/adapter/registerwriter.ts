/** Changing registers of the innermost frame from what a person has typed. */
import { UserError } from '../common/errors';
import { numberToFloat80, type LaneView, type RegisterDescription, type ThreadRegisters } from '../engine/registers';
import { parseLane, parseList, parseReal, withoutRemark } from './registervalues';

/** No system call: keeps the kernel from restarting an interrupted one at a new place (arch/x86/kernel/signal.c). */
const NO_SYSCALL = 2n ** 64n - 1n;

const programCounter = new Set(['rip', 'eip', 'ip', 'pc']);

/** Evaluates an integer expression. Throws UserError. */
export type IntegerEvaluator = (text: string) => bigint;

export class RegisterWriter {
  constructor(
    private readonly registers: ThreadRegisters,
    private readonly integer: IntegerEvaluator,
  ) {}

  /** A whole register: an integer expression, a real for st0…, `{…}` lanes for a vector. */
  setRegister(register: RegisterDescription, text: string): void {
    const { name } = register;
    const wanted = withoutRemark(text);
    if (register.kind === 'vector') {
      this.setVector(register, wanted);
      return;
    }
    const real = register.kind === 'float80' ? parseReal(wanted) : undefined;
    this.registers.set(name, real === undefined ? this.integer(wanted) : numberToFloat80(real));
    if (programCounter.has(name)) this.registers.origRax = NO_SYSCALL;
  }

  /** One flag of a flags register, by its name in upper case. */
  setFlag(register: RegisterDescription, flag: string, text: string): void {
    const field = register.fields?.find(({ name }) => name.toUpperCase() === flag);
    if (!field) throw new UserError(`${register.name} has no flag ${flag}.`, { code: 'no-such-flag' });
    const value = this.integer(withoutRemark(text));
    const limit = 1n << BigInt(field.bits);
    if (value < 0n || value >= limit) {
      throw new UserError(`${flag} takes a value from 0 to ${limit - 1n}, not ${value}.`, { code: 'bad-value' });
    }
    const mask = (limit - 1n) << BigInt(field.bit);
    const whole = this.registers.get(register.name) ?? 0n;
    this.registers.set(register.name, (whole & ~mask) | (value << BigInt(field.bit)));
  }

  /** All lanes of one view of a vector, as `{a, b, …}`. */
  setLanes(register: RegisterDescription, view: LaneView, text: string): void {
    const items = parseList(text);
    if (items?.length !== view.count) {
      throw new UserError(`${view.name} takes ${view.count} values in braces: {a, b, …}.`, { code: 'bad-value' });
    }
    const values = items.map((item) => parseLane(item, view, this.integer));
    values.forEach((value, lane) => this.registers.setLane(register.name, view, lane, value));
  }

  setLane(register: RegisterDescription, view: LaneView, lane: number, text: string): void {
    this.registers.setLane(register.name, view, lane, parseLane(text, view, this.integer));
  }

  /** A list may have any number of lanes that some integer view has; anything else is one integer for all bits. */
  private setVector(register: RegisterDescription, text: string): void {
    const items = parseList(text);
    if (!items) {
      this.registers.set(register.name, this.integer(text));
      return;
    }
    const view = register.lanes?.find((each) => each.count === items.length && each.element.startsWith('int'));
    if (!view) {
      const counts = register.lanes?.map(({ count }) => count).join(', ');
      throw new UserError(`${register.name} takes ${counts} values in braces, or one number; not ${items.length}.`, {
        code: 'bad-value',
      });
    }
    this.setLanes(register, view, text);
  }
}
