/**
 * Where thread-local variables are (Ulrich Drepper, "ELF Handling For Thread-Local Storage", variant II): the program's
 * own block lies below the thread pointer; those of libraries are found through the dynamic thread vector, whose layout
 * glibc describes to debuggers in `_thread_db_*` and musl has never changed.
 */
import { offsetBy, virtAddr, type VirtAddr } from '../../common/addresses';
import { readExactly, readUint, type MemoryReader } from '../../common/readers';
import { PT_DYNAMIC, PT_TLS } from '../elf/constants';
import type { ElfSegment } from '../elf/headers';
import { type AuxiliaryVector, type LinkMap, linkMaps, readRendezvous } from '../rendezvous';
import type { DataModule } from './variables';

/** A module as far as its thread-local storage goes. */
export interface ThreadLocalModule extends DataModule {
  readonly kind: 'executable' | 'library' | 'loader' | 'vdso';
  readonly elf: { readonly segments: readonly ElfSegment[] };
}

/** Why there is no address. */
export interface NoThreadLocal {
  readonly reason: string;
}

const NOT_ALLOCATED: NoThreadLocal = { reason: 'its thread-local storage is not allocated in this thread yet' };
const UNKNOWN_LAYOUT: NoThreadLocal = { reason: 'the C library does not say where thread-local storage is' };

/** `l_tls_offset` of a module without a static block: NO_TLS_OFFSET and FORCED_DYNAMIC_TLS_OFFSET, and before 2.27 -1. */
const NO_STATIC_BLOCK: ReadonlySet<bigint> = new Set([0n, (1n << 64n) - 1n, (1n << 64n) - 2n]);
/** TLS_DTV_UNALLOCATED */
const UNALLOCATED = (1n << 64n) - 1n;
/** Modules with thread-local storage; more are damage. */
const MAX_SLOTS = 1 << 16;

export class ThreadLocalStorage {
  private glibc: GlibcLayout | undefined;
  private loaded: readonly LinkMap[] | undefined;

  /**
   * Valid while the process stays stopped and its modules are the same.
   * @param modules the program first
   */
  constructor(
    private readonly memory: MemoryReader,
    private readonly modules: () => readonly ThreadLocalModule[],
    private readonly auxiliary: () => AuxiliaryVector,
  ) {}

  /**
   * The address of a byte of a module's block in one thread.
   * @param pointer the thread pointer: fs_base
   */
  address(module: ThreadLocalModule, offset: bigint, pointer: bigint | undefined): bigint | NoThreadLocal {
    if (pointer === undefined) return { reason: 'the thread pointer is not known' };
    if (pointer === 0n) return { reason: 'thread-local storage is not set up yet' };
    const block = this.block(module, pointer);
    return typeof block === 'bigint' ? BigInt.asUintN(64, block + offset) : block;
  }

  private block(module: ThreadLocalModule, pointer: bigint): bigint | NoThreadLocal {
    const segment = module.elf.segments.find(({ type }) => type === PT_TLS);
    if (!segment) return { reason: `${module.name} has no thread-local storage` };
    if (module.kind === 'executable') return pointer - staticOffset(segment);
    const layout = (this.glibc ??= GlibcLayout.find(this.memory, this.modules()));
    if (layout) return this.glibcBlock(layout, module, pointer);
    // musl's loader is its C library, ld-musl-x86_64.so.1 or, where that is a link, libc.so.
    const isMusl = this.modules().some(({ kind, name }) => kind === 'loader' && /^libc\.|musl/.test(name));
    return isMusl ? this.muslBlock(module, pointer) : UNKNOWN_LAYOUT;
  }

  private glibcBlock(layout: GlibcLayout, module: ThreadLocalModule, pointer: bigint): bigint | NoThreadLocal {
    const map = this.maps.find((each) => isMapOf(each, module));
    if (!map) return { reason: `the loader does not list ${module.name}` };
    const fixed = layout.field(map.address, 'link_map_l_tls_offset');
    if (fixed !== undefined && !NO_STATIC_BLOCK.has(fixed)) return pointer - fixed;
    const id = layout.field(map.address, 'link_map_l_tls_modid');
    const vector = layout.field(virtAddr(pointer), 'pthread_dtvp');
    const slot = id === undefined ? undefined : layout.slot(virtAddr(vector ?? 0n), id);
    if (id === undefined || id === 0n || vector === undefined || slot === undefined) return NOT_ALLOCATED;
    // The slot before the first says how many there are; the first one's counter, how current the vector is.
    const count = readUint(this.memory, offsetBy(virtAddr(vector), -layout.slotSize), 8);
    if (count === undefined || id > count || count > MAX_SLOTS) return NOT_ALLOCATED;
    const generation = readUint(this.memory, virtAddr(vector), 8);
    const wanted = layout.generation(id);
    if (generation === undefined || (wanted !== undefined && generation < wanted)) return NOT_ALLOCATED;
    const block = layout.field(slot, 'dtv_t_pointer_val');
    return block === undefined || block === UNALLOCATED || block === 0n ? NOT_ALLOCATED : block;
  }

