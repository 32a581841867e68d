/** Finds programs worth debugging in a folder, for F5 without a launch.json. Free of VS Code's API. */
import { open, readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';

export interface Executable {
  readonly path: string;
  /** Time of the last change, milliseconds since 1970. */
  readonly modified: number;
}

/** Folders that hold no program of the user's, however deep. */
const SKIPPED = new Set([
  'node_modules',
  'CMakeFiles',
  '.git',
  '.hg',
  '.svn',
  '.cache',
  '.venv',
  'venv',
  'deps',
  'incremental',
]);
/** How far the search goes: enough for every usual build tree, and bounded in a home directory. */
const MAX_DEPTH = 6;
const MAX_FOLDERS = 2_000;

// ELF: e_ident, e_type, e_machine (System V gABI, figure 4-3) and p_type (figure 5-1).
const ELFCLASS64 = 2;
const ET_EXEC = 2;
const ET_DYN = 3;
const EM_X86_64 = 62;
const PT_INTERP = 3;

/**
 * Whether the first bytes of a file (at least 64, better 1024) are those of a program for x86-64, as opposed to an
 * object file or a shared library. A position-independent program is an ET_DYN with an interpreter; a static one has
 * none and is told from a library by its file name.
 */
export function isProgram(head: Uint8Array, name: string): boolean {
  if (head.length < 64) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint32(0) !== 0x7f454c46 || head[4] !== ELFCLASS64) return false;
  if (view.getUint16(18, true) !== EM_X86_64) return false;
  const type = view.getUint16(16, true);
  if (type === ET_EXEC) return true;
  if (type !== ET_DYN) return false;
  const offset = Number(view.getBigUint64(32, true));
  const entrySize = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  for (let i = 0; i < count; i++) {
    const at = offset + i * entrySize;
    if (at + 4 > head.length) break;
    if (view.getUint32(at, true) === PT_INTERP) return true;
  }
  const entry = view.getBigUint64(24, true);
  return entry !== 0n && extname(name) === '';
}

/**
 * The programs below `folder`, the likeliest first: those named like `hint` (the file in the editor), then the last
 * built. Unreadable folders and files are passed over.
 */
export async function findExecutables(folder: string, hint?: string, limit = 50): Promise<Executable[]> {
  const found: Executable[] = [];
  let folders: string[] = [folder];
  let visited = 0;
  for (let depth = 0; depth < MAX_DEPTH && folders.length > 0; depth++) {
    const next: string[] = [];
    for (const directory of folders) {
      if (++visited > MAX_FOLDERS) break;
      const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
      for (const entry of entries) {
        const path = join(directory, entry.name);
        if (entry.isDirectory()) {
          if (!SKIPPED.has(entry.name)) next.push(path);
        } else if (entry.isFile()) {
          const program = await asExecutable(path);
          if (program) found.push(program);
        }
      }
    }
    folders = next;
  }
  const stem = hint === undefined ? undefined : basename(hint, extname(hint));
  const named = (program: Executable) => (basename(program.path, extname(program.path)) === stem ? 1 : 0);
  found.sort((a, b) => named(b) - named(a) || b.modified - a.modified);
  return found.slice(0, limit);
}

async function asExecutable(path: string): Promise<Executable | undefined> {
  try {
    const { mode, size, mtimeMs } = await stat(path);
    if ((mode & 0o111) === 0 || size < 64) return undefined;
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read(new Uint8Array(1024), 0, 1024, 0);
      return isProgram(buffer.subarray(0, bytesRead), path) ? { path, modified: mtimeMs } : undefined;
    } finally {
      await file.close();
    }
  } catch {
    // Gone or unreadable meanwhile.
    return undefined;
  }
}
