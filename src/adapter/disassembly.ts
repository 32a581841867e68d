/** The `disassemble` request: exactly as many instructions as asked for, with symbols and source lines. */
import * as v from 'valibot';
import { offsetBy } from '../common/addresses';
import { idle } from '../common/idle';
import { list, type Listing } from '../disasm/listing';
import { preparation } from '../disasm/preparation';
import type { Debuggee } from './debuggee';
import { Locations } from './disassemblylines';
import { parseAddress } from './memory';
import { PreparedBody, quoted } from './preparedbody';
import { request } from './request';
import type { Session } from './session';
import { flag, integer, natural, text } from './validation';

/**
 * The body of the response, with source lines. It is put together from pieces of JSON, most of which are there from
 * earlier requests: JSON.stringify would take three times as long, and a page has a fifth of a millisecond.
 */
function bodyOf(session: Session, listing: Listing): PreparedBody {
  const locations = new Locations(session, listing);
  // Joined once from flat pieces: strings that were concatenated before would have to be walked through.
  const pieces: string[] = [];
  let open = '{"instructions":[{"address":"';
  for (const line of listing.lines) {
    const { hex, kind, known } = line;
    pieces.push(open, listing.addressText(line));
    // One that names an address has a text of its own at each place.
    const shared = known !== undefined && known.data === undefined && line.distance === undefined;
    if (shared) pieces.push((known.derived ??= lookOf(known.text, hex)));
    else pieces.push(lookOf(listing.text(line), hex));
    const symbol = listing.symbol(line);
    if (symbol !== undefined) pieces.push(',"symbol":', quoted(symbol));
    if (kind !== 'instruction') pieces.push(',"presentationHint":"invalid"');
    else locations.append(line, pieces);
    open = '},{"address":"';
  }
  pieces.push(listing.lines.length > 0 ? '}]}' : '{"instructions":[]}');
  return new PreparedBody(pieces.join(''));
}

/** The members behind the address: `instruction` and `instructionBytes`. */
function lookOf(text: string, hex: string): string {
  const look = `","instruction":${quoted(text)}`;
  return hex === '' ? look : `${look},"instructionBytes":"${hex}"`;
}

export const disassemble = request(
  'process',
  v.object({
    memoryReference: text,
    offset: v.optional(integer),
    instructionOffset: v.optional(integer),
    instructionCount: natural,
    resolveSymbols: v.optional(flag),
  }),
  (session, { memoryReference, offset = 0, instructionOffset = 0, instructionCount, resolveSymbols = true }) => {
    const { target, configuration } = session.alive;
    const address = offsetBy(parseAddress(memoryReference), offset);
    const { disassemblyFlavor: flavor } = configuration;
    const page = [address, instructionOffset, instructionCount, resolveSymbols, flavor].join();
    return session.disassemblyPages.get(target, page, async (memory) => {
      const listing = await list({
        memory,
        address,
        instructionOffset,
        instructionCount,
        bounds: (at) => target.functionBounds(at),
        ...(resolveSymbols && { resolve: (at) => target.symbolize(at) }),
        flavor,
      });
      return bodyOf(session, listing);
    });
  },
);

/** Instructions above and below the pc that a view asks for when it is opened. */
const VIEW = 200;

/** Loads the disassembler in idle time and lists once what a view would show: whoever has stopped may open one next. */
export function prepareDisassembly(debuggee: Debuggee): void {
  const { disassemblyFlavor: flavor } = debuggee.configuration;
  const loading = preparation(flavor);
  let loaded = false;
  idle.add('disassembler', () => {
    if (!loaded) {
      loaded = !loading();
      return true;
    }
    const { target, lastStop } = debuggee;
    if (target.running || target.exited || !lastStop) return false;
    const pc = target.stack(lastStop.tid).frame(0)?.pc;
    if (pc === undefined) return false;
    const view = { memory: target.memory, address: pc, instructionOffset: -VIEW, instructionCount: 2 * VIEW, flavor };
    // What cannot be listed will be said to whoever asks.
    list({ ...view, bounds: (at) => target.functionBounds(at) }).catch(() => undefined);
    return false;
  });
}
