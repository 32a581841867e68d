/** The same thing in the words of two debuggers. */
import { withoutSignature, withoutTemplateArguments } from '../../src/symbols/displayname';

/**
 * A function's name without parameters and template arguments, which debuggers take from symbols or from DWARF and spell
 * as demanglers or as compilers do. Lambdas and closures have no name; a Rust implementation block goes by its method.
 */
function simpleName(name: string): string {
  const plain = name
    .replace(
      /<lambda\([^)]*\)( mutable)?>|\{lambda\([^)]*\)#\d+\}|\{\{closure\}\}|\{closure(_env)?#\d+\}|\$_\d+/g,
      '{lambda}',
    )
    .replace(/\[[0-9a-f]{16}\]/g, '')
    .replace(/ \[clone [^\]]*\]/g, '')
    .replace(/(?: const)?@plt$/, '');
  if (/operator\(\)/.test(plain)) return 'operator()';
  const simple = withoutTemplateArguments(withoutSignature(plain)).replace(/::$/, '').replace(/::::/g, '::');
  return /\{impl#\d+\}|^</.test(plain) || /^\{lambda\}|::\{lambda\}$/.test(simple)
    ? simple.replace(/^.*::/, '')
    : simple;
}

export function isSameName(theirs: string | null, ours: string | null): boolean {
  if (theirs === null || ours === null) return theirs === ours;
  const [one, other] = [simpleName(theirs), simpleName(ours)];
  const isWhole = (name: string): boolean => name.includes('::');
  // An implementation block has a name in DWARF only.
  return one === other || (!(isWhole(one) && isWhole(other)) && last(one) === last(other));
}

const last = (name: string): string => name.replace(/^.*::/, '');

/** gdb reads clang's `unsigned __int128` as an adjective before a name. */
export function typeSpelling(name: string): string {
  return name.replace('unsigned int __int128', 'unsigned __int128');
}

/** Whether two texts of a scalar say the same: gdb shows 17 digits of a float and octal escapes. */
export function isSameText(theirs: string, ours: string): boolean {
  if (theirs === ours) return true;
  const [one, other] = [theirs, ours].map(canonical);
  // Enumerators are named with more or fewer of the scopes around them.
  if (/^[\w:]+$/.test(theirs) && theirs.endsWith(`::${ours}`)) return true;
  if (!/^-?[\d.e+-]+$/.test(one!)) return one === other;
  // Nine digits are a float's, of which we show as many as tell it from its neighbours.
  const isFloat = one!.replace(/e.*|[.-]/g, '').length <= 9;
  return Number(one) === Number(other) || (isFloat && Math.fround(Number(one)) === Math.fround(Number(other)));
}

function canonical(text: string): string {
  return text
    .replace(/'\\(\d{3})'/, (_, digits: string) => `'\\x${parseInt(digits, 8).toString(16).padStart(2, '0')}'`)
    .replace(/'\\0'/, "'\\x00'");
}
