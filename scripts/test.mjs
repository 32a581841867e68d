// Every test, after whatever set-up they need: system packages, npm packages, types, style, the build, the unit, engine
// and adapter tests, and the extension in a real VS Code. The last line is `N passed, N failed`; the exit code is 0 only
// when nothing failed. Runs on a fresh clone, so it uses Node's own modules only.
//
//   npm test
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { forgetCounts, summary } from './differential.mjs';
import { setUp } from './setup.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const results = join(root, '.cache', 'test', 'vitest.json');

const totals = { passed: 0, failed: 0 };
/** What failed, for the summary. */
const failures = [];

function fail(what, count = 1) {
  totals.failed += count;
  failures.push(what);
}

/** Runs a command, showing its output. Resolves with its exit code and its standard output. */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      output += chunk;
    });
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

const node = (...args) => run(process.execPath, args);
const npm = (...args) => run('npm', args);
const bin = (path) => join('node_modules', path);

/** Runs a step that is right or wrong as a whole. */
async function step(title, work) {
  console.log(`\n── ${title}`);
  const started = Date.now();
  const { code } = await work();
  console.log(`── ${title}: ${code === 0 ? 'ok' : 'FAILED'}, ${((Date.now() - started) / 1000).toFixed(0)} s`);
  if (code !== 0) fail(title);
  return code === 0;
}

/** True when node_modules holds what package-lock.json asks for. */
function installedAsLocked() {
  const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  const state = join('node_modules', '.package-lock.json');
  if (!existsSync(join(root, state))) return false;
  const have = read(state);
  return Object.entries(read('package-lock.json')).every(
    ([path, { version, optional }]) => path === '' || optional || have[path]?.version === version,
  );
}

async function unitTests() {
  console.log('\n── vitest');
  mkdirSync(dirname(results), { recursive: true });
  rmSync(results, { force: true });
  forgetCounts();
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  const { code } = await node(bin('vitest/vitest.mjs'), 'run', ...reporters);
  if (!existsSync(results)) {
    fail('vitest ended without results');
    return;
  }
  const compared = summary();
  if (compared) console.log(`── ${compared.text}`);
  else fail('nothing was compared with gdb');
  const report = JSON.parse(readFileSync(results, 'utf8'));
  totals.passed += report.numPassedTests;
  if (report.numFailedTests > 0) fail('vitest', report.numFailedTests);
  // A file that cannot even be loaded has no tests that could fail.
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  for (const file of broken) fail(`${file.name} could not be loaded`);
  const skipped = report.numPendingTests + report.numTodoTests;
  if (skipped > 0) fail(`vitest skipped ${skipped} tests: nothing may be skipped`, skipped);
  if (code !== 0 && report.numFailedTests === 0 && broken.length === 0 && skipped === 0) fail('vitest');
}

async function editorTests() {
  console.log('\n── the extension in VS Code');
  const { code, output } = await node('test/vscode/run.mjs');
  const count = (word) => [...output.matchAll(new RegExp(`^\\s*(\\d+) ${word}`, 'gm'))].reduce((n, m) => n + +m[1], 0);
  totals.passed += count('passing');
  const failing = count('failing');
  const pending = count('pending');
  if (failing > 0) fail('the suite in VS Code', failing);
  if (pending > 0) fail(`the suite in VS Code skipped ${pending} tests: nothing may be skipped`, pending);
  if (code !== 0 && failing === 0) fail('the run of VS Code');
}

function finish() {
  if (failures.length > 0) console.log(`\nFailed: ${failures.join('; ')}`);
  console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
  process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
}

async function main() {
  if (!(await step('system packages', () => ({ code: setUp() ? 0 : 1 })))) return;
  if (!installedAsLocked() && !(await step('npm ci', () => npm('ci', '--no-audit', '--no-fund')))) return;
  await step('types', () => node(bin('typescript/bin/tsc'), '--noEmit'));
  await step('types of the webview', () =>
    node(bin('typescript/bin/tsc'), '--noEmit', '-p', 'src/ui/syscalls/webview'),
  );
  await step('lint', () => npm('run', '--silent', 'lint'));
  if (!(await step('build', () => npm('run', '--silent', 'build')))) return;
  await unitTests();
  await editorTests();
}

await main();
finish();
