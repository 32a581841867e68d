// Bundles the benchmark and runs it, on one CPU unless told otherwise. See main.ts for what it measures and its options.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const bundle = join(root, '.cache/bench/main.mjs');

await build({
  absWorkingDir: root,
  entryPoints: ['bench/main.ts', 'bench/bufferserver.ts'],
  outdir: '.cache/bench',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  packages: 'external',
  logLevel: 'warning',
  plugins: [
    {
      // Files that ask where they are must hear of their own folder, not of the bundle's.
      name: 'dirname',
      setup(build) {
        build.onLoad({ filter: /\/(test\/support|bench)\/[^/]*\.ts$/ }, ({ path }) => ({
          contents: readFileSync(path, 'utf8').replaceAll('import.meta.dirname', JSON.stringify(dirname(path))),
          loader: 'ts',
        }));
      },
    },
  ],
});

const args = process.argv.slice(2);
const command = [process.execPath, '--enable-source-maps', bundle, ...args];
// The targets were measured on one CPU: waking a sleeping one costs more than anything a debugger does.
const [program, ...rest] = args.includes('--all-cpus') ? command : ['taskset', '-c', '0', ...command];
const result = spawnSync(program, rest, { stdio: 'inherit' });
if (result.error) throw result.error;
process.exit(result.status ?? 1);
