/** Commands of the System Calls view: what is logged, what is done about calls like one that was seen, exports. */
import { constants, homedir } from 'node:os';
import { join } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import * as vscode from 'vscode';
import { messageOf } from '../../common/errors';
import type { RowContext } from './messages';
import { delayRule, failRule, OCCURRENCES } from './rules';
import { summaryTable } from './summarytable';
import { request, type LoggedSession, type SyscallsView } from './view';

/** The scheme of documents that are read only and were never saved. */
const SUMMARY_SCHEME = 'ptrace-syscalls';

/** Filters that are offered; the language of `syscalls.trace`. */
const FILTERS = [
  { label: 'All calls', filter: 'all', description: '' },
  { label: 'Files', filter: '%file', description: 'open, stat, rename, execve…' },
  { label: 'Descriptors', filter: '%desc', description: 'read, write, close, mmap, poll…' },
  { label: 'Network', filter: '%network', description: 'socket, connect, sendto, recvfrom…' },
  { label: 'Processes', filter: '%process', description: 'clone, execve, wait4, exit…' },
  { label: 'Memory', filter: '%memory', description: 'mmap, brk, mprotect, madvise…' },
  { label: 'Signals', filter: '%signal', description: 'rt_sigaction, kill, tgkill…' },
  {
    label: 'Everything but waiting',
    filter: '!futex,poll,ppoll,epoll_wait,select,pselect6,nanosleep',
    description: '',
  },
];

/** Errors that programs meet, the usual ones first; the others follow by name. */
const USUAL_ERRORS = [
  ...['ENOENT', 'EACCES', 'EPERM', 'EINTR', 'EAGAIN', 'EIO', 'ENOSPC', 'ENOMEM', 'EMFILE', 'EINVAL', 'EEXIST'],
  ...['EBADF', 'EPIPE', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENETUNREACH', 'ENOSYS'],
];

/** Registers the commands. */
export function syscallCommands(view: SyscallsView): vscode.Disposable {
  const summaries = new Summaries();
  return vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(SUMMARY_SCHEME, summaries),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => summaries.forget(uri)),
    vscode.commands.registerCommand('ptrace.syscalls.start', () => reporting(() => start(view))),
    vscode.commands.registerCommand('ptrace.syscalls.stop', () =>
      reporting(() => withSession(view, (logged) => view.configure(logged, { trace: false }))),
    ),
    vscode.commands.registerCommand('ptrace.syscalls.export', () =>
      reporting(() => withSession(view, (logged) => exportLog(view, logged))),
    ),
    vscode.commands.registerCommand('ptrace.syscalls.summary', () =>
      reporting(() => withSession(view, (logged) => summaries.show(view, logged))),
    ),
    vscode.commands.registerCommand('ptrace.syscalls.stopOn', (row?: RowContext) =>
      reporting(() => withCall(view, row, (logged, name) => stopOn(view, logged, name))),
    ),
    vscode.commands.registerCommand('ptrace.syscalls.fail', (row?: RowContext) =>
      reporting(() => withCall(view, row, (logged, name) => failCalls(view, logged, name))),
    ),
    vscode.commands.registerCommand('ptrace.syscalls.delay', (row?: RowContext) =>
      reporting(() => withCall(view, row, (logged, name) => delayCalls(view, logged, name))),
    ),
    vscode.commands.registerCommand('ptrace.syscalls.copyLine', async (row?: RowContext) => {
      if (row) await vscode.env.clipboard.writeText(row.text);
    }),
  );
}

async function start(view: SyscallsView): Promise<void> {
  await withSession(view, async (logged) => {
    const custom = {
      label: 'Other calls…',
      filter: undefined,
      description: 'names, %classes, /expressions/, !not these',
    };
    const items = [...FILTERS.map((each) => ({ ...each, detail: undefined })), custom];
    const picked = await vscode.window.showQuickPick(items, { title: 'Log system calls', matchOnDescription: true });
    if (!picked) return;
    const trace =
      picked.filter ??
      (await vscode.window.showInputBox({
        title: 'Log system calls',
        prompt: 'Names, %classes, /regular expressions/, separated by commas; ! in front of what is left out.',
        placeHolder: 'openat,%network,!futex',
      }));
    if (!trace) return;
    await view.configure(logged, { trace });
    await view.reveal();
  });
}

async function stopOn(view: SyscallsView, logged: LoggedSession, name: string): Promise<void> {
  const items = [
    { label: 'Before the call is made', stop: `${name} at entry` },
    { label: 'When the call returns', stop: `${name} at exit` },
    { label: 'When the call fails', stop: `${name} at exit if failed` },
  ].map((item) => ({ ...item, description: item.stop }));
  const picked = await vscode.window.showQuickPick(items, { title: `Stop on ${name}` });
  if (picked) await view.configure(logged, { stops: logged.rules.withStop(picked.stop) });
}

