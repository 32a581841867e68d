/** A .dwo that is missing: said once, and in the place of what it would describe; the session goes on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { runTool, sourcePath } from '../support/debuggees';
import { launchUntilStopped, startAdapter, topFrame } from '../support/session';

it('is said in the console, of the module, and among the variables', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dwo-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = join(folder, 'hello');
  runTool('gcc', ['-g', '-gsplit-dwarf', '-c', '-o', 'hello.o', sourcePath('hello.c')], { cwd: folder });
  runTool('gcc', ['-o', 'hello', 'hello.o'], { cwd: folder });
  rmSync(join(folder, 'hello.dwo'));
  const client = startAdapter();
  const { threadId } = await launchUntilStopped(client, { program }, { functions: ['main'] });
  const frame = await topFrame(client, threadId);
  expect(frame).toMatchObject({ name: expect.stringContaining('main') as string });

  const { scopes } = await client.request('scopes', { frameId: frame.id });
  const locals = scopes.find(({ name }) => name === 'Locals')!;
  const { variables } = await client.request('variables', { variablesReference: locals.variablesReference });
  expect(variables).toMatchObject([{ value: '<hello.dwo is missing>', variablesReference: 0 }]);

  const isProblem = ({ body }: DebugProtocol.OutputEvent): boolean => body.output.includes('hello.dwo is missing');
  await client.waitFor<DebugProtocol.OutputEvent>('output', isProblem);
  const { modules } = await client.request('modules', {});
  expect(modules[0]!.symbolStatus).toMatch(/hello\.dwo is missing: variables of hello cannot be shown/);
});
