/**
 * The response to `readMemory`, ready for the wire. A megabyte of base64 has nothing that JSON must escape nor a character
 * beyond ASCII, so it is copied in as it is: looking at every character twice would cost more than reading the memory.
 */

/** Below this many characters the usual way is as fast. */
const LONG = 16 * 1024;

/** The header and the message; undefined for any other message and for a short one. */
export function encodeMemory(message: object): Buffer | undefined {
  const { command, body } = message as { command?: string; body?: { data?: string } };
  const data = command === 'readMemory' ? body?.data : undefined;
  if (data === undefined || data.length < LONG) return undefined;
  const empty = Buffer.from(JSON.stringify({ ...message, body: { ...body, data: '' } }), 'utf8');
  const place = empty.lastIndexOf('"data":""') + '"data":"'.length;
  const header = `Content-Length: ${empty.length + data.length}\r\n\r\n`;
  const wire = Buffer.allocUnsafe(header.length + empty.length + data.length);
  const start = wire.write(header, 'latin1');
  empty.copy(wire, start, 0, place);
  wire.write(data, start + place, 'latin1');
  empty.copy(wire, start + place + data.length, place);
  return wire;
}
