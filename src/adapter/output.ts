/**
 * A debuggee's output is bytes; DAP's is text. Each stream is decoded on its own as UTF-8 across chunk borders, and a
 * byte that is no UTF-8 is shown as `\xNN`, so that nothing is lost or garbled.
 */
const hex = (byte: number) => `\\x${byte.toString(16).padStart(2, '0')}`;

/**
 * The length of the well-formed sequence at `at` (Unicode standard, table 3-7), 0 when there is none, and -1 when the
 * bytes end before it can be told.
 */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let i = 1; i < length; i++) {
    const next = bytes[at + i];
    if (next === undefined) return -1;
    let low = 0x80;
    let high = 0xbf;
    if (i === 1) {
      if (first === 0xe0) low = 0xa0;
      else if (first === 0xed) high = 0x9f;
      else if (first === 0xf0) low = 0x90;
      else if (first === 0xf4) high = 0x8f;
    }
    if (next < low || next > high) return 0;
  }
  return length;
}

/** Decodes one stream. Not for sharing between streams. */
export class OutputDecoder {
  private rest: Uint8Array = new Uint8Array(0);
  private readonly strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /** The text of this chunk, without a character that has not arrived whole. */
  decode(chunk: Uint8Array): string {
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    const complete = bytes.length - this.unfinished(bytes);
    this.rest = bytes.slice(complete);
    return this.text(bytes.subarray(0, complete));
  }

  /** What was left of a character that never came whole, at the end of the stream. */
  flush(): string {
    const rest = this.rest;
    this.rest = new Uint8Array(0);
    return Array.from(rest, hex).join('');
  }

  /** How many bytes at the end are the beginning of a character. */
  private unfinished(bytes: Uint8Array): number {
    for (let back = 1; back <= Math.min(3, bytes.length); back++) {
      const byte = bytes[bytes.length - back]!;
      if ((byte & 0xc0) === 0x80) continue;
      return sequenceLength(bytes, bytes.length - back) < 0 ? back : 0;
    }
    return 0;
  }

  private text(bytes: Uint8Array): string {
    try {
      return this.strict.decode(bytes);
    } catch {
      return this.escaped(bytes);
    }
  }

  private escaped(bytes: Uint8Array): string {
    let text = '';
    let good = 0;
    for (let at = 0; at < bytes.length;) {
      const length = sequenceLength(bytes, at);
      if (length > 0) {
        at += length;
        continue;
      }
      text += this.strict.decode(bytes.subarray(good, at)) + hex(bytes[at]!);
      good = ++at;
    }
    return text + this.strict.decode(bytes.subarray(good));
  }
}
