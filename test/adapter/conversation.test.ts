import { describe, expect, it } from 'vitest';
import { compile, sourcePath } from '../support/debuggees';
import { frames, launchUntilStopped, runToEnd, startAdapter } from '../support/session';

describe('a launch', () => {
  it('stops in main, shows its place and runs to the end', async () => {
    const client = startAdapter();
    const stop = await launchUntilStopped(client, { program: compile('hello.c'), stopOnEntry: 'main' });
    expect(stop).toMatchObject({ reason: 'entry', allThreadsStopped: true });
    const [top] = await frames(client, stop.threadId);
    expect(top).toMatchObject({ name: 'main', source: { path: sourcePath('hello.c') } });
    expect(await runToEnd(client, stop.threadId)).toMatchObject({ exitCode: 0, output: { stdout: 'hello 11\n' } });
  });
});
