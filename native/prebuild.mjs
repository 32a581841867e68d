/**
 * Fills prebuilds/linux-x64/ for the .vsix: the addon through prebuildify, which names it so that node-gyp-build finds
 * it for every Node and for VS Code's own runtime, and the programs beside it.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, compilerProblem, outputDirectory, PROGRAMS, root } from './build.mjs';

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (result.error || result.status !== 0) {
    console.error(
      `ptrace-debug: ${command} ${args.join(' ')} failed${result.error ? `: ${result.error.message}` : ''}`,
    );
    process.exit(1);
  }
}

const problem = compilerProblem();
if (problem) {
  console.error(problem);
  process.exit(1);
}
// Through npm, which puts its own node-gyp on PATH. N-API is the same for every target; this Node's headers will do.
run('npm', ['exec', '-c', `prebuildify --napi --strip --target=${process.versions.node}`]);
// After prebuildify, whose node-gyp empties build/Release before it builds.
await build();
for (const name of Object.keys(PROGRAMS)) {
  const program = join(root, 'prebuilds', 'linux-x64', name);
  copyFileSync(join(outputDirectory, name), program);
  run('strip', [program]);
  chmodSync(program, 0o755);
}
