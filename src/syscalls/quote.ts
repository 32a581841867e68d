/** Bytes as C string literals, escaped as strace escapes them. */

const escapes: Readonly<Record<number, string>> = {
  0x22: '\\"',
  0x5c: '\\\\',
  0x0c: '\\f',
  0x0a: '\\n',
  0x0d: '\\r',
  0x09: '\\t',
  0x0b: '\\v',
};

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/** What each byte becomes when no digit follows. */
const plain = Array.from({ length: 256 }, (_, byte) => {
  const escaped = escapes[byte];
  if (escaped !== undefined) return escaped;
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${byte.toString(8)}`;
});

/** The text between the quotes. An octal escape is as short as what follows it allows. */
export function escapeBytes(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    const short = plain[byte]!;
    const octal = escapes[byte] === undefined && (byte < 0x20 || byte >= 0x7f);
    out += octal && isDigit(bytes[i + 1]) ? `\\${byte.toString(8).padStart(3, '0')}` : short;
  }
  return out;
}

/** `"text"`, with `...` behind it when it was cut. */
export function quoteBytes(bytes: Uint8Array, truncated = false): string {
  return `"${escapeBytes(bytes)}"${truncated ? '...' : ''}`;
}
