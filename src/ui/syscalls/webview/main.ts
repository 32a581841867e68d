/** The script of the System Calls view: takes messages and input, asks for rows, and has them painted. */
import type { SyscallPageResponse, SyscallQuery, SyscallRow } from '../../../protocol/syscalls';
import type { HostMessage, ViewMessage } from '../messages';
import { PAGE_SIZE, PageCache } from '../pages';
import { Details } from './details';
import { element, show } from './dom';
import { RowList } from './rowlist';

interface VsCode {
  postMessage(message: ViewMessage): void;
}

declare function acquireVsCodeApi(): VsCode;

const vscode = acquireVsCodeApi();
const send = (message: ViewMessage): void => vscode.postMessage(message);

/** Milliseconds without a key before what was typed is looked for. */
const TYPING_PAUSE = 200;

const calls = element('calls', HTMLInputElement);
const text = element('text', HTMLInputElement);
const thread = element('thread', HTMLSelectElement);
const failed = element('failed', HTMLInputElement);
const follow = element('follow', HTMLInputElement);

const cache = new PageCache();
const details = new Details(send);
const list = new RowList({
  row: (index) => cache.row(index),
  painted: (first, count) => {
    fetchMissing(first, count);
    reportPainted(first, count);
  },
  select: (row) => details.select(row),
  enter: () => details.focus(),
  followed: (atEnd) => (follow.checked = atEnd),
});

let query: SyscallQuery = {};
/** Counts sessions and queries: answers to an older one are dropped. */
let generation = 0;
/** Rows that the query finds, and rows of the whole log. */
let total = 0;
let logged = 0;
let tracing = false;
let session: string | undefined;
let ended = false;
/** A count for a query is on its way. */
let counting = false;
const threads = new Set<number>();

function isEverything(asked: SyscallQuery): boolean {
  return Object.keys(asked).length === 0;
}

function queryOfInputs(): SyscallQuery {
  return {
    ...(calls.value.trim() !== '' && { calls: calls.value.trim() }),
    ...(text.value !== '' && { text: text.value }),
    ...(thread.value !== '' && { tid: Number(thread.value) }),
    ...(failed.checked && { outcome: 'failed' as const }),
  };
}

/** Forgets the rows: they are of another session or query. */
function begin(): void {
  generation++;
  counting = false;
  cache.clear();
  list.deselect();
  total = isEverything(query) ? logged : 0;
  problem('');
  update();
  if (!isEverything(query)) count();
}

/** Asks how many rows the query finds by now, with the last of them. */
function count(): void {
  if (counting || ended) return;
  counting = true;
  askFor(Math.floor(total / PAGE_SIZE));
}

function askFor(page: number): void {
  send({ type: 'page', generation, page, start: page * PAGE_SIZE, count: PAGE_SIZE, query });
}

function fetchMissing(first: number, count: number): void {
  if (ended) return;
  for (const page of cache.missing(first, count, total)) askFor(page);
}

function update(): void {
  list.resize(total, follow.checked);
  const nothing = total === 0;
  show('empty', nothing);
  show('log', !nothing);
  if (nothing) {
    show('start', session !== undefined && !tracing && !ended);
    element('hint').textContent = hint();
  }
  const found = `${total.toLocaleString()} ${total === 1 ? 'row' : 'rows'}`;
  const of = isEverything(query) ? '' : ` of ${logged.toLocaleString()}`;
  const state = ended ? ' · ended' : session !== undefined && !tracing && logged > 0 ? ' · not logging' : '';
  element('count').textContent = session === undefined ? '' : `${found}${of}${state}`;
}

function hint(): string {
  if (session === undefined) return 'System calls of the program that is debugged are logged here.';
  if (ended) return logged === 0 ? 'The program has ended; no system call was logged.' : 'Nothing of this was seen.';
  if (logged > 0) return 'No system call is like that.';
  return tracing
    ? 'System calls are logged; there was none yet.'
    : 'System calls are not logged. Log them now, or from the start with "syscalls": true in launch.json.';
}

function problem(sentence: string): void {
  element('problem').textContent = sentence;
  show('problem', sentence !== '');
}

function noteThreads(rows: readonly SyscallRow[]): void {
  for (const { tid } of rows) {
    if (threads.has(tid)) continue;
    threads.add(tid);
    const option = document.createElement('option');
    option.value = String(tid);
    option.textContent = `Thread ${tid}`;
    thread.append(option);
  }
}

