/** The data of a C++ program, inside a real VS Code: what the views ask for, by the same requests. */
import * as assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { Conversation, happening } from './conversation';

const folder = vscode.workspace.workspaceFolders![0]!;
const source = join(folder.uri.fsPath, 'delivery.cpp');
const lines = readFileSync(source, 'utf8').split('\n');

function lineOf(text: string): number {
  const index = lines.findIndex((line) => line.includes(text));
  assert.notEqual(index, -1, `the sample has no line with ${text}`);
  return index + 1;
}

interface Frame {
  readonly id: number;
  readonly name: string;
  readonly line: number;
  readonly source?: object;
}

interface Variable {
  readonly name: string;
  readonly value: string;
  readonly type?: string;
  readonly variablesReference: number;
}

interface Scope {
  readonly name: string;
  readonly variablesReference: number;
}

describe('data in VS Code', () => {
  let conversation: Conversation;

  beforeEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    conversation = new Conversation();
  });

  afterEach(async () => {
    const { activeDebugSession } = vscode.debug;
    if (activeDebugSession) {
      const ended = happening(vscode.debug.onDidTerminateDebugSession, 'the end of the session');
      await vscode.debug.stopDebugging(activeDebugSession);
      await ended;
    }
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    conversation.dispose();
  });

  let thread = 0;

  /** Runs a build of the sample to a line, where the breakpoint is taken away. */
  async function stopOn(line: number, program = 'delivery'): Promise<void> {
    const location = new vscode.Location(vscode.Uri.file(source), new vscode.Position(line - 1, 0));
    vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(location)]);
    const configuration = {
      type: 'ptrace',
      request: 'launch',
      name: 'test',
      program: `\${workspaceFolder}/build/${program}`,
    };
    assert.equal(await vscode.debug.startDebugging(folder, configuration), true, 'the session did not start');
    await stopped('breakpoint');
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
  }

  async function stopped(reason: string): Promise<Record<string, unknown>> {
    const { body } = await conversation.event('stopped');
    assert.equal(body?.['reason'], reason);
    thread = Number(body?.['threadId']);
    return body;
  }

  async function ask<T>(command: string, args: object): Promise<T> {
    return (await vscode.debug.activeDebugSession!.customRequest(command, args)) as T;
  }

  async function frames(): Promise<readonly Frame[]> {
    return (await ask<{ stackFrames: Frame[] }>('stackTrace', { threadId: thread })).stackFrames;
  }

  async function scopesOf(frame: Frame): Promise<readonly Scope[]> {
    return (await ask<{ scopes: Scope[] }>('scopes', { frameId: frame.id })).scopes;
  }

  async function variables(variablesReference: number): Promise<readonly Variable[]> {
    return (await ask<{ variables: Variable[] }>('variables', { variablesReference })).variables;
  }

  async function inScope(frame: Frame, scope: string): Promise<readonly Variable[]> {
    const found = (await scopesOf(frame)).find(({ name }) => name === scope);
    assert.ok(found, `there is no scope ${scope}`);
    return variables(found.variablesReference);
  }

  it('shows what containers hold, with the names of types as one writes them', async () => {
    await stopOn(lineOf('double total = deliver'));
    const [main] = await frames();
    const names = (await scopesOf(main!)).map(({ name }) => name);
    assert.deepEqual(names, ['Locals', 'Statics', 'Globals', 'Registers'], 'main has no arguments');
    const locals = new Map((await inScope(main!, 'Locals')).map((each) => [each.name, each]));
    assert.equal(locals.get('firm')?.value, '"Swift & Daughters"');
    assert.equal(locals.get('firm')?.type, 'std::string');
    assert.equal(locals.get('distances')?.value, '[3] {3, 7, 12}');
    assert.equal(locals.get('bill')?.type, 'std::map<std::string, double>');
    const statics = await inScope(main!, 'Statics');
    assert.deepEqual(
      statics.map(({ name }) => name),
      ['rounds'],
    );
    const size = await ask<{ result: string }>('evaluate', {
      expression: 'firm.size() + distances[1]',
      frameId: main!.id,
      context: 'repl',
    });
    assert.equal(size.result, '24');
  });

  it('stops where a value changes, and tells the old and the new one', async () => {
    await stopOn(lineOf('total += cost'));
    const [deliver] = await frames();
    const locals = (await scopesOf(deliver!)).find(({ name }) => name === 'Locals')!;
    const info = await ask<{ dataId: string | null; description: string }>('dataBreakpointInfo', {
      variablesReference: locals.variablesReference,
      name: 'total',
    });
    assert.ok(info.dataId, info.description);
    await ask('setDataBreakpoints', { breakpoints: [{ dataId: info.dataId, accessType: 'write' }] });
    await vscode.commands.executeCommand('workbench.action.debug.continue');
    const stop = await stopped('data breakpoint');
    // VS Code shows the description beside "Call Stack", and never the text.
    assert.equal(stop['description'], 'Paused: total changed from 0 to 27.5');
    const printed = conversation.output('console');
    assert.match(printed, /^total changed from 0 to 27\.5 at delivery\.cpp:\d+$/m);
    await ask('setDataBreakpoints', { breakpoints: [] });
  });

  it('goes to another line, into one call of a line, and shows what was returned', async () => {
    const line = lineOf('double cost = rounded');
    await stopOn(lineOf('total += cost'));
    const [deliver] = await frames();
    const { targets } = await ask<{ targets: { id: number; line: number }[] }>('gotoTargets', {
      source: deliver!.source,
      line,
    });
    await ask('goto', { threadId: thread, targetId: targets[0]!.id });
    await stopped('goto');
    const [there] = await frames();
    assert.equal(there!.line, line);

    const calls = await ask<{ targets: { id: number; label: string }[] }>('stepInTargets', { frameId: there!.id });
    const rounded = calls.targets.find(({ label }) => label.includes('rounded'));
    assert.ok(rounded, JSON.stringify(calls));
    await ask('stepIn', { threadId: thread, targetId: rounded.id });
    await stopped('step');
    const [inside] = await frames();
    assert.equal(inside!.name.replace(/\(.*/, ''), 'rounded');

    await ask('stepOut', { threadId: thread });
    await stopped('step');
    const [back] = await frames();
    const [value] = await inScope(back!, 'Return Value');
    assert.equal(value?.value, '27.5');
  });

  it('shows inlined calls of an optimised program as frames', async () => {
    await stopOn(lineOf('static double rounded'), 'delivery-O2');
    const stack = await frames();
    const names = stack.slice(0, 3).map(({ name }) => name.replace(/\(.*/, ''));
    assert.deepEqual(names, ['rounded', 'deliver', 'main']);
    assert.equal((await inScope(stack[0]!, 'Arguments'))[0]?.value, '27.5');
  });
});
