/** The Variables view end to end: scopes, trees, pages, references that survive steps, new values. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { compile } from '../support/debuggees';
import { FailedResponse, type DapClient } from '../support/dapclient';
import { launchUntilStopped, resume, startAdapter, topFrame } from '../support/session';
import { goldenLog } from '../support/golden';

const values = compile('values.cpp');

interface Stopped {
  readonly client: DapClient;
  readonly threadId: number;
  readonly frameId: number;
}

async function stopAt(marker: string, args: object = {}): Promise<Stopped> {
  const client = startAdapter();
  const { threadId } = await launchUntilStopped(
    client,
    { program: values, ...args },
    { breakpoints: { 'values.cpp': [marker] } },
  );
  return { client, threadId, frameId: (await topFrame(client, threadId)).id };
}

async function scope({ client, frameId }: Stopped, name: string): Promise<number> {
  const { scopes } = await client.request('scopes', { frameId });
  const found = scopes.find((each) => each.name === name);
  if (!found) throw new Error(`no scope ${name}: ${scopes.map((each) => each.name).join(', ')}`);
  return found.variablesReference;
}

async function list(
  client: DapClient,
  variablesReference: number,
  page: Partial<DebugProtocol.VariablesArguments> = {},
): Promise<Map<string, DebugProtocol.Variable>> {
  const { variables } = await client.request('variables', { variablesReference, ...page });
  return new Map(variables.map((variable) => [variable.name, variable]));
}

const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => 'it succeeded',
    (error: unknown) => (error instanceof FailedResponse ? error.message : Promise.reject(error as Error)),
  );

/** Addresses differ from run to run and from compiler to compiler. */
const stable = (text: string): string => text.replace(/0x[0-9a-f]{5,}/g, '0xADDR').replace(/\+\d+>/g, '+N>');

describe('scopes', () => {
  it('show every kind of value, three levels deep', async () => {
    const stop = await stopAt('inner');
    const golden = goldenLog('variables');
    const { scopes } = await stop.client.request('scopes', { frameId: stop.frameId });
    const walk = async (reference: number, indent: string): Promise<void> => {
      const { variables } = await stop.client.request('variables', {
        variablesReference: reference,
        start: 0,
        count: 8,
      });
      for (const { name, value, type, evaluateName, presentationHint, variablesReference } of variables) {
        const hint = presentationHint ? ` ${JSON.stringify(presentationHint)}` : '';
        golden.add(stable(`${indent}${name} = ${value} [${type ?? ''}] ${evaluateName ?? '-'}${hint}`));
        if (variablesReference > 0 && indent.length < 6) await walk(variablesReference, `${indent}  `);
      }
    };
    for (const { name, variablesReference, presentationHint, expensive, namedVariables } of scopes) {
      golden.add(`${name}: ${presentationHint ?? '-'}, ${expensive ? 'expensive' : 'cheap'}`);
      if (name === 'Registers') continue;
      const pages = Math.ceil((namedVariables ?? 8) / 8);
      for (let page = 0; page < Math.max(1, pages); page++) {
        const { variables } = await stop.client.request('variables', {
          variablesReference,
          start: page * 8,
          count: 8,
        });
        for (const variable of variables) {
          const hint = variable.presentationHint ? ` ${JSON.stringify(variable.presentationHint)}` : '';
          const { evaluateName } = variable;
          golden.add(
            stable(`  ${variable.name} = ${variable.value} [${variable.type ?? ''}] ${evaluateName ?? '-'}${hint}`),
          );
          if (variable.variablesReference > 0) await walk(variable.variablesReference, '    ');
        }
      }
    }
    golden.expect();
  });

  it('show what the function returned that was stepped out of', async () => {
    const stop = await stopAt('add_return');
    await resume(stop.client, 'stepOut', { threadId: stop.threadId });
    const frameId = (await topFrame(stop.client, stop.threadId)).id;
    const returned = await list(stop.client, await scope({ ...stop, frameId }, 'Return Value'));
    expect([...returned.values()]).toMatchObject([{ name: 'add()', value: '5', type: 'int' }]);
  });
});

