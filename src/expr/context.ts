/** What an expression sees of the program while it is evaluated. */
import type { VirtAddr } from '../common/addresses';
import type { FoundVariable, NameScope } from '../symbols/data/lookup';
import type { FunctionInfo } from '../symbols/data/variables';
import type { ElfSymbol } from '../symbols/types';
import type { DataValue } from './data';
import type { Formatted } from './formatter';
import type { ValueHistory } from './history';
import type { ObjectSpace } from './objectspace';
import type { FunctionType, Type } from '../symbols/data/types';
import type { Value } from './values';

/** A symbol where it lies in the process. */
export interface ResolvedSymbol {
  readonly address: VirtAddr;
  /** Bytes; undefined or 0 when the symbol states none. */
  readonly size?: number;
  readonly kind: ElfSymbol['kind'];
}

/** What the debugging information calls things, as seen from the frame. */
export type Names = Pick<NameScope, 'variable' | 'type' | 'functions' | 'names'> & {
  /** Those that the file of the frame declares, which are there without any waiting. */
  readonly nearest?: Names;
};
export type { FoundVariable };

/** The debugger's own variables, `$name`, and what they were set to. They live as long as the session. */
export interface ConvenienceVariables {
  get(name: string): Value | undefined;
  set(name: string, value: Value): void;
  names(): Iterable<string>;
}

/** An argument: its type, and its bytes or, for a text that must lie in the program's memory, those of the text. */
export interface CallArgument {
  readonly type: Type;
  readonly bytes: Uint8Array;
  /** The bytes are to be put into memory, and their address is what is passed. */
  readonly isPlacedInMemory: boolean;
}

/** A call of a function of the program. */
export interface CallRequest {
  /** As the expression names it. */
  readonly name: string;
  readonly address: VirtAddr;
  readonly type: FunctionType;
  /** `this` first. */
  readonly args: readonly CallArgument[];
  readonly result: Type;
}

/** A frame of a stopped thread, to read from and perhaps to write to. */
export interface EvaluationContext extends ObjectSpace {
  /** Looks a symbol up by name; asked at each evaluation, so it should remember its answers. */
  resolveSymbol(name: string): ResolvedSymbol | undefined;
  /**
   * The names of the debugging information. What is compiled with an object is kept for it, so the same place in the
   * program should have the same object. Absent where there is no debugging information.
   */
  readonly scope?: Names;
  /** Whether comparisons are of the type bool, as in C++ and Rust, rather than int. */
  readonly hasBoolean?: boolean;
  /** Where a function is in the process. */
  functionAddress?(info: FunctionInfo): VirtAddr | undefined;
  /** Whether at an address is a function that chooses the one to call when it is bound (STT_GNU_IFUNC). */
  isIndirectFunction?(address: VirtAddr): boolean;
  readonly variables?: ConvenienceVariables;
  /** What the Debug Console has shown. */
  readonly history?: ValueHistory;
  /** What a formatter makes of a value: how containers are indexed and smart pointers followed. */
  format?(value: DataValue): Formatted | undefined;
  /** Calls a function of the program. Absent where nothing may be called; throws what makes the evaluation wait. */
  call?(request: CallRequest): Value;
}
