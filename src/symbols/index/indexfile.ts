/**
 * An index as bytes, and its place on disk: `$XDG_CACHE_HOME/ptrace-debug/index/<key>.idx`, so that the second start on
 * a binary does no work. The key is the build id; without one, what identifies the file. A file that is damaged, or of
 * another version, is as good as none.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { messageOf } from '../../common/errors';
import { log } from '../../common/log';
import type { IndexTables } from './tables';

const MAGIC = 0x58495044; // "DPIX"
/** Raised with every change of the tables' meaning. */
const VERSION = 1;
/** Magic, version, number of units, number of entries, checksum, reserved: 32-bit each, and the parts follow aligned. */
const HEADER_SIZE = 24;
/** Bytes of each entry: four 32-bit numbers, the parent and the kind. */
const ENTRY_SIZE = 4 * 4 + 4 + 1;
/** Beyond this the files used longest ago are removed. */
const MAX_CACHE_BYTES = 1 << 30;

export function encodeIndex(tables: IndexTables): Uint8Array {
  const { units, base, full, unit, die, parent, kind } = tables;
  const bytes = new Uint8Array(HEADER_SIZE + units.length * 8 + base.length * ENTRY_SIZE);
  let at = HEADER_SIZE;
  for (const part of [units, base, full, unit, die, parent, kind]) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  const header = new Uint32Array(bytes.buffer, 0, HEADER_SIZE / 4);
  header.set([MAGIC, VERSION, units.length, base.length, crc32(bytes.subarray(HEADER_SIZE))]);
  return bytes;
}

/** Undefined for anything that `encodeIndex` has not made. Shares the bytes, which must be aligned to 8. */
export function decodeIndex(bytes: Uint8Array): IndexTables | undefined {
  if (bytes.length < HEADER_SIZE || bytes.byteOffset % 8 !== 0) return undefined;
  const { buffer, byteOffset } = bytes;
  const [magic, version, units = 0, entries = 0, checksum] = new Uint32Array(buffer, byteOffset, HEADER_SIZE / 4);
  if (magic !== MAGIC || version !== VERSION) return undefined;
  if (bytes.length !== HEADER_SIZE + units * 8 + entries * ENTRY_SIZE) return undefined;
  if (crc32(bytes.subarray(HEADER_SIZE)) !== checksum) return undefined;
  let at = byteOffset + HEADER_SIZE;
  const words = <T>(make: new (buffer: ArrayBufferLike, offset: number, length: number) => T): T => {
    const part = new make(buffer, at, entries);
    at += entries * 4;
    return part;
  };
  const unitTable = new Float64Array(buffer, at, units);
  at += units * 8;
  return {
    units: unitTable,
    base: words(Uint32Array),
    full: words(Uint32Array),
    unit: words(Uint32Array),
    die: words(Uint32Array),
    parent: words(Int32Array),
    kind: new Uint8Array(buffer, at, entries),
  };
}

function directory(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base?.startsWith('/') ? base : join(homedir(), '.cache'), 'ptrace-debug', 'index');
}

/** The index kept under a key; undefined when there is none that can be used. */
export function loadIndex(key: string): IndexTables | undefined {
  const path = join(directory(), `${key}.idx`);
  try {
    const bytes = readFileSync(path);
    const tables = decodeIndex(bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes));
    const now = new Date();
    if (tables) utimesSync(path, now, now);
    return tables;
  } catch (error) {
    log('symbols', () => `no index under ${key}: ${messageOf(error)}`);
    return undefined;
  }
}

/** Keeps an index; where that is not possible, the next start builds it again. */
export function storeIndex(key: string, tables: IndexTables): void {
  const folder = directory();
  const path = join(folder, `${key}.idx`);
  const unfinished = `${path}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(unfinished, encodeIndex(tables), { mode: 0o600 });
    renameSync(unfinished, path);
    removeOldest(folder);
  } catch (error) {
    rmSync(unfinished, { force: true });
    log('symbols', () => `the index cannot be kept at ${path}: ${messageOf(error)}`);
  }
}

function removeOldest(folder: string): void {
  const files = readdirSync(folder)
    .map((name) => join(folder, name))
    .map((path) => ({ path, stat: statSync(path, { throwIfNoEntry: false }) }))
    .flatMap(({ path, stat }) => (stat ? [{ path, size: stat.size, used: stat.mtimeMs }] : []))
    .sort((a, b) => b.used - a.used);
  let total = 0;
  for (const { path, size } of files) {
    total += size;
    if (total > MAX_CACHE_BYTES) rmSync(path, { force: true });
  }
}
