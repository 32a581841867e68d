/**
 * The System Calls view: a webview in the panel that shows the log of the session that is looked at. It asks for the rows
 * that it shows; here they are fetched from the adapter, and what its menus do is done.
 */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { messageOf } from '../../common/errors';
import type {
  ConfigureSyscallsArguments,
  SyscallQuery,
  SyscallRequests,
  SyscallRow,
  SyscallsEvent,
} from '../../protocol/syscalls';
import type { HostMessage, PaintedState, ViewMessage } from './messages';
import { viewHtml } from './html';
import { CallRules, describeRule, describeStop } from './rules';

const VIEW = 'ptrace.syscalls';

/** Tells VS Code that there is a log to be seen after its session has ended. */
const HAS_LOG = 'ptrace.syscalls.hasLog';

/** Frames that are kept of each stack when the view is asked to keep them. */
const STACK_DEPTH = 32;

/** A session and what is known of its log. */
export interface LoggedSession {
  readonly session: vscode.DebugSession;
  readonly rules: CallRules;
  total: number;
  tracing: boolean;
  ended: boolean;
  /** The time of the first row. */
  base?: number;
  /** The last rows, when the program has ended. */
  last?: readonly SyscallRow[];
}

export class SyscallsView implements vscode.WebviewViewProvider, vscode.Disposable {
  /** What the view shows; for tests. */
  painted: PaintedState | undefined;
  private readonly paintings = new vscode.EventEmitter<PaintedState>();
  /** Fires when the view has painted. */
  readonly onDidPaint = this.paintings.event;

  private readonly sessions = new Map<string, LoggedSession>();
  private readonly disposables: vscode.Disposable[] = [this.paintings];
  private view: vscode.WebviewView | undefined;
  private shown: LoggedSession | undefined;

