/**
 * Compiles the addon and the programs beside it with g++ alone: the N-API headers come from npm packages, so nothing is
 * downloaded and neither node-gyp nor Python is needed. Only what changed is compiled again.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const sourceDirectory = dirname(fileURLToPath(import.meta.url));
export const root = dirname(sourceDirectory);
export const outputDirectory = join(root, 'build', 'Release');
const objectDirectory = join(outputDirectory, 'objects');

/** What the addon is linked from; binding.gyp lists the same files. */
export const ADDON_SOURCES = [
  'addon.cc',
  'arguments.cc',
  'demangle.cc',
  'errno_name.cc',
  'memory.cc',
  'ptrace.cc',
  'registers.cc',
  'scheduling.cc',
  'signals.cc',
  'spawn.cc',
  'spawn_child.cc',
  'terminal/pty.cc',
  'trap_handler.cc',
  'wait.cc',
  'xstate.cc',
];
/** The programs beside the addon, by name. */
export const PROGRAMS = {
  'ptrace-launcher': ['launcher.cc', 'errno_name.cc'],
  'ptrace-guardian': ['guardian.cc'],
};

const COMPILER = process.env.CXX || 'g++';
const FLAGS = [
  '-std=c++17',
  '-O2',
  '-fPIC',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
  '-DNODE_API_NO_EXTERNAL_BUFFERS_ALLOWED',
  '-DNAPI_CPP_EXCEPTIONS',
  '-DNAPI_VERSION=8',
  '-DBUILDING_NODE_EXTENSION',
];

/** Directories of the N-API headers; as system headers, so that our warnings are about our code. */
function includeFlags() {
  const nodeApi = require('node-api-headers').include_dir;
  const nodeAddonApi = dirname(require.resolve('node-addon-api/napi.h'));
  return ['-isystem', nodeApi, '-isystem', nodeAddonApi];
}

/** Undefined when the compiler works, else a message for the person at the keyboard. */
export function compilerProblem() {
  const probe = spawnSync(COMPILER, ['--version'], { stdio: 'ignore' });
  if (!probe.error && probe.status === 0) return undefined;
  return [
    `ptrace-debug: no C++ compiler: '${COMPILER}' cannot be run, and there is no prebuilt addon for this machine.`,
    'The debugger talks to the kernel through a small addon that has to be compiled once. Install the compiler with',
    '',
    '    sudo apt install g++',
    '',
    "and run 'npm run build:native' again. (The packaged extension, the .vsix file, ships a prebuilt addon.)",
  ].join('\n');
}

function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

/** Changes with the compiler, the flags and the header packages: a stamp that differs makes everything stale. */
function buildStamp() {
  const compiler = spawnSync(COMPILER, ['--version'], { encoding: 'utf8' }).stdout;
  const versions = ['node-api-headers', 'node-addon-api'].map((name) => require(`${name}/package.json`).version);
  return createHash('sha256')
    .update(JSON.stringify([compiler, FLAGS, versions]))
    .digest('hex');
}

function headersModified() {
  const headers = readdirSync(sourceDirectory).filter((name) => name.endsWith('.h'));
  return Math.max(...headers.map((name) => modified(join(sourceDirectory, name))));
}

function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(COMPILER, args, { cwd: sourceDirectory, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${COMPILER} ${args.join(' ')} failed with code ${code}`)),
    );
  });
}

async function inParallel(jobs, limit) {
  const waiting = [...jobs];
  const worker = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) await job();
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

function objectOf(source) {
  return join(objectDirectory, source.replaceAll('/', '_').replace(/\.cc$/, '.o'));
}

/**
 * Produces a file under another name and then renames it: an interrupted build leaves nothing half-written that would
 * count as up to date, and a running adapter may have the old file mapped.
 */
async function produce(output, args) {
  const fresh = `${output}.${process.pid}.new`;
  try {
    await run([...args, '-o', fresh]);
    renameSync(fresh, output);
  } finally {
    rmSync(fresh, { force: true });
  }
}

async function link(output, objects, flags) {
  if (objects.every((object) => modified(object) < modified(output))) return false;
  await produce(output, [...flags, ...objects]);
  return true;
}

/** Builds what is out of date; returns the files that were linked, relative to the package. */
export async function build() {
  mkdirSync(objectDirectory, { recursive: true });
  const stampFile = join(objectDirectory, 'stamp');
  const stamp = buildStamp();
  const everything = !existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp;
  const headers = headersModified();
  const include = includeFlags();
  const stale = [...new Set([...ADDON_SOURCES, ...Object.values(PROGRAMS).flat()])].filter((source) => {
    const object = modified(objectOf(source));
    return everything || object <= headers || object <= modified(join(sourceDirectory, source));
  });
  await inParallel(
    stale.map((source) => () => produce(objectOf(source), [...FLAGS, ...include, '-c', source])),
    Math.min(2, availableParallelism()),
  );
  const addon = join(outputDirectory, 'ptrace_native.node');
  const linked = [];
  if (await link(addon, ADDON_SOURCES.map(objectOf), ['-shared', '-Wl,--as-needed'])) linked.push(addon);
  for (const [name, sources] of Object.entries(PROGRAMS)) {
    const program = join(outputDirectory, name);
    if (await link(program, sources.map(objectOf), ['-pie'])) linked.push(program);
  }
  writeFileSync(stampFile, stamp);
  return linked.map((path) => relative(root, path));
}
