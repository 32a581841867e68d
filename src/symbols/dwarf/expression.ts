/**
 * The DWARF expression machine (DWARF 5, section 2.5 and 2.6): bytes, registers and memory in, a location or a value
 * out. Call frame information is its first user, variable locations its next, so it knows the location descriptions
 * too. It never throws and always ends: damaged expressions give `{ kind: 'error' }`.
 */
import type { VirtAddr } from '../../common/addresses';
import { readExactly, readUint } from '../../common/readers';
import { Cursor, DwarfError } from './cursor';
import { arithmetic } from './expressionarithmetic';
import type { ExpressionContext, ExpressionResult, LocationPiece, Missing, SimpleLocation } from './expressioncontext';
import { DW_OP, operationName } from './expressionopcodes';
import {
  type BaseType,
  converted,
  integerOf,
  ofInteger,
  type TypedValue,
  typedFromBytes,
  typedOperation,
  typedUnary,
} from './expressiontyped';
import { dwarfRegisterName } from './registers';

export type { ExpressionContext, ExpressionResult, LocationPiece, SimpleLocation } from './expressioncontext';

/** No compiler comes near; more means a loop or damage. */
const MAX_STEPS = 10_000;
const MAX_STACK = 1_000;
/** DW_OP_call within DW_OP_call. */
const MAX_CALLS = 16;

/** Something the expression needs is not known here, or was dropped with it. */
class NotKnown extends Error {
  constructor(readonly result: ExpressionResult) {
    super();
  }
}

/** A generic value is an unsigned 64-bit word; another one has its type with it. */
type StackValue = bigint | TypedValue;

/** Evaluates one expression. */
export function evaluateExpression(bytes: Uint8Array, context: ExpressionContext): ExpressionResult {
  try {
    return new Machine(bytes, context).run();
  } catch (error) {
    if (error instanceof NotKnown) return error.result;
    if (error instanceof DwarfError) return { kind: 'error', reason: error.message };
    throw error;
  }
}

/** The number an expression computed: an address or a value, whatever the caller takes it for. */
export function resultWord(result: ExpressionResult): bigint | undefined {
  if (result.kind === 'address') return result.address;
  return result.kind === 'value' ? result.value : undefined;
}

class Machine {
  private cursor: Cursor;
  private readonly stack: StackValue[];
  private readonly pieces: LocationPiece[] = [];
  /** A location description that is not an address, until a piece or the end takes it. */
  private simple: SimpleLocation | undefined;
  private steps = 0;
  private calls = 0;

  constructor(
    bytes: Uint8Array,
    private readonly context: ExpressionContext,
  ) {
    this.cursor = new Cursor(bytes);
    this.stack = [...(context.initialStack ?? [])];
  }

  run(): ExpressionResult {
    if (this.cursor.remaining === 0) return { kind: 'absent' };
    this.runToEnd();
    return this.pieces.length > 0 ? { kind: 'pieces', pieces: this.pieces } : this.location();
  }

  private runToEnd(): void {
    while (this.cursor.remaining > 0) {
      if (this.steps++ === MAX_STEPS) throw new DwarfError(`an expression of more than ${MAX_STEPS} operations`);
      const opcode = this.cursor.u8();
      if (this.simple && !endsLocation(opcode))
        throw new DwarfError(`${operationName(opcode)} after a complete location`);
      this.execute(opcode);
      if (this.stack.length > MAX_STACK) throw new DwarfError('the expression stack overflows');
    }
  }

  /** What the operations so far describe. */
  private location(): SimpleLocation {
    return this.simple ?? { kind: 'address', address: this.popWord() as VirtAddr };
  }

