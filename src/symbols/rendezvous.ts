/**
 * The loader's rendezvous with debuggers (glibc's <link.h>, `struct r_debug` and `struct link_map`; musl keeps the
 * same layout): the list of loaded objects and the address that the loader calls around every change of it.
 *
 * Everything is read from the process, so that it also works without the files.
 */
import { offsetBy, virtAddr, type VirtAddr } from '../common/addresses';
import { readCString, readExactly, readUint, type MemoryReader } from '../common/readers';
import { asBuffer } from './elf/buffers';
import { DT_DEBUG, DT_NULL, PT_DYNAMIC, PT_LOAD, PT_PHDR } from './elf/constants';
import type { Module } from './module';

/** Entries of the auxiliary vector (getauxval(3), <elf.h>), by their type. */
export type AuxiliaryVector = ReadonlyMap<number, bigint>;

export const AT_PHDR = 3;
export const AT_PHNUM = 5;
export const AT_BASE = 7;
export const AT_ENTRY = 9;
export const AT_SYSINFO_EHDR = 33;

/** `struct r_debug`. */
export interface Rendezvous {
  readonly address: VirtAddr;
  /** 1, or 2 where more namespaces (dlmopen(3)) may follow. */
  readonly version: number;
  /** The first `link_map`; 0 before there is one. */
  readonly map: VirtAddr;
  /** `r_brk`: the function that the loader calls before and after a change. */
  readonly breakpoint: VirtAddr;
  /** What is going on: nothing, objects being added, objects being removed. */
  readonly state: 'consistent' | 'add' | 'delete';
  /** `r_ldbase`: where the loader itself is. */
  readonly loaderBase: VirtAddr;
}

/** `struct link_map`: one loaded object. */
export interface LinkMap {
  /** Where the structure is. */
  readonly address: VirtAddr;
  /** `l_addr`: the load bias. */
  readonly base: bigint;
  /** `l_name`: empty for the executable. */
  readonly name: string;
  /** `l_ld`: its dynamic section. */
  readonly dynamic: VirtAddr;
}

const PHDR_SIZE = 56;
const DYN_SIZE = 16;
const MAX_PHDRS = 1024;
const MAX_DYNAMIC_ENTRIES = 4096;
/** Some programs load a thousand libraries; ten times that is a damaged list. */
const MAX_LINK_MAPS = 10_000;
/** glibc's DL_NNS. */
const MAX_NAMESPACES = 64;
const MAX_PATH = 4096;

/**
 * Where `struct r_debug` is. Undefined for a static program, and before the loader has filled DT_DEBUG in (see
 * `loaderBreakpointAddress`).
 */
export function rendezvousAddress(memory: MemoryReader, auxv: AuxiliaryVector): VirtAddr | undefined {
  const dynamic = dynamicSectionOf(memory, auxv);
  if (dynamic === undefined) return undefined;
  for (let i = 0; i < MAX_DYNAMIC_ENTRIES; i++) {
    const entry = offsetBy(dynamic, i * DYN_SIZE);
    const tag = readUint(memory, entry, 8);
    if (tag === undefined || tag === BigInt(DT_NULL)) return undefined;
    if (tag !== BigInt(DT_DEBUG)) continue;
    const value = readUint(memory, offsetBy(entry, 8), 8);
    return value === undefined || value === 0n ? undefined : virtAddr(value);
  }
  return undefined;
}

/** PT_DYNAMIC of the program, in the process. AT_PHDR tells where the program headers are, and so the load bias. */
function dynamicSectionOf(memory: MemoryReader, auxv: AuxiliaryVector): VirtAddr | undefined {
  const headers = programHeaders(memory, auxv);
  const dynamic = headers.find((h) => h.type === PT_DYNAMIC);
  if (!dynamic) return undefined;
  const phdr = auxv.get(AT_PHDR)!;
  const self = headers.find((h) => h.type === PT_PHDR);
  // Without PT_PHDR: the headers follow the ELF header, in the segment that begins the file.
  const first = headers.find((h) => h.type === PT_LOAD && h.offset === 0n);
  if (!self && !first) return undefined;
  const bias = self ? phdr - self.address : phdr - 64n - first!.address;
  return virtAddr(dynamic.address + bias);
}