  /** musl: dtv follows the self pointer; its first word counts, and modules are numbered in the order of loading. */
  private muslBlock(module: ThreadLocalModule, pointer: bigint): bigint | NoThreadLocal {
    const vector = readUint(this.memory, offsetBy(virtAddr(pointer), 8), 8);
    const count = vector === undefined ? undefined : readUint(this.memory, virtAddr(vector), 8);
    let id = 0n;
    for (const map of this.maps) {
      const owner = this.modules().find((each) => isMapOf(map, each));
      if (!owner?.elf.segments.some(({ type }) => type === PT_TLS)) continue;
      id++;
      if (owner !== module) continue;
      if (count === undefined || id > count || count > MAX_SLOTS) return NOT_ALLOCATED;
      return readUint(this.memory, offsetBy(virtAddr(vector!), 8n * id), 8) || NOT_ALLOCATED;
    }
    return { reason: `the loader does not list ${module.name}` };
  }

  private get maps(): readonly LinkMap[] {
    if (!this.loaded) {
      const rendezvous = readRendezvous(this.memory, this.auxiliary());
      this.loaded = rendezvous ? linkMaps(this.memory, rendezvous) : [];
    }
    return this.loaded;
  }
}

/** How far below the thread pointer the program's block begins: as linkers compute it for local-exec code. */
function staticOffset({ memorySize, align, address }: ElfSegment): bigint {
  const alignment = Math.max(align, 1);
  // glibc, _dl_determine_tlsoffset: the block keeps the segment's misalignment.
  const first = (alignment - (address % alignment)) % alignment;
  return BigInt(Math.ceil((memorySize - first) / alignment) * alignment + first);
}

function isMapOf(map: LinkMap, module: ThreadLocalModule): boolean {
  const dynamic = module.elf.segments.find(({ type }) => type === PT_DYNAMIC);
  return dynamic !== undefined && module.toVirt(dynamic.address) === map.dynamic;
}

/** A field as glibc's nptl/db_info.c describes it: width in bits, number of elements, offset in bytes. */
interface Field {
  readonly bits: number;
  readonly offset: number;
}

const FIELDS = [
  'link_map_l_tls_modid',
  'link_map_l_tls_offset',
  'pthread_dtvp',
  'dtv_dtv',
  'dtv_t_pointer_val',
  'rtld_global__dl_tls_dtv_slotinfo_list',
  'dtv_slotinfo_list_len',
  'dtv_slotinfo_list_next',
  'dtv_slotinfo_list_slotinfo',
  'dtv_slotinfo_gen',
] as const;
type FieldName = (typeof FIELDS)[number];

/** What glibc tells debuggers of its structures. */
class GlibcLayout {
  private constructor(
    private readonly memory: MemoryReader,
    private readonly fields: ReadonlyMap<FieldName, Field>,
    private readonly global: VirtAddr | undefined,
  ) {}

  static find(memory: MemoryReader, modules: readonly ThreadLocalModule[]): GlibcLayout | undefined {
    // In libc since 2.34, in libpthread before; the loader has `_rtld_global`.
    const libraries = modules.filter(({ name }) => /^(libc|libpthread|ld)[-.]/.test(name) || /^ld-linux/.test(name));
    const symbol = (name: string): VirtAddr | undefined => {
      for (const module of libraries) {
        const address = module.data.addressOfSymbol?.(name);
        if (address !== undefined) return module.toVirt(address);
      }
      return undefined;
    };
    const fields = new Map<FieldName, Field>();
    for (const name of FIELDS) {
      const address = symbol(`_thread_db_${name}`);
      const bytes = address === undefined ? undefined : readExactly(memory, address, 12);
      if (!bytes) continue;
      const view = new DataView(bytes.buffer, bytes.byteOffset, 12);
      fields.set(name, { bits: view.getUint32(0, true), offset: view.getInt32(8, true) });
    }
    if (!fields.has('link_map_l_tls_modid') || !fields.has('pthread_dtvp')) return undefined;
    return new GlibcLayout(memory, fields, symbol('_rtld_global'));
  }

  /** Bytes of one slot of the vector. */
  get slotSize(): number {
    return (this.fields.get('dtv_dtv')?.bits ?? 128) / 8;
  }

  /** The value of a field of a structure. */
  field(structure: VirtAddr, name: FieldName): bigint | undefined {
    const field = this.fields.get(name);
    if (!field) return undefined;
    const size = field.bits === 32 ? 4 : 8;
    return readUint(this.memory, offsetBy(structure, field.offset), size);
  }

  slot(vector: VirtAddr, id: bigint): VirtAddr | undefined {
    const offset = this.fields.get('dtv_dtv')?.offset ?? 0;
    return vector === 0n ? undefined : offsetBy(vector, BigInt(offset) + id * BigInt(this.slotSize));
  }

  /** When a module's slot was given to it: a vector that is older may still hold its predecessor's block. */
  generation(id: bigint): bigint | undefined {
    const entries = this.fields.get('dtv_slotinfo_list_slotinfo');
    if (this.global === undefined || !entries || entries.bits < 8) return undefined;
    let list = this.field(this.global, 'rtld_global__dl_tls_dtv_slotinfo_list');
    for (let first = 0n, i = 0; list && i < MAX_SLOTS; i++) {
      const length = this.field(virtAddr(list), 'dtv_slotinfo_list_len');
      if (length === undefined || length === 0n) return undefined;
      if (id < first + length) {
        const slot = offsetBy(virtAddr(list), BigInt(entries.offset) + (id - first) * BigInt(entries.bits / 8));
        return this.field(slot, 'dtv_slotinfo_gen');
      }
      first += length;
      list = this.field(virtAddr(list), 'dtv_slotinfo_list_next');
    }
    return undefined;
  }
}