  private execute(opcode: number): void {
    if (opcode >= DW_OP.lit0 && opcode <= DW_OP.lit31) return this.push(BigInt(opcode - DW_OP.lit0));
    if (opcode >= DW_OP.breg0 && opcode <= DW_OP.breg31) return this.pushRegister(opcode - DW_OP.breg0);
    if (opcode >= DW_OP.reg0 && opcode <= DW_OP.reg31) {
      this.simple = { kind: 'register', register: opcode - DW_OP.reg0 };
      return;
    }
    const { cursor } = this;
    switch (opcode) {
      case DW_OP.nop:
      case DW_OP.GNU_uninit:
        return;
      case DW_OP.const1u:
        return this.push(BigInt(cursor.u8()));
      case DW_OP.const1s:
        return this.push(BigInt(cursor.i8()));
      case DW_OP.const2u:
        return this.push(BigInt(cursor.u16()));
      case DW_OP.const2s:
        return this.push(BigInt.asIntN(16, BigInt(cursor.u16())));
      case DW_OP.const4u:
        return this.push(BigInt(cursor.u32()));
      case DW_OP.const4s:
        return this.push(BigInt.asIntN(32, BigInt(cursor.u32())));
      case DW_OP.const8u:
      case DW_OP.const8s:
        return this.push(cursor.bigU64());
      case DW_OP.constu:
        return this.push(cursor.bigUleb());
      case DW_OP.consts:
        return this.push(cursor.bigSleb());
      case DW_OP.bregx:
        return this.pushRegister(cursor.uleb());
      case DW_OP.regx:
        this.simple = { kind: 'register', register: cursor.uleb() };
        return;
      case DW_OP.plus_uconst:
        return this.addConstant(cursor.bigUleb());
      case DW_OP.deref:
        return this.dereference(8);
      case DW_OP.deref_size:
        return this.dereference(cursor.u8());
      case DW_OP.bra:
      case DW_OP.skip:
        return this.branch(opcode);
      case DW_OP.piece:
      case DW_OP.bit_piece:
        return this.piece(opcode);
      default:
        if (this.describe(opcode) || this.permute(opcode) || this.resolve(opcode) || this.typed(opcode)) return;
        this.compute(opcode);
    }
  }

  /** Operations that say what the object is, not where. */
  private describe(opcode: number): boolean {
    const { cursor } = this;
    switch (opcode) {
      case DW_OP.stack_value: {
        const value = this.pop();
        this.simple =
          typeof value === 'bigint'
            ? { kind: 'value', value, size: 8 }
            : { kind: 'value', value: value.bits, size: value.type.size, type: value.type };
        return true;
      }
      case DW_OP.implicit_value:
        this.simple = { kind: 'bytes', bytes: cursor.block(cursor.uleb()).slice() };
        return true;
      case DW_OP.implicit_pointer:
      case DW_OP.GNU_implicit_pointer: {
        const entry = cursor.sectionOffset(this.context.offsetSize ?? 4);
        this.simple = { kind: 'implicitPointer', entry, offset: cursor.sleb() };
        return true;
      }
      default:
        return false;
    }
  }

  /** Operations that only move what is on the stack. */
  private permute(opcode: number): boolean {
    const { stack } = this;
    switch (opcode) {
      case DW_OP.dup:
        stack.push(this.peek(0));
        return true;
      case DW_OP.drop:
        this.pop();
        return true;
      case DW_OP.over:
        stack.push(this.peek(1));
        return true;
      case DW_OP.pick:
        stack.push(this.peek(this.cursor.u8()));
        return true;
      case DW_OP.swap: {
        const [first, second] = [this.pop(), this.pop()];
        stack.push(first, second);
        return true;
      }
      case DW_OP.rot: {
        const [first, second, third] = [this.pop(), this.pop(), this.pop()];
        stack.push(first, third, second);
        return true;
      }
      default:
        return false;
    }
  }

  /** Operations that ask whoever knows the frame, the unit or the thread. */
  private resolve(opcode: number): boolean {
    const { cursor, context } = this;
    switch (opcode) {
      case DW_OP.addr: {
        const address = cursor.bigU64();
        return this.found(opcode, context.relocate ? context.relocate(address) : address);
      }
      case DW_OP.addrx:
      case DW_OP.GNU_addr_index:
        return this.found(opcode, context.addressAt?.(cursor.uleb()));
      case DW_OP.constx:
      case DW_OP.GNU_const_index:
        return this.found(opcode, context.constantAt?.(cursor.uleb()));
      case DW_OP.call_frame_cfa:
        return this.found(opcode, context.cfa?.());
      case DW_OP.fbreg: {
        const offset = cursor.bigSleb();
        const base = context.frameBase?.();
        return this.found(opcode, base === undefined ? undefined : base + offset);
      }
      case DW_OP.form_tls_address:
      case DW_OP.GNU_push_tls_address:
        return this.found(opcode, context.threadLocal?.(this.popWord()));
      case DW_OP.push_object_address:
        return this.found(opcode, context.objectAddress?.());
      case DW_OP.entry_value:
      case DW_OP.GNU_entry_value:
        return this.foundOrDropped(context.entryValue?.(cursor.block(cursor.uleb())));
      case DW_OP.GNU_parameter_ref:
        return this.foundOrDropped(context.parameterValue?.(cursor.u32()));
      case DW_OP.GNU_variable_value:
        return this.foundOrDropped(context.variableValue?.(cursor.sectionOffset(context.offsetSize ?? 4)));
      case DW_OP.call2:
        return this.call(cursor.u16(), 'unit');
      case DW_OP.call4:
        return this.call(cursor.u32(), 'unit');
      case DW_OP.call_ref:
        return this.call(cursor.sectionOffset(context.offsetSize ?? 4), 'info');
      case DW_OP.xderef:
      case DW_OP.xderef_size:
      case DW_OP.xderef_type:
        return this.crossDereference(opcode);
      default:
        return false;
    }
  }

