/**
 * Debuggees are source files under test/debuggees, compiled on demand. Compiling is what tests would spend their time
 * on, so binaries are cached by everything that decides their bytes: the sources (quoted includes too), the flags and
 * the compiler's version. Places in them are found by markers, never by line number, so that a source can be edited.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path';

export type Compiler = 'gcc' | 'g++' | 'clang' | 'clang++' | 'rustc' | 'musl-gcc' | 'as';

export interface CompileOptions {
  /** Chosen by the extension when absent: .c gcc, .cc/.cpp g++, .rs rustc, .s/.S gcc. */
  readonly compiler?: Compiler;
  /**
   * Everything the compiler is told besides the sources and `-o`; replaces the default, which is `-g -O0`
   * (`-g` for rustc and as). Linker flags belong here too (`-lm`, `-shared`).
   */
  readonly flags?: readonly string[];
  /** File name of the result, and so the debuggee's comm; the source's name without its extension when absent. */
  readonly name?: string;
  /** Commands run on the finished binary before it is published, e.g. `['strip']` or `['objcopy', '-g']`. */
  readonly then?: readonly (readonly string[])[];
}

const root = resolve(import.meta.dirname, '../..');

/** The directory of the shared debuggees' sources. */
export const debuggeeDir = join(root, 'test/debuggees');

const cacheDir = join(root, '.cache/debuggees');

const packageOf: Record<string, string> = {
  gcc: 'gcc libc6-dev',
  'g++': 'g++ libc6-dev',
  clang: 'clang',
  'clang++': 'clang',
  rustc: 'rustc',
  'musl-gcc': 'musl-tools',
  as: 'binutils',
  ld: 'binutils',
  strip: 'binutils',
  objcopy: 'binutils',
  readelf: 'binutils',
  'llvm-dwarfdump': 'llvm',
  gdb: 'gdb',
  strace: 'strace',
  dwz: 'dwz',
};

const versions = new Map<string, string>();

/**
 * Runs a program that a test needs and returns its standard output.
 * Throws with the apt line when it is not installed, and with its messages when it fails.
 */
export function runTool(tool: string, args: readonly string[], options: { readonly cwd?: string } = {}): string {
  const result = spawnSync(tool, args, { encoding: 'utf8', maxBuffer: 1 << 30, ...options });
  if (result.error) {
    const missing = (result.error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!missing) throw result.error;
    throw new Error(`${tool} is not installed. Run: sudo apt-get install -y ${packageOf[tool] ?? tool}`);
  }
  if (result.status !== 0) {
    throw new Error(`${tool} ${args.join(' ')} failed (${result.status ?? result.signal}):\n${result.stderr}`);
  }
  return result.stdout;
}

function versionOf(tool: string): string {
  let version = versions.get(tool);
  if (version === undefined) {
    version = runTool(tool, ['--version']);
    versions.set(tool, version);
  }
  return version;
}

function defaultCompiler(source: string): Compiler {
  switch (extname(source)) {
    case '.cc':
    case '.cpp':
    case '.cxx':
      return 'g++';
    case '.rs':
      return 'rustc';
    default:
      return 'gcc';
  }
}

