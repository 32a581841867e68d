/** The custom requests about system calls. */
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { formatAddress, virtAddr } from '../../common/addresses';
import { messageOf, UserError } from '../../common/errors';
import type { CallRow, Outcome } from '../../engine/syscalls/callrecord';
import { RowView, textMatcher, type FoundRow, type RowQuery } from '../../engine/syscalls/query';
import { CallSummary } from '../../engine/syscalls/summary';
import type { Target } from '../../engine/target';
import { filePrefix, formatUnfinished } from '../../syscalls/format';
import { parseFilter } from '../../syscalls/filter';
import type {
  ConfigureSyscallsResponse,
  SyscallPageResponse,
  SyscallQuery,
  SyscallStackResponse,
  SyscallSummaryResponse,
} from '../../protocol/syscalls';
import { request } from '../request';
import { integer, natural, text } from '../validation';
import { applySettings } from './feed';
import { changeableSettings, compileSettings } from './settings';
import { callName, OUTCOMES, shownRow } from './shownrow';

const MAX_PAGE = 10_000;

const query = v.optional(
  v.object({
    calls: v.optional(text),
    tid: v.optional(natural),
    outcome: v.optional(v.picklist(OUTCOMES, '"succeeded", "failed" or "unfinished"')),
    text: v.optional(text),
    minimumDuration: v.optional(v.number('a number of microseconds')),
  }),
);

const pause = (): Promise<void> => new Promise((done) => setImmediate(done));

/** Views that clients page through, the last one used last. Their counts are what paging goes by. */
const views = new WeakMap<Target, Map<string, RowView>>();
const MAX_VIEWS = 8;

function viewOf(target: Target, asked: SyscallQuery | undefined): RowView {
  let known = views.get(target);
  if (!known) views.set(target, (known = new Map<string, RowView>()));
  const key = JSON.stringify(asked ?? {});
  const view = known.get(key) ?? new RowView(target.syscalls.log.store, compileQuery(asked));
  known.delete(key);
  known.set(key, view);
  const [oldest] = known.keys();
  if (known.size > MAX_VIEWS) known.delete(oldest!);
  return view;
}

function compileQuery(asked: SyscallQuery = {}): RowQuery {
  const { calls, tid, outcome, text: wanted, minimumDuration } = asked;
  const filter = calls === undefined || calls.trim() === '' ? undefined : parseFilter(calls);
  if (filter?.looksInside) {
    throw new UserError('Look for what is inside of calls with "text": "calls" chooses by name.', {
      code: 'bad-argument',
    });
  }
  return {
    ...(filter && { calls: filter.calls }),
    ...(tid !== undefined && { tid }),
    ...(outcome !== undefined && { outcome: OUTCOMES.indexOf(outcome) as Outcome }),
    ...(minimumDuration !== undefined && { minimumDuration }),
    ...(wanted !== undefined && wanted !== '' && { text: textMatcher(wanted) }),
  };
}

export const configure = request('live', v.object(changeableSettings), (session, args): ConfigureSyscallsResponse => {
  return { notes: applySettings(session.live, compileSettings(args), '.') };
});

export const page = request(
  'live',
  v.object({
    start: integer,
    count: v.pipe(natural, v.maxValue(MAX_PAGE, `a whole number up to ${MAX_PAGE}`)),
    query,
  }),
  async (session, { start, count, query: asked }): Promise<SyscallPageResponse> => {
    const { live: target } = session;
    const { store } = target.syscalls.log;
    const view = viewOf(target, asked);
    const total = await view.refresh(pause);
    const first = start < 0 ? Math.max(0, total + start) : start;
    const found = view.page(first, count);
    const texts = store.textsOf(found.map(({ row }) => row));
    const open = [...target.syscalls.openCalls].map(([tid, { call, enteredAt }]) => ({
      tid,
      name: call.name,
      text: formatUnfinished(call),
      since: enteredAt,
    }));
    return { rows: found.map((each, i) => shownRow(each, texts[i]!)), start: first, total, open };
  },
);

export const stack = request('live', v.object({ index: natural }), (session, { index }): SyscallStackResponse => {
  const { live: target } = session;
  const { store } = target.syscalls.log;
  if (index >= store.length) {
    throw new UserError(`The log of system calls has ${store.length} rows: there is none with the index ${index}.`);
  }
  const frames = store.stack(store.row(index).stack).map((raw) => {
    const address = virtAddr(raw);
    const symbol = target.symbolize(address);
    const line = target.lineAt(address);
    return {
      address: formatAddress(address),
      name: symbol?.name ?? formatAddress(address),
      ...(line && { path: line.path, line: session.client.line(line.line) }),
    };
  });
  return { frames };
});

export const summary = request(
  'live',
  v.object({ query }),
  async (session, { query: asked }): Promise<SyscallSummaryResponse> => {
    const view = viewOf(session.live, asked);
    const counted = new CallSummary();
    for (const rows of view.blocks()) {
      for (const { row } of rows) counted.add(row);
      await pause();
    }
    const lines = [...counted.byCall.values()]
      .map(({ abi, number, ...rest }) => ({ name: callName({ abi, number }), ...rest }))
      .map((line) => ({ ...line, minimum: line.minimum === Infinity ? 0 : line.minimum }))
      .sort((a, b) => b.total - a.total);
    return { lines, threads: [...counted.byThread].map(([tid, counts]) => ({ tid, ...counts })) };
  },
);

export const exportLog = request(
  'live',
  v.object({ path: text, format: v.picklist(['strace', 'json'], '"strace" or "json"'), query }),
  async (session, { path, format, query: asked }) => {
    const { live: target } = session;
    const { store } = target.syscalls.log;
    const file = resolve(path);
    const stream = createWriteStream(file);
    const ended = finished(stream);
    // An error is told by `ended`, which is awaited below.
    ended.catch(() => undefined);
    let rows = 0;
    for (const found of viewOf(target, asked).blocks()) {
      const texts = store.textsOf(found.map(({ row }) => row));
      const lines = found.map((each, i) => exportedLine(each, texts[i]!, format));
      rows += lines.length;
      if (lines.length > 0 && !stream.write(lines.join('')) && !stream.errored) {
        await Promise.race([new Promise<void>((done) => stream.once('drain', () => done())), ended]);
      }
    }
    stream.end();
    try {
      await ended;
    } catch (error) {
      throw new UserError(`${file} cannot be written: ${messageOf(error)}.`, { code: 'export' });
    }
    return { path: file, rows };
  },
);

function exportedLine(found: FoundRow, line: string, format: 'strace' | 'json'): string {
  const { row }: { row: CallRow } = found;
  return format === 'strace' ? `${filePrefix(row.tid)}${line}\n` : `${JSON.stringify(shownRow(found, line))}\n`;
}
