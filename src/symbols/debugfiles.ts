/**
 * Separate debug files: by build id under `.build-id`, then by `.gnu_debuglink`, in the directories where gdb's manual
 * ("Debugging Information in Separate Files") puts them, and dwz's supplementary files by `.gnu_debugaltlink`.
 */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { ByteSource } from '../common/bytes';
import { messageOf } from '../common/errors';
import { FileSource } from '../common/filesource';
import { log } from '../common/log';
import { ElfFile } from './elf/elffile';
import { alternateLink, buildId, debugLink } from './elf/notes';

/** Where distributions install them. */
const SYSTEM_DIRECTORY = '/usr/lib/debug';
const CRC_CHUNK = 1024 * 1024;

/** How to look for the companions of a file. */
export interface DebugFileSearch {
  /** The file's path as the process sees it. */
  readonly path: string;
  /** Searched before the system's directory. */
  readonly directories?: readonly string[];
  /** Prefix of all paths when the process lives in another mount namespace: `/proc/PID/root`. */
  readonly root?: string;
}

/** The separate debug file of `elf`, verified to belong to it; undefined when there is none. */
export function findDebugFile(elf: ElfFile, search: DebugFileSearch): ElfFile | undefined {
  const id = buildId(elf);
  if (id !== undefined && id.length > 2) {
    for (const path of byBuildId(search, id)) {
      const found = openMatching(path, (candidate) => buildId(candidate) === id);
      if (found) return found;
    }
  }
  const link = debugLink(elf);
  if (!link || link.fileName.includes('/')) return undefined;
  for (const path of linkedPaths(search, link.fileName)) {
    const found = openMatching(path, (candidate) => {
      const other = buildId(candidate);
      // Equal build ids say the same as the checksum, without reading the whole file.
      return id !== undefined && other !== undefined ? id === other : crcOf(candidate.source) === link.crc;
    });
    if (found) return found;
  }
  return undefined;
}

/** The supplementary file that dwz moved common debug information to; undefined when there is none. */
export function findAlternateFile(debugElf: ElfFile, search: DebugFileSearch): ElfFile | undefined {
  const link = alternateLink(debugElf);
  if (!link) return undefined;
  const named = isAbsolute(link.fileName) ? link.fileName : join(dirname(debugElf.name), link.fileName);
  for (const path of [named, ...byBuildId(search, link.buildId)]) {
    const found = openMatching(path, (candidate) => buildId(candidate) === link.buildId);
    if (found) return found;
  }
  return undefined;
}

/** In a directory laid out like the system's, and in a cache of debuginfod's. */
function byBuildId(search: DebugFileSearch, id: string): string[] {
  return places(search).flatMap((directory) => [
    join(directory, '.build-id', id.slice(0, 2), `${id.slice(2)}.debug`),
    join(directory, id, 'debuginfo'),
  ]);
}

function places(search: DebugFileSearch): string[] {
  const directories = [...(search.directories ?? []), SYSTEM_DIRECTORY];
  return search.root === undefined ? directories : [...directories, join(search.root, SYSTEM_DIRECTORY)];
}

function linkedPaths(search: DebugFileSearch, fileName: string): string[] {
  const root = search.root ?? '';
  const directory = dirname(search.path);
  // `/lib` is a link to `/usr/lib` nowadays, and packages use either name.
  const directories = new Set([directory, realDirectory(join(root, directory), root) ?? directory]);
  const paths = [...directories].flatMap((d) => [
    join(root, d, fileName),
    join(root, d, '.debug', fileName),
    ...places(search).map((place) => join(place, d, fileName)),
  ]);
  // A directory given by the user may simply hold the files side by side.
  const flat = (search.directories ?? []).map((d) => join(d, fileName));
  const own = join(root, search.path);
  return [...paths, ...flat].filter((path) => path !== own);
}

function realDirectory(directory: string, root: string): string | undefined {
  if (root !== '') return undefined;
  try {
    return realpathSync(directory);
  } catch {
    return undefined; // the file was deleted together with its directory
  }
}

function openMatching(path: string, matches: (candidate: ElfFile) => boolean): ElfFile | undefined {
  if (!existsSync(path)) return undefined;
  let source: FileSource | undefined;
  try {
    source = FileSource.open(path);
    const elf = ElfFile.parse(source, path);
    if (matches(elf)) return elf;
    log('symbols', () => `${path} does not belong to ${basename(path)}'s program: another build id or checksum`);
  } catch (error) {
    log('symbols', () => `cannot use the debug file ${path}: ${messageOf(error)}`);
  }
  source?.close();
  return undefined;
}

function crcOf(source: ByteSource): number {
  let crc = 0;
  for (let at = 0; at < source.size; at += CRC_CHUNK) crc = crc32(source.read(at, CRC_CHUNK), crc);
  return crc;
}
