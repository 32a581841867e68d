/** What an expression sees of the program while it is evaluated. */
import type { VirtAddr } from '../common/addresses';
import type { MemoryReader, RegisterReader } from '../common/readers';
import type { ElfSymbol } from '../symbols/types';

/** A symbol where it lies in the process. */
export interface ResolvedSymbol {
  readonly address: VirtAddr;
  /** Bytes; undefined or 0 when the symbol states none. */
  readonly size?: number;
  readonly kind: ElfSymbol['kind'];
}

/** A frame of a stopped thread, to read from and perhaps to write to. */
export interface EvaluationContext {
  readonly registers: RegisterReader;
  readonly memory: MemoryReader;
  /** Looks a symbol up by name; asked at each evaluation, so it should remember its answers. */
  resolveSymbol(name: string): ResolvedSymbol | undefined;
  /** Absent where nothing may change: conditions, log messages, hovers. */
  readonly write?: {
    /** Writes all the bytes; false when it could not. */
    memory(address: VirtAddr, bytes: Uint8Array): boolean;
    /**
     * Sets a whole register (`rax`, `rip`, `eflags`, `fs_base`, `xmm0`…; a part such as `al` has been merged into its
     * register already) to an unsigned value; false when it could not.
     */
    register(name: string, value: bigint): boolean;
  };
}
