// The session of `try.mjs --headless`: what a user would do by F9, F5 and F10, played through the debug adapter and
// printed, so that anyone over ssh sees the debugger work.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DapSession } from './dapsession.mjs';

/**
 * Debugs the sample. Returns the exit code: 0 when all of it went as it should.
 * @param {string} root folder of the repository
 */
export async function playSession(root) {
  const source = join(root, 'sample', 'queens.c');
  const lines = readFileSync(source, 'utf8').split('\n');
  const line = lines.findIndex((text) => text.includes('board->found++')) + 1;
  const session = new DapSession(join(root, 'dist', 'ptrace-dap.js'));
  const stop = () => void session.close();
  process.once('SIGINT', stop);
  try {
    title(`Launch sample/build/queens 4, with a breakpoint on line ${line} of queens.c`);
    await session.request('initialize', { adapterID: 'ptrace', linesStartAt1: true, pathFormat: 'path' });
    // A failed launch must be told at once, and not be waited for in vain.
    const [breakpoints] = await Promise.all([
      configure(session, source, line),
      session.request('launch', { program: join(root, 'sample', 'build', 'queens'), args: ['4'] }),
    ]);
    print(`breakpoint ${breakpoints[0].verified ? 'set' : `not set: ${breakpoints[0].message}`}`);

    const { body } = await session.event('stopped');
    print(`stopped: ${body.description ?? body.reason}`);
    const { threadId } = body;
    let frames = await backtrace(session, threadId);
    await registers(session, frames[0]);
    await disassembly(session, frames[0]);

    title('Step over three lines');
    for (let i = 0; i < 3; i++) {
      await session.request('next', { threadId });
      await session.event('stopped');
      ({ stackFrames: frames } = await session.request('stackTrace', { threadId, levels: 1 }));
      print(`${String(frames[0].line).padStart(4)}  ${lines[frames[0].line - 1]}`);
    }

    title('Continue to the end');
    await session.request('setBreakpoints', { source: { path: source }, breakpoints: [] });
    await session.request('continue', { threadId });
    const { exitCode } = (await session.event('exited')).body;
    await session.event('terminated');
    for (const text of session.takeOutput().trimEnd().split('\n')) print(`| ${text}`);
    print(`exit code ${exitCode}`);
    await session.request('disconnect');
    return exitCode === 0 ? 0 : 1;
  } finally {
    process.off('SIGINT', stop);
    await session.close();
  }
}

async function configure(session, source, line) {
  await session.event('initialized');
  const { breakpoints } = await session.request('setBreakpoints', {
    source: { path: source },
    breakpoints: [{ line }],
  });
  await session.request('configurationDone');
  return breakpoints;
}

async function backtrace(session, threadId) {
  title('Backtrace');
  const { stackFrames } = await session.request('stackTrace', { threadId });
  stackFrames.forEach((frame, level) => {
    const place = frame.source?.name ? `${frame.source.name}:${frame.line}` : '';
    print(`#${String(level).padEnd(3)}${frame.instructionPointerReference.padEnd(20)}${frame.name.padEnd(28)}${place}`);
  });
  return stackFrames;
}

async function registers(session, frame) {
  title('Registers');
  const { groups } = await session.request('ptrace/registers', { frameId: frame.id, groups: ['General', 'Flags'] });
  const shown = groups.flatMap((group) => group.registers ?? []);
  const cells = shown.map(
    ({ name, value, description = '' }) => `${name.padEnd(8)}${value} ${description}`.padEnd(51) + ' ',
  );
  for (let i = 0; i < cells.length; i += 2)
    print(
      cells
        .slice(i, i + 2)
        .join('')
        .trimEnd(),
    );
}

async function disassembly(session, frame) {
  title('Disassembly');
  const memoryReference = frame.instructionPointerReference;
  const wanted = { memoryReference, instructionOffset: -3, instructionCount: 10, resolveSymbols: true };
  const { instructions } = await session.request('disassemble', wanted);
  for (const { address, instructionBytes, instruction } of instructions) {
    const here = BigInt(address) === BigInt(memoryReference) ? '=>' : '  ';
    print(`${here} ${address}  ${(instructionBytes ?? '').padEnd(26)}${instruction}`);
  }
}

function title(text) {
  console.log(`\n── ${text}`);
}

function print(text) {
  console.log(`   ${text}`);
}
