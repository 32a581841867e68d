/** The Debug Console: what assignments answer, what its values are afterwards, and how mistakes are told. */
import { expect, it } from 'vitest';
import { FailedResponse } from '../support/dapclient';
import { compile } from '../support/debuggees';
import { launchUntilStopped, startAdapter, topFrame } from '../support/session';

async function start() {
  const client = startAdapter();
  const program = compile('expressions.c', { flags: ['-g', '-O0', '-lm'] });
  const { threadId } = await launchUntilStopped(client, { program }, { breakpoints: { 'expressions.c': ['here'] } });
  const { stackFrames } = await client.request('stackTrace', { threadId });
  const ask = (expression: string, context = 'repl', depth = 0) =>
    client.request('evaluate', { expression, context, frameId: stackFrames[depth]!.id });
  const say = (expression: string, context = 'repl', depth = 0) =>
    ask(expression, context, depth).then(
      ({ result }) => result,
      (error: unknown) => (error instanceof FailedResponse ? error.message : Promise.reject(error as Error)),
    );
  const list = async (variablesReference: number) =>
    (await client.request('variables', { variablesReference })).variables;
  return { client, threadId, ask, say, list };
}

it('answers an assignment with the new value, wherever it is stored', async () => {
  const { say } = await start();
  const texts = [
    ['counter = 9', '9'],
    ['counter', '9'],
    ['counter += 3', '12'],
    ['counter++', '12'],
    ['++counter', '14'],
    ['text[0] = 72', "72 'H'"],
    ['text', '"Hello"'],
    ['packed.a = 2', '2'],
    ['packed.b = -7', '-7'],
    ['packed.wide = 0x1234567890', '78187493520'],
    ['packed', '{a = 2, b = -7, wide = 78187493520, flag = true}'],
    ['boxp->to.x = 5', '5'],
    ['box.from = box.to', '{x = 5, y = 40}'],
    ['precise = 2', '2'],
    ['text = "bye"', '"bye"'],
    ['$rbx = 77', '77'],
    ['$bl', '77'],
  ] as const;
  const said: [string, string][] = [];
  for (const [expression] of texts) said.push([expression, await say(expression)]);
  expect(said).toEqual(texts);
  expect(await say('counter = 20', 'repl', 1)).toBe('20');
  expect(await say('counter', 'watch')).toBe('20');
});

it('keeps what a call returned, to be opened and used again', async () => {
  const { ask, say, list } = await start();
  const made = await ask('mirror(box.to)');
  expect(made).toMatchObject({ result: '{x = 40, y = 30}', type: 'struct point' });
  // Other values come, and the program changes, before anybody opens it.
  expect(await say('set(&counter, 5), counter')).toBe('5');
  const other = await ask('mirror(box.from)');
  expect(other.variablesReference).not.toBe(made.variablesReference);
  await say('box.to.x = 1');
  expect(
    (await list(made.variablesReference)).map(({ name, value, evaluateName }) => [name, value, evaluateName]),
  ).toEqual([
    ['x', '40', '$1.x'],
    ['y', '30', '$1.y'],
  ]);
  expect((await list(other.variablesReference)).map(({ value }) => value)).toEqual(['2', '1']);
  expect(await say('$1.x + $3.x', 'watch')).toBe('42');
  expect(await say('$1')).toBe('{x = 40, y = 30}');
  expect(await say('$')).toBe('{x = 40, y = 30}');
  expect(await say('$$4')).toBe('5');
  expect(await say('box')).toBe(
    '{from = {x = 1, y = 2}, to = {x = 1, y = 40}, name = 0x0 "box"}'.replace('0x0', await pointer(say)),
  );
  await say('box.from.x = 100');
  expect(await say('$8.from.x')).toBe('1');
  expect(await say('$1 = 3')).toMatch(/^What the Debug Console has shown stays as it is\./);
  expect(await say('$1.x = 3')).toMatch(/^A constant cannot be changed\./);
  expect(await say('$99', 'watch')).toMatch(/^The Debug Console has no value '\$99'; its last one is '\$\d+'\.$/);
});

async function pointer(say: (expression: string, context: string) => Promise<string>): Promise<string> {
  return /0x[0-9a-f]+/.exec(await say('box.name', 'watch'))![0];
}

it('points at mistakes in the console, and says them in one line elsewhere', async () => {
  const { client, say, threadId } = await start();
  expect(await say('box.frm')).toBe("No member 'frm' in 'struct rect'; did you mean 'from'?\nbox.frm\n    ^^^");
  for (const context of ['hover', 'watch', 'variables', 'clipboard']) {
    expect(await say('box.frm', context)).toBe("No member 'frm' in 'struct rect'; did you mean 'from'?");
  }
  const frame = await topFrame(client, threadId);
  const wrong = client.request('setExpression', { expression: 'counter', value: 'box.frm', frameId: frame.id });
  await expect(wrong).rejects.toThrow(/^[^\n]*'frm'[^\n]*$/);
});
