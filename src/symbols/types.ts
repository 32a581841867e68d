/** What the symbol readers tell the rest, in file addresses unless a name says otherwise. */
import type { FileAddr } from '../common/addresses';

/** A symbol of .symtab, .dynsym or one made up for a PLT entry. */
export interface ElfSymbol {
  /** As stored, mangled, without a version suffix. */
  readonly name: string;
  readonly address: FileAddr;
  /** `st_size`; 0 when the symbol states none. */
  readonly size: number;
  readonly kind: 'function' | 'ifunc' | 'object' | 'tls' | 'plt' | 'notype';
  readonly binding: 'local' | 'global' | 'weak';
  /** Of a version that only programs linked against an older one are bound to (`name@VERSION`, not `name@@VERSION`). */
  readonly isHidden?: boolean;
}

/** One row of a line table together with where the next row begins. */
export interface LineEntry {
  /** Absolute path as the compiler recorded it (DW_AT_comp_dir joined, `.` and `..` resolved lexically). */
  readonly file: string;
  /** 1-based; 0 when the compiler attributes the code to no line. */
  readonly line: number;
  /** 1-based; 0 when unknown. */
  readonly column: number;
  readonly address: FileAddr;
  /** The first address that belongs to another row with a different line, file or column. */
  readonly end: FileAddr;
  readonly isStmt: boolean;
}

/** Where a breakpoint asked for at a source line really goes. */
export interface BreakpointLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** One address for every copy of the line: functions, templates, inlined calls. Past the prologue. */
  readonly addresses: readonly FileAddr[];
}
