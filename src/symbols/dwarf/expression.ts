/**
 * The DWARF expression machine (DWARF 5, section 2.5 and 2.6): bytes, registers and memory in, a location or a value
 * out. Call frame information is its first user, variable locations its next, so it knows the location descriptions
 * too. It never throws and always ends: damaged expressions give `{ kind: 'error' }`.
 */
import type { VirtAddr } from '../../common/addresses';
import { readUint, type MemoryReader, type RegisterReader } from '../../common/readers';
import { Cursor, DwarfError } from './cursor';
import { arithmetic } from './expressionarithmetic';
import { DW_OP, operationName } from './expressionopcodes';

/** What an expression may refer to. A resolver that is absent, or returns undefined, makes its operation fail. */
export interface ExpressionContext {
  readonly memory: MemoryReader;
  readonly registers: RegisterReader;
  /** Pushed before the first operation, last element on top: the CFA for register rules. */
  readonly initialStack?: readonly bigint[];
  /** DW_OP_call_frame_cfa. */
  readonly cfa?: () => bigint | undefined;
  /** DW_OP_fbreg: the address that DW_AT_frame_base gives. */
  readonly frameBase?: () => bigint | undefined;
  /** DW_OP_addr: from the address in the file to the one in the process. */
  readonly relocate?: (address: bigint) => bigint | undefined;
  /** DW_OP_addrx: entry `index` of the unit's .debug_addr, already relocated. */
  readonly addressAt?: (index: number) => bigint | undefined;
  /** DW_OP_constx: the same entry as stored. */
  readonly constantAt?: (index: number) => bigint | undefined;
  /** DW_OP_form_tls_address: an offset in the module's TLS block to this thread's copy. */
  readonly threadLocal?: (offset: bigint) => bigint | undefined;
  /** DW_OP_push_object_address. */
  readonly objectAddress?: () => bigint | undefined;
  /** DW_OP_entry_value: what the expression gave on entry to the function. */
  readonly entryValue?: (expression: Uint8Array) => bigint | undefined;
}

/** Where something is, or what it is. */
export type SimpleLocation =
  | { readonly kind: 'address'; readonly address: VirtAddr }
  /** The object is a register: its DWARF number. */
  | { readonly kind: 'register'; readonly register: number }
  /** The object has no place, only this value. */
  | { readonly kind: 'value'; readonly value: bigint }
  /** The object has no place, only these bytes. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** The compiler dropped it. */
  | { readonly kind: 'absent' };

/** A part of an object that is spread over several places (DWARF 5, section 2.6.1.2). */
export interface LocationPiece {
  readonly location: SimpleLocation;
  /** Bits of the object, in order. */
  readonly bitSize: number;
  /** Bits to skip in `location`. */
  readonly bitOffset: number;
}

export type ExpressionResult =
  | SimpleLocation
  | { readonly kind: 'pieces'; readonly pieces: readonly LocationPiece[] }
  | { readonly kind: 'error'; readonly reason: string };

/** No compiler comes near; more means a loop or damage. */
const MAX_STEPS = 10_000;
const MAX_STACK = 1_000;

