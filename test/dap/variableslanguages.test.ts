/** Scopes of Rust code, and of code that an optimizer has been over. */
import { describe, expect, it } from 'vitest';
import { compile } from '../support/debuggees';
import { launchUntilStopped, startAdapter, topFrame } from '../support/session';
import type { DapClient } from '../support/dapclient';

async function stopAt(
  program: string,
  source: string,
  marker: string,
): Promise<{ client: DapClient; frameId: number }> {
  const client = startAdapter();
  const { threadId } = await launchUntilStopped(client, { program }, { breakpoints: { [source]: [marker] } });
  return { client, frameId: (await topFrame(client, threadId)).id };
}

/** Locals and arguments by name, as text. */
async function shown(client: DapClient, frameId: number): Promise<Record<string, string>> {
  const { scopes } = await client.request('scopes', { frameId });
  const all: Record<string, string> = {};
  for (const { name, variablesReference } of scopes) {
    if (name !== 'Locals' && name !== 'Arguments') continue;
    const { variables } = await client.request('variables', { variablesReference });
    for (const variable of variables) all[variable.name] = variable.value.replace(/0x[0-9a-f]{4,}/g, '0xADDR');
  }
  return all;
}

describe('Rust', () => {
  const program = compile('rust/values.rs', { name: 'rustvalues' });

  it('is shown in its own syntax', async () => {
    const { client, frameId } = await stopAt(program, 'rust/values.rs', 'stop');
    expect(await shown(client, frameId)).toMatchObject({
      tuple: "(1, 'é', true)",
      meters: 'Meters(2.5)',
      unit: 'Unit',
      bytes: '[1, 2, 3]',
      circle: 'Circle(1.5)',
      rect: 'Rect { w: 1, h: 2 }',
      empty: 'Empty',
      none: 'None',
      some: 'Some(5)',
      color: 'Green',
      reference: "(1, 'é', true)",
      nested: 'Some(Point { x: 1, y: 2 })',
      function: expect.stringMatching(/^0xADDR <values::twice> \(values\.rs:\d+\)$/) as string,
      big: '-1',
      pointer: '0xADDR Point { x: 3, y: 4 }',
      point: 'Point { x: 3, y: 4 }',
      name: '"name"',
      option: 'Some(7)',
    });
  });

  it('has expressions for children that evaluate to them', async () => {
    const { client, frameId } = await stopAt(program, 'rust/values.rs', 'stop');
    const { scopes } = await client.request('scopes', { frameId });
    const wrong: string[] = [];
    for (const { variables } of await Promise.all(
      scopes
        .filter(({ name }) => name === 'Locals' || name === 'Arguments')
        .map(({ variablesReference }) => client.request('variables', { variablesReference })),
    )) {
      for (const { variablesReference } of variables.filter((each) => each.variablesReference > 0)) {
        const below = await client.request('variables', { variablesReference });
        for (const { evaluateName, value } of below.variables) {
          if (evaluateName === undefined) continue;
          const response = await client.requestRaw('evaluate', { expression: evaluateName, frameId });
          const result = response.success ? (response.body as { result: string }).result : response.message;
          if (result !== value) wrong.push(`${evaluateName}: ${result}, not ${value}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe.each(['gcc', 'clang'] as const)('optimized code of %s', (compiler) => {
  it('says what is gone and never shows a wrong value', async () => {
    const program = compile('optimized.c', { compiler, flags: ['-g', '-O2'], name: `optimized-${compiler}` });
    const { client, frameId } = await stopAt(program, 'optimized.c', 'loop');
    const all = await shown(client, frameId);
    const allowed: Record<string, RegExp> = {
      n: /^(5|<optimized out>)$/,
      constant: /^(15|<optimized out>)$/,
      total: /^(0|<optimized out>)$/,
      i: /^(0|<optimized out>)$/,
      s: /^(0xADDR ".*"|<optimized out>|<not available: .*>)$/,
      p: /^(\{a = (1|<.*>), b = (7|<.*>)\}|<optimized out>)$/,
      q: /^(\{a = (6|<.*>), b = (7|<.*>)\}|<optimized out>)$/,
    };
    expect(Object.keys(all).sort()).toEqual(Object.keys(allowed).sort());
    for (const [name, value] of Object.entries(all)) expect(value, name).toMatch(allowed[name]!);
  });
});
