/**
 * The Registers view of the debug sidebar. It follows the selected frame, marks what changed since the thread's last
 * stop and sets values. Old values stay in place until the new ones are here, so that stepping does not flicker, and
 * every element keeps its id, so that what is open stays open.
 */
import * as vscode from 'vscode';
import { messageOf } from '../common/errors';
import type { CustomRequestName, CustomRequests } from '../protocol/requests';
import { RegistersModel, type RegisterNode, type RegistersNode } from './registersmodel';

const VIEW = 'ptrace.registers';

/** The parts of DAP messages that the view listens to. */
interface DapMessage {
  readonly seq: number;
  readonly type: 'request' | 'response' | 'event';
  readonly request_seq?: number;
  readonly command?: string;
  readonly event?: string;
  readonly success?: boolean;
  readonly arguments?: { readonly threadId?: number; readonly startFrame?: number };
  readonly body?: { readonly stackFrames?: readonly { readonly id: number; readonly name: string }[] };
}

/** The frame that is shown. */
interface Selection {
  readonly session: vscode.DebugSession;
  readonly model: RegistersModel;
  readonly frameId: number;
}

export class RegistersView implements vscode.TreeDataProvider<RegistersNode>, vscode.Disposable {
  private readonly models = new Map<string, RegistersModel>();
  private readonly changes = new vscode.EventEmitter<RegistersNode | undefined>();
  private readonly disposables: vscode.Disposable[] = [this.changes];
  private readonly tree: vscode.TreeView<RegistersNode>;
  private selection: Selection | undefined;
  /** Counts the requests, so that an answer overtaken by another selection is dropped. */
  private asked = 0;

  /** Fires when the tree shows new values. */
  readonly onDidChangeTreeData = this.changes.event;

