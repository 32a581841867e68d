/**
 * Type names as a reader wants them: `std::map<std::string, int>` for what debugging information calls
 * `std::map<std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >, int, std::less<…>, …>`.
 * Left out is what the standard libraries put in by default, and the inline namespaces of their versions. For showing
 * only: what is evaluated keeps its full name.
 */
import { typeName } from '../../symbols/data/typenames';
import type { Type } from '../../symbols/data/types';

const shown = new WeakMap<Type, string>();

/** The name of a type to show. It is put together once: the elements of an array share their type. */
export function typeText(type: Type): string {
  let text = shown.get(type);
  if (text === undefined) shown.set(type, (text = shortTypeName(typeName(type))));
  return text;
}

/** Names that are longer or nested deeper are left as they are. */
const MAX_LENGTH = 1 << 14;
const MAX_DEPTH = 100;

/** The same for a name. What is not understood comes back as it is. */
export function shortTypeName(name: string): string {
  if (!name.includes('<') || name.length > MAX_LENGTH) return name;
  try {
    const shortener = new Shortener(name);
    return shortener.text('') + shortener.rest;
  } catch (error) {
    if (error instanceof Unbalanced) return name;
    throw error;
  }
}

class Unbalanced extends Error {}

/** Reads a name from the left; what is between angle brackets is taken apart and put together again. */
class Shortener {
  private at = 0;
  private depth = 0;

  constructor(private readonly name: string) {}

  get rest(): string {
    return this.name.slice(this.at);
  }

  /** Up to one of the characters `ends` outside of brackets, which is not consumed; `''`: up to the end. */
  text(ends: string): string {
    if (++this.depth > MAX_DEPTH) throw new Unbalanced();
    let out = '';
    for (; this.at < this.name.length;) {
      const c = this.name[this.at]!;
      if (ends.includes(c)) break;
      if (c === '<' && !/\boperator<?$/.test(out)) {
        out = this.template(out);
      } else if (c === '(' || c === '{' || c === '[') {
        out += this.group(c);
      } else if (c === '>' || c === ')' || c === '}') {
        throw new Unbalanced();
      } else {
        out += c;
        this.at++;
      }
    }
    if (ends !== '' && this.at >= this.name.length) throw new Unbalanced();
    this.depth--;
    return out;
  }

  /** `(…)`, `{…}` or `[…]`, with what is inside. */
  private group(opening: string): string {
    const closing = opening === '(' ? ')' : opening === '[' ? ']' : '}';
    this.at++;
    const inside = this.text(closing);
    this.at++;
    return opening + inside + closing;
  }

  /** `<…>` behind what was read so far, of which the last name is the template's. */
  private template(before: string): string {
    const given: string[] = [];
    do {
      this.at++;
      given.push(this.text(',>').trim());
    } while (this.name[this.at] === ',');
    this.at++;
    const path = /[\w$:]*$/.exec(before)?.[0] ?? '';
    const lead = before.slice(0, before.length - path.length);
    const plain = path.replace(VERSIONS, 'std::');
    const left = /^(?:std|alloc|hashbrown)::/.test(plain) ? withoutDefaults(plain, given) : given;
    const alias = left.length === 1 ? ALIASES[`${plain}<${left[0]!}>`] : undefined;
    return lead + (alias ?? `${plain}<${left.join(', ')}>`);
  }
}

/** Inline namespaces: libstdc++'s of its new ABI, libc++'s of its first and second, also as Android and Chromium have it. */
const VERSIONS = /^std::(?:__cxx11|__[12]|__ndk1|__Cr)::/;

const RUST_HASHER = 'std::hash::random::RandomState';
const RUST_ALLOCATOR = 'alloc::alloc::Global';

