/**
 * The `launch` and `attach` arguments, checked and brought into one form: aliases of cppdbg and lldb are folded into
 * our own spelling here and nowhere else. No file is touched.
 */
import * as v from 'valibot';
import { messageOf, UserError } from '../common/errors';
import { readSignalSettings, type SignalSettings } from '../engine/signals/settings';
import { SkipRules } from '../engine/stepping/skiprules';
import type { ConsoleKind, DisassemblyFlavor, FollowFork } from '../protocol/arguments';
import type { SourceMapTarget } from '../symbols/sourcepaths';
import { splitShellWords } from './shellwords';
import type { FormatSettings } from './formatsettings';
import { compileSettings, syscallsSchema, type CompiledSettings } from './syscalls/settings';
import { check, flag, natural, shown, text } from './validation';

export interface CommonConfiguration {
  /** Source path prefix → local prefix. */
  readonly sourceMap: Readonly<Record<string, string | SourceMapTarget>>;
  /** Prefixes of sources that are not to be found on this machine. */
  readonly hiddenSources: readonly string[];
  readonly disassemblyFlavor: DisassemblyFlavor;
  readonly debugFileDirectories: readonly string[];
  /** Undefined: no server is asked. */
  readonly debuginfod: { readonly urls?: readonly string[]; readonly timeout?: number } | undefined;
  /** Globs of source files, and names of functions, that a step into passes through. */
  readonly skipFiles: readonly string[];
  readonly skipFunctions: readonly string[];
  /** What becomes of signals, where it is not the usual. */
  readonly signals: SignalSettings;
  /** How values are shown. */
  readonly format: FormatSettings;
  /** Files of formatters; undefined means the default one. */
  readonly formatters: readonly string[] | undefined;
  readonly followFork: FollowFork;
  readonly followExecRegex: RegExp | undefined;
  readonly threadNumbers: boolean;
  readonly trace: boolean | string;
  /** What is logged, stopped on and changed of system calls. */
  readonly syscalls: CompiledSettings;
}

export interface LaunchConfiguration extends CommonConfiguration {
  readonly request: 'launch';
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string | null>>;
  readonly envFile: string | undefined;
  /** Redirection of stdin, stdout, stderr; null stays with `console`. */
  readonly stdio: readonly [string | null, string | null, string | null];
  readonly console: ConsoleKind;
  readonly stopOnEntry: false | 'entry' | 'loader' | 'main';
  readonly disableAslr: boolean;
  readonly noDebug: boolean;
}

export interface AttachConfiguration extends CommonConfiguration {
  readonly request: 'attach';
  /** Undefined: the process that runs `program`. */
  readonly pid: number | undefined;
  /** A path, or a name as processes have it. */
  readonly program: string | undefined;
  /** Waits for a process that is started from now on. */
  readonly waitFor: boolean;
  /** Of several, the one that was started last. */
  readonly newest: boolean;
  readonly stopOnEntry: boolean;
  /** A followed child; `launched` when its family was, and not attached to. */
  readonly child?: { readonly launched: boolean };
}

/** A core file instead of a process, whether `launch` or `attach` asked for it. */
export interface CoreConfiguration extends CommonConfiguration {
  readonly request: 'core';
  readonly coreFile: string;
  readonly program: string | undefined;
  readonly cwd: string | undefined;
}

export type Configuration = LaunchConfiguration | AttachConfiguration | CoreConfiguration;

const nullableText = v.nullable(text);
const strings = v.array(text, 'a list of strings');

const isPlainObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema of a record (a list is none); `phrase` is the complaint about the whole. */
function recordOf<S extends v.GenericSchema>(value: S, phrase: string) {
  return v.pipe(v.custom<Record<string, unknown>>(isPlainObject, phrase), v.record(v.string(), value, phrase));
}

