/** A program that forks, inside a real VS Code: a session for the child beside that of its parent. */
import * as assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { Conversation, whenDefined } from './conversation';

const folder = vscode.workspace.workspaceFolders![0]!;
const source = join(dirname(folder.uri.fsPath), 'test/debuggees/family.c');

function breakAt(marker: string): void {
  const line = readFileSync(source, 'utf8')
    .split('\n')
    .findIndex((text) => text.includes(`// #${marker}`));
  assert.notEqual(line, -1, `no marker ${marker}`);
  const location = new vscode.Location(vscode.Uri.file(source), new vscode.Position(line, 0));
  vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(location)]);
}

describe('a program that forks', () => {
  let build: string;
  let conversation: Conversation;

  before(() => {
    build = mkdtempSync(join(tmpdir(), 'ptrace-family-'));
    const made = spawnSync('cc', ['-g', '-O0', '-pthread', '-o', join(build, 'family'), source], { encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    conversation = new Conversation();
  });

  after(() => {
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    conversation.dispose();
    rmSync(build, { recursive: true, force: true, maxRetries: 5 });
  });

  it('is debugged in two sessions, which end one after the other', async () => {
    breakAt('shared_body');
    breakAt('in_parent');
    const begun: vscode.DebugSession[] = [];
    const ended: string[] = [];
    const watches = [
      vscode.debug.onDidStartDebugSession((session) => begun.push(session)),
      vscode.debug.onDidTerminateDebugSession((session) => ended.push(session.id)),
    ];
    try {
      const configuration = {
        type: 'ptrace',
        request: 'launch',
        name: 'family',
        program: join(build, 'family'),
        args: ['fork'],
        followFork: 'both',
      };
      assert.equal(await vscode.debug.startDebugging(folder, configuration), true);
      const child = await whenDefined(vscode.debug.onDidStartDebugSession, 'a session for the child', () => begun[1]);
      const [parent] = begun;
      assert.equal(child.parentSession?.id, parent!.id);
      assert.match(child.name, /^family \(\d+\)/);

      const pid = Number(child.configuration['pid']);
      const stopOf = (isWanted: (threadId: number) => boolean) =>
        conversation.anywhere(
          'a stop',
          ({ event, body }) => event === 'stopped' && isWanted(Number(body?.['threadId'])),
        );
      const exitWith = (code: number) =>
        conversation.anywhere(`exit ${code}`, ({ event, body }) => event === 'exited' && body?.['exitCode'] === code);
      await stopOf((threadId) => threadId === pid);
      await child.customRequest('continue', { threadId: pid });
      await exitWith(5);
      await whenDefined(vscode.debug.onDidTerminateDebugSession, 'the end of the child’s session', () =>
        ended.includes(child.id) ? true : undefined,
      );

      const inParent = await stopOf((threadId) => threadId !== pid);
      await parent!.customRequest('continue', { threadId: Number(inParent.body?.['threadId']) });
      await exitWith(0);
      await whenDefined(vscode.debug.onDidTerminateDebugSession, 'the end of the parent’s session', () =>
        ended.includes(parent!.id) ? true : undefined,
      );
      assert.equal(conversation.output(), 'child\nchild exited with 5\n');
    } finally {
      for (const watch of watches) watch.dispose();
    }
  });
});
