/** Response bodies that are written as JSON by whoever makes them, because JSON.stringify would cost more than the rest. */

export class PreparedBody {
  constructor(
    /** The body, an object in JSON. */
    readonly json: string,
  ) {}

  /** For the log, which shows messages as objects. */
  toJSON(): unknown {
    return JSON.parse(this.json);
  }
}

/** A message as JSON; a body that is ready goes in as it is. */
export function messageJson(message: object): string {
  const { body } = message as { body?: unknown };
  if (!(body instanceof PreparedBody)) return JSON.stringify(message);
  return `${start(message)}${body.json}}`;
}

/**
 * The header and the message, ready for the wire, where a long body of ASCII characters is ready: a string would be put
 * together, copied and encoded again on its way out. Undefined for any other message.
 */
export function encodePrepared(message: object): Buffer | undefined {
  const { body } = message as { body?: unknown };
  if (!(body instanceof PreparedBody) || body.json.length < LONG) return undefined;
  const before = start(message);
  const length = before.length + body.json.length + 1;
  if (Buffer.byteLength(before) + Buffer.byteLength(body.json) + 1 !== length) return undefined;
  const head = `Content-Length: ${length}\r\n\r\n${before}`;
  const wire = Buffer.allocUnsafe(head.length + body.json.length + 1);
  wire.write(head, 'latin1');
  wire.write(body.json, head.length, 'latin1');
  wire[wire.length - 1] = CLOSING_BRACE;
  return wire;
}

/** Below this many characters the usual way is as fast. */
const LONG = 16 * 1024;

const CLOSING_BRACE = 0x7d;

/** A message up to its body. */
function start(message: object): string {
  return `${JSON.stringify({ ...message, body: undefined }).slice(0, -1)},"body":`;
}

/** What JSON.stringify writes otherwise than it stands: quotes, backslashes, control characters, unpaired surrogates. */
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;

/** A string in JSON; most need no looking at beyond one search. */
export function quoted(text: string): string {
  return SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`;
}
