/**
 * The older Rust mangling: an Itanium nested name whose last part is a hash, `_ZN` (length name)+ `17h` 16 hex `E`.
 * Characters that C symbols cannot hold are written `$LT$`, `$u20$`, `..`.
 */

const escapes: Readonly<Record<string, string>> = {
  SP: '@',
  BP: '*',
  RF: '&',
  LT: '<',
  GT: '>',
  LP: '(',
  RP: ')',
  C: ',',
};

/** The path without its hash, or undefined when this is not such a name. */
export function demangleRustLegacy(name: string): string | undefined {
  if (!name.startsWith('_ZN')) return undefined;
  const parts: string[] = [];
  let at = 3;
  while (name[at] !== 'E') {
    const digits = /^[1-9][0-9]{0,5}/.exec(name.slice(at, at + 6))?.[0];
    if (digits === undefined) return undefined;
    at += digits.length;
    const end = at + Number(digits);
    if (end >= name.length) return undefined;
    parts.push(name.slice(at, end));
    at = end;
  }
  if (!isHash(parts.pop()) || parts.length === 0) return undefined;
  const path = parts.map(unescape).join('::');
  // ThinLTO's suffix says nothing to a reader; `.cold` and the like do.
  return path + name.slice(at + 1).replace(/\.llvm\.[0-9A-F]+/, '');
}

/** `h` and 16 hexadecimal digits that look random: a C++ name could end like that, but not by accident. */
function isHash(part: string | undefined): boolean {
  return part !== undefined && /^h[0-9a-f]{16}$/.test(part) && new Set(part.slice(1)).size >= 5;
}

function unescape(part: string): string {
  // An identifier cannot begin with `$`, so the mangler puts an underscore before it.
  const text = part.startsWith('_$') ? part.slice(1) : part;
  return text.replace(/\$(?:([A-Z]+)|u([0-9a-f]{1,6}))\$|\.\.|\./g, (whole, word?: string, code?: string) => {
    if (word !== undefined) return escapes[word] ?? whole;
    if (code !== undefined) {
      const point = parseInt(code, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    }
    return whole === '..' ? '::' : whole;
  });
}
