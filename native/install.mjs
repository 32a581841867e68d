/**
 * npm's install script: takes a prebuilt addon when one fits this machine, else compiles it.
 * `--force` compiles in any case (only what changed).
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build, compilerProblem, PROGRAMS, root } from './build.mjs';

const require = createRequire(import.meta.url);

/** The directory of a prebuilt addon that loads here together with its programs, or undefined. */
function fittingPrebuild() {
  // node-gyp-build prefers build/Release, unless this is set when it is loaded; only the prebuilds count here.
  process.env.PREBUILDS_ONLY = '1';
  try {
    const file = require('node-gyp-build').resolve(root);
    require(file);
    return Object.keys(PROGRAMS).every((name) => existsSync(join(dirname(file), name))) ? dirname(file) : undefined;
  } catch {
    return undefined;
  }
}

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error(`ptrace-debug: needs Linux on x86-64; this is ${process.platform} on ${process.arch}.`);
  process.exit(1);
}
if (!process.argv.includes('--force') && fittingPrebuild()) process.exit(0);

const problem = compilerProblem();
if (problem) {
  console.error(problem);
  process.exit(1);
}
try {
  for (const path of await build()) console.log(`built ${path}`);
} catch (error) {
  console.error(`ptrace-debug: the addon could not be compiled: ${error.message}`);
  process.exit(1);
}
