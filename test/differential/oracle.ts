/** Runs a plan under gdb, by a script of its own Python. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { runTool } from '../support/debuggees';
import { MAX_ELEMENTS, MAX_FRAMES, MAX_LEAVES, type Plan, type Run } from './shapes';

/** Another gdb than the system's can be named. */
const gdb = process.env['GDB'] ?? 'gdb';

/** So that both debuggers' processes are the same to the last address of their stacks. */
const SETUP = [
  'set pagination off',
  'set confirm off',
  'set debuginfod enabled off',
  'set startup-with-shell off',
  'set breakpoint pending off',
  'set print object off',
  'set print static-members off',
  'set language auto',
  'set disable-randomization on',
  'unset environment',
  'set environment PATH=/usr/bin:/bin',
  'cd /',
  'set inferior-tty /dev/null',
];

/** @param expected addresses of the other debugger's breakpoints: only where both have the same is stopped at */
export function gdbRun(plan: Plan, expected: Run['lines']): Run {
  const directory = mkdtempSync(join(tmpdir(), 'differential-'));
  try {
    const [settings, output] = [join(directory, 'settings.py'), join(directory, 'run.json')];
    const values = {
      STOPS: [...plan.lines.map((line) => `${basename(plan.source)}:${line}`), ...plan.functions],
      STEPS: plan.steps,
      HITS: plan.hits,
      EXPECTED: Object.fromEntries(
        Object.entries(expected).map(([line, places]) => [line, places.map(({ address }) => address)]),
      ),
      OUTPUT: output,
      MAX_FRAMES,
      MAX_ELEMENTS,
      MAX_LEAVES,
    };
    const assignments = Object.entries(values).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
    writeFileSync(settings, assignments.join('\n') + '\n');
    const commands = SETUP.flatMap((command) => ['-ex', command]);
    const script = join(import.meta.dirname, 'gdbdump.py');
    runTool(gdb, ['-nx', '-batch', ...commands, '-x', settings, '-x', script, '--args', plan.program, ...plan.args]);
    return JSON.parse(readFileSync(output, 'utf8')) as Run;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
