/** Inlined calls as frames, and steps over, into and out of them; gdb tells where each of them ends. */
import { describe, expect, it } from 'vitest';
import type { StepKind } from '../../src/engine/types';
import { compile, line } from '../support/debuggees';
import { gdbWalks } from './gdbsteps';
import { Driver } from './harness';

/** Without scopes, template arguments and parameters, which demanglers and compilers write each in their own way. */
function simpleName(name: string): string {
  if (/operator\(\)/.test(name)) return 'operator()';
  return name.replace(/\(.*|<.*/, '').replace(/^.*::/, '');
}

/** As gdb's are printed. */
function frames(driver: Driver): string {
  const shown: string[] = [];
  for (const frame of driver.target.stack(driver.tid).frames(0, 50)) {
    shown.push(`${simpleName(frame.functionName ?? '?')}${frame.isInlined ? '*' : ''}:${frame.source?.line}`);
    if (frame.functionName === 'main') break;
  }
  return shown.join(' < ');
}

function simplified(place: string): string {
  const parts = place.split(' < ').map((part) => /^(.*?)(\*?:\d+)$/.exec(part));
  return parts.map((part) => simpleName(part![1]!) + part![2]!).join(' < ');
}

async function walk(source: string, options: Parameters<typeof compile>[1], from: string, steps: readonly StepKind[]) {
  const driver = await Driver.launch(source, { compile: options });
  driver.breakAt(from);
  driver.start();
  await driver.stop();
  driver.breakAt();
  const taken = [frames(driver)];
  for (const kind of steps) {
    await driver.step(kind);
    taken.push(frames(driver));
  }
  await driver.dispose();
  return taken;
}

const times = (count: number, kind: StepKind): StepKind[] => Array.from({ length: count }, () => kind);

const TABLES: Record<string, [from: string, steps: StepKind[]][]> = {
  'inline.c': [
    ['work_first', times(8, 'over')],
    ['work_first', times(14, 'into')],
    ['outer_first', times(6, 'over')],
    ['outer_first', times(8, 'into')],
    ['innermost_first', times(6, 'over')],
    ['innermost_first', times(6, 'into')],
    ['loop_after', times(12, 'over')],
    ['enters_after', times(3, 'over')],
    ['main_enters', times(5, 'into')],
    ['main_enters', ['into', 'over', 'over', 'over']],
  ],
  'inline.cpp': [
    ['lambda_after', times(4, 'over')],
    ['main_lambdas', times(8, 'into')],
    ['main_lambdas', ['into', ...times(5, 'over')]],
    ['main_points', times(8, 'into')],
    ['main_points', ['into', ...times(5, 'over')]],
    ['sum_first', times(5, 'over')],
    ['sum_first', times(5, 'into')],
    ['lambda_body', times(5, 'over')],
  ],
};

const COMPILERS = [
  ['inline.c', 'gcc'],
  ['inline.c', 'clang'],
  ['inline.cpp', 'g++'],
  ['inline.cpp', 'clang++'],
] as const;

describe.each(COMPILERS)('steps in %s by %s', (source, compiler) => {
  it.each(['-Og', '-O2'])('at %s end where gdb says', async (level) => {
    const options = { compiler, flags: ['-g', level] };
    const table = TABLES[source]!;
    const expected = gdbWalks(
      compile(source, options),
      table.map(([from, steps]) => ({ from: `${source}:${line(source, from)}`, steps })),
    );
    const taken: string[][] = [];
    for (const [from, steps] of table) taken.push(await walk(source, options, from, steps));
    expect(taken).toEqual(expected.map((places) => places.map(simplified)));
  });
});