const common = {
  coreFile: v.optional(nullableText),
  coreDumpPath: v.optional(nullableText),
  sourceMap: v.optional(
    recordOf(v.nullable(v.string('a path or null')), 'an object of source path prefixes and local ones'),
  ),
  sourceFileMap: v.optional(
    recordOf(
      v.nullable(
        v.union(
          [v.string(), v.object({ editorPath: v.string(), useForBreakpoints: v.optional(v.boolean()) })],
          'a path, null or { "editorPath": "…" }',
        ),
      ),
      'an object of source path prefixes and local ones',
    ),
  ),
  disassemblyFlavor: v.optional(v.picklist(['intel', 'att'], '"intel" or "att"')),
  debugFileDirectories: v.optional(strings),
  debuginfod: v.optional(
    v.union(
      [
        v.boolean(),
        v.object({
          urls: v.optional(v.array(v.pipe(v.string(), v.regex(/^https?:\/\//)))),
          timeout: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(86_400))),
        }),
      ],
      'true, false or { "urls": a list of http addresses, "timeout": seconds from 1 to 86400 }',
    ),
  ),
  format: v.optional(
    v.object(
      {
        stringLength: v.optional(natural),
        arrayItems: v.optional(natural),
        summaryItems: v.optional(natural),
        depth: v.optional(natural),
        hex: v.optional(flag),
        raw: v.optional(flag),
      },
      'an object with "stringLength", "arrayItems", "depth", "hex" and "raw"',
    ),
  ),
  formatters: v.optional(v.union([text, strings], 'the path of a file, or a list of paths')),
  skipFiles: v.optional(strings),
  skipFunctions: v.optional(strings),
  signals: v.optional(
    v.union(
      [recordOf(text, 'an object'), strings],
      'an object such as { "SIGUSR1": "stop, pass" }, or a list such as ["SIGUSR1 nostop noprint"]',
    ),
  ),
  followFork: v.optional(v.picklist(['parent', 'child', 'both'], '"parent", "child" or "both"')),
  followExecRegex: v.optional(v.nullable(text)),
  threadNumbers: v.optional(flag),
  syscalls: v.optional(syscallsSchema),
  trace: v.optional(v.union([v.boolean(), v.string()], 'true, false or the path of a log file')),
};

const launchSchema = v.object({
  ...common,
  program: v.optional(text),
  args: v.optional(v.union([strings, v.string()], 'a list of strings, or one string')),
  cwd: v.optional(nullableText),
  env: v.optional(recordOf(v.nullable(v.string('a string or null')), 'an object of names and values')),
  environment: v.optional(
    v.array(
      v.object({ name: text, value: text }, 'an object { "name": …, "value": … }'),
      'a list of { "name": …, "value": … }',
    ),
  ),
  envFile: v.optional(nullableText),
  stdio: v.optional(
    v.nullable(
      v.union(
        [v.string(), v.pipe(v.array(nullableText), v.maxLength(3))],
        'null, one path, or a list of up to three paths or nulls (stdin, stdout, stderr)',
      ),
    ),
  ),
  stdin: v.optional(nullableText),
  stdout: v.optional(nullableText),
  stderr: v.optional(nullableText),
  console: v.optional(
    v.picklist(
      ['internalConsole', 'integratedTerminal', 'externalTerminal'],
      '"internalConsole", "integratedTerminal" or "externalTerminal"',
    ),
  ),
  terminal: v.optional(v.picklist(['console', 'integrated', 'external'], '"console", "integrated" or "external"')),
  externalConsole: v.optional(flag),
  runInTerminal: v.optional(flag),
  stopOnEntry: v.optional(
    v.union([v.boolean(), v.picklist(['entry', 'loader', 'main'])], 'true, false, "entry", "loader" or "main"'),
  ),
  stopAtEntry: v.optional(flag),
  disableASLR: v.optional(flag),
  noDebug: v.optional(flag),
});

const processId = v.union([v.number(), v.string()], 'the id of a process: a number, or the digits of one');

const attachSchema = v.object({
  ...common,
  pid: v.optional(processId),
  processId: v.optional(processId),
  program: v.optional(nullableText),
  processName: v.optional(nullableText),
  waitFor: v.optional(flag),
  newest: v.optional(flag),
  asRoot: v.optional(v.union([v.boolean(), v.picklist(['sudo', 'pkexec'])], 'true, false, "sudo" or "pkexec"')),
  stopOnEntry: v.optional(flag),
  stopAtEntry: v.optional(flag),
});

/** A NUL cannot be part of a path, an argument or a variable: the kernel would silently cut there. */
function refuseNul(value: string, where: string): void {
  if (value.includes('\0')) throw new UserError(`"${where}" contains a NUL character: ${shown(value)}.`);
}

function regexOf(text: string | null | undefined): RegExp | undefined {
  if (!text) return undefined;
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UserError(`"followExecRegex" is no regular expression: ${messageOf(error)}.`, { code: 'bad-argument' });
  }
}

function commonOf(args: v.InferOutput<v.ObjectSchema<typeof common, undefined>>): CommonConfiguration {
  const { skipFiles = [], skipFunctions = [] } = args;
  // A mistake in a regular expression is told before anything is started.
  void new SkipRules(skipFiles, skipFunctions);
  const given = Object.entries({ ...args.sourceFileMap, ...args.sourceMap });
  return {
    sourceMap: Object.fromEntries(
      given.filter((entry): entry is [string, string | SourceMapTarget] => entry[1] !== null),
    ),
    hiddenSources: given.filter(([, to]) => to === null).map(([from]) => from),
    disassemblyFlavor: args.disassemblyFlavor ?? 'intel',
    debugFileDirectories: args.debugFileDirectories ?? [],
    debuginfod: args.debuginfod === true ? {} : args.debuginfod || undefined,
    skipFiles,
    skipFunctions,
    signals: readSignalSettings(args.signals),
    format: { ...args.format, arrayItems: args.format?.arrayItems ?? args.format?.summaryItems },
    formatters: typeof args.formatters === 'string' ? [args.formatters] : args.formatters,
    followFork: args.followFork ?? 'parent',
    followExecRegex: regexOf(args.followExecRegex),
    threadNumbers: args.threadNumbers ?? false,
    trace: args.trace ?? false,
    syscalls: compileSettings(args.syscalls),
  };
}

function consoleOf(args: v.InferOutput<typeof launchSchema>): ConsoleKind {
  if (args.console) return args.console;
  if (args.terminal) {
    return ({ console: 'internalConsole', integrated: 'integratedTerminal', external: 'externalTerminal' } as const)[
      args.terminal
    ];
  }
  if (args.externalConsole) return 'externalTerminal';
  return args.runInTerminal ? 'integratedTerminal' : 'internalConsole';
}

function stdioOf(args: v.InferOutput<typeof launchSchema>): [string | null, string | null, string | null] {
  const { stdio } = args;
  const at = (i: number) => (typeof stdio === 'string' ? stdio : (stdio?.[i] ?? null));
  // An empty path is what an unfilled template leaves: no redirection.
  const pick = (i: number, alias: string | null | undefined) => at(i) || alias || null;
  return [pick(0, args.stdin), pick(1, args.stdout), pick(2, args.stderr)];
}

function envOf(args: v.InferOutput<typeof launchSchema>): Record<string, string | null> {
  const env: Record<string, string | null> = {};
  for (const { name, value } of args.environment ?? []) env[name] = value;
  Object.assign(env, args.env);
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || name.includes('=') || name.includes('\0')) {
      throw new UserError(`"env" has a variable named ${shown(name)}: a name cannot be empty nor contain "=" or NUL.`);
    }
    if (value !== null) refuseNul(value, `env.${name}`);
  }
  return env;
}

