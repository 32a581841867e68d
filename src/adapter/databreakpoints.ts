/** The requests that set data breakpoints: what can be watched, and what is to be. */
import * as v from 'valibot';
import { withNames } from './awaitednames';
import { request } from './request';
import { flag, integer, natural, text } from './validation';
import { resolveWatchable } from './watchables';

const ACCESS_TYPES = ['read', 'write', 'readWrite'] as const;

/**
 * The hardware notices writes, or reads and writes. `write` stops where the value has changed and `read` where an access
 * has left it as it was, so a write of the same value counts as a read, as in gdb's `watch` and `rwatch`.
 */
export const dataBreakpointInfo = request(
  'process',
  v.object({
    name: text,
    variablesReference: v.optional(natural),
    frameId: v.optional(integer),
    bytes: v.optional(v.pipe(natural, v.minValue(1, 'a whole number, 1 or more'))),
    asAddress: v.optional(flag),
    mode: v.optional(text),
  }),
  async (session, { mode, ...args }, context) => {
    if (mode !== undefined && mode !== 'hardware') {
      return { dataId: null, description: `Data breakpoints are made by debug registers: there is no mode “${mode}”.` };
    }
    const found = await withNames(session, context, () => resolveWatchable(session, args));
    if ('refusal' in found) return { dataId: null, description: found.refusal };
    return {
      dataId: session.watchables.idOf(found, args),
      description: found.label,
      accessTypes: ACCESS_TYPES,
      // An address given by hand means something else in another run; a global name does not.
      canPersist: found.canBeFoundAgain && args.asAddress !== true,
    };
  },
);

export const setDataBreakpoints = request(
  'initialized',
  v.object({
    breakpoints: v.array(
      v.object({
        dataId: text,
        accessType: v.optional(v.picklist(ACCESS_TYPES, '"read", "write" or "readWrite"')),
        condition: v.optional(text),
        hitCondition: v.optional(text),
      }),
      'a list of breakpoints',
    ),
  }),
  (session, { breakpoints }, context) => {
    context.holdEvents();
    return {
      breakpoints: session.breakpoints.setData(
        breakpoints.map(({ dataId, accessType, condition, hitCondition }) => ({
          dataId,
          access: accessType ?? 'write',
          ...(condition?.trim() && { condition }),
          ...(hitCondition?.trim() && { hitCondition }),
        })),
      ),
    };
  },
);
