/**
 * Byte patterns that linkers and calls leave: entries of procedure linkage tables, and the call before a return
 * address.
 */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import type { MemoryReader } from '../../common/readers';

/**
 * Bytes from rsp to the CFA in an entry of a procedure linkage table: 8 until the entry has pushed its relocation's
 * index, 16 after, 24 once the first entry has pushed the link map (psABI, figure 5.2; lld and the IBT forms agree).
 */
export function pltCfaOffset(memory: MemoryReader, pc: VirtAddr): 8 | 16 | 24 {
  const here = memory.read(pc, 2);
  const before = memory.read(virtAddr(pc - 6n), 6);
  const pushesLinkMap = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0x35;
  if (pushesLinkMap(before)) return 24;
  if (pushesLinkMap(here)) return 16;
  const jumps = here[0] === 0xe9 || (here[0] === 0xf2 && here[1] === 0xe9);
  return jumps && before[1] === 0x68 ? 16 : 8;
}

/** Length of `call *operand` (FF /2) by its ModRM and SIB bytes, without prefixes. */
function indirectCallLength(modrm: number, sib: number): number | undefined {
  if (((modrm >> 3) & 7) !== 2) return undefined;
  const mode = modrm >> 6;
  const rm = modrm & 7;
  if (mode === 3) return 2;
  const withSib = rm === 4 ? 3 : 2;
  if (mode === 1) return withSib + 1;
  if (mode === 2) return withSib + 4;
  return rm === 5 || (rm === 4 && (sib & 7) === 5) ? withSib + 4 : withSib;
}

export type CallBefore = { readonly kind: 'direct'; readonly target: VirtAddr } | { readonly kind: 'indirect' };

/** The call instruction that ends right before an address; `unreadable` when the code cannot be looked at. */
export function callBefore(memory: MemoryReader, address: VirtAddr): CallBefore | 'none' | 'unreadable' {
  const LONGEST = 7;
  const start = virtAddr(address - BigInt(LONGEST));
  const bytes = memory.read(start, LONGEST);
  if (bytes.length < LONGEST) return 'unreadable';
  if (bytes[2] === 0xe8) {
    const distance = new DataView(bytes.buffer, bytes.byteOffset, LONGEST).getInt32(3, true);
    return { kind: 'direct', target: virtAddr(address + BigInt(distance)) };
  }
  for (let length = 2; length <= LONGEST; length++) {
    const at = LONGEST - length;
    if (bytes[at] === 0xff && indirectCallLength(bytes[at + 1]!, bytes[at + 2] ?? 0) === length) {
      return { kind: 'indirect' };
    }
  }
  return 'none';
}
