/** What the expressions of a module's entries refer to in a frame. */
import { fileAddr } from '../../common/addresses';
import type { MemoryReader, RegisterReader } from '../../common/readers';
import type { CompileUnit } from '../dwarf/compileunit';
import { DwarfError } from '../dwarf/cursor';
import type { Die } from '../dwarf/die';
import { evaluateExpression, type ExpressionContext, resultWord } from '../dwarf/expression';
import type { Missing } from '../dwarf/expressioncontext';
import { DW_OP } from '../dwarf/expressionopcodes';
import type { BaseType, TypedValue } from '../dwarf/expressiontyped';
import { entryValue, parameterOnEntry } from './entryvalues';
import { expressionAt, readWord } from './locate';
import type { ModuleContext } from './modulecontext';
import { OPTIMIZED_OUT, type Storage, unavailable } from './storage';
import { bareType, sizeOfType } from './types';
import * as V from './variableconstants';
import type { FrameData } from './variables';

/** Implicit pointers, variable values and calls that lead to each other. */
const MAX_NESTING = 16;
let nesting = 0;

/** Every local of a frame asks for it. */
const frameBases = new WeakMap<FrameData, { readonly value: bigint | undefined }>();

export class LocationContext implements ExpressionContext {
  readonly memory: MemoryReader;
  readonly registers: RegisterReader;
  readonly offsetSize: 4 | 8;

  constructor(
    private readonly context: ModuleContext,
    /** Whose expressions they are. */
    private readonly unit: CompileUnit,
    private readonly frame: FrameData,
    /** DW_OP_push_object_address. */
    private readonly object?: bigint,
  ) {
    this.memory = frame.memory;
    this.registers = frame.registers;
    // DWARF 2 made references the size of an address (DWARF 5 §7.5.5, note on DW_FORM_ref_addr).
    this.offsetSize = unit.header.version <= 2 ? 8 : unit.header.offsetSize;
  }

  readonly cfa = (): bigint | undefined => this.frame.cfa;

  readonly objectAddress = (): bigint | undefined => this.object;

  readonly relocate = (address: bigint): bigint => this.context.module.toVirt(fileAddr(address));

  readonly addressAt = (index: number): bigint | undefined => {
    const address = this.unit.addressAt(index);
    return address === undefined ? undefined : this.context.module.toVirt(fileAddr(address));
  };

  readonly constantAt = (index: number): bigint | undefined => {
    const value = this.unit.addressAt(index);
    return value === undefined ? undefined : BigInt(value);
  };

  readonly threadLocal = (offset: bigint): bigint | Missing | undefined =>
    this.frame.threadLocal(this.context.module, offset) ?? {
      reason: 'its thread-local storage is not allocated in this thread',
    };

  /** DW_AT_frame_base of the function around the frame's address: an expression whose register or address it is. */
  readonly frameBase = (): bigint | undefined => {
    let known = frameBases.get(this.frame);
    if (!known) frameBases.set(this.frame, (known = { value: this.findFrameBase() }));
    return known.value;
  };

  private findFrameBase(): bigint | undefined {
    const { context, frame } = this;
    const scope = context.functionAt(context.module.toFile(frame.lookupPc));
    const located = scope?.die.inherited(V.DW_AT_frame_base);
    const expression = located && expressionAt(located.die, V.DW_AT_frame_base, context, frame);
    if (!expression) return undefined;
    const { memory, registers, cfa, relocate } = this;
    const result = evaluateExpression(expression, { memory, registers, cfa, relocate, addressAt: this.addressAt });
    return result.kind === 'register' ? registers.dwarf(result.register) : resultWord(result);
  }

  readonly entryValue = (expression: Uint8Array): bigint | TypedValue | undefined =>
    entryValue(this.context, this.frame, expression, this.baseType);

  readonly parameterValue = (offset: number): bigint | undefined =>
    parameterOnEntry(this.context, this.frame, this.unit.dieAt(this.unit.header.offset + offset));