  private found(opcode: number, value: bigint | Missing | undefined): true {
    if (typeof value === 'object') throw new NotKnown({ kind: 'unavailable', reason: value.reason });
    if (value === undefined) {
      throw new NotKnown({ kind: 'unavailable', reason: `${operationName(opcode)} cannot be resolved here` });
    }
    this.push(value);
    return true;
  }

  /** What the compiler did not keep, but describes how to recover where the callers allow it. */
  private foundOrDropped(value: StackValue | undefined): true {
    if (value === undefined) throw new NotKnown({ kind: 'absent' });
    if (typeof value === 'bigint') this.push(value);
    else this.stack.push(value);
    return true;
  }

  /** Runs the location expression of another entry on this stack (DWARF 5, section 2.5.1.5). */
  private call(offset: number, from: 'unit' | 'info'): true {
    const procedure = this.context.procedure?.(offset, from);
    if (!procedure) throw new DwarfError(`a call of the entry at 0x${offset.toString(16)}, which cannot be read`);
    if (this.calls++ === MAX_CALLS) throw new DwarfError(`more than ${MAX_CALLS} calls in an expression`);
    const caller = this.cursor;
    this.cursor = new Cursor(procedure);
    this.runToEnd();
    this.cursor = caller;
    return true;
  }

  /** x86-64 has one address space, 0. */
  private crossDereference(opcode: number): true {
    const address = this.popWord();
    const space = this.popWord();
    if (space !== 0n) throw new DwarfError(`address space ${space}`);
    this.push(address);
    if (opcode === DW_OP.xderef_type) this.typed(DW_OP.deref_type);
    else this.dereference(opcode === DW_OP.xderef ? 8 : this.cursor.u8());
    return true;
  }

  /** Operations of typed values (DWARF 5, sections 2.5.1.1 to 2.5.1.6). */
  private typed(opcode: number): boolean {
    const { cursor, stack } = this;
    switch (opcode) {
      case DW_OP.const_type:
      case DW_OP.GNU_const_type: {
        const type = this.baseType(cursor.uleb());
        stack.push(typedFromBytes(type, cursor.block(cursor.u8())));
        return true;
      }
      case DW_OP.regval_type:
      case DW_OP.GNU_regval_type: {
        const value = this.register(cursor.uleb());
        stack.push(ofInteger(this.baseType(cursor.uleb()), value));
        return true;
      }
      case DW_OP.deref_type:
      case DW_OP.GNU_deref_type: {
        const size = cursor.u8();
        const type = this.baseType(cursor.uleb());
        const address = this.popWord();
        const bytes = readExactly(this.context.memory, address as VirtAddr, size);
        if (!bytes) throw unreadable(size, address);
        stack.push(typedFromBytes(type, bytes));
        return true;
      }
      case DW_OP.convert:
      case DW_OP.GNU_convert: {
        const offset = cursor.uleb();
        const value = this.pop();
        if (offset === 0) this.push(word(value));
        else {
          const type = this.baseType(offset);
          stack.push(typeof value === 'bigint' ? convertedWord(value, type) : converted(value, type));
        }
        return true;
      }
      case DW_OP.reinterpret:
      case DW_OP.GNU_reinterpret: {
        const offset = cursor.uleb();
        const value = this.pop();
        const bits = typeof value === 'bigint' ? value : value.bits;
        if (offset === 0) this.push(bits);
        else stack.push(ofInteger(this.baseType(offset), bits));
        return true;
      }
      default:
        return false;
    }
  }

  private baseType(offset: number): BaseType {
    const type = this.context.baseType?.(offset);
    if (!type) throw new DwarfError(`there is no base type at 0x${offset.toString(16)} of the unit`);
    return type;
  }