  constructor() {
    this.tree = vscode.window.createTreeView(VIEW, { treeDataProvider: this });
    this.disposables.push(
      this.tree,
      this.tree.onDidChangeVisibility(({ visible }) => visible && void this.refresh()),
      this.tree.onDidExpandElement(({ element }) => void this.opened(element)),
      this.tree.onDidCollapseElement(({ element }) => this.selection?.model.openGroups.delete(element.key)),
      vscode.debug.onDidChangeActiveStackItem((item) => this.select(item)),
      vscode.debug.onDidTerminateDebugSession((session) => this.ended(session)),
      vscode.debug.registerDebugAdapterTrackerFactory('ptrace', {
        createDebugAdapterTracker: (session) => this.track(session),
      }),
      vscode.commands.registerCommand(`${VIEW}.refresh`, () => this.refresh()),
      vscode.commands.registerCommand(`${VIEW}.edit`, (node?: RegistersNode) => this.edit(node)),
      vscode.commands.registerCommand(`${VIEW}.copyValue`, (node?: RegistersNode) =>
        this.copy(node, ({ register }) => register.value),
      ),
      vscode.commands.registerCommand(`${VIEW}.copyName`, (node?: RegistersNode) =>
        this.copy(node, ({ register }) => register.name),
      ),
    );
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  getChildren(element?: RegistersNode): RegistersNode[] {
    if (!element) return [...(this.selection?.model.nodes ?? [])];
    if (element.kind === 'register') return [...element.children];
    // VS Code asks for the children of open groups only, also after a reload that restored what was open.
    if (!element.registers) void this.opened(element);
    return [...(element.registers ?? [])];
  }

  getParent(element: RegistersNode): RegistersNode | undefined {
    const path = element.key.split('/').slice(0, -1);
    let nodes: readonly RegistersNode[] = this.selection?.model.nodes ?? [];
    let parent: RegistersNode | undefined;
    for (let depth = 1; depth <= path.length; depth++) {
      const key = path.slice(0, depth).join('/');
      parent = nodes.find((node) => node.key === key);
      nodes = parent?.kind === 'register' ? parent.children : (parent?.registers ?? []);
    }
    return parent;
  }

  getTreeItem(node: RegistersNode): vscode.TreeItem {
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    if (node.kind === 'group') {
      const item = new vscode.TreeItem(node.group.name, node.group.expanded ? Expanded : Collapsed);
      item.id = node.key;
      item.contextValue = 'registerGroup';
      return item;
    }
    const { name, value, description, type, bits, memoryReference } = node.register;
    const text = `${name} = ${value}`;
    const item = new vscode.TreeItem(
      { label: text, highlights: node.changed ? [[text.length - value.length, text.length]] : [] },
      node.children.length > 0 ? Collapsed : None,
    );
    item.id = node.key;
    item.description = description;
    item.contextValue = node.container === 0 ? 'readOnlyRegister' : 'register';
    const points = memoryReference ? `\n\nPoints to ${memoryReference}` : '';
    item.tooltip = new vscode.MarkdownString(`\`${text}\`\n\n${type}, ${bits} bits${points}`);
    item.accessibilityInformation = {
      label: [name, value, description, node.changed ? 'changed' : undefined].filter(Boolean).join(', '),
    };
    return item;
  }

  /** Asks for the registers of the selected frame again. */
  async refresh(): Promise<void> {
    const { selection } = this;
    if (!selection || !this.tree.visible) return;
    const { session, model, frameId } = selection;
    const turn = ++this.asked;
    try {
      const response = await request(session, 'ptrace/registers', { frameId, groups: [...model.openGroups] });
      if (turn !== this.asked) return;
      model.update(frameId, response);
      const place = model.frame(frameId);
      this.tree.description = place && place.level > 0 ? place.name : undefined;
      this.tree.message = undefined;
    } catch (error) {
      // A frame that is gone is soon replaced: its values stay until then.
      if (turn !== this.asked || session !== vscode.debug.activeDebugSession) return;
      if (model.nodes.length === 0) this.tree.message = messageOf(error);
      return;
    }
    this.changes.fire(undefined);
  }

  private async opened(element: RegistersNode): Promise<void> {
    if (element.kind !== 'group' || !this.selection) return;
    const { openGroups } = this.selection.model;
    if (openGroups.has(element.key)) return;
    openGroups.add(element.key);
    await this.refresh();
  }

  private select(item: vscode.DebugThread | vscode.DebugStackFrame | undefined): void {
    // A thread without a frame is running: its last values stay to be read.
    if (!(item instanceof vscode.DebugStackFrame)) return;
    const model = this.models.get(item.session.id);
    if (!model) return;
    const other = this.selection?.session !== item.session;
    this.selection = { session: item.session, model, frameId: item.frameId };
    if (other) this.changes.fire(undefined);
    void this.refresh();
  }

  private ended(session: vscode.DebugSession): void {
    this.models.delete(session.id);
    if (this.selection?.session !== session) return;
    this.selection = undefined;
    this.asked++;
    this.tree.description = undefined;
    this.tree.message = undefined;
    this.changes.fire(undefined);
  }

  /** Listens to the conversation: which frame is whose, when it stopped, and when something else wrote a register. */
  private track(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    const model = new RegistersModel();
    this.models.set(session.id, model);
    const stackTraces = new Map<number, { threadId: number; startFrame: number }>();
    return {
      onWillReceiveMessage: (message: DapMessage) => {
        const { threadId, startFrame } = message.arguments ?? {};
        if (message.command === 'stackTrace' && threadId !== undefined) {
          stackTraces.set(message.seq, { threadId, startFrame: startFrame ?? 0 });
        }
      },
      onDidSendMessage: (message: DapMessage) => {
        if (message.type === 'event') {
          if (message.event === 'stopped') model.stopped();
          if (message.event === 'invalidated' && this.selection?.session === session) void this.refresh();
        } else if (message.command === 'stackTrace') {
          const asked = stackTraces.get(message.request_seq ?? -1);
          stackTraces.delete(message.request_seq ?? -1);
          if (!asked) return;
          message.body?.stackFrames?.forEach(({ id, name }, index) => {
            model.addFrame(id, { threadId: asked.threadId, level: asked.startFrame + index, name });
          });
        } else if (message.success && /^set(Variable|Expression)$/.test(message.command ?? '')) {
          if (this.selection?.session === session) void this.refresh();
        }
      },
    };
  }

  /** The node a command was called on: the one of the context menu, else the selected one. */
  private target(node: RegistersNode | undefined): RegisterNode | undefined {
    const target = node ?? this.tree.selection[0];
    return target?.kind === 'register' ? target : undefined;
  }

  private async copy(node: RegistersNode | undefined, part: (node: RegisterNode) => string): Promise<void> {
    const target = this.target(node);
    if (target) await vscode.env.clipboard.writeText(part(target));
  }

  /** Asks for a value and sets it; a refusal is shown beside what was typed, which can then be put right. */
  private async edit(node: RegistersNode | undefined): Promise<void> {
    const target = this.target(node);
    const { selection } = this;
    if (!target || !selection) return;
    if (target.container === 0) {
      void vscode.window.showInformationMessage(`${target.register.name} cannot be changed in this frame.`);
      return;
    }
    const { name, value } = target.register;
    const box = vscode.window.createInputBox();
    box.title = `Set ${name}`;
    box.prompt = 'A number or an expression, e.g. 0x10, -1, rsp + 8. Enter sets it, Escape leaves it as it is.';
    box.value = value;
    box.onDidChangeValue(() => (box.validationMessage = undefined));
    box.onDidHide(() => box.dispose());
    box.onDidAccept(async () => {
      box.enabled = false;
      try {
        const container = { variablesReference: target.container, name, value: box.value };
        // The tracker sees the response and refreshes the view.
        await selection.session.customRequest('setVariable', container);
        box.hide();
      } catch (error) {
        box.validationMessage = messageOf(error);
        box.enabled = true;
      }
    });
    box.show();
    await Promise.resolve();
  }
}

/** Sends a custom request with its types. */
async function request<Name extends CustomRequestName>(
  session: vscode.DebugSession,
  name: Name,
  args: CustomRequests[Name]['arguments'],
): Promise<CustomRequests[Name]['body']> {
  return (await session.customRequest(name, args)) as CustomRequests[Name]['body'];
}
