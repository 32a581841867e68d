/**
 * Finds symbols by what a person types: the raw name, or a C++ or Rust name like `ns::Class::method`, `method` or
 * `f(int)`. Demangling every symbol of a large program takes half a second, so the string table's bytes are searched
 * for the last identifier first: every mangling spells it as `<length><identifier>`.
 */
import { demangle, isMangled } from './demangle';
import { splitSignature, withoutTemplateArguments } from './displayname';
import type { SymbolTable } from './elf/symtab';
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
  const clones = table
    .containing([`${name}.`])
    .filter((s) => s.name.startsWith(name) && CLONE.test(s.name.slice(name.length)));
  if (exact.length + clones.length > 0) return [...exact, ...clones];
  const query = parseQuery(name);
  return query ? table.containing(query.texts).filter((s) => matches(s.name, query)) : [];
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

function matches(mangled: string, query: Query): boolean {
  if (!isMangled(mangled)) return false;
  const demangled = demangle(mangled).replace(CLONE_REMARK, '');
  const { name, parameters } = splitSignature(demangled);
  if (query.parameters !== undefined && normalise(parameters ?? '') !== query.parameters) return false;
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