describe('expressions for children', () => {
  it('evaluate to the same value', async () => {
    const { client, frameId, ...rest } = await stopAt('inner');
    const wrong: string[] = [];
    const check = async (reference: number, depth: number): Promise<void> => {
      for (const variable of (await list(client, reference, { start: 0, count: 10 })).values()) {
        const { evaluateName, value, variablesReference } = variable;
        if (evaluateName !== undefined && !evaluateName.startsWith('big_array')) {
          const response = await client.requestRaw('evaluate', { expression: evaluateName, frameId, context: 'watch' });
          const result = response.success ? (response.body as { result: string }).result : response.message;
          // What cannot be read has no value to compare.
          if (!value.startsWith('<cannot') && result !== value) wrong.push(`${evaluateName}: ${result}, not ${value}`);
        }
        if (variablesReference > 0 && depth > 0) await check(variablesReference, depth - 1);
      }
    };
    for (const name of ['Locals', 'Arguments', 'Statics'])
      await check(await scope({ client, frameId, ...rest }, name), 2);
    expect(wrong).toEqual([]);
  });
});

describe('references', () => {
  it('stay the same over steps, into a call and back', async () => {
    const stop = await stopAt('call');
    const { client, threadId } = stop;
    const before = await list(client, await scope(stop, 'Locals'));
    const inner = await list(client, before.get('head')!.variablesReference);
    expect(inner.get('next')!.value).toMatch(/\{value = 2, next = 0x0\}$/);
    await resume(client, 'stepIn', { threadId });
    // Deeper in the stack now, and still the same variable.
    const meanwhile = await list(client, before.get('head')!.variablesReference);
    expect(meanwhile.get('value')!.value).toBe('1');
    expect(meanwhile.get('next')!.variablesReference).toBe(inner.get('next')!.variablesReference);
    await resume(client, 'stepOut', { threadId });
    const frameId = (await topFrame(client, threadId)).id;
    const after = await list(client, await scope({ client, threadId, frameId }, 'Locals'));
    for (const name of ['head', 'array', 'pointer', 'matrix']) {
      expect(after.get(name)!.variablesReference, name).toBe(before.get(name)!.variablesReference);
    }
    const watch = () => client.request('evaluate', { expression: 'head', frameId, context: 'watch' });
    expect((await watch()).variablesReference).toBe((await watch()).variablesReference);
  });

  it('of a frame that has returned are refused', async () => {
    const stop = await stopAt('add');
    const locals = await scope(stop, 'Locals');
    await resume(stop.client, 'stepOut', { threadId: stop.threadId });
    expect(await failed(stop.client.request('variables', { variablesReference: locals }))).toBe(
      'The frame of this variable has returned.',
    );
    expect(await failed(stop.client.request('variables', { variablesReference: 123456 }))).toContain(
      'no variables reference',
    );
  });
});

describe('pages', () => {
  it('of a million elements hold what was asked for', async () => {
    const { client, frameId } = await stopAt('inner');
    const all = await client.request('evaluate', { expression: 'big_array', frameId, context: 'watch' });
    expect(all).toMatchObject({
      indexedVariables: 1_000_000,
      result: expect.stringMatching(/^\{0, 1, 2, .*\.\.\.\}$/) as string,
    });
    const { variablesReference } = all;
    const page = await list(client, variablesReference, { filter: 'indexed', start: 999_990, count: 100 });
    expect([...page.keys()]).toEqual(Array.from({ length: 10 }, (_, i) => `[${999_990 + i}]`));
    expect(page.get('[999999]')).toMatchObject({ value: '999999', evaluateName: 'big_array[999999]' });
    expect(await list(client, variablesReference, { filter: 'named' })).toEqual(new Map());
  });

  it('show long arrays of numbers as they show a few of their elements', async () => {
    const { client, frameId } = await stopAt('inner');
    for (const type of ['int', 'unsigned char', 'char', 'bool', 'long', 'double', 'float']) {
      // Bytes of the stack: the same ones for both questions.
      const expression = `*(${type} (*)[64])&array`;
      const { variablesReference } = await client.request('evaluate', { expression, frameId, context: 'watch' });
      for (const format of [{}, { hex: true }]) {
        const all = await list(client, variablesReference, { format });
        expect(all.size).toBe(64);
        const some = await list(client, variablesReference, { format, start: 2, count: 3 });
        expect([...some.values()]).toEqual([...all.values()].slice(2, 5));
      }
    }
  });

  it('show numbers in hexadecimal when asked', async () => {
    const stop = await stopAt('inner');
    const locals = await list(stop.client, await scope(stop, 'Locals'), { format: { hex: true } });
    expect(locals.get('number')!.value).toBe('0xfffffffb');
    expect(locals.get('array')!.value).toBe('{0x1, 0x2, 0x3, 0x4, 0x5}');
    expect(locals.get('third')!.value).toBe('0.3333333333333333');
  });
});

