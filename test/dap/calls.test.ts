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

it('calls functions of libraries, those that a resolver chooses among them', async () => {
  const client = startAdapter();
  const program = compile('expressions.c', { flags: ['-g', '-O0', '-lm'] });
  const { threadId } = await launchUntilStopped(client, { program }, { breakpoints: { 'expressions.c': ['here'] } });
  const { id: frameId } = await topFrame(client, threadId);
  const evaluate = (expression: string) =>
    client.request('evaluate', { expression, context: 'repl', frameId }).then(
      ({ result, type }) => `${result} : ${type}`,
      (error: unknown) => (error instanceof FailedResponse ? error.message : Promise.reject(error as Error)),
    );
  // These are STT_GNU_IFUNC in glibc: what is at their address only says which function to call.
  expect(await evaluate('(int)strlen(text)')).toBe('5 : int');
  expect(await evaluate('(int)strlen("four")')).toBe('4 : int');
  expect(await evaluate('((unsigned long (*)(const char *))strlen)(text)')).toBe('5 : unsigned long');
  expect(await evaluate('(char *)strchr(text, 108)')).toMatch(/^0x[0-9a-f]+ (<.*> )?"llo" : char \*$/);
  expect(await evaluate('(int)memcmp(text, "help", 4) < 0, *(char *)strcpy(text, "jelly"), text')).toBe(
    '"jelly" : char [16]',
  );
  // Nothing says what it returns.
  expect(await evaluate('strlen(text)')).toBe(
    "The result type of 'strlen' is not known; cast the call, as in (int)strlen(…).\nstrlen(text)\n^^^^^^",
  );
  expect(await evaluate('((double (*)(double, int))ldexp)(1.5, 2)')).toBe('6 : double');
  await client.request('continue', { threadId });
  await client.waitFor('terminated');
});
