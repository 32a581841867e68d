/** Commands about signals: sending one, and what a stopped thread is given instead of the one it has stopped in front of. */
import * as vscode from 'vscode';
import { messageOf } from '../common/errors';
import type { SendSignalArguments, SetSignalArguments, SignalsResponse } from '../protocol/signals';

type Row = SignalsResponse['signals'][number];

/** The Ptrace session that is looked at; tells the user when there is none. */
function activeSession(): vscode.DebugSession | undefined {
  const session = vscode.debug.activeDebugSession;
  if (session?.type === 'ptrace') return session;
  void vscode.window.showInformationMessage('Start debugging with Ptrace first.');
  return undefined;
}

function selectedThread(): { readonly session: vscode.DebugSession; readonly threadId: number } | undefined {
  const item = vscode.debug.activeStackItem;
  if (item?.session.type === 'ptrace' && item.threadId !== undefined) {
    return { session: item.session, threadId: item.threadId };
  }
  void vscode.window.showInformationMessage('Select a stopped thread of a Ptrace session first.');
  return undefined;
}

/** What is done with it, in the words of the table. */
function fateOf({ stop, log, pass }: Row): string {
  return [stop && 'stops', log && 'logged', pass ? 'passed' : 'not passed'].filter(Boolean).join(', ');
}

async function pickSignal(session: vscode.DebugSession, title: string): Promise<Row | undefined> {
  const { signals } = (await session.customRequest('ptrace/signals')) as SignalsResponse;
  const items = signals.map((row) => ({
    label: row.name,
    description: `${row.number} ${row.description}`,
    detail: fateOf(row),
    row,
  }));
  const picked = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  return picked?.row;
}

/** Tells the user what went wrong instead of failing. */
async function reporting(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    void vscode.window.showErrorMessage(messageOf(error));
  }
}

/** Sends a signal to the process; other extensions may give the arguments of the request. */
export function sendSignal(given?: SendSignalArguments): Promise<void> {
  return reporting(async () => {
    const session = activeSession();
    if (!session) return;
    const signal = given ?? (await pickSignal(session, 'Send a signal to the process'));
    if (!signal) return;
    const args: SendSignalArguments = 'name' in signal ? { signal: signal.number } : signal;
    await session.customRequest('ptrace/sendSignal', args);
  });
}

/** Keeps the signal that a thread has stopped in front of from the program. */
export function suppressSignal(): Promise<void> {
  return reporting(async () => {
    const selected = selectedThread();
    if (!selected) return;
    const args: SetSignalArguments = { threadId: selected.threadId, signal: 0 };
    await selected.session.customRequest('ptrace/setSignal', args);
    void vscode.window.setStatusBarMessage('The signal will not be delivered.', 5000);
  });
}

/** Puts another signal in the place of that one. */
export function replaceSignal(): Promise<void> {
  return reporting(async () => {
    const selected = selectedThread();
    if (!selected) return;
    const { session, threadId } = selected;
    const row = await pickSignal(session, 'Deliver this signal instead');
    if (!row) return;
    const args: SetSignalArguments = { threadId, signal: row.number };
    await session.customRequest('ptrace/setSignal', args);
    void vscode.window.setStatusBarMessage(`${row.name} will be delivered.`, 5000);
  });
}
