/**
 * How names are compared in the index: without the spaces that compilers and people put differently into template
 * arguments (`vector<int, std::allocator<int> >`, `vector<int,std::allocator<int>>`).
 */

const SPACE = 0x20;
const LESS = 0x3c;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Another odd multiplier: two hashes of 32 bits together tell a hundred million names apart. */
const SECOND_PRIME = 0x5bd1e995;

/** What the index knows of a name's text. */
export interface NameHash {
  /** Of the name without template arguments: `vector` of `vector<int>`. */
  readonly base: number;
  /** Of the whole name. */
  readonly full: number;
  /** Another one of the whole name. */
  readonly second: number;
}

/** Letters, digits, `_`, `$` and everything beyond ASCII: a space between two of them separates words. */
function isWord(byte: number): boolean {
  if (byte >= 0x80 || byte === 0x5f || byte === 0x24) return true;
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
}

/** FNV-1a over UTF-8 bytes [start, end) without insignificant spaces. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): NameHash {
  const argumentsAt = start + templateArgumentsAt(bytes, start, end);
  let base = FNV_OFFSET;
  let hash = FNV_OFFSET;
  let second = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (i === argumentsAt) base = hash;
    if (byte === SPACE && !(i > start && i + 1 < end && isWord(bytes[i - 1]!) && isWord(bytes[i + 1]!))) continue;
    hash = Math.imul(hash ^ byte, FNV_PRIME);
    second = Math.imul(second + byte, SECOND_PRIME) ^ (second >>> 15);
  }
  return { base: (argumentsAt >= end ? hash : base) >>> 0, full: hash >>> 0, second: second >>> 0 };
}

/** Bytes before the template arguments: all of them for a name without, for operators and for Rust's `<T as U>`. */
function templateArgumentsAt(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[end - 1] !== 0x3e) return end - start;
  const less = bytes.indexOf(LESS, start);
  if (less <= start || less >= end) return end - start;
  if (Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.min(8, end - start)).toString('latin1') === 'operator') {
    return end - start;
  }
  return less - start;
}

export function hashName(name: string): NameHash {
  const bytes = Buffer.from(name, 'utf8');
  return hashBytes(bytes, 0, bytes.length);
}

/** A name without insignificant spaces: names of one hash are told apart by it. */
export function normalizeName(name: string): string {
  if (!name.includes(' ')) return name;
  return name.replace(/ /g, (space, at: number) => {
    if (at === 0 || at + 1 === name.length) return '';
    return isWord(name.charCodeAt(at - 1)) && isWord(name.charCodeAt(at + 1)) ? space : '';
  });
}

/** The normalized name without template arguments, as `NameHash.base` sees it. */
export function baseName(name: string): string {
  const bytes = Buffer.from(name, 'utf8');
  return normalizeName(bytes.toString('utf8', 0, templateArgumentsAt(bytes, 0, bytes.length)));
}

/** Splits `a::b<c::d>::e` at its outermost `::`; a leading one gives an empty first part. */
export function splitQualifiedName(name: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < name.length; i++) {
    const character = name[i]!;
    if (character === '<' || character === '(' || character === '[' || character === '{') depth++;
    else if (character === ')' || character === ']' || character === '}') depth--;
    else if (character === '>' && name[i - 1] !== '-') depth--;
    else if (character === ':' && name[i + 1] === ':' && depth <= 0) {
      parts.push(name.slice(start, i));
      start = i + 2;
      i++;
    }
  }
  parts.push(name.slice(start));
  return parts;
}