/** What is asked for when a core file is named; undefined when none is. */
function coreConfiguration(
  args: v.InferOutput<v.ObjectSchema<typeof common, undefined>> & { program?: string | null; cwd?: string | null },
): CoreConfiguration | undefined {
  const coreFile = args.coreFile || args.coreDumpPath;
  if (!coreFile) return undefined;
  refuseNul(coreFile, 'coreFile');
  const { program, cwd } = args;
  if (program) refuseNul(program, 'program');
  return { ...commonOf(args), request: 'core', coreFile, program: program || undefined, cwd: cwd || undefined };
}

/** Checks the arguments of `launch`. Throws UserError. */
export function launchConfiguration(input: unknown): LaunchConfiguration | CoreConfiguration {
  const args = check(launchSchema, input, 'the launch configuration');
  const core = coreConfiguration(args);
  if (core) return core;
  if (!args.program) {
    throw new UserError('The launch configuration needs "program": the path of the executable to debug.', {
      code: 'no-program',
    });
  }
  const words = typeof args.args === 'string' ? splitShellWords(args.args) : (args.args ?? []);
  refuseNul(args.program, 'program');
  words.forEach((word, i) => refuseNul(word, `args[${i}]`));
  const stopOnEntry = args.stopOnEntry ?? args.stopAtEntry ?? false;
  return {
    ...commonOf(args),
    request: 'launch',
    program: args.program,
    args: words,
    cwd: args.cwd || undefined,
    env: envOf(args),
    envFile: args.envFile || undefined,
    stdio: stdioOf(args),
    console: consoleOf(args),
    stopOnEntry: stopOnEntry === true ? 'main' : stopOnEntry,
    disableAslr: args.disableASLR ?? true,
    noDebug: args.noDebug ?? false,
  };
}

/** Checks the arguments of `attach`. Throws UserError. */
export function attachConfiguration(input: unknown): AttachConfiguration | CoreConfiguration {
  const args = check(attachSchema, input, 'the attach configuration');
  const core = coreConfiguration(args);
  if (core) return core;
  const program = args.program || args.processName || undefined;
  const process = {
    program,
    waitFor: args.waitFor ?? false,
    newest: args.newest ?? false,
    stopOnEntry: args.stopOnEntry ?? args.stopAtEntry ?? false,
  };
  if (args.asRoot !== undefined && args.asRoot !== false && globalThis.process.getuid?.() !== 0) {
    throw new UserError(
      '"asRoot" is carried out by whoever starts the debug adapter, and this one does not run as root. Start it with: sudo ptrace-dap --server PATH --once, and connect to PATH.',
      { code: 'not-root' },
    );
  }
  const given = args.pid ?? args.processId;
  if (given === undefined || given === '') {
    if (program !== undefined) return { ...commonOf(args), request: 'attach', pid: undefined, ...process };
    throw new UserError(
      'The attach configuration needs "pid": the id of the process to attach to, or "program": the path or the name of what it runs.',
      { code: 'no-pid' },
    );
  }
  if (process.waitFor) {
    throw new UserError(
      '"waitFor" waits for a process that is not there yet: it goes with "program", not with "pid".',
      {
        code: 'bad-argument',
      },
    );
  }
  const pid = typeof given === 'number' ? given : /^\s*\d+\s*$/.test(given) ? Number(given) : NaN;
  if (!Number.isInteger(pid) || pid <= 0 || pid > 0x7fff_ffff) {
    throw new UserError(`"pid" must be the id of a process, a whole number above 0, not ${shown(given)}.`, {
      code: 'bad-pid',
    });
  }
  return {
    ...commonOf(args),
    request: 'attach',
    pid,
    ...process,
  };
}
