/** What a user does, inside a real VS Code: breakpoint, F5, look, step, change, continue, attach. */
import * as assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { Api } from '../../../src/extension';
import type { RegisterNode, RegistersNode } from '../../../src/ui/registersmodel';
import { Conversation, happening, whenDefined } from './conversation';

const folder = vscode.workspace.workspaceFolders![0]!;
const source = join(folder.uri.fsPath, 'queens.c');
const lines = readFileSync(source, 'utf8').split('\n');

/** The 1-based line of the sample that contains a text. */
function lineOf(text: string): number {
  const index = lines.findIndex((line) => line.includes(text));
  assert.notEqual(index, -1, `the sample has no line with ${text}`);
  return index + 1;
}

function breakAt(line: number): void {
  const location = new vscode.Location(vscode.Uri.file(source), new vscode.Position(line - 1, 0));
  vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(location)]);
}

async function start(configuration: object, options?: vscode.DebugSessionOptions): Promise<void> {
  const full = { type: 'ptrace', request: 'launch', name: 'test', ...configuration };
  assert.equal(await vscode.debug.startDebugging(folder, full, options), true, 'the session did not start');
}

interface StackFrame {
  readonly id: number;
  readonly name: string;
  readonly line: number;
  readonly source?: { readonly path?: string };
  readonly instructionPointerReference?: string;
}

/** The frames of the selected thread. */
async function whereItStands(): Promise<{ readonly stackFrames: readonly StackFrame[] }> {
  const item = vscode.debug.activeStackItem;
  assert.ok(item, 'nothing is selected');
  const { session, threadId } = item;
  return (await session.customRequest('stackTrace', { threadId })) as { stackFrames: StackFrame[] };
}

/** The frame VS Code selected after a stop, once it is the one of `line`, with all the frames below it. */
async function stoppedAt(line: number): Promise<readonly StackFrame[]> {
  for (;;) {
    const item = await whenDefined(vscode.debug.onDidChangeActiveStackItem, 'a selected frame', () =>
      vscode.debug.activeStackItem instanceof vscode.DebugStackFrame ? vscode.debug.activeStackItem : undefined,
    );
    const { frameId } = item;
    const { stackFrames } = await whereItStands();
    if (stackFrames[0]?.id === frameId && stackFrames[0].line === line) return stackFrames;
    await happening(vscode.debug.onDidChangeActiveStackItem, `a frame on line ${line}, not ${stackFrames[0]?.line}`);
  }
}

async function registersView(): Promise<Api['registers']> {
  const extension = vscode.extensions.getExtension<Api>('ptrace-debug.ptrace-debug');
  assert.ok(extension, 'the extension is not there');
  return (await extension.activate()).registers;
}

/** A register of the view, once it has the value asked for. */
async function shown(view: Api['registers'], key: string, value?: string): Promise<RegisterNode> {
  return whenDefined(view.onDidChangeTreeData, `${key} ${value ?? ''} in the view`, () => {
    let nodes: readonly RegistersNode[] = view.getChildren();
    let node: RegistersNode | undefined;
    const parts = key.split('/');
    for (let depth = 1; depth <= parts.length; depth++) {
      node = nodes.find((candidate) => candidate.key === parts.slice(0, depth).join('/'));
      nodes = node ? view.getChildren(node) : [];
    }
    return node?.kind === 'register' && (value === undefined || node.register.value === value) ? node : undefined;
  });
}

/** The program counter of the view, once it is this one. */
function shownAt(view: Api['registers'], address: bigint): Promise<RegisterNode> {
  return shown(view, 'General/rip', `0x${address.toString(16)}`);
}

