/** Inlined calls as frames, and steps over, into and out of them; gdb tells where each of them ends. */
import { describe, expect, it } from 'vitest';
import type { StepKind } from '../../src/engine/types';
import { compile, line } from '../support/debuggees';
import { gdbFrames } from './gdbsteps';
import { Driver } from './harness';

/** As `gdbFrames` prints them. */
function frames(driver: Driver): string[] {
  const shown: string[] = [];
  for (const frame of driver.target.stack(driver.tid).frames(0, 50)) {
    shown.push(`${frame.functionName}${frame.isInlined ? '*' : ''}:${frame.source?.line}`);
    if (frame.functionName === 'main') break;
  }
  return shown;
}

const INTO_6: StepKind[] = ['into', 'into', 'into', 'into', 'into', 'into'];
const OVER_6: StepKind[] = ['over', 'over', 'over', 'over', 'over', 'over'];

const TABLE: [source: string, from: string, steps: StepKind[]][] = [
  ['inline.c', 'work_first', OVER_6],
  ['inline.c', 'work_first', INTO_6],
  ['inline.c', 'outer_first', OVER_6],
  ['inline.c', 'outer_first', INTO_6],
  ['inline.c', 'innermost_first', OVER_6],
  ['inline.c', 'innermost_first', INTO_6],
  ['inline.c', 'loop_after', [...OVER_6, ...OVER_6]],
  ['inline.c', 'enters_after', OVER_6],
  ['inline.cpp', 'lambda_after', OVER_6],
];

const COMPILERS = { '.c': ['gcc', 'clang'], pp: ['g++', 'clang++'] } as const;

describe.each(['-O1', '-O2', '-Og'] as const)('steps at %s', (level) => {
  for (const [source, from, steps] of TABLE) {
    const compilers = source.endsWith('.c') ? COMPILERS['.c'] : COMPILERS.pp;
    it.each(compilers)(
      `of %s in ${source} from #${from} ${JSON.stringify(steps)} end where gdb's do`,
      async (compiler) => {
        const options = { compiler, flags: ['-g', level] };
        const place = `${source}:${line(source, from)}`;
        const expected = gdbFrames(compile(source, options), place, steps);
        const driver = await Driver.launch(source, { compile: options });
        driver.breakAt(from);
        driver.start();
        await driver.stop();
        driver.breakAt();
        const taken = [frames(driver).join(' < ')];
        for (const kind of steps) {
          await driver.step(kind);
          taken.push(frames(driver).join(' < '));
        }
        expect(taken).toEqual(expected);
      },
    );
  }
});
