/** The DAP base protocol: `Content-Length` framing, in both directions. */

/** A message ready for the wire. */
export function encode(message: object): Buffer {
  const body = Buffer.from(JSON.stringify(message), 'utf8');
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`, 'latin1'), body]);
}

/** Cuts a stream of chunks into messages. A large message is copied once, however many chunks it came in. */
export class Decoder {
  private chunks: Buffer[] = [];
  private size = 0;
  private expected = -1;

  constructor(private readonly deliver: (message: unknown) => void) {}

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    for (;;) {
      if (this.expected < 0 && !this.readHeader()) return;
      if (this.size < this.expected) return;
      const all = this.joined();
      const body = all.toString('utf8', 0, this.expected);
      this.keep(all.subarray(this.expected));
      this.expected = -1;
      this.deliver(JSON.parse(body));
    }
  }

  private readHeader(): boolean {
    if (this.size === 0) return false;
    const all = this.joined();
    const end = all.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const header = all.toString('latin1', 0, end);
    const length = /Content-Length: (\d+)/i.exec(header);
    if (!length) throw new Error(`a DAP header without Content-Length: ${JSON.stringify(header)}`);
    this.expected = Number(length[1]);
    this.keep(all.subarray(end + 4));
    return true;
  }

  private joined(): Buffer {
    const only = this.chunks.length === 1 ? this.chunks[0] : undefined;
    const all = only ?? Buffer.concat(this.chunks);
    this.chunks = [all];
    return all;
  }

  private keep(rest: Buffer): void {
    this.chunks = rest.length > 0 ? [rest] : [];
    this.size = rest.length;
  }
}