/** Calls that threads are in at this moment. */
function showOpen(open: SyscallPageResponse['open']): void {
  const line = open.map(({ tid, text: call }) => `${tid} ${call}`).join('   ');
  element('open').textContent = line === '' ? '' : `In progress: ${line}`;
  show('open', line !== '');
}

function reportPainted(first: number, count: number): void {
  const texts: string[] = [];
  for (let index = first; index < first + count; index++) {
    const row = cache.row(index);
    if (row) texts.push(row.text);
  }
  send({ type: 'painted', state: { query, total, texts } });
}

function takePage(message: HostMessage & { readonly type: 'page' }): void {
  if (message.generation !== generation) return;
  counting = false;
  const { page, response, base, error } = message;
  if (!response) {
    cache.lost(page);
    if (!ended) problem(error ?? '');
    return;
  }
  problem('');
  cache.put(page, response.rows);
  noteThreads(response.rows);
  showOpen(response.open);
  list.base = base;
  total = response.total;
  update();
}

/** The rows that the adapter gave away when the program ended. */
function takeLast(rows: readonly SyscallRow[], base: number | undefined): void {
  if (base !== undefined) list.base = base;
  const [first] = rows;
  if (!first || !isEverything(query)) return;
  for (let page = Math.floor(first.index / PAGE_SIZE); page * PAGE_SIZE < logged; page++) {
    const known = Array.from({ length: Math.min(PAGE_SIZE, logged - page * PAGE_SIZE) }, (_each, i) => {
      const index = page * PAGE_SIZE + i;
      return cache.row(index) ?? rows[index - first.index];
    });
    if (known.every((row) => row !== undefined)) cache.put(page, known);
  }
  noteThreads(rows);
}

function take(message: HostMessage): void {
  switch (message.type) {
    case 'session':
      session = message.name;
      logged = message.total;
      tracing = message.tracing;
      ended = false;
      threads.clear();
      thread.replaceChildren(thread.options[0]!);
      setInputs(true);
      details.close();
      showOpen([]);
      query = queryOfInputs();
      return begin();
    case 'grown':
      logged = message.total;
      tracing = message.tracing;
      if (isEverything(query)) total = logged;
      else count();
      if (message.last) takeLast(message.last, message.base);
      return update();
    case 'ended':
      ended = true;
      tracing = false;
      setInputs(false);
      showOpen([]);
      problem('');
      return update();
    case 'page':
      return takePage(message);
    case 'stack':
      return details.take(message);
    case 'rules':
      return showRules(message);
  }
}

/** Rows are looked for by the adapter, which is gone with its session. */
function setInputs(enabled: boolean): void {
  for (const input of [calls, text, thread, failed]) input.disabled = !enabled;
}

function showRules({ stops, rules }: HostMessage & { readonly type: 'rules' }): void {
  const chips = [
    ...stops.map((line, index) => chip(`Stop: ${line}`, { type: 'remove', list: 'stops', index })),
    ...rules.map((line, index) => chip(`Rule: ${line}`, { type: 'remove', list: 'rules', index })),
  ];
  element('rules').replaceChildren(...chips);
  show('rules', chips.length > 0);
}

function chip(line: string, remove: ViewMessage): HTMLElement {
  const whole = document.createElement('span');
  whole.className = 'chip';
  const label = document.createElement('span');
  label.textContent = line;
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = '✕';
  button.title = 'Remove';
  button.setAttribute('aria-label', `Remove ${line}`);
  button.addEventListener('click', () => send(remove));
  whole.append(label, button);
  return whole;
}

let typing: number | undefined;
function ask(): void {
  clearTimeout(typing);
  const asked = queryOfInputs();
  if (JSON.stringify(asked) === JSON.stringify(query)) return;
  query = asked;
  begin();
}
for (const box of [calls, text]) {
  box.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(ask, TYPING_PAUSE);
  });
  box.addEventListener('keydown', ({ key }) => {
    if (key === 'Enter') ask();
    if (key === 'ArrowDown') list.focus();
  });
}
for (const control of [thread, failed]) control.addEventListener('change', ask);
follow.addEventListener('change', () => update());
element('start').addEventListener('click', () => send({ type: 'start' }));
window.addEventListener('message', ({ data }: MessageEvent<HostMessage>) => take(data));
send({ type: 'ready' });
