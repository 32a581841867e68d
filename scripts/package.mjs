// Makes the .vsix: builds the addon for every Node and for VS Code's own runtime, bundles, packs, and looks at the
// result, as a package that lacks a file fails only at the user's.
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MAX_BYTES = 5 * 1024 * 1024;
const NEEDED = [
  'package.json',
  'README.md',
  'LICENSE',
  'dist/extension.js',
  'dist/syscalls.js',
  'dist/syscalls.css',
  'dist/ptrace-dap.js',
  'dist/adapter.js',
  'dist/iced_x86.js',
  'dist/iced_x86_bg.wasm',
  'prebuilds/linux-x64/ptrace-guardian',
  'prebuilds/linux-x64/ptrace-launcher',
  'media/icon.png',
  'media/registers.svg',
  'media/syscalls.svg',
  'syntaxes/disassembly.tmLanguage.json',
  'syntaxes/strace.tmLanguage.json',
];

function run(command, args, stdout = 'inherit') {
  const options = { cwd: root, stdio: ['ignore', stdout, 'inherit'], encoding: 'utf8' };
  const result = spawnSync(command, args, options);
  if (result.status === 0) return result.stdout;
  console.error(`${command} ${args.join(' ')} failed${result.error ? `: ${result.error.message}` : ''}`);
  return process.exit(1);
}

const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const vsix = `${name}-${version}.vsix`;
const vsce = join('node_modules', '@vscode', 'vsce', 'vsce');

run(process.execPath, [join('native', 'prebuild.mjs')]);
run(process.execPath, ['esbuild.mjs', '--production']);

const files = run(process.execPath, [vsce, 'ls', '--no-dependencies'], 'pipe').trim().split('\n');
const missing = NEEDED.filter((file) => !files.includes(file));
if (!files.some((file) => /^prebuilds\/linux-x64\/.*\.node$/.test(file))) missing.push('prebuilds/linux-x64/*.node');
if (missing.length > 0) {
  console.error(`The package would lack ${missing.join(', ')}`);
  process.exit(1);
}

// The README's pictures are in the package: their links stay relative.
const links = ['--allow-missing-repository', '--no-rewrite-relative-links'];
run(process.execPath, [vsce, 'package', '--no-dependencies', '--target', 'linux-x64', ...links, '--out', vsix]);
const { size } = statSync(join(root, vsix));
if (size > MAX_BYTES) {
  console.error(`${vsix} has ${size} bytes, more than ${MAX_BYTES}`);
  process.exit(1);
}
console.log(`${vsix}: ${(size / 1024 / 1024).toFixed(2)} MiB, ${files.length} files`);
