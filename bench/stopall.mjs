// Bundles bench/stopall.ts and runs it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundle = join(root, '.cache/bench/stopall.mjs');

await build({
  absWorkingDir: root,
  entryPoints: ['bench/stopall.ts'],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
  // Two modules find files beside themselves; a bundle is elsewhere.
  banner: { js: `const __dirname = ${JSON.stringify(join(root, 'src/ptrace'))};` },
  plugins: [
    {
      name: 'dirname',
      setup(build) {
        build.onLoad({ filter: /\/test\/support\/[^/]*\.ts$/ }, ({ path }) => ({
          contents: readFileSync(path, 'utf8').replaceAll('import.meta.dirname', JSON.stringify(dirname(path))),
          loader: 'ts',
        }));
      },
    },
  ],
});
process.exitCode = spawnSync(process.execPath, [bundle, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
