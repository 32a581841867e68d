/** The registers of a thread in a core file: general ones from NT_PRSTATUS, the others from NT_X86_XSTATE or NT_FPREGSET. */
import type { XstateLayout } from '../../ptrace/native';
import { ThreadRegisters, xstateLayout } from '../../ptrace/registers';
import type { CoreThread, XsaveComponent } from '../../symbols/core/notes';
import { coreRefusal } from './corememory';

/** FXSAVE, which has x87 and SSE (Intel SDM volume 1, 10.5.1). */
const FXSAVE_SIZE = 512;
/** The software-reserved bytes of it, where Linux says which components the area has (<asm/sigcontext.h>). */
const FEATURES_OFFSET = 464;
const X87_AND_SSE = 3n;
const AVX512 = 0xe0n;
const AVX = 4n;
/** Bit 3 and 4 of XCR0, which AMD never had: their place is what moves AVX-512. */
const MPX = 0x18n;

type Component = readonly [index: number, offset: number, size: number];

/** CPUID leaf 0xD of Intel's CPUs, which leave room for MPX, and of AMD's. */
const INTEL: readonly Component[] = [
  [2, 576, 256],
  [5, 1088, 64],
  [6, 1152, 512],
  [7, 1664, 1024],
];
const AMD: readonly Component[] = [
  [2, 576, 256],
  [5, 832, 64],
  [6, 896, 512],
  [7, 1408, 1024],
];
/** Where Intel's AVX-512 state ends; AMD's areas with all that Linux enables there are shorter. */
const INTEL_AVX512_END = 2688;

/** The registers of a thread, ready to be read. Setting one throws a UserError. */
export function coreRegisters(thread: CoreThread, components: readonly XsaveComponent[] | undefined): ThreadRegisters {
  const area = thread.xstate ?? thread.fpregset;
  const layout = area && layoutOf(area, components);
  const refuse = (): never => {
    throw coreRefusal();
  };
  const registers = new ThreadRegisters(thread.tid, {
    layout,
    fetch: (words) => words.set(thread.registers),
    fetchXstate: () => area!,
    store: refuse,
    storeXstate: refuse,
    checkWritable: refuse,
  });
  registers.fetch();
  return registers;
}

/**
 * Where the area has what. Cores of Linux 6.12 and later say it; in others it is where this machine's CPU has it, if its
 * area looks the same, else where the vendor's CPUs have it, told apart by size.
 */
function layoutOf(area: Uint8Array, stated: readonly XsaveComponent[] | undefined): XstateLayout {
  const size = area.length;
  if (size <= FXSAVE_SIZE) return { size: FXSAVE_SIZE, features: X87_AND_SSE, components: [] };
  const view = new DataView(area.buffer, area.byteOffset, size);
  const features = view.getBigUint64(FEATURES_OFFSET, true);
  const isThere = ({ index }: { readonly index: number }): boolean => ((features >> BigInt(index)) & 1n) !== 0n;
  if (stated) return { size, features, components: stated.filter(isThere) };
  const own = xstateLayout();
  if (own.size === size && own.features === features) return own;
  if ((features & (AVX | AVX512)) === 0n) return { size, features, components: [] };
  const isIntels = (features & MPX) !== 0n || size >= INTEL_AVX512_END || (features & AVX512) === 0n;
  const components = (isIntels ? INTEL : AMD).map(([index, offset, bytes]) => ({ index, offset, size: bytes }));
  return { size, features, components: components.filter(isThere) };
}