/** What cannot be set, and why. */
const refusals: readonly (readonly [string, string, string])[] = [
  ['number', 'nonsense', 'nonsense'],
  ['number', '', 'There is no value to set.'],
  ['buffer', '"seventeen letters"', 'buffer cannot be set: the array has room for 16 characters.'],
  ['point', '{1, 2}', 'point cannot be set: set its members one by one.'],
  ['nosuch', '1', 'There is no variable nosuch here.'],
];

/** What is typed for a variable, and what it is shown as then. */
const settings: readonly (readonly [string, string, string])[] = [
  ['number', '7', '7'],
  ['number', 'x + 40', '42'],
  ['number', '0x10', '16'],
  ['flag', 'false', 'false'],
  ['letter', "'z'", "122 'z'"],
  ['letter', "98 'z'", "98 'b'"],
  ['letter', "98 'q'", "113 'q'"],
  ['ratio', '1.5', '1.5'],
  ['third', '-inf', '-inf'],
  ['third', '2', '2'],
  ['color', 'BLUE', 'BLUE'],
  ['color', 'GREEN | BLUE', 'GREEN | BLUE'],
  ['mode', 'Mode::Off', 'Mode::Off'],
  ['buffer', '"a\\tb"', '"a\\tb"'],
  ['buffer', '"exactly 16 chars"', '"exactly 16 chars"'],
  ['pointer', '0', '0x0'],
  ['calls', '12', '12'],
];

describe('setVariable', () => {
  it('takes values as people write them and as they are shown', async () => {
    const stop = await stopAt('inner');
    const { client } = stop;
    const variablesReference = await scope(stop, 'Locals');
    for (const [name, value, shown] of settings) {
      const answer = await client.request('setVariable', { variablesReference, name, value });
      expect(answer.value, `${name} = ${value}`).toBe(shown);
      expect((await list(client, variablesReference)).get(name)!.value).toBe(shown);
      expect((await client.waitFor('memory')).body).toMatchObject({ offset: 0 });
    }
  });

  it('reaches members, elements, bit-fields and what pointers point to, and leaves the rest alone', async () => {
    const stop = await stopAt('inner');
    const { client } = stop;
    const locals = await list(client, await scope(stop, 'Locals'));
    const set = async (parent: string, name: string, value: string) =>
      client.request('setVariable', { variablesReference: locals.get(parent)!.variablesReference, name, value });
    await set('point', 'y', '20');
    await set('array', '[3]', '40');
    await set('flags', 'middle', '7');
    await set('pointer', 'x', '10');
    await set('either', 'real', '1.5');
    const after = await list(client, await scope(stop, 'Locals'));
    expect(after.get('point')!.value).toBe('{x = 10, y = 20}');
    expect(after.get('array')!.value).toBe('{1, 2, 3, 40, 5}');
    expect(after.get('flags')!.value).toBe('{low = 5, middle = 7, high = true}');
    expect(after.get('either')!.value).toBe('{tag = 1, {whole = 1069547520, real = 1.5}}');
    const shadowed = await client.request('setVariable', {
      variablesReference: await scope(stop, 'Locals'),
      name: [...after.keys()].find((name) => name.startsWith('x@'))!,
      value: '77',
    });
    expect(shadowed.value).toBe('77');
    expect((await list(client, await scope(stop, 'Locals'))).get('x')!.value).toBe('2');
  });

  it('refuses what the variable cannot hold', async () => {
    const stop = await stopAt('inner');
    const variablesReference = await scope(stop, 'Locals');
    for (const [name, value, message] of refusals) {
      expect(await failed(stop.client.request('setVariable', { variablesReference, name, value }))).toContain(message);
    }
  });

  it('is there for expressions too', async () => {
    const { client, frameId } = await stopAt('inner');
    const set = (expression: string, value: string) => client.request('setExpression', { expression, value, frameId });
    expect(await set('point.x', '5')).toMatchObject({ value: '5' });
    expect(await set('pointer->y', '6')).toMatchObject({ value: '6' });
    expect(await set('point', '*&origin')).toMatchObject({ value: '{x = 8, y = 9}' });
    expect(await failed(set('1 + 1', '3'))).toContain('cannot be');
  });
});

