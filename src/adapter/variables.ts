/** `variables`: the lines of a scope or below a value, a page at a time. */
import * as v from 'valibot';
import { shownAsKnown } from './awaitednames';
import { FrameView } from './frameview';
import { REGISTERS, registerVariables } from './registertree';
import { request } from './request';
import { flag, natural } from './validation';
import { listVariables } from './variabletree';

export const variables = request(
  'process',
  v.object({
    variablesReference: natural,
    filter: v.optional(v.picklist(['indexed', 'named'], '"indexed" or "named"')),
    start: v.optional(natural),
    count: v.optional(natural),
    format: v.optional(v.object({ hex: v.optional(flag) })),
  }),
  (session, { variablesReference, filter, start = 0, count = 0, format }) => {
    const { frame, path } = session.references.place(variablesReference);
    const view = FrameView.of(session, frame);
    if (path[0] === REGISTERS) {
      const all = filter === 'indexed' ? [] : registerVariables(session, view, path);
      return { variables: count === 0 ? all.slice(start) : all.slice(start, start + count) };
    }
    return {
      variables: shownAsKnown(session, () =>
        listVariables(session, view, variablesReference, path, { filter, start, count, hex: format?.hex }),
      ),
    };
  },
);
