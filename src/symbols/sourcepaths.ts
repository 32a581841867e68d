/**
 * From the paths in debug information to files on disk, and back. They differ when a program was built elsewhere: in a
 * container, on a build server, under a symlink, or with mapped prefixes.
 *
 * In this order: the longest matching prefix of `sourceMap`; the same file after symlinks; and for sources that are
 * not where the binary says, the longest common suffix of path components.
 */
import * as fs from 'node:fs';
import { homedir } from 'node:os';
import { posix } from 'node:path';

/**
 * How launch configurations state a mapping: `{ from: to }`, cppdbg's `{ from: { editorPath, useForBreakpoints } }`,
 * or lldb's `[[from, to], …]`. A null takes back
 * what a template has set.
 */
export type SourceMap =
  Readonly<Record<string, string | SourceMapTarget | null>> | readonly (readonly [from: string, to: string])[];

export interface SourceMapTarget {
  readonly editorPath: string;
  /** When false, the mapping serves display only. */
  readonly useForBreakpoints?: boolean;
}

export interface SourcePathsOptions {
  readonly sourceMap?: SourceMap;
  /** Directory that relative paths in `sourceMap` start from, e.g. the debuggee's cwd; the process's when absent. */
  readonly base?: string;
  /**
   * Directories in which sources are looked for that are neither where the binary says nor mapped, e.g. the workspace
   * folders.
   */
  readonly roots?: readonly string[];
}

interface Mapping {
  readonly from: string;
  readonly to: string;
  readonly forBreakpoints: boolean;
}

/** What `LineIndex` knows of a module's files. */
export interface FileNames {
  /** Absolute paths whose last component is `basename`. */
  filesMatching(basename: string): readonly string[];
}

export interface SourceMatch {
  /** Paths as the debug information has them; empty when none means the file. */
  readonly files: readonly string[];
  /**
   * Infinity for the same file, else how many trailing components agree. With several modules, only the best of them
   * means the client's file: a library may have a source of that name as well.
   */
  readonly shared: number;
  /** Moved sources of that name between which nothing decides; `files` is empty then. */
  readonly ambiguous?: readonly string[];
}

/** How many answers are kept in each direction. */
const CACHE_SIZE = 10_000;

export class SourcePaths {
  /** Longest `from` first. */
  private readonly mappings: readonly Mapping[];
  private readonly roots: readonly string[];
  private readonly local = new Map<string, string>();
  private readonly real = new Map<string, string | undefined>();

  constructor(options: SourcePathsOptions = {}) {
    const base = options.base ?? process.cwd();
    this.mappings = parseMap(options.sourceMap ?? {}, base).sort((a, b) => b.from.length - a.from.length);
    this.roots = (options.roots ?? []).map((root) => absolute(root, base));
  }

  /**
   * The file to show for a path in debug information: an existing file when one can be found, else the mapped path,
   * else the path itself.
   */
  toLocal(dwarfPath: string): string {
    return remembered(this.local, dwarfPath, () => this.findLocal(dwarfPath));
  }

  /**
   * The paths in a module's debug information that mean a file of the client's. Equal paths, mapped ones and those that
   * lead to the same file are the same file. Only when there are none, sources that are not where the debug information
   * says are taken for it by their last components, those that share most of them; a tie of mere basenames is no match.
   * Such a guess is remembered, so that `toLocal` shows the client's file.
   */
  find(clientPath: string, files: FileNames): SourceMatch {
    const wanted = posix.normalize(clientPath);
    const name = posix.basename(wanted);
    const named = files.filesMatching(name);
    // A symlink may give the file another name.
    const realName = posix.basename(this.realpath(wanted) ?? wanted);
    const alsoNamed = realName === name ? [] : files.filesMatching(realName);
    const same = [...named, ...alsoNamed].filter((path) => this.isSame(path, wanted));
    if (same.length > 0) return { files: same, shared: Infinity };
    const guess = this.bySuffix(named, wanted);
    for (const path of guess.files) this.local.set(path, wanted);
    return guess;
  }

  private isSame(dwarfPath: string, wanted: string): boolean {
    if (dwarfPath === wanted) return true;
    const mapped = this.mapped(dwarfPath, (mapping) => mapping.forBreakpoints);
    if (mapped === wanted) return true;
    const real = this.realpath(wanted);
    return real !== undefined && (this.realpath(mapped ?? dwarfPath) === real || this.realpath(dwarfPath) === real);
  }

