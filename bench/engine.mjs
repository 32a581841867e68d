// Bundles bench/NAME.ts, which measures the engine without a client, and runs it: node bench/engine.mjs NAME …
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [name, ...rest] = process.argv.slice(2);
if (!['stopall', 'syscalls'].includes(name)) {
  console.error('usage: node bench/engine.mjs stopall|syscalls …');
  process.exit(2);
}
const bundle = join(root, `.cache/bench/${name}.mjs`);

await build({
  absWorkingDir: root,
  entryPoints: [`bench/${name}.ts`],
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
process.exitCode = spawnSync(process.execPath, [bundle, ...rest], { stdio: 'inherit' }).status ?? 1;
