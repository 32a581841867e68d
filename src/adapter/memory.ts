/** Reading and writing the debuggee's memory. */
import * as v from 'valibot';
import { formatAddress, offsetBy, virtAddr, type VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import type { MemoryReader } from '../common/readers';
import { request } from './request';
import type { Session } from './session';
import { flag, integer, natural, text } from './validation';

const PAGE = 4096;
/** What one request may read: its base64 must fit in a string, and nobody looks at more at once. */
const MAX_READ = 64 * 1024 * 1024;

/** A memory or instruction reference: `0x…` or decimal. Throws UserError. */
export function parseAddress(reference: string): VirtAddr {
  const trimmed = reference.trim();
  if (/^(0[xX][0-9a-fA-F]+|\d+)$/.test(trimmed)) {
    const value = BigInt(trimmed);
    if (value < 1n << 64n) return virtAddr(value);
  }
  throw new UserError(`"${reference}" is no address: expected 0x and hexadecimal digits, at most 64 bits.`, {
    code: 'bad-address',
  });
}

/** How many bytes from `address` cannot be read, at most `limit`. The first one cannot. */
function unreadableSpan(memory: MemoryReader, address: VirtAddr, limit: number): number {
  let span = PAGE - Number(address % BigInt(PAGE));
  while (span < limit && memory.read(offsetBy(address, span), 1).length === 0) span += PAGE;
  return Math.min(span, limit);
}

/** Base64 without copying the bytes first. */
function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

export const readMemory = request(
  'process',
  v.object({ memoryReference: text, offset: v.optional(integer), count: natural }),
  (session, { memoryReference, offset, count }) => {
    if (count > MAX_READ) {
      throw new UserError(`At most ${MAX_READ} bytes can be read at once, not ${count}.`, { code: 'too-much' });
    }
    const { memory } = session.target;
    const address = offsetBy(parseAddress(memoryReference), offset ?? 0);
    const bytes = count === 0 ? new Uint8Array(0) : memory.read(address, count);
    const missing = count - bytes.length;
    return {
      address: formatAddress(address),
      ...(missing > 0 && { unreadableBytes: unreadableSpan(memory, offsetBy(address, bytes.length), missing) }),
      data: base64(bytes),
    };
  },
);

function decodeBase64(data: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data) || data.length % 4 !== 0) {
    throw new UserError('writeMemory: "data" is not base64.', { code: 'bad-argument' });
  }
  return Buffer.from(data, 'base64');
}

export const writeMemory = request(
  'live',
  v.object({ memoryReference: text, offset: v.optional(integer), allowPartial: v.optional(flag), data: text }),
  (session, { memoryReference, offset = 0, allowPartial, data }) => {
    const { memory } = session.live;
    const bytes = decodeBase64(data);
    const address = offsetBy(parseAddress(memoryReference), offset);
    // All or nothing is decided before anything is changed.
    const reach = memory.read(address, bytes.length).length;
    if (reach < bytes.length && allowPartial !== true) {
      throw new UserError(
        `Memory at ${formatAddress(offsetBy(address, reach))} cannot be written: nothing is mapped there.`,
        { code: 'unwritable' },
      );
    }
    const bytesWritten = reach === 0 ? 0 : memory.write(address, bytes.subarray(0, reach));
    if (bytesWritten < bytes.length && allowPartial !== true) {
      throw new UserError(
        `Only ${bytesWritten} of ${bytes.length} bytes could be written at ${formatAddress(address)}.`,
        { code: 'unwritable' },
      );
    }
    if (bytesWritten > 0) memoryChanged(session, address, bytesWritten);
    return { offset: 0, bytesWritten };
  },
);

/** Tells the client of bytes that were changed on its behalf. */
export function memoryChanged(session: Session, address: VirtAddr, count: number): void {
  session.stateChanged();
  if (session.client.supportsMemory) {
    session.emitEvent('memory', { memoryReference: formatAddress(address), offset: 0, count });
  }
  session.invalidate('variables', 'stacks');
}