describe('settings', () => {
  it('shorten, change notation and bring formatters; what is wrong with these is told', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'formatters-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const formatters = join(folder, 'mine.json');
    const entries = [
      { type: 'Point', summary: '({x}, {y})' },
      { type: 'Node', children: { list: { head: 'this', next: 'next', value: 'value' } } },
      { type: 'Flags', summary: '{low' },
    ];
    writeFileSync(formatters, JSON.stringify({ formatters: entries }));
    const stop = await stopAt('inner', { formatters, format: { stringLength: 3, arrayItems: 2, hex: true } });
    const locals = await list(stop.client, await scope(stop, 'Locals'));
    expect(locals.get('point')!.value).toBe('(0x1, 0x2)');
    expect(locals.get('pointer')!.value).toMatch(/^0x[0-9a-f]+ \(0x1, 0x2\)$/);
    expect(locals.get('text')!.value).toMatch(/ "hel"\.\.\.$/);
    expect(locals.get('array')!.value).toBe('{0x1, 0x2, ...}');
    const head = await list(stop.client, locals.get('head')!.variablesReference);
    expect([...head].map(([name, { value }]) => [name, value.replace(/0x[0-9a-f]{4,}/, 'ADDR')])).toEqual([
      ['[raw]', '{value = 0x1, next = ADDR}'],
      ['[0]', '0x1'],
      ['[1]', '0x2'],
    ]);
    const told = stop.client.untaken('output').map(({ body }) => (body as { output: string }).output);
    expect(told).toContain(`${formatters}: formatters[2].summary: expected '}' to close this '{' (at character 1).\n`);
  });
});

describe('completions', () => {
  it('offer what is visible, members and registers', async () => {
    const { client, frameId } = await stopAt('inner');
    const labels = async (text: string) => {
      const { targets } = await client.request('completions', { frameId, text, column: text.length + 1 });
      return targets.map(({ label }) => label);
    };
    expect(await labels('poi')).toEqual(expect.arrayContaining(['point', 'pointer']));
    expect(await labels('pointer->')).toEqual(['x', 'y']);
    expect(await labels('1 + $ra')).toContain('$rax');
  });
});

describe('evaluate', () => {
  it('gives the clipboard the whole of a value', async () => {
    const { client, frameId } = await stopAt('inner');
    const copy = async (expression: string) =>
      (await client.request('evaluate', { expression, frameId, context: 'clipboard' })).result;
    expect(await copy('text')).toBe('hello\n');
    expect(await copy('buffer')).toBe('buf');
    expect((await copy('big_array')).split(', ').length).toBeGreaterThan(5000);
    expect(await copy('point')).toBe('{x = 1, y = 2}');
  });

  it('takes formats', async () => {
    const { client, frameId } = await stopAt('inner');
    const watch = async (expression: string) =>
      (await client.request('evaluate', { expression, frameId, context: 'watch' })).result;
    expect(await watch('array,x')).toBe('{0x1, 0x2, 0x3, 0x4, 0x5}');
    expect(await watch('&array[1],[3]')).toBe('{2, 3, 4}');
    expect(await watch('&array[1],[x + 1],x')).toBe('{0x2, 0x3, 0x4}');
    expect(await watch('letter,d')).toBe('97');
    expect(await watch('color,d')).toBe('1');
    expect(await failed(watch('&array[1],[0]'))).toContain('The count must be above 0');
    const children = await client.request('evaluate', { expression: 'array,x', frameId, context: 'watch' });
    const first = (await list(client, children.variablesReference)).get('[4]')!;
    expect(first).toMatchObject({ value: '0x5', evaluateName: 'array[4],x' });
  });
});
