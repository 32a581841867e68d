/** What a file says about itself and its companions: build id, separate debug file, loader, libraries it needs. */
import { DT_NEEDED, DT_SONAME, DT_STRTAB, PT_INTERP, PT_NOTE } from './constants';
import { dynamicEntries } from './dynamic';
import { asBuffer, readText } from './buffers';
import type { ElfFile } from './elffile';

const NT_GNU_BUILD_ID = 3;
/** Notes are some hundred bytes; core files have larger ones, which are not read here. */
const MAX_NOTES = 64 * 1024;
const MAX_PATH = 4096;
/** A build id is 8 (xxhash), 16 (md5, uuid) or 20 (sha1) bytes, or what `--build-id=0x…` gave. */
const MAX_BUILD_ID = 64;

/** The GNU build id in lower-case hexadecimal. */
export function buildId(elf: ElfFile): string | undefined {
  const section = elf.section('.note.gnu.build-id');
  if (section) {
    const id = findBuildId(section.data.read(0, MAX_NOTES), 4);
    if (id !== undefined) return id;
  }
  for (const segment of elf.segments) {
    if (segment.type !== PT_NOTE) continue;
    const id = findBuildId(elf.source.read(segment.offset, Math.min(segment.fileSize, MAX_NOTES)), segment.align);
    if (id !== undefined) return id;
  }
  return undefined;
}

/** Walks notes: namesz, descsz, type (4 bytes each), then the name and the description, each padded. */
function findBuildId(bytes: Uint8Array, align: number): string | undefined {
  const notes = asBuffer(bytes);
  const step = align === 8 ? 8 : 4;
  const padded = (size: number): number => Math.ceil(size / step) * step;
  for (let at = 0; at + 12 <= notes.length;) {
    const nameSize = notes.readUInt32LE(at);
    const descriptionSize = notes.readUInt32LE(at + 4);
    const type = notes.readUInt32LE(at + 8);
    const description = at + padded(12 + nameSize);
    const isGnu = nameSize === 4 && notes.toString('latin1', at + 12, at + 16) === 'GNU\0';
    if (type === NT_GNU_BUILD_ID && isGnu && descriptionSize > 0 && descriptionSize <= MAX_BUILD_ID) {
      const end = description + descriptionSize;
      return end <= notes.length ? notes.toString('hex', description, end) : undefined;
    }
    at = description + padded(descriptionSize);
  }
  return undefined;
}

/** `.gnu_debuglink`: the file name of the separate debug file and the CRC-32 of its contents. */
export interface DebugLink {
  readonly fileName: string;
  readonly crc: number;
}

export function debugLink(elf: ElfFile): DebugLink | undefined {
  const section = elf.section('.gnu_debuglink');
  if (!section) return undefined;
  const bytes = asBuffer(section.data.read(0, MAX_PATH + 8));
  const end = bytes.indexOf(0);
  const crcAt = Math.ceil((end + 1) / 4) * 4;
  if (end <= 0 || crcAt + 4 > bytes.length) return undefined;
  return { fileName: bytes.toString('utf8', 0, end), crc: bytes.readUInt32LE(crcAt) };
}

/** `.gnu_debugaltlink`: the file that dwz moved shared debug information to, and its build id in hexadecimal. */
export interface AlternateLink {
  readonly fileName: string;
  readonly buildId: string;
}

export function alternateLink(elf: ElfFile): AlternateLink | undefined {
  const section = elf.section('.gnu_debugaltlink');
  if (!section) return undefined;
  const bytes = asBuffer(section.data.read(0, MAX_PATH + MAX_BUILD_ID));
  const end = bytes.indexOf(0);
  if (end <= 0 || end + 2 > bytes.length) return undefined;
  return { fileName: bytes.toString('utf8', 0, end), buildId: bytes.toString('hex', end + 1) };
}

/** The path of the program's loader (PT_INTERP). */
export function interpreter(elf: ElfFile): string | undefined {
  const segment = elf.segments.find((s) => s.type === PT_INTERP);
  if (!segment) return undefined;
  const bytes = asBuffer(elf.source.read(segment.offset, Math.min(segment.fileSize, MAX_PATH)));
  return readText(bytes, 0) || undefined;
}

/** The libraries a file needs (DT_NEEDED, in order) and its own name (DT_SONAME). */
export function sharedLibraryNames(elf: ElfFile): { needed: string[]; soname?: string } {
  const entries = dynamicEntries(elf);
  const strings = entries.find((e) => e.tag === DT_STRTAB)?.value;
  if (strings === undefined) return { needed: [] };
  const text = (offset: number): string => readText(asBuffer(elf.readAt(strings + offset, MAX_PATH)), 0);
  const needed = entries.filter((e) => e.tag === DT_NEEDED).map((e) => text(e.value));
  const soname = entries.find((e) => e.tag === DT_SONAME);
  return { needed: needed.filter((name) => name !== ''), soname: soname && text(soname.value) };
}
