/** What is no DAP at all: the adapter says so on stderr and ends, and the debuggee does not outlive it. */
import { describe, expect, it } from 'vitest';
import { compile } from '../support/debuggees';
import { eventually, isAlive } from '../support/processes';
import { initialize, launchUntilStopped, startAdapter } from '../support/session';

describe('malformed framing', () => {
  it.each([
    ['a length that is no number', 'Content-Length: x\r\n\r\n', 'Content-Length is no number'],
    ['a length of 10 GB', 'Content-Length: 10000000000\r\n\r\n{}', 'is more than the limit'],
    ['no header at all', 'GET / HTTP/1.1\r\n\r\n', 'expected a Content-Length header'],
    ['bare newlines', 'Content-Length: 2\n\n{}', 'header lines must end with'],
  ])('%s ends the session with a message', async (_name, bytes, message) => {
    const client = startAdapter();
    await launchUntilStopped(client, { program: compile('spin.c'), stopOnEntry: 'main' });
    const process = await client.waitFor('process');
    const { systemProcessId } = process.body as { systemProcessId: number };
    client.sendBytes(bytes);
    expect(await client.exited()).toBe(1);
    await eventually(() => client.stderr.includes(message), 'the complaint is on stderr');
    expect(isAlive(systemProcessId)).toBe(false);
  });

  it('a body that is no JSON loses only that message', async () => {
    const client = startAdapter();
    await initialize(client);
    client.sendBytes('Content-Length: 3\r\n\r\n{a}Content-Length: 2\r\n\r\n[]');
    const first = await client.waitFor('output');
    expect(first.body).toMatchObject({ category: 'important', output: expect.stringContaining('no JSON') as string });
    expect(await client.request('cancel', {})).toBeUndefined();
    await eventually(() => client.stderr.includes('is no JSON object'), 'the complaint is on stderr');
  });

  it('a request without a command is not answered, but said', async () => {
    const client = startAdapter();
    const body = '{"type":"request","seq":5}';
    client.sendBytes(`Content-Length: ${body.length}\r\n\r\n${body}`);
    await client.waitFor('output');
    await initialize(client);
    await eventually(
      () => client.stderr.includes('a request needs a "seq" and a "command"'),
      'the complaint is on stderr',
    );
  });
});

describe('a client that goes away', () => {
  it.each(['stopped', 'running'])('takes the launched program with it while it is %s', async (state) => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program: compile('spin.c'), stopOnEntry: 'main' });
    const { systemProcessId } = (await client.waitFor('process')).body as { systemProcessId: number };
    if (state === 'running') await client.request('continue', { threadId });
    client.hangUp();
    expect(await client.exited()).toBe(0);
    expect(isAlive(systemProcessId)).toBe(false);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('an adapter ended by %s does so too', async (signal) => {
    const client = startAdapter();
    await launchUntilStopped(client, { program: compile('spin.c'), stopOnEntry: 'main' });
    const { systemProcessId } = (await client.waitFor('process')).body as { systemProcessId: number };
    process.kill(client.pid, signal);
    await client.exited();
    expect(isAlive(systemProcessId)).toBe(false);
  });

  it('and an adapter that is killed leaves nothing either', async () => {
    const client = startAdapter();
    await launchUntilStopped(client, { program: compile('spin.c'), stopOnEntry: 'main' });
    const { systemProcessId } = (await client.waitFor('process')).body as { systemProcessId: number };
    process.kill(client.pid, 'SIGKILL');
    expect(await client.exited()).toBe('SIGKILL');
    await eventually(() => !isAlive(systemProcessId), 'the debuggee has died');
  });
});
