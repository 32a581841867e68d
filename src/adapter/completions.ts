/** `completions`: what may be written next in the console and in watches. */
import * as v from 'valibot';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { completions as completionsOf, type CompletionKind } from '../expr/completion';
import { withNames } from './awaitednames';
import { FrameView } from './frameview';
import { request } from './request';
import { integer, natural, text } from './validation';

/** DAP's kinds, which are an editor's. */
const kinds: Readonly<Record<CompletionKind, DebugProtocol.CompletionItemType>> = {
  variable: 'variable',
  member: 'field',
  function: 'function',
  type: 'class',
  enumerator: 'enum',
  namespace: 'module',
  register: 'value',
};

export const completions = request(
  'process',
  v.object({ text, column: natural, line: v.optional(natural), frameId: v.optional(integer) }),
  async (session, { text: whole, column, line, frameId }, request) => {
    const { client } = session;
    // Only the line with the cursor counts: an expression is written in one.
    const current = whole.split('\n')[line === undefined ? 0 : client.lineFrom(line) - 1] ?? '';
    const cursor = Math.min(Math.max(client.columnFrom(column) - 1, 0), current.length);
    const found = await withNames(session, request, () => {
      const view = frameId ? FrameView.at(session, session.frames.place(frameId)) : FrameView.global(session);
      return completionsOf(current, cursor, view.space);
    });
    return {
      targets: found.map(({ label, kind, detail, start, length }) => ({
        label,
        type: kinds[kind],
        ...(detail !== undefined && { detail }),
        start: client.column(start + 1),
        length,
      })),
    };
  },
);