  private compute(opcode: number): void {
    switch (opcode) {
      case DW_OP.abs:
      case DW_OP.neg:
      case DW_OP.not: {
        const right = this.pop();
        if (typeof right !== 'bigint') this.stack.push(typedUnary(opcode, right));
        else if (opcode === DW_OP.not) this.push(~right);
        else this.push(opcode === DW_OP.abs && BigInt.asIntN(64, right) >= 0n ? right : -right);
        return;
      }
      default: {
        const operation = arithmetic.get(opcode);
        if (!operation) throw new DwarfError(`${operationName(opcode)} is not supported`);
        const right = this.pop();
        const left = this.pop();
        if (typeof left === 'bigint' && typeof right === 'bigint') return this.push(operation(left, right));
        const type = typeof left === 'bigint' ? (right as TypedValue).type : left.type;
        const result = typedOperation(opcode, typedAs(left, type), typedAs(right, type));
        if (typeof result === 'boolean') this.push(result ? 1n : 0n);
        else this.stack.push(result);
      }
    }
  }

  private addConstant(addend: bigint): void {
    const value = this.pop();
    if (typeof value === 'bigint') this.push(value + addend);
    else this.stack.push(ofInteger(value.type, integerOf(value) + addend));
  }

  private branch(opcode: number): void {
    const distance = (this.cursor.u16() << 16) >> 16;
    if (opcode === DW_OP.bra && this.popWord() === 0n) return;
    const target = this.cursor.position + distance;
    if (target < 0 || target > this.cursor.end) throw new DwarfError(`${operationName(opcode)} leaves the expression`);
    this.cursor.position = target;
  }

  private piece(opcode: number): void {
    const size = this.cursor.uleb();
    const bitSize = opcode === DW_OP.piece ? size * 8 : size;
    const bitOffset = opcode === DW_OP.piece ? 0 : this.cursor.uleb();
    const nothing = this.simple === undefined && this.stack.length === 0;
    this.pieces.push({ location: nothing ? { kind: 'absent' } : this.location(), bitSize, bitOffset });
    this.simple = undefined;
  }

  private dereference(size: number): void {
    if (size !== 1 && size !== 2 && size !== 4 && size !== 8) {
      throw new DwarfError(`DW_OP_deref_size of ${size} bytes`);
    }
    const address = this.popWord();
    const value = readUint(this.context.memory, address as VirtAddr, size);
    if (value === undefined) throw unreadable(size, address);
    this.push(value);
  }

  private pushRegister(register: number): void {
    const offset = this.cursor.bigSleb();
    this.push(this.register(register) + offset);
  }

  private register(register: number): bigint {
    const value = this.context.registers.dwarf(register);
    if (value === undefined) {
      throw new NotKnown({ kind: 'unavailable', reason: `${dwarfRegisterName(register)} was not saved` });
    }
    return value;
  }

  private push(value: bigint): void {
    this.stack.push(BigInt.asUintN(64, value));
  }

  private pop(): StackValue {
    const value = this.stack.pop();
    if (value === undefined) throw new DwarfError('the expression stack is empty');
    return value;
  }

  private popWord(): bigint {
    return word(this.pop());
  }

  private peek(depth: number): StackValue {
    const value = this.stack[this.stack.length - 1 - depth];
    if (value === undefined) throw new DwarfError('the expression stack is too short');
    return value;
  }
}

function endsLocation(opcode: number): boolean {
  return opcode === DW_OP.piece || opcode === DW_OP.bit_piece || opcode === DW_OP.nop || opcode === DW_OP.GNU_uninit;
}

/** A value as the generic type. */
function word(value: StackValue): bigint {
  return typeof value === 'bigint' ? value : BigInt.asUintN(64, integerOf(value));
}

const GENERIC: BaseType = { encoding: 'unsigned', size: 8 };

function convertedWord(value: bigint, type: BaseType): TypedValue {
  return converted({ type: GENERIC, bits: value }, type);
}

/** An operand beside one of another type: only words may stand beside integers, as shift counts do. */
function typedAs(value: StackValue, type: BaseType): TypedValue {
  if (typeof value !== 'bigint') return value;
  if (type.encoding === 'float') throw new DwarfError('an operation on a float and a word');
  return convertedWord(value, type);
}

function unreadable(size: number, address: bigint): NotKnown {
  const bytes = size === 1 ? '1 byte' : `${size} bytes`;
  return new NotKnown({ kind: 'unavailable', reason: `cannot read ${bytes} at 0x${address.toString(16)}` });
}