/** The file and every file it includes by quotes, so that editing a header misses the cache. */
function withIncludes(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file) || !existsSync(file)) return seen;
  seen.add(file);
  for (const match of readFileSync(file, 'utf8').matchAll(/^\s*(?:#\s*include|\.include)\s+"([^"]+)"/gm)) {
    withIncludes(resolve(dirname(file), match[1]!), seen);
  }
  return seen;
}

/** The absolute path of a debuggee's source, which must exist. */
export function sourcePath(source: string): string {
  const path = isAbsolute(source) ? source : join(debuggeeDir, source);
  if (!existsSync(path)) throw new Error(`no such debuggee source: ${path}`);
  return path;
}

function build(compiler: Compiler, flags: readonly string[], sources: readonly string[], output: string): void {
  if (compiler === 'as') {
    const object = `${output}.o`;
    runTool('as', [...flags, '-o', object, ...sources]);
    runTool('ld', ['-o', output, object]);
    rmSync(object);
    return;
  }
  // Libraries must follow the objects that use them.
  const libraries = flags.filter((flag) => flag.startsWith('-l'));
  const rest = flags.filter((flag) => !flag.startsWith('-l'));
  // What the compiler leaves beside the binary (-gsplit-dwarf's .dwo) lands in the cache.
  runTool(compiler, [...rest, '-o', output, ...sources, ...libraries], { cwd: dirname(output) });
}

/**
 * Compiles one debuggee (several sources are linked together) and returns the absolute path of the binary.
 * `source` is relative to test/debuggees, or absolute for a generated file. Safe when several test processes want the
 * same binary at once: each builds under a name of its own and renames. Throws with the apt line when the compiler is
 * missing, and with the compiler's messages when it refuses.
 */
export function compile(source: string | readonly string[], options: CompileOptions = {}): string {
  const sources = (typeof source === 'string' ? [source] : source).map(sourcePath);
  const first = sources[0];
  if (first === undefined) throw new Error('compile() needs at least one source');
  const compiler = options.compiler ?? defaultCompiler(first);
  const flags = options.flags ?? (compiler === 'rustc' || compiler === 'as' ? ['-g'] : ['-g', '-O0']);
  const steps = options.then ?? [];
  const name = options.name ?? basename(first, extname(first));

  const hash = createHash('sha256').update(
    JSON.stringify([compiler, versionOf(compiler), flags, steps, sources, 'cwd']),
  );
  for (const file of sources) for (const part of withIncludes(file)) hash.update(part).update(readFileSync(part));
  const directory = join(cacheDir, hash.digest('hex').slice(0, 16));
  const binary = join(directory, name);
  if (existsSync(binary)) return binary;

  mkdirSync(directory, { recursive: true });
  // rustc keeps its object files beside the output, under names that do not depend on it: a folder to each process. But
  // what it splits off is named by where it was written.
  const own = join(directory, `${process.pid}.tmp`);
  const isApart = compiler === 'rustc' && !flags.some((flag) => flag.includes('split-debuginfo'));
  const temporary = isApart ? join(own, name) : `${binary}.${process.pid}.tmp`;
  try {
    if (isApart) mkdirSync(own, { recursive: true });
    build(compiler, flags, sources, temporary);
    for (const [tool, ...args] of steps) runTool(tool!, [...args, temporary]);
    renameSync(temporary, binary);
  } finally {
    rmSync(temporary, { force: true });
    rmSync(own, { recursive: true, force: true });
  }
  return binary;
}

/**
 * The markers of a source file: a comment `// #loop`, `/* #loop` (closed on its line), `# #loop` (assembler) or `; #loop` gives
 * `loop` → the 1-based line it stands on. One comment may carry several: `// #loop #first`.
 */
export function markers(source: string): Map<string, number> {
  const found = new Map<string, number>();
  const lines = readFileSync(sourcePath(source), 'utf8').split('\n');
  for (const [index, text] of lines.entries()) {
    const comment = /(?:\/\/|\/\*|#|;)\s+((?:#[A-Za-z_][\w-]*\s*)+)/.exec(text);
    for (const match of comment?.[1]?.matchAll(/#([\w-]+)/g) ?? []) {
      const name = match[1]!;
      if (found.has(name)) throw new Error(`${source}: marker #${name} stands twice`);
      found.set(name, index + 1);
    }
  }
  return found;
}

/** The 1-based line of one marker; throws with the names there are when it is missing. */
export function line(source: string, marker: string): number {
  const all = markers(source);
  const found = all.get(marker);
  if (found === undefined) throw new Error(`${source} has no marker #${marker}; it has ${[...all.keys()].join(', ')}`);
  return found;
}

/** The marker on a 1-based line, if any: what tests show instead of a line number. */
export function markerAt(source: string, lineNumber: number): string | undefined {
  for (const [name, at] of markers(source)) if (at === lineNumber) return name;
  return undefined;
}