interface ProgramHeader {
  readonly type: number;
  readonly offset: bigint;
  readonly address: bigint;
}

function programHeaders(memory: MemoryReader, auxv: AuxiliaryVector): ProgramHeader[] {
  const at = auxv.get(AT_PHDR);
  const count = Math.min(Number(auxv.get(AT_PHNUM) ?? 0n), MAX_PHDRS);
  const bytes = at === undefined ? undefined : readExactly(memory, virtAddr(at), count * PHDR_SIZE);
  if (!bytes) return [];
  const table = asBuffer(bytes);
  return Array.from({ length: count }, (_, i) => ({
    type: table.readUInt32LE(i * PHDR_SIZE),
    offset: table.readBigUInt64LE(i * PHDR_SIZE + 8),
    address: table.readBigUInt64LE(i * PHDR_SIZE + 16),
  }));
}

/** Reads the rendezvous structure; undefined while there is none (static program, loader not there yet). */
export function readRendezvous(memory: MemoryReader, auxv: AuxiliaryVector): Rendezvous | undefined {
  const address = rendezvousAddress(memory, auxv);
  return address === undefined ? undefined : readRendezvousAt(memory, address);
}

/** Reads `struct r_debug`: version (4), padding, map, brk, state (4), padding, ldbase. */
export function readRendezvousAt(memory: MemoryReader, address: VirtAddr): Rendezvous | undefined {
  const bytes = readExactly(memory, address, 40);
  if (!bytes) return undefined;
  const fields = asBuffer(bytes);
  const version = fields.readUInt32LE(0);
  // Zeroed until the loader gets to it.
  if (version === 0) return undefined;
  return {
    address,
    version,
    map: virtAddr(fields.readBigUInt64LE(8)),
    breakpoint: virtAddr(fields.readBigUInt64LE(16)),
    state: (['consistent', 'add', 'delete'] as const)[fields.readUInt32LE(24)] ?? 'consistent',
    loaderBase: virtAddr(fields.readBigUInt64LE(32)),
  };
}

/** All loaded objects of all namespaces, in the loader's order, the executable first. Stops where the list is damaged. */
export function linkMaps(memory: MemoryReader, rendezvous: Rendezvous): LinkMap[] {
  const maps: LinkMap[] = [];
  const seen = new Set<bigint>();
  let space: Rendezvous | undefined = rendezvous;
  for (let i = 0; space && i < MAX_NAMESPACES; i++) {
    walkNamespace(memory, space.map, seen, maps);
    if (space.version < 2 || seen.has(space.address)) break;
    seen.add(space.address);
    // glibc 2.35: struct r_debug_extended, whose r_next follows the fields of version 1.
    const next = readUint(memory, offsetBy(space.address, 40), 8);
    space = next === undefined || next === 0n ? undefined : readRendezvousAt(memory, virtAddr(next));
  }
  return maps;
}

/** struct link_map: l_addr, l_name, l_ld, l_next, l_prev. */
function walkNamespace(memory: MemoryReader, first: VirtAddr, seen: Set<bigint>, maps: LinkMap[]): void {
  for (let at = first; at !== 0n && !seen.has(at) && maps.length < MAX_LINK_MAPS;) {
    seen.add(at);
    const bytes = readExactly(memory, at, 32);
    if (!bytes) return;
    const fields = asBuffer(bytes);
    maps.push({
      address: at,
      base: fields.readBigUInt64LE(0),
      name: readCString(memory, virtAddr(fields.readBigUInt64LE(8)), MAX_PATH) ?? '',
      dynamic: virtAddr(fields.readBigUInt64LE(16)),
    });
    at = virtAddr(fields.readBigUInt64LE(24));
  }
}

/**
 * The function that `r_brk` will point to, from the loader's own symbols: the place for the rendezvous breakpoint
 * before the loader has run. glibc exports `_dl_debug_state`; musl has it as `_dl_debug_state`, an alias of
 * `dl_debug_state`.
 */
export function loaderBreakpointAddress(loader: Module): VirtAddr | undefined {
  for (const name of ['_dl_debug_state', 'dl_debug_state']) {
    const symbol = loader.symbolsNamed(name).find((s) => s.kind === 'function');
    if (symbol) return loader.toVirt(symbol.address);
  }
  return undefined;
}
