// Runs the extension in a real VS Code: a mocha suite inside the extension host, and a run by keyboard in a browser.
//
//   node test/vscode/run.mjs                    all, on VS Code's server from npm and Chromium
//   node test/vscode/run.mjs suite | keys | data | calls | grammar   one of them
//   node test/vscode/run.mjs picture            takes the README's pictures anew: docs/images/*.png
//   node test/vscode/run.mjs suite --desktop    the suite in desktop VS Code: `code` on PATH (or CODE), else downloaded
//
// Ends with exit code 0 when everything passed; what it started is ended by then. Screenshots: screenshots/.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import {
  folderUrl,
  installVsCodeServer,
  root,
  startVsCodeServer,
  suiteUrl,
  VSCODE,
} from '../../scripts/vscode-server.mjs';
import { findChromium, openBrowser } from './browser.mjs';
import { checkGrammars } from './grammar.mjs';
import { lookByKeys } from './data.mjs';
import { lookAtCalls } from './calls.mjs';
import { poseForPicture, startByKeys, stepByKeys } from './keys.mjs';

const SUITE_TIMEOUT = 180_000;
const KEYS_TIMEOUT = 180_000;

const words = process.argv.slice(2);
const desktop = words.includes('--desktop');
const chosen = words.filter((word) => !word.startsWith('--'));
const wanted = (name) => (chosen.length === 0 && name !== 'picture') || chosen.includes(name);

/** What has to be undone, the last first. */
const undo = [];

