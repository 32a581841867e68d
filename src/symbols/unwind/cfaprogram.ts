/**
 * Runs the instructions of a CIE and an FDE up to one pc (DWARF 5, section 6.4.3) and gives the row that holds there.
 */
import { fileAddr, type FileAddr } from '../../common/addresses';
import { Cursor, DwarfError } from '../dwarf/cursor';
import { DW_CFA } from './cfaopcodes';
import type { CfaProgram } from './cie';
import type { Fde } from './fde';
import { readPointer, type PointerBases } from './pointerencoding';
import type { CfaRule, RegisterRule, UnwindRow } from './unwindrow';

/** x86-64 numbers fewer than 130; a larger one is damage, and rows must stay small. */
const MAX_REGISTER = 255;
/** Compilers nest two deep. */
const MAX_REMEMBERED = 256;

/** What DW_CFA_remember_state keeps. */
interface State {
  cfa: CfaRule | undefined;
  registers: Map<number, RegisterRule>;
}

/**
 * The row for `pc`, which must lie in the FDE.
 * @throws DwarfError when the program is damaged before it gets there, or defines no CFA
 */
export function rowFor(fde: Fde, pc: FileAddr, bases: PointerBases): UnwindRow {
  const execution = new Execution(fde, pc, { ...bases, function: fde.start });
  execution.run(fde.cie.initialInstructions);
  execution.initialEnds();
  execution.run(fde.instructions);
  return execution.row();
}

class Execution {
  private state: State = { cfa: undefined, registers: new Map() };
  /** The rules of the CIE, for DW_CFA_restore. */
  private initial: ReadonlyMap<number, RegisterRule> = new Map();
  private readonly remembered: State[] = [];
  /** Where the current row begins, and where it ends once an instruction went past `pc`. */
  private start: number;
  private end: number | undefined;

  constructor(
    private readonly fde: Fde,
    private readonly pc: number,
    private readonly bases: PointerBases,
  ) {
    this.start = fde.start;
  }

  initialEnds(): void {
    this.initial = new Map(this.state.registers);
  }

  row(): UnwindRow {
    const { cfa, registers } = this.state;
    if (!cfa) throw new DwarfError(`no rule for the CFA at 0x${this.pc.toString(16)}`);
    return {
      start: fileAddr(this.start),
      end: fileAddr(Math.min(this.end ?? this.fde.end, this.fde.end)),
      cfa,
      registers,
      returnAddressRegister: this.fde.cie.returnAddressRegister,
      signalFrame: this.fde.cie.signalFrame,
    };
  }

  run(program: CfaProgram): void {
    const cursor = new Cursor(program.bytes, 0, program.bytes.length, program.offset);
    while (this.end === undefined && cursor.remaining > 0) {
      const opcode = cursor.u8();
      const operand = opcode & 0x3f;
      switch (opcode & 0xc0) {
        case DW_CFA.advance_loc:
          this.advance(operand);
          break;
        case DW_CFA.offset:
          this.saved(operand, cursor.uleb());
          break;
        case DW_CFA.restore:
          this.restore(operand);
          break;
        default:
          if (!this.location(opcode, cursor) && !this.defineCfa(opcode, cursor)) this.registerRule(opcode, cursor);
      }
    }
  }

  /** Instructions that begin a new row (section 6.4.2.1), keep or bring back a state (6.4.2.4), or do nothing. */
  private location(opcode: number, cursor: Cursor): boolean {
    switch (opcode) {
      case DW_CFA.nop:
        return true;
      case DW_CFA.set_loc:
        this.moveTo(readPointer(cursor, this.fde.cie.pointerEncoding, this.bases, this.fde.cie.addressSize));
        return true;
      case DW_CFA.advance_loc1:
        this.advance(cursor.u8());
        return true;
      case DW_CFA.advance_loc2:
        this.advance(cursor.u16());
        return true;
      case DW_CFA.advance_loc4:
        this.advance(cursor.u32());
        return true;
      case DW_CFA.MIPS_advance_loc8:
        this.advance(cursor.u64());
        return true;
      case DW_CFA.GNU_args_size:
        // Matters to a runtime that lands in an exception handler, not to who only looks.
        cursor.skipLeb();
        return true;
      case DW_CFA.remember_state:
        if (this.remembered.length === MAX_REMEMBERED) throw new DwarfError('too many remembered states');
        this.remembered.push({ cfa: this.state.cfa, registers: new Map(this.state.registers) });
        return true;
      case DW_CFA.restore_state: {
        const state = this.remembered.pop();
        if (!state) throw new DwarfError('DW_CFA_restore_state without a remembered state');
        this.state = state;
        return true;
      }
      default:
        return false;
    }
  }