/** Default arguments by position, as patterns of the arguments before; '' is one that the standard has no default for. */
const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  ...same(['vector', 'deque', 'list', 'forward_list'], ['', 'std::allocator<$0>']),
  ...same(['set', 'multiset'], ['', 'std::less<$0>', 'std::allocator<$0>']),
  ...same(['map', 'multimap'], ['', '', 'std::less<$0>', 'std::allocator<std::pair<$0 const, $1>>']),
  ...same(['unordered_set', 'unordered_multiset'], ['', 'std::hash<$0>', 'std::equal_to<$0>', 'std::allocator<$0>']),
  ...same(
    ['unordered_map', 'unordered_multimap'],
    ['', '', 'std::hash<$0>', 'std::equal_to<$0>', 'std::allocator<std::pair<$0 const, $1>>'],
  ),
  ...same(['basic_string'], ['', 'std::char_traits<$0>', 'std::allocator<$0>']),
  ...same(['basic_stringstream', 'basic_istringstream'], ['', 'std::char_traits<$0>', 'std::allocator<$0>']),
  ...same(['basic_ostringstream', 'basic_stringbuf'], ['', 'std::char_traits<$0>', 'std::allocator<$0>']),
  ...same(['basic_string_view', 'basic_ios', 'basic_streambuf'], ['', 'std::char_traits<$0>']),
  ...same(['basic_istream', 'basic_ostream', 'basic_iostream'], ['', 'std::char_traits<$0>']),
  ...same(['basic_filebuf', 'basic_ifstream', 'basic_ofstream', 'basic_fstream'], ['', 'std::char_traits<$0>']),
  ...same(['unique_ptr'], ['', 'std::default_delete<$0>']),
  ...same(['stack', 'queue'], ['', 'std::deque<$0>']),
  ...same(['priority_queue'], ['', 'std::vector<$0>', 'std::less<$0>']),
  'std::chrono::duration': ['', 'std::ratio<1, 1>'],
  // Rust states the allocator and the hasher as well.
  ...same(['vec::Vec', 'boxed::Box', 'rc::Rc', 'rc::Weak', 'sync::Arc', 'sync::Weak'], ['', RUST_ALLOCATOR], 'alloc'),
  ...same(['vec_deque::VecDeque', 'btree::set::BTreeSet'], ['', RUST_ALLOCATOR], 'alloc::collections'),
  ...same(['linked_list::LinkedList', 'binary_heap::BinaryHeap'], ['', RUST_ALLOCATOR], 'alloc::collections'),
  ...same(['btree::map::BTreeMap'], ['', '', RUST_ALLOCATOR], 'alloc::collections'),
  ...same(['hash::map::HashMap'], ['', '', RUST_HASHER, RUST_ALLOCATOR], 'std::collections'),
  ...same(['hash::set::HashSet'], ['', RUST_HASHER, RUST_ALLOCATOR], 'std::collections'),
};

function same(names: readonly string[], defaults: readonly string[], scope = 'std'): Record<string, readonly string[]> {
  return Object.fromEntries(names.map((name) => [`${scope}::${name}`, defaults]));
}

/** The arguments without those at the end that are the defaults. */
function withoutDefaults(template: string, given: readonly string[]): readonly string[] {
  const defaults = DEFAULTS[template] ?? [];
  let count = given.length;
  while (count > 1 && count <= defaults.length) {
    const expected = defaults[count - 1]!.replace(/\$(\d)/g, (_all, at: string) => given[Number(at)] ?? '');
    if (expected === '' || !isSame(expected, given[count - 1]!)) break;
    count--;
  }
  return given.slice(0, count);
}

/** Spaces and the place of `const` differ between compilers. */
function isSame(expected: string, given: string): boolean {
  const plain = (text: string): string => text.replace(/\bconst\b/g, '').replace(/\s+/g, '');
  return plain(expected) === plain(given);
}

const CHARACTERS = { char: '', wchar_t: 'w', char8_t: 'u8', char16_t: 'u16', char32_t: 'u32' };
const STREAMS = ['ios', 'streambuf', 'istream', 'ostream', 'iostream', 'stringstream', 'istringstream'];
STREAMS.push('ostringstream', 'stringbuf', 'filebuf', 'ifstream', 'ofstream', 'fstream');

/** The standard's own names for templates of characters. */
const ALIASES: Readonly<Record<string, string>> = aliases();

function aliases(): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [character, prefix] of Object.entries(CHARACTERS)) {
    // Streams are of char and wchar_t only.
    for (const name of ['string', 'string_view', ...(prefix.length < 2 ? STREAMS : [])]) {
      names[`std::basic_${name}<${character}>`] = `std::${prefix}${name}`;
    }
  }
  return names;
}
