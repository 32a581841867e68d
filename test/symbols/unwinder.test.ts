/** Backtraces of real processes at every instruction, against gdb's. */
import { describe, expect, it } from 'vitest';
import type { UnwindMethod } from '../../src/symbols/unwind/unwinder';
import { compile } from '../support/debuggees';
import { framesText, gdbFrames, pcOf } from './gdbframes';
import { StoppedProcess, type StartOptions } from './stoppedprocess';

const DEPTH = 12;

interface Comparison extends StartOptions {
  readonly steps?: number;
  /** Compared instructions at least. */
  readonly atLeast: number;
  /** Where gdb is no oracle for registers. */
  readonly guesses?: readonly UnwindMethod[];
}

/** Steps through walk() of a program until it returns and compares the frames at every instruction. */
function compareWalk(
  file: string,
  { steps = 5000, atLeast, guesses = ['frame-pointer'], ...options }: Comparison,
): void {
  const run = { file, args: options.args, from: '*walk', until: 'return', steps, depth: DEPTH } as const;
  const oracle = gdbFrames(run);
  expect(oracle.length).toBeGreaterThan(atLeast);
  const process = StoppedProcess.start(file, options);
  let shortCuts = 0;
  try {
    process.runTo(process.address('walk'));
    const innermost = process.innermostCfa();
    for (const [step, frames] of oracle.entries()) {
      // Where there is no call frame information gdb makes up callers whose pc is a word of the stack.
      const expected = frames.filter((frame, i) => i === 0 || process.isCode(pcOf(frame) - 1n));
      const unwinder = process.unwinder();
      expect(framesText(unwinder, expected, DEPTH, guesses), `step ${step}`).toEqual(expected);
      const cfa = innermost.at(process.registers.pc, process.registers);
      if (cfa !== undefined) shortCuts++;
      expect(cfa ?? unwinder.frame(0)!.cfa, `step ${step}`).toBe(unwinder.frame(0)!.cfa);
      process.step();
    }
  } finally {
    process.kill();
  }
  // Wherever there is call frame information.
  if (guesses.every((guess) => guess === 'frame-pointer') && !options.readInstead) {
    expect(shortCuts).toBeGreaterThan(oracle.length / 4);
  }
}

describe('every instruction has the backtrace that gdb has', () => {
  for (const [compiler, flags] of [
    ['gcc', ['-O0', '-g']],
    ['gcc', ['-O2', '-g', '-Wl,-z,now']],
    ['gcc', ['-O2', '-fno-omit-frame-pointer', '-fcf-protection', '-Wl,-z,now']],
    ['gcc', ['-Os', '-fomit-frame-pointer', '-static', '-no-pie']],
    ['gcc', ['-O3', '-g', '-fno-asynchronous-unwind-tables', '-static-pie']],
    ['clang', ['-O0', '-g', '-Wl,-z,now']],
    ['clang', ['-O2', '-fomit-frame-pointer', '-Wl,-z,now']],
    ['clang', ['-O1', '-fno-omit-frame-pointer', '-fuse-ld=lld']],
  ] as const) {
    it(`${compiler} ${flags.join(' ')}`, () => {
      compareWalk(compile('unwind.c', { compiler, flags }), { atLeast: 400 });
    });
  }

  it('musl, whose libc has neither call frame information nor frame pointers', () => {
    const file = compile('unwind.c', { compiler: 'musl-gcc', flags: ['-O2', '-g', '-DWITHOUT_SYMBOLS'] });
    compareWalk(file, { atLeast: 300, guesses: ['code'] });
  });

  // gdb reads .debug_frame; we get copies of the files without it, with their symbols and without any.
  for (const [compiler, flags] of [
    ['gcc', ['-O0', '-g']],
    ['gcc', ['-O2', '-g']],
    ['gcc', ['-O2', '-g', '-fno-omit-frame-pointer', '-fcf-protection']],
    ['clang', ['-O0', '-g']],
    ['clang', ['-O2', '-g']],
  ] as const) {
    for (const [what, objcopy, defines] of [
      ['symbols', '--remove-section=.debug*', []],
      ['nothing', '--strip-all', ['-DWITHOUT_SYMBOLS']],
    ] as const) {
      it(`by the code alone, with ${what}: ${compiler} ${flags.join(' ')}`, () => {
        const tables = ['-fno-asynchronous-unwind-tables', '-fno-unwind-tables'];
        const all = [...flags, ...tables, '-Wl,-z,now', '-DWITHOUT_CFI', ...defines];
        const file = compile('unwind.c', { compiler, flags: all });
        const stripped = compile('unwind.c', { compiler, flags: all, then: [['objcopy', objcopy]] });
        compareWalk(file, { atLeast: 300, readInstead: new Map([[file, stripped]]) });
      });
    }
  }

  for (const flags of [
    ['-O0', '-g'],
    ['-O2', '-fomit-frame-pointer'],
    ['-O2', '-static'],
  ]) {
    it(`in signal handlers: gcc ${flags.join(' ')}`, () => {
      compareWalk(compile('unwindsignals.c', { flags }), { atLeast: 30 });
    });
  }

  it('by expressions and odd rules', () => {
    compareWalk(compile('unwindexpressions.s', { compiler: 'as' }), { atLeast: 25 });
  });
});
