/**
 * The DAP base protocol's framing: `Content-Length: N\r\n\r\n` and N bytes of JSON. A wrong header leaves no way to
 * find the next message, so it ends the connection; a wrong body loses only that message. Anything that can never
 * become a header is refused at once rather than waited on.
 */

/** The stream cannot be followed any more. The message says what was wrong with it. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

export interface MessageSink {
  /** A well-formed JSON object. */
  message(message: Record<string, unknown>): void;
  /** A body that is no JSON object. The next message can be read all the same. */
  malformed(problem: string): void;
}

const headerLimit = 4096;
/** Larger than any message a client has reason to send (writeMemory of 64 MiB is 90 MB of base64). */
const bodyLimit = 256 * 1024 * 1024;

const headerLine = /^[A-Za-z0-9-]+:[ \t]*[^\r\n]*$/;

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** What nearly every client writes, and nothing else: looking at it more closely would be a tenth of a step's work. */
const plainHeader = /^Content-Length: (\d{1,8})$/;

/** Checks a complete header and returns its Content-Length in bytes. Throws FramingError. */
export function parseHeader(header: string): number {
  const plain = plainHeader.exec(header);
  if (plain) return Number(plain[1]);
  let length: number | undefined;
  for (const line of header.split('\r\n')) {
    if (!headerLine.test(line)) throw new FramingError(`expected a Content-Length header, found ${shown(line)}`);
    const colon = line.indexOf(':');
    if (line.slice(0, colon).toLowerCase() !== 'content-length') continue;
    const value = line.slice(colon + 1).trim();
    if (!/^\d+$/.test(value)) throw new FramingError(`Content-Length is no number: ${shown(value)}`);
    length = Number(value);
  }
  if (length === undefined) throw new FramingError(`a header without Content-Length: ${shown(header)}`);
  if (length > bodyLimit) {
    throw new FramingError(`Content-Length ${length} is more than the limit of ${bodyLimit} bytes`);
  }
  return length;
}

/** Refuses an unfinished header that cannot become a good one. */
function checkUnfinished(header: string): void {
  if (header.length > headerLimit) throw new FramingError(`no end of the header in its first ${headerLimit} bytes`);
  const newline = header.indexOf('\n');
  if (newline >= 0 && header[newline - 1] !== '\r') {
    throw new FramingError(`header lines must end with \\r\\n, found ${shown(header.slice(0, newline + 1))}`);
  }
  if (!/^[A-Za-z]/.test(header) || (newline >= 0 && !headerLine.test(header.slice(0, newline - 1)))) {
    throw new FramingError(`expected a Content-Length header, found ${shown(header)}`);
  }
}

/** Cuts a stream of chunks into messages. Bytes of a long message are copied once, however many chunks it came in. */
export class MessageReader {
  private chunks: Buffer[] = [];
  private size = 0;
  private expected: number | undefined;

  constructor(private readonly sink: MessageSink) {}

  /** Delivers every message that is complete now. Throws FramingError; the reader is of no use afterwards. */
  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    while (this.size > 0) {
      if (this.expected === undefined && !this.readHeader()) return;
      if (this.size < this.expected!) return;
      const all = this.joined();
      const body = all.toString('utf8', 0, this.expected);
      this.keep(all.subarray(this.expected));
      this.expected = undefined;
      this.deliver(body);
    }
  }

  private readHeader(): boolean {
    const all = this.joined();
    const end = all.indexOf('\r\n\r\n');
    if (end < 0 || end > headerLimit) {
      checkUnfinished(all.toString('latin1', 0, headerLimit + 1));
      return false;
    }
    this.expected = parseHeader(all.toString('latin1', 0, end));
    this.keep(all.subarray(end + 4));
    return true;
  }

  private deliver(body: string): void {
    let message: unknown;
    try {
      message = JSON.parse(body);
    } catch (error) {
      this.sink.malformed(`a message is no JSON (${(error as Error).message}): ${shown(body)}`);
      return;
    }
    if (typeof message !== 'object' || message === null || Array.isArray(message)) {
      this.sink.malformed(`a message is no JSON object: ${shown(body)}`);
      return;
    }
    this.sink.message(message as Record<string, unknown>);
  }

  private joined(): Buffer {
    const all = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
    this.chunks = [all];
    return all;
  }

  private keep(rest: Buffer): void {
    this.chunks = rest.length > 0 ? [rest] : [];
    this.size = rest.length;
  }
}