describe('the debugger in VS Code', () => {
  let conversation: Conversation;

  beforeEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    conversation = new Conversation();
  });

  afterEach(async () => {
    if (vscode.debug.activeDebugSession) {
      const ended = happening(vscode.debug.onDidTerminateDebugSession, 'the end of the session');
      await vscode.debug.stopDebugging();
      await ended;
    }
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    conversation.dispose();
  });

  it('stops at a breakpoint, steps, and runs to the end', async () => {
    const line = lineOf('board->found++');
    breakAt(line);
    await start({ program: '${workspaceFolder}/build/queens', args: ['4'] });
    assert.equal((await conversation.event('stopped')).body?.['reason'], 'breakpoint');

    const frames = await stoppedAt(line);
    const names = frames.slice(0, 7).map(({ name }) => name.replace(/\(.*/, ''));
    assert.deepEqual(names, ['found', 'place', 'place', 'place', 'place', 'place', 'main']);
    // A remote VS Code shows its client addresses in place of paths.
    assert.ok(frames[0]!.source?.path?.endsWith(source));

    await vscode.commands.executeCommand('workbench.action.debug.stepOver');
    assert.equal((await conversation.event('stopped')).body?.['reason'], 'step');
    await stoppedAt(line + 1);
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, source);

    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    const ended = happening(vscode.debug.onDidTerminateDebugSession, 'the end of the session');
    await vscode.commands.executeCommand('workbench.action.debug.continue');
    assert.equal((await conversation.event('exited')).body?.['exitCode'], 0);
    await ended;
    assert.match(conversation.output(), /solution 1:[^]*2 solutions, 30\.0 squares tried for each\n$/);
  });

  it('shows the registers of the selected frame, marks what changed and sets values', async () => {
    const line = lineOf('board->tried++');
    breakAt(line);
    await start({ program: '${workspaceFolder}/build/queens', args: ['4'] });
    const [top] = await stoppedAt(line);
    await vscode.commands.executeCommand('ptrace.registers.focus');
    const view = await registersView();
    const first = await shown(view, 'General/rip');
    assert.equal(BigInt(first.register.value), BigInt(top!.instructionPointerReference!));
    assert.equal(first.changed, false, 'nothing came before');

    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    await vscode.commands.executeCommand('workbench.action.debug.stepOver');
    const [next] = await stoppedAt(line + 1);
    const rip = await shown(view, 'General/rip', next!.instructionPointerReference);
    assert.equal(rip.changed, true, 'rip has moved');
    const rsp = await shown(view, 'General/rsp');
    assert.equal(rsp.changed, false, 'the stack pointer has not');

    await vscode.commands.executeCommand('workbench.action.debug.callStackDown');
    const caller = (await whereItStands()).stackFrames[1]!;
    assert.equal(caller.name.replace(/\(.*/, ''), 'main');
    const above = await shownAt(view, BigInt(caller.instructionPointerReference!));
    assert.equal(above.changed, false, 'a caller is compared with nothing');
    await vscode.commands.executeCommand('workbench.action.debug.callStackUp');
    await shownAt(view, BigInt(next!.instructionPointerReference!));

    const rbx = await shown(view, 'General/rbx');
    const session = vscode.debug.activeDebugSession!;
    await session.customRequest('setVariable', { variablesReference: rbx.container, name: 'rbx', value: '0x1234' });
    assert.equal((await shown(view, 'General/rbx', '0x1234')).changed, true);
    await vscode.commands.executeCommand('ptrace.registers.copyValue', await shown(view, 'General/rbx', '0x1234'));
    assert.equal(await vscode.env.clipboard.readText(), '0x1234');
  });

  it('steps a number of instructions in one request', async () => {
    breakAt(lineOf('board->tried++'));
    await start({ program: '${workspaceFolder}/build/queens', args: ['4'] });
    await conversation.event('stopped');
    await stoppedAt(lineOf('board->tried++'));
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    const done = await vscode.commands.executeCommand<object>('ptrace.stepInstructions', 50);
    assert.deepEqual(
      { ...done, address: '', threadId: 0 },
      { instructionsExecuted: 50, reason: 'steps', address: '', threadId: 0 },
    );
    assert.equal((await conversation.event('stopped')).body?.['reason'], 'step');
  });

  it('runs in the integrated terminal, stopped in main first', async () => {
    await start({
      program: '${workspaceFolder}/build/queens',
      args: ['4'],
      console: 'integratedTerminal',
      stopOnEntry: 'main',
    });
    await conversation.event('stopped');
    const frames = await stoppedAt(lineOf('struct board board ='));
    assert.equal(frames[0]!.name.replace(/\(.*/, ''), 'main');
    assert.ok(vscode.window.terminals.length > 0, 'there is a terminal');
    const ended = happening(vscode.debug.onDidTerminateDebugSession, 'the end of the session');
    await vscode.commands.executeCommand('workbench.action.debug.continue');
    assert.equal((await conversation.event('exited')).body?.['exitCode'], 0);
    await ended;
    assert.equal(conversation.output(), '', 'the terminal has the output');
  });

  it('runs without debugging', async () => {
    breakAt(lineOf('board->tried++'));
    const ended = happening(vscode.debug.onDidTerminateDebugSession, 'the end of the session');
    await start({ program: '${workspaceFolder}/build/queens', args: ['4'] }, { noDebug: true });
    assert.equal((await conversation.event('exited')).body?.['exitCode'], 0);
    await ended;
    assert.match(conversation.output(), /2 solutions/);
    assert.ok(!conversation.messages.some(({ event }) => event === 'stopped'), 'no breakpoint counts');
  });

  it('says which program is not there', async () => {
    // A test's VS Code shows no dialog: it throws what the dialog would have said.
    await assert.rejects(start({ program: '${workspaceFolder}/build/no-such-program' }), /build\/no-such-program/);
  });

  it('attaches to a process and leaves it running', async () => {
    const sleeper = spawn('sleep', ['1000'], { stdio: 'ignore' });
    try {
      await start({ request: 'attach', pid: String(sleeper.pid), stopOnEntry: true });
      await conversation.event('stopped');
      const ended = happening(vscode.debug.onDidTerminateDebugSession, 'the end of the session');
      await vscode.commands.executeCommand('workbench.action.debug.disconnect');
      await ended;
      const status = readFileSync(`/proc/${sleeper.pid}/status`, 'utf8');
      assert.match(status, /^TracerPid:\t0$/m);
      assert.match(status, /^State:\tS/m, 'it sleeps on, and is not stopped');
    } finally {
      sleeper.kill('SIGKILL');
    }
  });
});
