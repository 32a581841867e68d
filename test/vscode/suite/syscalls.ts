/** The System Calls view inside a real VS Code: rows while the program is debugged, a summary, and what is left at its end. */
import * as assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { Api } from '../../../src/extension';
import { Conversation, whenDefined } from './conversation';

const folder = vscode.workspace.workspaceFolders![0]!;

async function callsView(): Promise<Api['syscalls']> {
  const extension = vscode.extensions.getExtension<Api>('ptrace-debug.ptrace-debug');
  assert.ok(extension, 'the extension is not there');
  return (await extension.activate()).syscalls;
}

/** Waits until the view has painted a row that fits. */
async function painted(view: Api['syscalls'], pattern: RegExp): Promise<string> {
  return whenDefined(view.onDidPaint, `a row like ${pattern}`, () =>
    view.painted?.texts.find((text) => pattern.test(text)),
  );
}

describe('system calls', () => {
  let conversation: Conversation;

  before(() => {
    conversation = new Conversation();
  });

  after(async () => {
    if (vscode.debug.activeDebugSession) await vscode.debug.stopDebugging();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('workbench.action.closePanel');
    conversation.dispose();
  });

  it('are listed while the program is debugged, and stay to be read when it has ended', async () => {
    const view = await callsView();
    const configuration = {
      type: 'ptrace',
      request: 'launch',
      name: 'calls',
      program: '${workspaceFolder}/build/queens',
      stopOnEntry: 'main',
      syscalls: true,
    };
    assert.equal(await vscode.debug.startDebugging(folder, configuration), true);
    const { body } = await conversation.event('stopped');
    await vscode.commands.executeCommand('ptrace.syscalls.focus');
    await painted(view, /^m(un)?map\(|^mprotect\(/);

    await vscode.commands.executeCommand('ptrace.syscalls.summary');
    const summary = vscode.window.activeTextEditor!.document;
    assert.equal(summary.uri.scheme, 'ptrace-syscalls');
    assert.match(summary.getText(), /^System calls of calls\n[^]*\bmmap\n[^]*\btotal\n/);

    const session = vscode.debug.activeDebugSession!;
    const ended = new Set<string>();
    const watch = vscode.debug.onDidTerminateDebugSession(({ id }) => ended.add(id));
    await session.customRequest('continue', { threadId: body?.['threadId'] });
    await whenDefined(vscode.debug.onDidTerminateDebugSession, 'the end', () =>
      ended.has(session.id) ? true : undefined,
    );
    watch.dispose();
    await painted(view, /^\+\+\+ exited with 0 \+\+\+/);
  });
});