  private bySuffix(candidates: readonly string[], wanted: string): SourceMatch {
    // A source that is where the binary says is another file of the same name, not a moved one.
    const missing = candidates.filter(
      (path) => this.realpath(this.mapped(path) ?? path) === undefined && !this.isForDisplayOnly(path),
    );
    const shared = missing.map((path) => commonSuffix(path, wanted));
    const most = Math.max(0, ...shared);
    const best = missing.filter((_, i) => shared[i] === most);
    if (most > 1 || best.length === 1) return { files: best, shared: most };
    return { files: [], shared: 0, ambiguous: best.length > 1 ? best : undefined };
  }

  private isForDisplayOnly(dwarfPath: string): boolean {
    return this.mapped(dwarfPath) !== this.mapped(dwarfPath, (mapping) => mapping.forBreakpoints);
  }

  private findLocal(dwarfPath: string): string {
    const mapped = this.mapped(dwarfPath);
    if (mapped !== undefined && this.realpath(mapped) !== undefined) return mapped;
    if (this.realpath(dwarfPath) !== undefined) return dwarfPath;
    return this.inRoots(dwarfPath) ?? mapped ?? dwarfPath;
  }

  /** The longest tail of the path, of at least a directory and the name, that exists below exactly one root. */
  private inRoots(dwarfPath: string): string | undefined {
    const components = dwarfPath.split('/').filter((component) => component !== '');
    for (let skip = 0; skip + 2 <= components.length; skip++) {
      const tail = components.slice(skip).join('/');
      const found = this.roots
        .map((root) => posix.join(root, tail))
        .filter((path) => this.realpath(path) !== undefined);
      if (found.length === 1) return found[0];
      if (found.length > 1) return undefined;
    }
    return undefined;
  }

  private mapped(path: string, wanted: (mapping: Mapping) => boolean = () => true): string | undefined {
    for (const mapping of this.mappings) {
      const { from, to } = mapping;
      if (!wanted(mapping)) continue;
      if (path === from) return to;
      const prefix = from.endsWith('/') ? from : `${from}/`;
      if (path.startsWith(prefix)) return posix.join(to, path.slice(prefix.length));
    }
    return undefined;
  }

  /** The path without symlinks; undefined when there is no such file. */
  private realpath(path: string): string | undefined {
    return remembered(this.real, path, () => {
      if (!posix.isAbsolute(path)) return undefined;
      try {
        const real = fs.realpathSync.native(path);
        return fs.statSync(real).isFile() ? real : undefined;
      } catch {
        return undefined;
      }
    });
  }
}

/** How many trailing components two paths share. */
export function commonSuffix(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  let shared = 0;
  while (shared < left.length && shared < right.length && left.at(-1 - shared) === right.at(-1 - shared)) shared++;
  return shared;
}

function parseMap(map: SourceMap, base: string): Mapping[] {
  const pairs = isPairs(map) ? map : Object.entries(map);
  return pairs.flatMap(([from, target]) => {
    if (target === null) return [];
    const { editorPath, useForBreakpoints = true } = typeof target === 'string' ? { editorPath: target } : target;
    // What the compiler recorded may be relative; it is only ever compared.
    const source = from.startsWith('~') ? absolute(from, base) : posix.normalize(from);
    return { from: withoutSlash(source), to: absolute(editorPath, base), forBreakpoints: useForBreakpoints };
  });
}

function isPairs(map: SourceMap): map is readonly (readonly [string, string])[] {
  return Array.isArray(map);
}

/** Expands `~` and makes a path absolute. */
function absolute(path: string, base: string): string {
  const expanded = path === '~' || path.startsWith('~/') ? homedir() + path.slice(1) : path;
  return withoutSlash(posix.resolve(base, expanded));
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function remembered<V>(cache: Map<string, V>, key: string, compute: () => V): V {
  const known = cache.get(key);
  if (known !== undefined || cache.has(key)) return known as V;
  if (cache.size >= CACHE_SIZE) cache.clear();
  const value = compute();
  cache.set(key, value);
  return value;
}