async function main() {
  const folder = prepare();
  const suite = join(root, 'out', 'vscode-suite', 'index.js');
  await build({
    absWorkingDir: root,
    entryPoints: ['test/vscode/suite/index.ts'],
    outfile: suite,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
  if (desktop) return runDesktop(folder, suite);

  findChromium();
  await installVsCodeServer(say);
  if (wanted('grammar')) {
    await checkGrammars(root, VSCODE);
    console.log('  1 passing');
    say('the grammars');
  }
  if (!['suite', 'keys', 'data', 'calls', 'picture'].some(wanted)) return;
  const data = mkdtempSync(join(tmpdir(), 'ptrace-vscode-'));
  undo.push(() => rmSync(data, { recursive: true, force: true, maxRetries: 5 }));
  const server = await startVsCodeServer({
    data,
    tests: true,
    settings: { 'workbench.colorTheme': 'Dark 2026', 'editor.minimap.enabled': false },
  });
  undo.push(() => server.stop());
  if (wanted('suite')) await runSuite(server.port, folder, suite);
  if (wanted('keys')) await runKeys(server.port, folder);
  if (wanted('data')) await runData(server.port, folder);
  if (wanted('calls')) {
    await byKeyboard('system calls', server.port, folder, (page) => lookAtCalls({ page, say, screenshot }));
  }
  if (wanted('picture')) await takePictures(server.port, folder);
}

/** Bundles the extension and the adapter, and builds the sample. Returns the sample's folder. */
function prepare() {
  run(process.execPath, ['esbuild.mjs'], 'bundling the extension');
  const sample = join(root, 'sample');
  mkdirSync(join(sample, 'build'), { recursive: true });
  run('cc', ['-g', '-O0', '-o', 'sample/build/queens', 'sample/queens.c'], 'building the sample');
  const cxx = ['-std=c++17', '-g', 'sample/delivery.cpp'];
  run('c++', [...cxx, '-O0', '-o', 'sample/build/delivery'], 'building the C++ sample');
  run('c++', [...cxx, '-O2', '-o', 'sample/build/delivery-O2'], 'building the C++ sample, optimised');
  return sample;
}

function run(command, args, what) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (error?.code === 'ENOENT') throw new Error(`${what} needs ${command}: apt-get install -y gcc g++ libc6-dev`);
  if (status !== 0) throw new Error(`${what} failed:\n${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`);
}

/** The mocha suite, in the extension host of a browser's VS Code. */
async function runSuite(port, folder, tests) {
  say('the suite inside the extension host');
  const { page, log, close } = await openBrowser();
  undo.push(close);
  let finish;
  const finished = new Promise((resolve) => (finish = resolve));
  await page.exposeFunction('codeAutomationExit', (code) => finish(code));
  await page.exposeFunction('codeAutomationLog', (_level, args) => {
    if (!isNoise(args)) console.log(...args);
  });
  await page.goto(suiteUrl(port, folder, tests));
  let code;
  try {
    code = await limited(SUITE_TIMEOUT, 'the suite', finished);
  } catch (error) {
    await screenshot(page, 'suite-failed');
    throw withLog(error, log);
  }
  if (code !== 0) {
    await screenshot(page, 'suite-failed');
    throw new Error(`the suite failed (exit code ${code})`);
  }
  await close();
}

/** The runs by keyboard, each in a browser of its own. */
async function runKeys(port, folder) {
  const lines = readFileSync(join(folder, 'queens.c'), 'utf8').split('\n');
  await byKeyboard('stepping through the sample', port, folder, (page) => stepByKeys({ page, lines, say, screenshot }));
  const bare = mkdtempSync(join(tmpdir(), 'ptrace-bare-'));
  undo.push(() => rmSync(bare, { recursive: true, force: true }));
  copyFileSync(join(folder, 'queens.c'), join(bare, 'queens.c'));
  run('cc', ['-g', '-O0', '-o', join(bare, 'queens'), join(bare, 'queens.c')], 'building the sample');
  await byKeyboard('a folder without launch.json', port, bare, (page) => startByKeys({ page, lines, say, screenshot }));
}

/** The run through the data of the C++ sample. */
async function runData(port, folder) {
  const lines = readFileSync(join(folder, 'delivery.cpp'), 'utf8').split('\n');
  await byKeyboard('the data of a C++ program', port, folder, (page) => lookByKeys({ page, lines, say, screenshot }));
}

/** The README's pictures. */
async function takePictures(port, folder) {
  const linesOf = (name) => readFileSync(join(folder, name), 'utf8').split('\n');
  const images = join(root, 'docs', 'images');
  await byKeyboard('the picture of code', port, folder, (page) =>
    poseForPicture({
      page,
      lines: linesOf('queens.c'),
      say,
      screenshot: () => page.screenshot({ path: join(images, 'debugging.png') }),
    }),
  );
  const keep = async (page, name) => {
    if (name === 'changed') await page.screenshot({ path: join(images, 'data.png') });
  };
  await byKeyboard('the picture of data', port, folder, (page) =>
    lookByKeys({ page, lines: linesOf('delivery.cpp'), say, screenshot: keep }),
  );
}

async function byKeyboard(title, port, folder, drive) {
  say(title);
  const { page, log, close } = await openBrowser();
  undo.push(close);
  await page.goto(folderUrl(port, folder));
  try {
    await limited(KEYS_TIMEOUT, title, drive(page));
    // In mocha's words, for whoever counts tests.
    console.log('  1 passing');
  } catch (error) {
    await screenshot(page, 'keys-failed');
    throw withLog(error, log);
  }
  await close();
}

/** The same suite in desktop VS Code. */
async function runDesktop(folder, tests) {
  const { runTests, downloadAndUnzipVSCode } = await import('@vscode/test-electron');
  const onPath = spawnSync('sh', ['-c', 'command -v code'], { encoding: 'utf8' }).stdout.trim();
  const vscodeExecutablePath = process.env.CODE || onPath || (await downloadAndUnzipVSCode('stable'));
  const data = mkdtempSync(join(tmpdir(), 'ptrace-vscode-'));
  undo.push(() => rmSync(data, { recursive: true, force: true, maxRetries: 5 }));
  await runTests({
    vscodeExecutablePath,
    extensionDevelopmentPath: root,
    extensionTestsPath: tests,
    launchArgs: [folder, '--user-data-dir', data, '--disable-workspace-trust', '--disable-extensions', '--no-sandbox'],
  });
}

function limited(milliseconds, what, promise) {
  let timer;
  const limit = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within ${milliseconds / 1000} s`)), milliseconds);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/** What the workbench says about itself, as opposed to what a test says. */
function isNoise(args) {
  const noise =
    /spdlog|native-watchdog|CodeExpectedError|workbench\.js:|connection token|Creating a socket|^\[(AccountPolicyGate|AgentHost|Service Worker|reconnection)|Failed to load resource|builtin extensions cache|authentication provider/;
  return args.some((text) => noise.test(String(text)));
}

function withLog(error, log) {
  const said = log.filter((line) => !isNoise([line])).map((line) => line.slice(0, 400));
  error.message += `\nThe end of the workbench's log:\n${said.slice(-30).join('\n')}`;
  return error;
}

async function screenshot(page, name) {
  const path = join(root, 'screenshots', `${name}.png`);
  await page.screenshot({ path });
  say(`screenshot: ${path}`);
}

function say(line) {
  console.log(`vscode: ${line}`);
}

async function cleanUp() {
  for (const step of undo.splice(0).reverse()) {
    try {
      await step();
    } catch (error) {
      say(`while ending: ${error.message}`);
    }
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void cleanUp().then(() => process.exit(1)));
}

try {
  await main();
  say('passed');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