  readonly procedure = (offset: number, from: 'unit' | 'info'): Uint8Array | undefined => {
    const located = this.entry(offset, from).inherited(V.DW_AT_location);
    if (!located) return new Uint8Array(0);
    return expressionAt(located.die, V.DW_AT_location, this.context, this.frame);
  };

  readonly variableValue = (offset: number): bigint | undefined => {
    const die = this.entry(offset, 'info');
    const type = this.context.types.typeOf(die);
    const size = sizeOfType(type);
    if (size === undefined || size < 1 || size > 8) return undefined;
    const value = readWord(this.locate(die), size, this.frame);
    const bare = bareType(type);
    const isSigned = (bare.kind === 'integer' || bare.kind === 'enum') && bare.isSigned;
    return value !== undefined && isSigned ? BigInt.asIntN(8 * size, value) : value;
  };

  readonly baseType = (offset: number): BaseType | undefined => {
    const die = this.unit.dieAt(this.unit.header.offset + offset);
    const size = die.number(V.DW_AT_byte_size);
    const encoding = encodings.get(die.number(V.DW_AT_encoding) ?? 0);
    return size === undefined || size < 1 || size > 16 || !encoding ? undefined : { encoding, size };
  };

  /** Where the object is whose entry is at an offset of the unit's .debug_info. */
  locateAt(entry: number): Storage {
    try {
      return this.locate(this.entry(entry, 'info'));
    } catch (error) {
      if (error instanceof DwarfError) return unavailable('what it points to is not described');
      throw error;
    }
  }

  private locate(die: Die): Storage {
    if (nesting >= MAX_NESTING) return OPTIMIZED_OUT;
    nesting++;
    try {
      return this.context.variable(die).locate(this.frame);
    } finally {
      nesting--;
    }
  }

  private entry(offset: number, from: 'unit' | 'info'): Die {
    const { unit } = this;
    return from === 'unit' ? unit.dieAt(unit.header.offset + offset) : unit.debug.unitContaining(offset).dieAt(offset);
  }
}

const encodings = new Map<number, BaseType['encoding']>([
  [V.DW_ATE_float, 'float'],
  [V.DW_ATE_signed, 'signed'],
  [V.DW_ATE_signed_char, 'signed'],
  [V.DW_ATE_address, 'unsigned'],
  [V.DW_ATE_boolean, 'unsigned'],
  [V.DW_ATE_unsigned, 'unsigned'],
  [V.DW_ATE_unsigned_char, 'unsigned'],
  [V.DW_ATE_UTF, 'unsigned'],
  [V.DW_ATE_UCS, 'unsigned'],
  [V.DW_ATE_ASCII, 'unsigned'],
]);

/** The value an expression computes in a frame, of any type; undefined when it cannot be told. */
export function evaluateWord(
  context: ModuleContext,
  unit: CompileUnit,
  expression: Uint8Array,
  frame: FrameData,
  object?: bigint,
): bigint | undefined {
  const evaluation = new LocationContext(context, unit, frame, object);
  const result = evaluateExpression(expression, evaluation);
  if (result.kind === 'register') return frame.registers.dwarf(result.register);
  if (result.kind !== 'error') return resultWord(result);
  // A floating-point number is no address: it is asked for as a value.
  return resultWord(evaluateExpression(Uint8Array.of(...expression, DW_OP.stack_value), evaluation));
}

/** For locations that are the same in every frame: addresses of the program. */
export function addressesOnly({ module }: ModuleContext, unit: CompileUnit): ExpressionContext {
  const relocate = (address: bigint | number): bigint => module.toVirt(fileAddr(address));
  return {
    memory: { read: () => new Uint8Array(0) },
    registers: { dwarf: () => undefined, named: () => undefined },
    relocate,
    addressAt: (index) => {
      const address = unit.addressAt(index);
      return address === undefined ? undefined : relocate(address);
    },
  };
}
