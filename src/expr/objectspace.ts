/** What objects of the program are read from and written to, and what may be asked about them beyond their bytes. */
import type { VirtAddr } from '../common/addresses';
import type { MemoryReader, RegisterReader } from '../common/readers';
import type { StructType, Type } from '../symbols/data/types';
import type { FrameData } from '../symbols/data/variables';

/** Permission to change the process. */
export interface Writer {
  /** Writes all the bytes; false when it could not. */
  memory(address: VirtAddr, bytes: Uint8Array): boolean;
  /**
   * Sets a whole register (`rax`, `rip`, `eflags`, `fs_base`, `xmm0`…; a part such as `al` has been merged into its
   * register already) to an unsigned value; false when it could not.
   */
  register(name: string, value: bigint): boolean;
}

/** A frame of a stopped thread, as far as objects are concerned. */
export interface ObjectSpace {
  readonly registers: RegisterReader;
  readonly memory: MemoryReader;
  /** Absent where nothing may change: conditions, log messages, hovers. */
  readonly write?: Writer;
  /** The frame, for sizes that are known at run time only. */
  readonly frame?: FrameData;
  /** A type by name, as an expression would find it from the frame. */
  findType?(name: string): Type | undefined;
  /** The symbol around an address of code or data. */
  symbolAt?(address: VirtAddr): { readonly name: string; readonly offset: bigint } | undefined;
  /** The complete object that a polymorphic object at `address` is part of; undefined when its vtable is not known. */
  dynamicType?(type: StructType, address: VirtAddr): { readonly type: Type; readonly address: VirtAddr } | undefined;
  /** The type that a Rust vtable is of; undefined when it is not known. */
  typeOfTraitObject?(vtable: VirtAddr): Type | undefined;
}