/** Evaluates one expression. Everything on the stack is an unsigned 64-bit word, as the generic type is here. */
export function evaluateExpression(bytes: Uint8Array, context: ExpressionContext): ExpressionResult {
  try {
    return new Machine(bytes, context).run();
  } catch (error) {
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
  private readonly cursor: Cursor;
  private readonly stack: bigint[];
  private readonly pieces: LocationPiece[] = [];
  /** A location description that is not an address, until a piece or the end takes it. */
  private simple: SimpleLocation | undefined;

  constructor(
    bytes: Uint8Array,
    private readonly context: ExpressionContext,
  ) {
    this.cursor = new Cursor(bytes);
    this.stack = [...(context.initialStack ?? [])];
  }

  run(): ExpressionResult {
    if (this.cursor.remaining === 0) return { kind: 'absent' };
    for (let steps = 0; this.cursor.remaining > 0; steps++) {
      if (steps === MAX_STEPS) throw new DwarfError(`an expression of more than ${MAX_STEPS} operations`);
      const opcode = this.cursor.u8();
      if (this.simple && opcode !== DW_OP.piece && opcode !== DW_OP.bit_piece && opcode !== DW_OP.nop) {
        throw new DwarfError(`${operationName(opcode)} after a complete location`);
      }
      this.execute(opcode);
      if (this.stack.length > MAX_STACK) throw new DwarfError('the expression stack overflows');
    }
    return this.pieces.length > 0 ? { kind: 'pieces', pieces: this.pieces } : this.location();
  }

  /** What the operations so far describe. */
  private location(): SimpleLocation {
    return this.simple ?? { kind: 'address', address: this.pop() as VirtAddr };
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
        return this.push(this.pop() + cursor.bigUleb());
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
      case DW_OP.stack_value:
        this.simple = { kind: 'value', value: this.pop() };
        return;
      case DW_OP.implicit_value:
        this.simple = { kind: 'bytes', bytes: cursor.block(cursor.uleb()) };
        return;
      default:
        if (this.permute(opcode)) return;
        if (this.resolve(opcode)) return;
        this.compute(opcode);
    }
  }

  /** Operations that only move what is on the stack. */
  private permute(opcode: number): boolean {
    switch (opcode) {
      case DW_OP.dup:
        this.push(this.peek(0));
        return true;
      case DW_OP.drop:
        this.pop();
        return true;
      case DW_OP.over:
        this.push(this.peek(1));
        return true;
      case DW_OP.pick:
        this.push(this.peek(this.cursor.u8()));
        return true;
      case DW_OP.swap: {
        const [first, second] = [this.pop(), this.pop()];
        this.stack.push(first, second);
        return true;
      }
      case DW_OP.rot: {
        const [first, second, third] = [this.pop(), this.pop(), this.pop()];
        this.stack.push(first, third, second);
        return true;
      }
      default:
        return false;
    }
  }

  /** Operations that ask whoever knows the frame, the unit or the thread. */
  private resolve(opcode: number): boolean {
    const { cursor, context } = this;
    const found = (value: bigint | undefined): boolean => {
      if (value === undefined) throw new DwarfError(`${operationName(opcode)} cannot be resolved here`);
      this.push(value);
      return true;
    };
    switch (opcode) {
      case DW_OP.addr: {
        const address = cursor.bigU64();
        return found(context.relocate ? context.relocate(address) : address);
      }
      case DW_OP.addrx:
      case DW_OP.GNU_addr_index:
        return found(context.addressAt?.(cursor.uleb()));
      case DW_OP.constx:
      case DW_OP.GNU_const_index:
        return found(context.constantAt?.(cursor.uleb()));
      case DW_OP.call_frame_cfa:
        return found(context.cfa?.());
      case DW_OP.fbreg: {
        const offset = cursor.bigSleb();
        const base = context.frameBase?.();
        return found(base === undefined ? undefined : base + offset);
      }
      case DW_OP.form_tls_address:
      case DW_OP.GNU_push_tls_address:
        return found(context.threadLocal?.(this.pop()));
      case DW_OP.push_object_address:
        return found(context.objectAddress?.());
      case DW_OP.entry_value:
      case DW_OP.GNU_entry_value:
        return found(context.entryValue?.(cursor.block(cursor.uleb())));
      default:
        return false;
    }
  }

  private compute(opcode: number): void {
    switch (opcode) {
      case DW_OP.abs: {
        const value = BigInt.asIntN(64, this.pop());
        return this.push(value < 0n ? -value : value);
      }
      case DW_OP.neg:
        return this.push(-this.pop());
      case DW_OP.not:
        return this.push(~this.pop());
      default: {
        const operation = arithmetic.get(opcode);
        if (!operation) throw new DwarfError(`${operationName(opcode)} is not supported`);
        const right = this.pop();
        const left = this.pop();
        return this.push(operation(left, right));
      }
    }
  }

  private branch(opcode: number): void {
    const distance = (this.cursor.u16() << 16) >> 16;
    if (opcode === DW_OP.bra && this.pop() === 0n) return;
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
    const address = this.pop();
    const value = readUint(this.context.memory, address as VirtAddr, size);
    if (value === undefined) throw new DwarfError(`cannot read memory at 0x${address.toString(16)}`);
    this.push(value);
  }

  private pushRegister(register: number): void {
    const offset = this.cursor.bigSleb();
    const value = this.context.registers.dwarf(register);
    if (value === undefined) throw new DwarfError(`register ${register} is not known in this frame`);
    this.push(value + offset);
  }

  private push(value: bigint): void {
    this.stack.push(BigInt.asUintN(64, value));
  }

  private pop(): bigint {
    const value = this.stack.pop();
    if (value === undefined) throw new DwarfError('the expression stack is empty');
    return value;
  }

  private peek(depth: number): bigint {
    const value = this.stack[this.stack.length - 1 - depth];
    if (value === undefined) throw new DwarfError('the expression stack is too short');
    return value;
  }
}
