/**
 * Turns a DAP conversation into text that is the same on every machine and in every run: ids, addresses, pids and paths
 * become names numbered by first appearance, what only the machine decides (register values, libc's frames) goes away.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { root } from './adapter';
import { debuggeeDir } from './debuggees';
import type { Entry, Message } from './dapclient';

export interface StabiliseOptions {
  /** Names of events left out altogether. */
  readonly withoutEvents?: readonly string[];
}

/** Fields whose number or address stands for something: the same one keeps its name through the conversation. */
const identities: Readonly<Record<string, string>> = {
  threadId: 'thread',
  frameId: 'frame',
  variablesReference: 'ref',
  sourceReference: 'source',
  systemProcessId: 'pid',
  pid: 'pid',
  memoryReference: 'address',
  instructionPointerReference: 'address',
  instructionReference: 'address',
  address: 'address',
  moduleId: 'module',
};

/** Fields that only the machine decides: its CPU, its libc, its build ids. */
const masked = new Set([
  'addressRange',
  'version',
  'symbolFilePath',
  'dateTimeStamp',
  'instructionBytes',
  'namedVariables',
  'totalFrames',
]);

/** What the field `id` means depends on what it stands in. */
function idKind(path: readonly string[]): string | undefined {
  const parents = path.filter((step) => !/^\d+$/.test(step));
  switch (parents.at(-1)) {
    case 'error':
      return undefined;
    case 'threads':
      return 'thread';
    case 'stackFrames':
      return 'frame';
    case 'module':
    case 'modules':
      return 'module';
    default:
      return 'breakpoint';
  }
}

interface AnyMessage extends Message {
  readonly event: string;
  readonly command: string;
  readonly success: boolean;
  readonly body: unknown;
}

class Names {
  private readonly byValue = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  of(kind: string, value: string): string {
    const key = `${kind} ${value}`;
    let name = this.byValue.get(key);
    if (name === undefined) {
      const count = (this.counts.get(kind) ?? 0) + 1;
      this.counts.set(kind, count);
      name = `<${kind} ${count}>`;
      this.byValue.set(key, name);
    }
    return name;
  }
}

class Stabiliser {
  private readonly names = new Names();

  text(text: string): string {
    return text
      .replaceAll(debuggeeDir, '<debuggees>')
      .replace(new RegExp(`${escape(root)}/\\.cache/debuggees/[0-9a-f]+`, 'g'), '<binaries>')
      .replaceAll(root, '<root>')
      .replace(/0x[0-9a-f]{4,}/gi, (address) => this.names.of('address', BigInt(address).toString(16)))
      .replace(/\b(pid|process) \d+/g, '$1 <pid>');
  }

  value(value: unknown, path: readonly string[]): unknown {
    const field = path.at(-1) ?? '';
    if (Array.isArray(value)) return this.list(value, path);
    if (typeof value === 'object' && value !== null) return this.record(value as Record<string, unknown>, path);
    if (masked.has(field)) return '<…>';
    if (value === undefined || value === null || typeof value === 'boolean') return value;
    const kind = field === 'id' ? idKind(path.slice(0, -1)) : identities[field];
    // A zero reference means "nothing inside", which is part of the contract.
    if (kind !== undefined && value !== 0) return this.names.of(kind, canonical(value));
    return typeof value === 'string' ? this.text(value) : value;
  }

  private record(record: Record<string, unknown>, path: readonly string[]): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(record)) {
      if (value === undefined) continue;
      // A register's value, and what it points to, are the machine's business; that there is one is ours.
      const isVariable = path.at(-2) === 'variables' && (key === 'value' || key === 'memoryReference');
      result[key] = isVariable ? '<…>' : this.value(value, [...path, key]);
    }
    return result;
  }

  private list(list: readonly unknown[], path: readonly string[]): unknown[] {
    const field = path.at(-1);
    if (field === 'hitBreakpointIds' || field === 'breakpointIds') {
      return list.map((id) => this.names.of('breakpoint', String(id)));
    }
    const kept = list.filter(keptIn[field ?? ''] ?? (() => true));
    const items = kept.map((item, index) => this.value(item, [...path, String(index)]));
    if (kept.length < list.length && field !== 'variables') items.push('<system>');
    return items;
  }
}

/** Which items of a list are the same on every machine. */
const keptIn: Readonly<Record<string, (item: unknown) => boolean>> = {
  stackFrames: isOurFrame,
  modules: isOurModule,
  variables: (variable) => !(variable as DebugProtocol.Variable).name.startsWith('AVX'),
};

function canonical(value: unknown): string {
  const text = String(value);
  return /^0x[0-9a-f]+$/i.test(text) ? BigInt(text).toString(16) : text;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** libc's and the loader's frames depend on the distribution. */
function isOurFrame(frame: unknown): boolean {
  return (frame as DebugProtocol.StackFrame).source?.path?.startsWith(root) ?? false;
}

function isOurModule(module: unknown): boolean {
  return (module as DebugProtocol.Module).path?.startsWith(root) ?? false;
}

/** Events that concern only libc, the loader and the vdso. */
function isSystemEvent(message: Message): boolean {
  const { event, body } = message as { event?: string; body?: { module?: unknown; source?: { path?: string } } };
  if (event === 'module') return !isOurModule(body?.module);
  if (event === 'loadedSource') return !(body?.source?.path?.startsWith(root) ?? false);
  return false;
}

/**
 * One line a message. `output` events are joined by category and stand at the end, for how the debuggee's writes are cut
 * into events, and where they fall between responses, is the kernel's business.
 */
export function stabilise(conversation: readonly Entry[], options: StabiliseOptions = {}): string {
  const stabiliser = new Stabiliser();
  const lines: string[] = [];
  const outputs = new Map<string, string>();
  const without = new Set(options.withoutEvents);
  for (const { from, message } of conversation) {
    const { type, event, body, command, success } = message as AnyMessage;
    if (type === 'event' && event === 'output') {
      const output = body as DebugProtocol.OutputEvent['body'];
      const category = output.category ?? 'console';
      outputs.set(category, (outputs.get(category) ?? '') + output.output);
      continue;
    }
    if (type === 'event' && (without.has(event) || isSystemEvent(message))) continue;
    const arrow = from === 'client' ? '→' : '←';
    const what =
      type === 'event' ? `event ${event}` : type === 'response' ? `${command} ${success ? 'ok' : 'FAILED'}` : command;
    const content: unknown =
      type === 'request'
        ? (message as DebugProtocol.Request).arguments
        : type === 'response' && !success
          ? { message: (message as DebugProtocol.Response).message, ...(body as object | undefined) }
          : body;
    lines.push(`${arrow} ${what}${show(stabiliser.value(content, []))}`);
  }
  for (const [category, output] of outputs) {
    lines.push(`output ${category}`);
    for (const text of stabiliser.text(output).replace(/\n$/, '').split('\n')) lines.push(`  | ${text}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Small contents stay on the line, lists get a line an item, so that a golden file's diff reads well. */
function show(content: unknown): string {
  if (content === undefined || content === null) return '';
  const flat = JSON.stringify(content);
  if (flat === '{}') return '';
  if (flat.length <= 160) return ` ${flat}`;
  const lines: string[] = [];
  for (const [key, value] of Object.entries(content)) {
    if (Array.isArray(value)) {
      lines.push(`    ${key}:`);
      for (const item of value) lines.push(`      ${JSON.stringify(item)}`);
    } else {
      lines.push(`    ${key}: ${JSON.stringify(value)}`);
    }
  }
  return `\n${lines.join('\n')}`;
}
