/** Functions called from the Debug Console, and what the client hears of it. */
import { expect, it } from 'vitest';
import { compile } from '../support/debuggees';
import { FailedResponse } from '../support/dapclient';
import { launchUntilStopped, startAdapter, topFrame } from '../support/session';

it('calls functions in the console only, and leaves the frames as they were', async () => {
  const client = startAdapter();
  const program = compile('expressions.c', { flags: ['-g', '-O0', '-lm'] });
  const { threadId } = await launchUntilStopped(client, { program }, { breakpoints: { 'expressions.c': ['here'] } });
  const frame = await topFrame(client, threadId);
  const evaluate = (expression: string, context: string) =>
    client.request('evaluate', { expression, context, frameId: frame.id }).then(
      ({ result, type }) => `${result} : ${type}`,
      (error: unknown) => (error instanceof FailedResponse ? error.message : Promise.reject(error as Error)),
    );
  expect(await evaluate('add(counter, 1)', 'repl')).toBe('43 : int');
  expect(await evaluate('mirror(box.to)', 'repl')).toBe('{x = 40, y = 30} : struct point');
  expect(await evaluate('name_of(boxp),s', 'repl')).toMatch(/"box"/);
  expect(await evaluate('add(1, 2)', 'hover')).toMatch(/^This would call 'add' in the program/);
  expect(await evaluate('add(1, 2)', 'watch')).toMatch(/^This would call 'add' in the program/);
  expect(await evaluate('counter = 9', 'hover')).toMatch(/^This would change the program/);
  expect(await evaluate('crash(0)', 'repl')).toMatch(
    /received SIGSEGV.*The thread is as it was before\.\ncrash\(0\)\n\^/s,
  );
  expect(await evaluate('set(&counter, 5), counter', 'repl')).toBe('5 : int');
  expect(await evaluate('$_ + 1', 'repl')).toBe('6 : int');
  expect(await topFrame(client, threadId)).toMatchObject({ name: 'work', line: frame.line });
  await client.request('continue', { threadId });
  await client.waitFor('terminated');
});
