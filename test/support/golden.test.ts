import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './adapter';
import type { Entry } from './dapclient';
import { goldenDir } from './golden';
import { stabilise } from './stabilise';

function adapter(message: object): Entry {
  return { from: 'adapter', message: { seq: 1, ...message } as Entry['message'] };
}

test('two runs of one conversation read the same', () => {
  const run = (thread: number, base: bigint, cut: number): Entry[] => [
    { from: 'client', message: { seq: 7, type: 'request', command: 'next', arguments: { threadId: thread } } as never },
    adapter({ type: 'event', event: 'output', body: { category: 'stdout', output: 'hello\n'.slice(0, cut) } }),
    adapter({ type: 'response', request_seq: 7, command: 'next', success: true }),
    adapter({ type: 'event', event: 'output', body: { category: 'stdout', output: 'hello\n'.slice(cut) } }),
    adapter({ type: 'event', event: 'stopped', body: { reason: 'step', threadId: thread, allThreadsStopped: true } }),
    adapter({
      type: 'response',
      request_seq: 8,
      command: 'stackTrace',
      success: true,
      body: {
        stackFrames: [
          { id: thread * 3, name: 'main', line: 4, source: { path: `${root}/test/debuggees/hello.c` } },
          { id: 99, name: `lib${thread}`, line: 0, instructionPointerReference: `0x${(base + 8n).toString(16)}` },
        ],
      },
    }),
  ];
  const first = stabilise(run(1234, 0x7fff0000n, 2));
  expect(first).toBe(stabilise(run(77, 0x55550000n, 5)));
  expect(first).toContain('"threadId":"<thread 1>"');
  expect(first).toContain('"<system>"');
  expect(first).toContain('output stdout\n  | hello\n');
});

test('a failed response keeps its sentence', () => {
  const body = { error: { id: 1, format: 'no such program' } };
  const text = stabilise([adapter({ type: 'response', command: 'launch', success: false, message: 'no', body })]);
  expect(text).toContain('← launch FAILED {"message":"no","error":{"id":1,"format":"no such program"}}');
});

test('a test that logs without comparing fails', () => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const directory = mkdtempSync(join(root, '.cache', 'golden-'));
  try {
    const file = join(directory, 'forgetful.test.ts');
    const support = JSON.stringify(join(root, 'test/support/golden'));
    writeFileSync(
      file,
      `import { test } from 'vitest'; import { goldenLog } from ${support};
       test('forgets', () => goldenLog('none').add('a line'));`,
    );
    const config = join(directory, 'vitest.config.mts');
    writeFileSync(config, `export default { test: { include: ['*.test.ts'], root: ${JSON.stringify(directory)} } };`);
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const run = spawnSync(process.execPath, [vitest, 'run', '--config', config], { cwd: directory, encoding: 'utf8' });
    expect(run.stdout + run.stderr).toContain('was written to but not compared');
    expect(run.status).toBe(1);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('every golden file belongs to a test', () => {
  const folder = join(root, 'test/dap');
  const tests = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  const sources = tests.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  for (const name of existsSync(goldenDir) ? readdirSync(goldenDir) : []) {
    expect(sources, `${name} is named by no test`).toContain(name.replace(/\.txt$/, ''));
  }
});