async function failCalls(view: SyscallsView, logged: LoggedSession, name: string): Promise<void> {
  const error = await vscode.window.showQuickPick(errorItems(), {
    title: `Make ${name} fail (1/2)`,
    placeHolder: 'With which error?',
    matchOnDescription: true,
  });
  if (!error) return;
  const items = OCCURRENCES.map(({ label, when }) => ({ label, when, description: failRule(name, error.label, when) }));
  const often = await vscode.window.showQuickPick(items, {
    title: `Make ${name} fail with ${error.label} (2/2)`,
    placeHolder: 'Which calls? They are counted for each thread.',
  });
  if (often) {
    const rule = failRule(name, error.label, often.when);
    await view.configure(logged, { inject: logged.rules.withRule(rule) });
  }
}

async function delayCalls(view: SyscallsView, logged: LoggedSession, name: string): Promise<void> {
  const duration = await vscode.window.showInputBox({
    title: `Delay ${name}`,
    prompt: 'How long: a number with µs, ms or s; a number alone is microseconds.',
    value: '100ms',
    validateInput: (text) =>
      /^\d+\s*(us|µs|ms|s|ns)?$/.test(text.trim()) ? undefined : 'For instance 250us, 10ms, 2s.',
  });
  if (duration === undefined) return;
  const time = duration.replace(/\s/g, '').replace('µs', 'us');
  const items = (['enter', 'exit'] as const).map((where) => ({
    label: where === 'enter' ? 'Before the call is made' : 'Before the call returns',
    where,
    description: delayRule(name, where, time),
  }));
  const picked = await vscode.window.showQuickPick(items, { title: `Delay ${name} by ${time}` });
  if (!picked) return;
  await view.configure(logged, { inject: logged.rules.withRule(delayRule(name, picked.where, time)) });
}

/** The errors of the system with what they mean. */
function errorItems(): (vscode.QuickPickItem & { readonly label: string })[] {
  const messages = new Map([...getSystemErrorMap().values()]);
  const names = Object.keys(constants.errno).filter((name) => !USUAL_ERRORS.includes(name));
  return [...USUAL_ERRORS, ...names.sort()].map((label) => ({ label, description: messages.get(label) ?? '' }));
}

async function exportLog(view: SyscallsView, logged: LoggedSession): Promise<void> {
  const folder = logged.session.workspaceFolder?.uri.fsPath ?? homedir();
  const uri = await vscode.window.showSaveDialog({
    title: 'Export System Calls',
    defaultUri: vscode.Uri.file(join(folder, 'calls.strace')),
    filters: { 'Text as of strace': ['strace', 'txt'], 'JSON lines': ['jsonl', 'json'] },
  });
  if (!uri) return;
  const { path, rows } = await request(logged.session, 'ptrace/syscalls/export', {
    path: uri.fsPath,
    format: /\.jsonl?$/.test(uri.path) ? 'json' : 'strace',
    query: view.query,
  });
  const answer = await vscode.window.showInformationMessage(`${rows} rows are in ${path}.`, 'Open');
  if (answer) await vscode.window.showTextDocument(vscode.Uri.file(path));
}

/** Documents with summaries, kept while they are open. */
class Summaries implements vscode.TextDocumentContentProvider {
  private readonly texts = new Map<string, string>();
  private made = 0;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? 'This summary was of a session that has ended.\n';
  }

  forget(uri: vscode.Uri): void {
    this.texts.delete(uri.toString());
  }

  async show(view: SyscallsView, { session }: LoggedSession): Promise<void> {
    const { query } = view;
    const found = await request(session, 'ptrace/syscalls/summary', { query });
    const limits = Object.entries(query).map(([key, value]) => `${key} ${String(value)}`);
    const title = `System calls of ${session.name}${limits.length > 0 ? ` (${limits.join(', ')})` : ''}`;
    const uri = vscode.Uri.from({ scheme: SUMMARY_SCHEME, path: `/System Calls ${++this.made}.txt` });
    this.texts.set(uri.toString(), summaryTable(found, title));
    await vscode.window.showTextDocument(uri, { preview: false });
  }
}

async function withSession(view: SyscallsView, work: (logged: LoggedSession) => Promise<void>): Promise<void> {
  if (view.current) await work(view.current);
  else void vscode.window.showInformationMessage('Start debugging with Ptrace first.');
}

/** Runs `work` on the call of a row of the view. */
async function withCall(
  view: SyscallsView,
  row: RowContext | undefined,
  work: (logged: LoggedSession, name: string) => Promise<void>,
): Promise<void> {
  if (row?.kind !== 'call') return;
  await withSession(view, (logged) => work(logged, row.name));
}

/** Tells the user what went wrong instead of failing. */
async function reporting(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    void vscode.window.showErrorMessage(messageOf(error));
  }
}