  constructor(private readonly extensionUri: vscode.Uri) {
    this.disposables.push(
      vscode.window.registerWebviewViewProvider(VIEW, this, { webviewOptions: { retainContextWhenHidden: true } }),
      vscode.debug.onDidStartDebugSession((session) => this.started(session)),
      vscode.debug.onDidChangeActiveDebugSession((session) => session && this.show(this.sessions.get(session.id))),
      vscode.debug.onDidTerminateDebugSession((session) => this.ended(session)),
      vscode.debug.onDidReceiveDebugSessionCustomEvent(({ session, event, body }) => {
        if (event === 'ptrace/syscalls') this.grown(session, body as SyscallsEvent);
      }),
    );
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  /** The session whose log is shown, while it runs. */
  get current(): LoggedSession | undefined {
    return this.shown?.ended === false ? this.shown : undefined;
  }

  /** What the view looks for: exports and summaries are of the same rows. */
  get query(): SyscallQuery {
    return this.painted?.query ?? {};
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    const dist = vscode.Uri.joinPath(this.extensionUri, 'dist');
    view.webview.options = { enableScripts: true, localResourceRoots: [dist] };
    view.webview.onDidReceiveMessage((message: ViewMessage) => void this.receive(message));
    view.onDidDispose(() => (this.view = undefined));
    view.webview.html = viewHtml({
      nonce: randomBytes(16).toString('base64'),
      source: view.webview.cspSource,
      script: view.webview.asWebviewUri(vscode.Uri.joinPath(dist, 'syscalls.js')).toString(),
      style: view.webview.asWebviewUri(vscode.Uri.joinPath(dist, 'syscalls.css')).toString(),
    });
  }

  /** Brings the view to the front. */
  async reveal(): Promise<void> {
    await vscode.commands.executeCommand(`${VIEW}.focus`);
  }

  /** Changes what is traced, stopped on and changed; remarks of the adapter are shown. Throws what it refuses. */
  async configure(logged: LoggedSession, change: ConfigureSyscallsArguments): Promise<void> {
    const { notes } = await request(logged.session, 'ptrace/syscalls/configure', change);
    logged.rules.accept({
      ...(change.stops && { stops: change.stops }),
      ...(Array.isArray(change.inject) && { inject: change.inject as readonly string[] }),
    });
    if (change.trace !== undefined) logged.tracing = change.trace !== false;
    for (const note of notes) void vscode.window.showInformationMessage(note);
    if (logged !== this.shown) return;
    this.postRules();
    this.postGrown(logged);
  }

  private started(session: vscode.DebugSession): void {
    if (session.type !== 'ptrace') return;
    const logged = this.logOf(session);
    // The parent of a session that came of a fork stays in view.
    if (!this.current || !session.parentSession) this.show(logged);
  }

  private logOf(session: vscode.DebugSession): LoggedSession {
    let logged = this.sessions.get(session.id);
    if (!logged) {
      const asked: unknown = session.configuration['syscalls'];
      logged = { session, rules: new CallRules(asked), total: 0, tracing: tracesFromStart(asked), ended: false };
      this.sessions.set(session.id, logged);
    }
    return logged;
  }

  private grown(session: vscode.DebugSession, { total, tracing, last, firstTime }: SyscallsEvent): void {
    const logged = this.logOf(session);
    const first = logged.total === 0 && total > 0;
    logged.total = total;
    logged.tracing = tracing;
    if (last) Object.assign(logged, { last, base: firstTime });
    if (first) void vscode.commands.executeCommand('setContext', HAS_LOG, true);
    if (!this.shown || (this.shown.ended && this.shown !== logged)) this.show(logged);
    if (logged !== this.shown) return;
    this.postGrown(logged);
  }

  private ended(session: vscode.DebugSession): void {
    const logged = this.sessions.get(session.id);
    if (!logged) return;
    this.sessions.delete(session.id);
    logged.ended = true;
    logged.tracing = false;
    if (logged === this.shown) this.post({ type: 'ended' });
  }

  private show(logged: LoggedSession | undefined): void {
    if (!logged || logged === this.shown) return;
    this.shown = logged;
    this.postSession();
  }

  private postSession(): void {
    const { shown } = this;
    this.post({
      type: 'session',
      ...(shown && { name: shown.session.name }),
      total: shown?.total ?? 0,
      tracing: shown?.tracing ?? false,
    });
    this.postRules();
    if (shown?.last) this.postGrown(shown);
    if (shown?.ended) this.post({ type: 'ended' });
  }

  private postGrown({ total, tracing, last, base }: LoggedSession): void {
    this.post({ type: 'grown', total, tracing, ...(last && { last, base }) });
  }

  private postRules(): void {
    const { stops = [], rules = [] } = this.shown?.rules ?? {};
    this.post({ type: 'rules', stops: stops.map(describeStop), rules: rules.map(describeRule) });
  }

  private post(message: HostMessage): void {
    void this.view?.webview.postMessage(message);
  }

  private async receive(message: ViewMessage): Promise<void> {
    try {
      await this.handle(message);
    } catch (error) {
      void vscode.window.showErrorMessage(messageOf(error));
    }
  }

  private async handle(message: ViewMessage): Promise<void> {
    const { shown } = this;
    switch (message.type) {
      case 'ready':
        return this.postSession();
      case 'page':
        return this.fetchPage(message);
      case 'stack':
        return this.fetchStack(message.index);
      case 'open':
        return openSource(message.path, message.line);
      case 'keepStacks':
        return shown && this.configure(shown, { stacks: STACK_DEPTH });
      case 'remove':
        if (!shown) return;
        return message.list === 'stops'
          ? this.configure(shown, { stops: shown.rules.withoutStop(message.index) })
          : this.configure(shown, { inject: shown.rules.withoutRule(message.index) });
      case 'start':
        return void (await vscode.commands.executeCommand('ptrace.syscalls.start'));
      case 'painted':
        this.painted = message.state;
        return this.paintings.fire(message.state);
    }
  }

  private async fetchPage(asked: ViewMessage & { readonly type: 'page' }): Promise<void> {
    const { generation, page, start, count, query } = asked;
    const { shown } = this;
    if (!shown) return;
    try {
      const base = await this.baseOf(shown);
      const response = await request(shown.session, 'ptrace/syscalls/page', { start, count, query });
      if (shown === this.shown) this.post({ type: 'page', generation, page, response, base });
    } catch (error) {
      if (shown !== this.shown) return;
      this.post({ type: 'page', generation, page, base: shown.base ?? 0, error: messageOf(error) });
    }
  }

  private async baseOf(logged: LoggedSession): Promise<number> {
    if (logged.base === undefined) {
      const { rows } = await request(logged.session, 'ptrace/syscalls/page', { start: 0, count: 1 });
      if (rows[0]) logged.base = rows[0].time;
    }
    return logged.base ?? 0;
  }

  private async fetchStack(index: number): Promise<void> {
    const { shown } = this;
    if (!shown) return;
    try {
      const response = await request(shown.session, 'ptrace/syscalls/stack', { index });
      if (shown === this.shown) this.post({ type: 'stack', index, response });
    } catch (error) {
      if (shown === this.shown) this.post({ type: 'stack', index, error: messageOf(error) });
    }
  }
}

/** Opens the editor at a line, as the debugger counts them: from 1. */
async function openSource(path: string, line: number): Promise<void> {
  const at = new vscode.Position(Math.max(0, line - 1), 0);
  await vscode.window.showTextDocument(vscode.Uri.file(path), { selection: new vscode.Range(at, at), preview: true });
}

/** Whether `syscalls` of a configuration has anything traced. */
function tracesFromStart(asked: unknown): boolean {
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) return Boolean(asked);
  const { trace } = asked as { readonly trace?: unknown };
  return trace !== undefined && trace !== false;
}

/** Sends a request about system calls with its types. */
export async function request<Name extends keyof SyscallRequests>(
  session: vscode.DebugSession,
  name: Name,
  args: SyscallRequests[Name]['arguments'],
): Promise<SyscallRequests[Name]['body']> {
  return (await session.customRequest(name, args)) as SyscallRequests[Name]['body'];
}