  /** Section 6.4.2.2. */
  private defineCfa(opcode: number, cursor: Cursor): boolean {
    const { cfa } = this.state;
    const register = cfa?.kind === 'register' ? cfa.register : undefined;
    const offset = cfa?.kind === 'register' ? cfa.offset : 0n;
    switch (opcode) {
      case DW_CFA.def_cfa:
        this.setCfa(cursor.uleb(), bigint(cursor.uleb()));
        return true;
      case DW_CFA.def_cfa_sf:
        this.setCfa(cursor.uleb(), this.factored(cursor.sleb()));
        return true;
      case DW_CFA.def_cfa_register:
        this.setCfa(cursor.uleb(), offset);
        return true;
      case DW_CFA.def_cfa_offset:
        this.setCfa(register, bigint(cursor.uleb()));
        return true;
      case DW_CFA.def_cfa_offset_sf:
        this.setCfa(register, this.factored(cursor.sleb()));
        return true;
      case DW_CFA.def_cfa_expression:
        this.state.cfa = { kind: 'expression', bytes: cursor.block(cursor.uleb()) };
        return true;
      default:
        return false;
    }
  }

  /** Section 6.4.2.3. */
  private registerRule(opcode: number, cursor: Cursor): void {
    const register = cursor.uleb();
    switch (opcode) {
      case DW_CFA.undefined:
        return this.setRule(register, { kind: 'undefined' });
      case DW_CFA.same_value:
        return this.setRule(register, { kind: 'same-value' });
      case DW_CFA.offset_extended:
        return this.saved(register, cursor.uleb());
      case DW_CFA.offset_extended_sf:
        return this.saved(register, cursor.sleb());
      case DW_CFA.GNU_negative_offset_extended:
        return this.saved(register, -cursor.uleb());
      case DW_CFA.val_offset:
        return this.setRule(register, { kind: 'val-offset', offset: this.factored(cursor.uleb()) });
      case DW_CFA.val_offset_sf:
        return this.setRule(register, { kind: 'val-offset', offset: this.factored(cursor.sleb()) });
      case DW_CFA.register:
        return this.setRule(register, { kind: 'register', register: checkedRegister(cursor.uleb()) });
      case DW_CFA.expression:
        return this.setRule(register, { kind: 'expression', bytes: cursor.block(cursor.uleb()) });
      case DW_CFA.val_expression:
        return this.setRule(register, { kind: 'val-expression', bytes: cursor.block(cursor.uleb()) });
      case DW_CFA.restore_extended:
        return this.restore(register);
      default:
        throw new DwarfError(`unknown call frame instruction 0x${opcode.toString(16)}`);
    }
  }

  private advance(delta: number): void {
    this.moveTo(this.start + delta * this.fde.cie.codeAlignment);
  }

  private moveTo(address: number): void {
    // Written so that NaN fails too.
    if (!(address >= this.start)) throw new DwarfError('a call frame program that goes backwards');
    if (address > this.pc) this.end = address;
    else this.start = address;
  }

  private setCfa(register: number | undefined, offset: bigint): void {
    if (register === undefined) throw new DwarfError('an offset for a CFA that has no register');
    this.state.cfa = { kind: 'register', register: checkedRegister(register), offset };
  }

  private saved(register: number, offset: number): void {
    this.setRule(register, { kind: 'offset', offset: this.factored(offset) });
  }

  private restore(register: number): void {
    const rule = this.initial.get(register);
    if (rule) this.setRule(register, rule);
    else this.state.registers.delete(register);
  }

  private setRule(register: number, rule: RegisterRule): void {
    this.state.registers.set(checkedRegister(register), rule);
  }

  /** Bytes, from units of the data alignment factor. */
  private factored(units: number): bigint {
    return bigint(units * this.fde.cie.dataAlignment);
  }
}

function checkedRegister(register: number): number {
  if (!(register <= MAX_REGISTER)) throw new DwarfError(`register number ${register}`);
  return register;
}

function bigint(value: number): bigint {
  if (!Number.isSafeInteger(value)) throw new DwarfError(`an offset of ${value} bytes`);
  return BigInt(value);
}
