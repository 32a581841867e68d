/**
 * Golden files: whole conversations kept as text in test/dap/golden and compared word by word. `UPDATE_GOLDEN=1`
 * rewrites them; the diff is then read in review.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { root } from './adapter';
import type { DapClient } from './dapclient';
import { stabilise, type StabiliseOptions } from './stabilise';

export const goldenDir = join(root, 'test/dap/golden');

/** Compares with `test/dap/golden/NAME.txt`. A missing file fails; `UPDATE_GOLDEN=1` writes it. */
export function expectGolden(name: string, actual: string): void {
  const file = join(goldenDir, `${name}.txt`);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
    return;
  }
  if (!existsSync(file)) throw new Error(`no golden file ${name}.txt: run with UPDATE_GOLDEN=1 and read what it wrote`);
  expect(actual, `differs from test/dap/golden/${name}.txt (UPDATE_GOLDEN=1 rewrites it)`).toBe(
    readFileSync(file, 'utf8'),
  );
}

export interface GoldenLog {
  /** Adds one line. */
  add(line: string): void;
  /** Compares everything added so far. */
  expect(): void;
}

/** A log that must be compared before the test ends: a test that only writes it down proves nothing, so it fails. */
export function goldenLog(name: string): GoldenLog {
  const lines: string[] = [];
  let compared = 0;
  onTestFinished(({ task }) => {
    if (task.result?.state === 'fail' || compared === lines.length) return;
    throw new Error(`the golden log ${name} was written to but not compared`);
  });
  return {
    add: (line) => lines.push(line),
    expect: () => {
      expectGolden(name, `${lines.join('\n')}\n`);
      compared = lines.length;
    },
  };
}

/** Records a client's conversation from here on; `expect()` stabilises and compares it, and must be called. */
export function goldenConversation(
  client: DapClient,
  name: string,
  options: StabiliseOptions = {},
): Pick<GoldenLog, 'expect'> {
  let compared = false;
  onTestFinished(({ task }) => {
    if (task.result?.state === 'fail' || compared) return;
    throw new Error(`the conversation ${name} was recorded but not compared`);
  });
  const start = client.transcript.length;
  return {
    expect: () => {
      compared = true;
      expectGolden(name, stabilise(client.transcript.slice(start), options));
    },
  };
}
