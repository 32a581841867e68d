/** Names that are in no unit near the frame: the first answer is the right one, however long the index takes. */
import { describe, expect, it } from 'vitest';
import { compile } from '../support/debuggees';
import type { DapClient } from '../support/dapclient';
import { launchUntilStopped, startAdapter, topFrame } from '../support/session';

const program = compile(['names/near.cpp', 'names/far.cpp'], { flags: ['-g', '-O0'], name: 'names' });

interface Stopped {
  readonly client: DapClient;
  readonly threadId: number;
  readonly frameId: number;
}

async function stopAt(marker: string): Promise<Stopped> {
  const client = startAdapter();
  const { threadId } = await launchUntilStopped(client, { program }, { breakpoints: { 'names/near.cpp': [marker] } });
  return { client, threadId, frameId: (await topFrame(client, threadId)).id };
}

const evaluate = async ({ client, frameId }: Stopped, expression: string, context: string): Promise<string> =>
  (await client.request('evaluate', { expression, frameId, context })).result;

describe('the first question', () => {
  it.each([
    ['watch', 'far_away::counter', '100'],
    ['hover', 'far_away::latest.high', '4'],
    ['watch', '*(far_away::Reading *)&far_away::latest', '{low = 3, high = 4}'],
    ['clipboard', 'far_away::counter', '100'],
    ['repl', 'opaque->value', '7'],
    ['repl', 'sizeof(far_away::Reading)', '4'],
  ])('%s: %s', async (context, expression, value) => {
    expect(await evaluate(await stopAt('main'), expression, context)).toBe(value);
  });

  it('an assignment in the console is done once', async () => {
    const stop = await stopAt('main');
    expect(await evaluate(stop, 'far_away::counter += 5', 'repl')).toBe('105');
    expect(await evaluate(stop, 'far_away::counter', 'watch')).toBe('105');
  });

  it('setExpression', async () => {
    const stop = await stopAt('main');
    const { client, frameId } = stop;
    const set = { expression: 'far_away::latest.low', value: 'far_away::counter + 1', frameId };
    expect(await client.request('setExpression', set)).toMatchObject({ value: '101' });
    expect(await evaluate(stop, 'far_away::latest.low', 'watch')).toBe('101');
  });

  it('dataBreakpointInfo', async () => {
    const { client, frameId } = await stopAt('main');
    const info = await client.request('dataBreakpointInfo', { name: 'far_away::counter', frameId });
    expect(info.description).toBe('far_away::counter');
    expect(info.dataId).not.toBeNull();
  });

  it('completions', async () => {
    const { client, frameId } = await stopAt('main');
    const { targets } = await client.request('completions', { text: 'opaque->', column: 9, frameId });
    expect(targets.map(({ label }) => label)).toEqual(expect.arrayContaining(['value', 'label']));
  });
});

it('a view shows what an incomplete type holds as soon as it is known', async () => {
  const { client, frameId } = await stopAt('main');
  const { scopes } = await client.request('scopes', { frameId });
  const locals = scopes.find(({ name }) => name === 'Locals')!.variablesReference;
  const invalidated = client.waitFor('invalidated', () => true);
  const members = async (): Promise<string[]> => {
    const { variables } = await client.request('variables', { variablesReference: locals });
    const opaque = variables.find(({ name }) => name === 'opaque')!;
    if (opaque.variablesReference === 0) return [];
    const inside = await client.request('variables', { variablesReference: opaque.variablesReference });
    return inside.variables.map(({ name, value }) => `${name} = ${value}`);
  };
  const wanted = ['value = 7', 'label = "seven"'];
  // A fast machine may know at once.
  if ((await members()).join() !== wanted.join()) {
    await invalidated;
    expect(await members()).toEqual(wanted);
  }
});

it('conditions and log messages know them at the first hit', async () => {
  const client = startAdapter();
  const { threadId } = await launchUntilStopped(
    client,
    { program },
    {
      breakpoints: {
        'names/near.cpp': [
          { at: 'main', logMessage: 'latest {far_away::latest}' },
          { at: 'step', condition: 'far_away::counter == 103' },
        ],
      },
    },
  );
  const frameId = (await topFrame(client, threadId)).id;
  expect(await evaluate({ client, threadId, frameId }, 'i', 'watch')).toBe('3');
  const said = await client.waitFor('output', ({ body }: { body?: { output?: string } }) =>
    /latest/.test(body?.output ?? ''),
  );
  expect(said.body).toMatchObject({ output: 'latest {low = 3, high = 4}\n' });
});

it('a name that nobody has is said to be unknown', async () => {
  const stop = await stopAt('main');
  await expect(evaluate(stop, 'no_such_name', 'watch')).rejects.toThrow("There is no symbol 'no_such_name'");
});
