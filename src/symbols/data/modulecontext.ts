/** What the readers of one module's variables, scopes and functions share. */
import type { FileAddr } from '../../common/addresses';
import type { Die } from '../dwarf/die';
import type { ScopeEntry } from './scopetree';
import type { Storage } from './storage';
import type { TypeReader } from './typereader';
import type { DataModule, FrameData, Variable } from './variables';

export interface ModuleContext {
  readonly module: DataModule;
  readonly types: TypeReader;
  /** The scope of the whole function at a file address. */
  functionAt(address: FileAddr): ScopeEntry | undefined;
  /** The path that a DW_AT_decl_file or DW_AT_call_file of an entry means. */
  file(die: Die, attribute: number): string | undefined;
  /** Where something is that the entry only declares. */
  locateDeclared(die: Die, frame: FrameData): Storage;
  /** The variable that an entry describes. */
  variable(die: Die): Variable;
}
