/** Backtraces as gdb sees them, at every instruction of a run: the oracle for the unwinder. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackUnwinder, UnwindMethod, UnwoundFrame } from '../../src/symbols/unwind/unwinder';
import { runTool } from '../support/debuggees';

/** Registers that outer frames know: name → DWARF number. */
const SAVED = new Map([
  ['rbx', 3],
  ['rbp', 6],
  ['r12', 12],
  ['r13', 13],
  ['r14', 14],
  ['r15', 15],
]);

/** The pc of a frame. */
export function pcOf(frame: FrameText): bigint {
  return BigInt(`0x${frame.split(' ')[0]}`);
}

/** One frame: pc, sp, then the callee-saved registers in the order above, in hexadecimal; `?` when unknown. */
export type FrameText = string;

export interface GdbRun {
  readonly file: string;
  readonly args?: readonly string[];
  /** gdb location where stepping begins: `*main`. */
  readonly from: string;
  /** Where stepping ends: when the function it began in has returned, or only with the program. */
  readonly until: 'return' | 'end';
  /** Steps at most. */
  readonly steps: number;
  /** Frames at most. */
  readonly depth: number;
}

const script = (run: GdbRun, output: string): string => `
import gdb
registers = ['pc', 'rsp', ${[...SAVED.keys()].map((name) => `'${name}'`).join(', ')}]
def value(frame, name):
    try:
        return '%x' % (int(frame.read_register(name)) & 0xffffffffffffffff)
    except (gdb.error, TypeError, ValueError):
        return '?'
def frames():
    result = []
    frame = gdb.newest_frame()
    while frame is not None and len(result) < ${run.depth}:
        # Frames that gdb makes up from debug information have no place on the stack.
        if frame.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME) and frame.pc() != 0:
            result.append(' '.join(value(frame, name) for name in registers))
        try:
            frame = frame.older()
        except gdb.error:
            break
    return '|'.join(result)
with open(${JSON.stringify(output)}, 'w') as out:
    caller = gdb.newest_frame().older()
    place = (caller.pc(), int(caller.read_register('rsp')))
    for step in range(${run.steps}):
        out.write(frames() + '\\n')
        gdb.execute('stepi', to_string=True)
        if not gdb.selected_inferior().threads():
            break
        if ${run.until === 'return' ? "(gdb.newest_frame().pc(), int(gdb.newest_frame().read_register('rsp'))) == place" : 'False'}:
            break
`;

/** Steps a program by instructions under gdb, with an empty environment and no ASLR, and gives each stop's frames. */
export function gdbFrames(run: GdbRun): FrameText[][] {
  const directory = mkdtempSync(join(tmpdir(), 'gdb-frames-'));
  try {
    const output = join(directory, 'frames');
    const python = join(directory, 'frames.py');
    writeFileSync(python, script(run, output));
    const commands = [
      'set debuginfod enabled off',
      'set exec-wrapper env -i',
      'set disable-randomization on',
      'set backtrace past-main on',
      // A step that a signal ends shows the same place twice; the next one enters the handler.
      'handle all stop print pass',
      'handle SIGTRAP stop print nopass',
      `break ${run.from}`,
      'run',
      'delete',
      `source ${python}`,
    ];
    runTool('gdb', [
      '-nx',
      '-batch',
      ...commands.flatMap((command) => ['-ex', command]),
      '--args',
      run.file,
      ...(run.args ?? []),
    ]);
    return readFileSync(output, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split('|'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const hex = (value: bigint | undefined): string => (value === undefined ? '?' : value.toString(16));

function frameText(frame: UnwoundFrame): FrameText {
  const saved = [...SAVED.values()].map((register) => frame.registers.dwarf(register));
  return [frame.pc, frame.sp, ...saved].map(hex).join(' ');
}

/**
 * The first frames in the oracle's form, as many as it has and one more if there is one. Beyond a frame found in one of
 * the ways `guesses`, where gdb only supposes that registers were left alone, just pc and sp are compared, and the
 * registers are the oracle's.
 */
export function framesText(
  unwinder: StackUnwinder,
  oracle: readonly FrameText[],
  depth: number,
  guesses: readonly UnwindMethod[],
): FrameText[] {
  const frames: FrameText[] = [];
  let guessed = false;
  for (let i = 0; i < Math.min(oracle.length + 1, depth); i++) {
    const frame = unwinder.frame(i);
    if (!frame) break;
    guessed ||= guesses.includes(frame.how);
    const words = frameText(frame).split(' ');
    const expected = oracle[i]?.split(' ') ?? [];
    frames.push((guessed ? [...words.slice(0, 2), ...expected.slice(2)] : words).join(' '));
  }
  return frames;
}
