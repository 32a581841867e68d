/**
 * Finds symbols by what a person types: the raw name, or a C++ or Rust name like `ns::Class::method`, `method` or
 * `f(int)`. Demangling every symbol of a large program takes half a second, so the string table's bytes are searched
 * for the last identifier first: every mangling spells it as `<length><identifier>`.
 */
import { demangle, isMangled } from './demangle';
import { splitSignature, withoutTemplateArguments } from './displayname';
import type { SymbolTable } from './elf/symtab';
import { splitQualifiedName } from './index/namehash';
import type { ElfSymbol } from './types';

/** Copies of a function with other parameters or linkage; entered where the original would be. */
const CLONE = /^\.(?:constprop|isra|lto_priv|llvm)\b/;

/** The same in a demangled name, as the C++ runtime writes it. */
const CLONE_REMARK = / \[clone \.(?:constprop|isra|lto_priv|llvm)\b[^\]]*\]/g;

/**
 * Symbols of exactly this raw name and their clones; if there are none, C++ and Rust functions and variables whose
 * qualified name is `name` or ends with `::name`. Template arguments, parameters and `(anonymous namespace)` are
 * compared only where `name` has them. A leading `::` asks for the whole qualified name.
 */
export function findSymbols(table: SymbolTable, name: string): ElfSymbol[] {
  const exact = table.named(name);
  const clones = table.partsNamed(name).filter((s) => CLONE.test(s.name.slice(name.length)));
  if (exact.length + clones.length > 0) return [...exact, ...clones];
  const query = parseQuery(name);
  return query ? table.containing(query.texts).filter((s) => matchesQuery(s.name, query)) : [];
}

/** What a person means by the name of a function, for whoever has functions rather than symbols. */
export interface NamePattern {
  /** The last part of the name, without template arguments. */
  readonly simpleName: string;
  /**
   * @param linkageName mangled; undefined for a function that has none, as in C
   * @param qualifiedName with scopes, without parameters
   */
  matches(linkageName: string | undefined, qualifiedName: string): boolean;
}

/** Undefined for what cannot be the name of a function. */
export function namePattern(text: string): NamePattern | undefined {
  const wanted = text.trim();
  const plain = isMangled(wanted) ? demangle(wanted) : wanted;
  const query = parseQuery(plain);
  const simpleName = query && splitQualifiedName(withoutTemplateArguments(splitSignature(plain).name)).pop();
  if (!query || !simpleName) return undefined;
  const matches = (linkageName: string | undefined, qualifiedName: string): boolean => {
    if (linkageName === wanted) return true;
    if (plain !== wanted) return false;
    if (linkageName !== undefined && isMangled(linkageName)) return matchesQuery(linkageName, query);
    return query.parameters === undefined && isNamed(qualifiedName, query);
  };
  return { simpleName, matches };
}

interface Query {
  /** The qualified name in normal form. */
  readonly name: string;
  readonly parameters: string | undefined;
  readonly anchored: boolean;
  readonly hasTemplateArguments: boolean;
  /** What the mangled name must contain one of. */
  readonly texts: readonly string[];
}

function parseQuery(text: string): Query | undefined {
  const anchored = text.startsWith('::');
  const { name, parameters } = splitSignature(anchored ? text.slice(2) : text.trim());
  if (name === '') return undefined;
  const plain = withoutTemplateArguments(name);
  // Operators and closures have codes instead of names; then anything mangled may be meant.
  const identifier = /(?:^|::)~?([A-Za-z_][\w$]*|[^\W\d][\w$]*)$/u.exec(plain)?.[1];
  const isOperator = identifier === undefined || /(?:^|\W)operator\W/.test(plain);
  const length = Buffer.byteLength(identifier ?? '');
  return {
    name: normalise(name),
    parameters: parameters === undefined ? undefined : normalise(parameters),
    anchored,
    hasTemplateArguments: plain !== name,
    // Rust puts an underscore between the two when the identifier begins with one.
    texts: isOperator ? ['_Z', '_R'] : [`${length}${identifier}`, `${length}_${identifier}`],
  };
}

function matchesQuery(mangled: string, query: Query): boolean {
  if (!isMangled(mangled)) return false;
  const demangled = demangle(mangled).replace(CLONE_REMARK, '');
  const { name, parameters } = splitSignature(demangled);
  if (query.parameters !== undefined && normalise(parameters ?? '') !== query.parameters) return false;
  return isNamed(name, query);
}

function isNamed(name: string, query: Query): boolean {
  return spellings(name, query.hasTemplateArguments).some(
    (spelling) => spelling === query.name || (!query.anchored && spelling.endsWith(`::${query.name}`)),
  );
}

/** The ways a person may write a qualified name. */
function spellings(name: string, withArguments: boolean): string[] {
  const all = rustSpellings(name).map((n) => normalise(withArguments ? n : withoutTemplateArguments(n)));
  return [...all, ...all.map((n) => n.replaceAll('(anonymous namespace)::', '').replace(/\[abi:\w+\]/g, ''))];
}

/** Rust's `<Type as Trait>::method` is also `Type::method` and `Trait::method`; `f::<T>` is also `f<T>`. */
function rustSpellings(name: string): string[] {
  const plain = name.replaceAll('::<', '<');
  if (!plain.startsWith('<')) return [plain];
  let depth = 0;
  let as = -1;
  for (let at = 0; at < plain.length; at++) {
    if (plain[at] === '<') depth++;
    else if (plain[at] === '>' && plain[at - 1] !== '-') depth--;
    else if (depth === 1 && as < 0 && plain.startsWith(' as ', at)) as = at;
    if (depth === 0) {
      const rest = plain.slice(at + 1);
      if (as < 0) return [plain.slice(1, at) + rest];
      return [plain.slice(1, as) + rest, plain.slice(as + 4, at) + rest];
    }
  }
  return [plain];
}

/** Without the spaces that demanglers and people place differently: `A<B<int> >`, `char const *`. */
function normalise(text: string): string {
  return text.replace(/ +(?=\W)|(?<=\W) +/g, '');
}
