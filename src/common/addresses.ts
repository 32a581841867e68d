/**
 * Addresses carry their kind in their type, so that a place in an ELF file can never be used as a place in a process.
 *
 * `VirtAddr` is a bigint: a register may hold any 64-bit pattern and a debugger must show it exactly.
 * `FileAddr` is a number: user-space ELF files stay far below 2^53 and the symbol tables are typed arrays of doubles.
 */

/** An address in a process's address space, 0 … 2^64 - 1. */
export type VirtAddr = bigint & { readonly __kind: 'VirtAddr' };

/** An address as the ELF file states it (`p_vaddr`, `st_value`, `DW_AT_low_pc`), before the load bias is added. */
export type FileAddr = number & { readonly __kind: 'FileAddr' };

/** Wraps to 64 bits, as the CPU does. */
export function virtAddr(value: bigint | number): VirtAddr {
  return BigInt.asUintN(64, BigInt(value)) as VirtAddr;
}

export function fileAddr(value: number | bigint): FileAddr {
  return Number(value) as FileAddr;
}

/** `0x` and at least one hexadecimal digit, no padding: the form DAP wants in memory references. */
export function formatAddress(address: bigint | number): string {
  return '0x' + address.toString(16);
}

/** Adds a byte offset, wrapping at 2^64. */
export function offsetBy(address: VirtAddr, bytes: number | bigint): VirtAddr {
  return BigInt.asUintN(64, address + BigInt(bytes)) as VirtAddr;
}
