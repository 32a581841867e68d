// Bundles the extension (dist/extension.js) and the debug adapter (dist/adapter.js, which dist/ptrace-dap.js loads), each
// with everything it needs from node_modules, so that the packaged extension carries no node_modules folder. What cannot
// be in a bundle lies beside it: the disassembler in dist/, the native addon in build/Release or prebuilds/.
//
//   node esbuild.mjs                development: readable, with source maps
//   node esbuild.mjs --production   minified, for the .vsix
//   node esbuild.mjs --watch        rebuilds on every change
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));
const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: production ? false : 'linked',
  sourcesContent: false,
  minify: production,
  // Stack traces in bug reports name functions and classes.
  keepNames: production,
  logLevel: watch ? 'info' : 'warning',
};

const extension = {
  ...common,
  entryPoints: ['src/extension.ts'],
  outfile: 'dist/extension.js',
  external: ['vscode'],
};

/** The System Calls view: a script and a style sheet for its webview. */
const syscallsView = {
  ...common,
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  entryPoints: [
    { in: 'src/ui/syscalls/webview/main.ts', out: 'syscalls' },
    { in: 'src/ui/syscalls/webview/style.css', out: 'syscalls' },
  ],
  outdir: 'dist',
};

const adapter = {
  ...common,
  entryPoints: ['src/adapter/main.ts'],
  outfile: 'dist/adapter.js',
  // `import('iced-x86')` becomes a require: a quarter of the time of loading a CommonJS file as a module.
  supported: { 'dynamic-import': false },
  plugins: [
    {
      name: 'files-beside-the-bundle',
      setup(build) {
        // iced-x86 is loaded when somebody looks at disassembly: in the bundle its 0.9 MB would be parsed at every start.
        build.onResolve({ filter: /^iced-x86$/ }, () => ({ path: './iced_x86.js', external: true }));
        build.onEnd((result) => {
          if (result.errors.length > 0) return;
          // iced-x86 reads its .wasm from the folder of the script that holds its code.
          const iced = dirname(createRequire(import.meta.url).resolve('iced-x86/package.json'));
          mkdirSync(join(root, 'dist'), { recursive: true });
          for (const file of ['iced_x86.js', 'iced_x86_bg.wasm'])
            copyFileSync(join(iced, file), join(root, 'dist', file));
        });
      },
    },
  ],
};

/** package.json's `bin`, which loads the adapter. */
const start = {
  ...common,
  entryPoints: ['src/adapter/start.ts'],
  outfile: 'dist/ptrace-dap.js',
  banner: { js: '#!/usr/bin/env node' },
  plugins: [
    {
      name: 'executable',
      setup: (build) =>
        void build.onEnd(({ errors }) => errors.length > 0 || chmodSync(build.initialOptions.outfile, 0o755)),
    },
  ],
};

/** The worker that indexes the names of large modules. */
const indexer = { ...common, entryPoints: ['src/symbols/index/worker.ts'], outfile: 'dist/indexer.js' };

const bundles = [extension, syscallsView, adapter, start, indexer];

if (watch) {
  for (const options of bundles) await (await context(options)).watch();
} else {
  const results = await Promise.allSettled(bundles.map((options) => build(options)));
  // esbuild has said what is wrong.
  if (results.some(({ status }) => status === 'rejected')) process.exitCode = 1;
}
