// Kills the adapter with SIGKILL at random moments while it has breakpoints in a process it attached to, and looks
// whether that process lives on with its own code:
//
//   npm run survival -- [rounds, default 1000] [what, default all]
//
// `what`: storm (three threads run into a breakpoint without pause), watch (into a data breakpoint), steps (one thread is
// stepped), pause (it is stopped and continued), setting (breakpoints are set and removed), or all of them in turn.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DapSession } from './dapsession.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, 'test/debuggees/storm.c');
const [rounds = '1000', wanted = 'all'] = process.argv.slice(2);

function lineOf(marker) {
  return (
    readFileSync(source, 'utf8')
      .split('\n')
      .findIndex((text) => text.includes(`// #${marker}`)) + 1
  );
}

const breakAt = (session, ...breakpoints) =>
  session.request('setBreakpoints', { source: { path: source }, breakpoints });

/** What the adapter is busy with when it is killed, from the call of `ready` on; each goes on until its requests fail. */
const situations = {
  async storm(session, ready) {
    const set = breakAt(session, { line: lineOf('counted'), condition: 'turns == 0' });
    await Promise.race([set, sleep(Math.random() * 100)]);
    ready();
  },
  async watch(session, ready) {
    const { dataId } = await session.request('dataBreakpointInfo', { name: 'turns' });
    await session.request('setDataBreakpoints', {
      breakpoints: [{ dataId, accessType: 'write', condition: 'turns == 0' }],
    });
    ready();
  },
  async steps(session, ready) {
    await breakAt(session, { line: lineOf('counted') });
    const { threadId } = (await session.event('stopped')).body;
    ready();
    for (;;) {
      for (const command of ['next', 'stepIn', 'stepOut', 'ptrace/stepInstructions']) {
        await session.request(command, { threadId, count: 200 });
        await session.event('stopped');
      }
    }
  },
  async pause(session, ready) {
    await breakAt(session, { line: lineOf('counted'), condition: 'turns == 0' });
    ready();
    for (;;) {
      await session.request('pause', {});
      const { threadId } = (await session.event('stopped')).body;
      await session.request('continue', { threadId });
    }
  },
  async setting(session, ready) {
    ready();
    for (;;) {
      await breakAt(session, { line: lineOf('counted'), condition: 'turns == 0' });
      await breakAt(session, { line: lineOf('pass'), condition: 'turns == 0' });
      await breakAt(session);
    }
  },
};

/** The code of the program in memory is that of the file. */
function isUnpatched(pid, program) {
  const file = readFileSync(program);
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const entry of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const match = /^(\w+)-(\w+) r-xp (\w+) \S+ \d+ +(\/.*)$/.exec(entry);
      if (match?.[4] !== program) continue;
      const [from, to, offset] = match.slice(1, 4).map((text) => parseInt(text, 16));
      const bytes = Buffer.alloc(Math.min(to - from, file.length - offset));
      readSync(memory, bytes, 0, bytes.length, from);
      return bytes.equals(file.subarray(offset, offset + bytes.length));
    }
    return false;
  } finally {
    closeSync(memory);
  }
}

const statusField = (pid, name) =>
  new RegExp(`^${name}:\\t(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];

async function eventually(holds) {
  for (let i = 0; i < 500; i++) {
    if (holds()) return true;
    await sleep(10);
  }
  return false;
}

const folder = mkdtempSync(join(tmpdir(), 'survival-'));
const program = join(folder, 'storm');
if (spawnSync('gcc', ['-g', '-O0', '-pthread', source, '-o', program], { stdio: 'inherit' }).status !== 0)
  process.exit(1);

let debuggee;
const ended = () => debuggee.exitCode !== null || debuggee.signalCode !== null;
const lost = {};
for (let round = 0; round < Number(rounds); round++) {
  if (!debuggee || ended()) {
    debuggee = spawn(program, ['3', '36000'], { stdio: 'ignore' });
    await sleep(50);
  }
  const names = Object.keys(situations);
  const name = wanted === 'all' ? names[round % names.length] : wanted;
  const session = new DapSession(join(root, 'dist/ptrace-dap.js'));
  await session.request('initialize', { adapterID: 'ptrace', linesStartAt1: true, columnsStartAt1: true });
  try {
    await session.request('attach', { pid: debuggee.pid });
    await session.request('configurationDone');
  } catch (error) {
    await session.ended;
    console.log(`round ${round}: ${error.message} (${session.child.signalCode ?? session.child.exitCode})`);
    lost.attach = (lost.attach ?? 0) + 1;
    continue;
  }
  const busy = new Promise((ready, failed) => situations[name](session, ready).catch(failed));
  await busy.catch((error) => console.log(`round ${round} (${name}): ${error.message}`));
  await sleep(Math.random() * 60);
  session.child.kill('SIGKILL');
  await session.ended;
  session.child.stdin.destroy();
  // The guardian itself traces threads for a moment, to empty their debug registers.
  const isFree = await eventually(
    () =>
      ended() ||
      (statusField(debuggee.pid, 'TracerPid') === '0' &&
        /^[RS]/.test(statusField(debuggee.pid, 'State')) &&
        isUnpatched(debuggee.pid, program)),
  );
  // A thread that is left on an int3 or behind it would show within the time of a few passes.
  await sleep(20);
  const fault = ended()
    ? `it ended: ${debuggee.signalCode ?? debuggee.exitCode}`
    : isFree
      ? undefined
      : 'it is traced, stopped or patched';
  if (fault) {
    lost[name] = (lost[name] ?? 0) + 1;
    console.log(`round ${round} (${name}): ${fault}`);
    debuggee.kill('SIGKILL');
    await eventually(ended);
  }
  if ((round + 1) % 10 === 0) console.log(`${round + 1} rounds, lost: ${JSON.stringify(lost)}`);
}
debuggee.kill('SIGKILL');
rmSync(folder, { recursive: true });
console.log(`${rounds} rounds, lost: ${JSON.stringify(lost)}`);
process.exitCode = Object.keys(lost).length > 0 ? 1 : 0;
