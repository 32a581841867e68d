// Tries the debugger on a fresh clone: installs, builds, builds the sample program and opens VS Code on it, ready for F5.
//
//   node scripts/try.mjs              desktop VS Code when `code` is on PATH, else VS Code in a browser tab
//   node scripts/try.mjs --browser    VS Code in a browser tab in any case
//   node scripts/try.mjs --headless   no VS Code: plays a short debug session and prints what it saw
//
// It says what it installs. Ctrl-C ends everything it started.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { playSession } from './playsession.mjs';
import { setUp } from './setup.mjs';
import { folderUrl, installVsCodeServer, root, startVsCodeServer } from './vscode-server.mjs';

const SAMPLE = join(root, 'sample');
const PREFERRED_PORT = 3737;

const options = new Set(process.argv.slice(2));
for (const option of options) {
  if (['--headless', '--browser'].includes(option)) continue;
  console.error(`There is no option ${option}; there are --headless and --browser.`);
  process.exit(2);
}

async function main() {
  // What it takes to compile the addon and the sample; VS Code's server needs nothing of the system.
  const compiler = { only: ['gcc', 'g++', 'libc6-dev'], whoNeeds: 'Building the addon and the sample needs' };
  if (!setUp(compiler)) return 1;
  if (!installedAsLocked()) {
    say('Installing the npm packages of package-lock.json into node_modules (npm ci), which compiles the addon too');
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  }
  say('Building the addon, the extension and the debug adapter (npm run build)');
  run('npm', ['run', '--silent', 'build']);
  say('Building the sample (sample/queens.c)');
  mkdirSync(join(SAMPLE, 'build'), { recursive: true });
  run('cc', ['-g', '-O0', '-Wall', '-Wextra', '-o', 'sample/build/queens', 'sample/queens.c']);

  if (options.has('--headless')) return playSession(root);
  const code = options.has('--browser') ? undefined : onPath('code');
  // Inside a remote window, and inside WSL, `code` speaks to a VS Code elsewhere, which cannot load a folder as an
  // extension under development.
  return code && !/remote-cli|^\/mnt\//.test(code) ? openDesktop(code) : openBrowserTab();
}

/** Desktop VS Code: this extension under development, the sample open at the place for a first breakpoint. */
function openDesktop(code) {
  say(`Opening VS Code (${code})`);
  const args = ['--new-window', `--extensionDevelopmentPath=${root}`, SAMPLE, '--goto', firstBreakpoint()];
  run(code, args);
  sayWhatToDo();
  return 0;
}

/** VS Code's server on the loopback interface, until Ctrl-C. */
async function openBrowserTab() {
  await installVsCodeServer(say);
  const data = join(root, '.cache', 'try');
  // The same address each time keeps what the browser remembers of it.
  const server = await startVsCodeServer({ data, port: PREFERRED_PORT }).catch(() => startVsCodeServer({ data }));
  const interrupted = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve);
  });
  const url = folderUrl(server.port, SAMPLE);
  say(`VS Code runs at\n\n    ${url}\n`);
  sayWhatToDo();
  say('Ctrl-C ends it.');
  const browser = process.env.DISPLAY || process.env.WAYLAND_DISPLAY ? onPath('xdg-open') : undefined;
  if (browser)
    spawn(browser, [url], { stdio: 'ignore', detached: true })
      .on('error', () => undefined)
      .unref();
  await Promise.race([interrupted, server.ended]);
  await server.stop();
  return 0;
}

function sayWhatToDo() {
  say(`Open queens.c, press F9 on a line such as ${firstBreakpoint().split(':').at(-1)}, then F5.`);
}

/** `path:line` of the sample's most telling line. */
function firstBreakpoint() {
  const path = join(SAMPLE, 'queens.c');
  const line = readFileSync(path, 'utf8')
    .split('\n')
    .findIndex((text) => text.includes('board->found++'));
  return `${path}:${line + 1}`;
}

/** True when node_modules holds what package-lock.json asks for and the addon is built. */
function installedAsLocked() {
  const state = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(state)) return false;
  const packages = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;
  const have = packages(state);
  return Object.entries(packages(join(root, 'package-lock.json'))).every(
    ([path, { version, optional }]) => path === '' || optional || have[path]?.version === version,
  );
}

function onPath(program) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

function say(line) {
  console.log(`▸ ${line}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
