/** Core files of the kernel's and of gdb's beside what gdb reads in them. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { CoreTarget } from '../../src/engine/core/coretarget';
import { compileExpression, evaluate, ExpressionError } from '../../src/expr/expression';
import { compile, line } from '../support/debuggees';
import { beginning, crash, gdbCore, gdbPrints, gdbThreads, openCore, ownThreads, placesOf } from './corefiles';

const SOURCE = 'corecrash.cpp';
const FLAGS = ['-g', '-O0', '-pthread'];

function valueIn(core: CoreTarget, tid: number, functionName: string, text: string): string {
  const frame = core
    .stack(tid)
    .frames(0, 30)
    .find((each) => each.functionName === functionName);
  const context = core.evaluationContext(frame, 'read');
  const compiled = compileExpression(text);
  const value = compiled instanceof ExpressionError ? compiled : evaluate(compiled, context);
  if (value instanceof ExpressionError) return value.message;
  return context.format?.(value)?.text?.value ?? value.toString();
}

const kinds: readonly (readonly [string, (program: string) => string])[] = [
  ['the kernel', (program) => crash(program, 'segv')],
  ['gdb', (program) => gdbCore(program, ['segv'], [])],
];

describe.each(kinds)('a core of %s', (_maker, make) => {
  let program: string;
  let path: string;
  let core: CoreTarget;

  beforeAll(() => {
    program = compile(SOURCE, { flags: FLAGS });
    path = make(program);
    core = openCore(path, program);
  });

  it('has the threads, frames and registers that gdb reads', () => {
    const gdb = gdbThreads(program, path);
    const own = ownThreads(core);
    expect(own).toHaveLength(4);
    expect(placesOf(own)).toEqual(placesOf(gdb));
    expect(own.map(({ registers }) => registers)).toEqual(gdb.map(({ registers }) => registers));
  });

  it('tells what ended the process, in the thread that it happened to', () => {
    const { tid, reason, lines } = beginning(core);
    expect(reason).toBe('SIGSEGV');
    expect(core.stack(tid).frame(0)).toMatchObject({
      functionName: 'bring_down',
      source: { line: line(SOURCE, 'fault') },
    });
    expect(lines.join('\n')).toMatch(/corecrash segv\): 4 threads, ended by SIGSEGV \(Segmentation fault\) in thread/);
  });
});
