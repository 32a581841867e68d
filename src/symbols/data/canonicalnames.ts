/**
 * One spelling for names that compilers spell in several ways. gcc writes `vector<long unsigned int>`, clang
 * `vector<unsigned long>`; clang writes `pair<const char *, int>` and `array<int, 3UL>`, gcc `pair<char const*, int>`
 * and `array<int, 3>`. What is chosen is what gdb shows, so that names compare equal across compilers, but for the
 * suffixes of numbers.
 */

/** gcc's orders of C's words, longest first. */
const GCC_WORDS =
  /\b(?:long long unsigned int|long long int|long unsigned int|long int|short unsigned int|short int)\b/g;
const WORDS: Readonly<Record<string, string>> = {
  'long long unsigned int': 'unsigned long long',
  'long long int': 'long long',
  'long unsigned int': 'unsigned long',
  'long int': 'long',
  'short unsigned int': 'unsigned short',
  'short int': 'short',
};

/** The name of a C or C++ base type, or of a C++ type with template arguments; others come back as they are. */
export function canonicalName(name: string): string {
  const spelled = name.includes('int') ? name.replace(GCC_WORDS, (words) => WORDS[words]!) : name;
  if (!spelled.includes('<') || NOT_UNDERSTOOD.test(spelled)) return spelled;
  return new ArgumentSpeller(spelled.replace(/\(& ?([\w:]+)\)/g, '&$1')).spell() ?? spelled;
}

/** Lambdas, values of class types, and function types: gdb's name parser leaves these alone as well. */
const NOT_UNDERSTOOD = /[{}"]|lambda|operator|unnamed|[\w>*&] ?\((?![*&]|anonymous namespace\)|[\w:]+::\*|\*)/;
const TOKEN = /::|[A-Za-z_$][\w$]*|'(?:\\.|[^'\\])+'|\d[\w.]*|\s+|\(anonymous namespace\)|./gs;
const WORD = /^[\w$(]/;
const BUILTIN: ReadonlySet<string> = new Set(
  'unsigned signed long short int char double float bool void wchar_t char8_t char16_t char32_t __int128'.split(' '),
);

/** Writes template arguments as gdb does: qualifiers behind what they qualify, no space before `*` and `&`. */
class ArgumentSpeller {
  private readonly tokens: readonly string[];
  private at = 0;
  private out = '';
  /** The end of `out`, so that looking at it does not take the time of the whole. */
  private tail = '';
  private depth = 0;

  constructor(name: string) {
    this.tokens = name.match(TOKEN) ?? [];
  }

  /** Undefined when the brackets do not match. */
  spell(): string | undefined {
    while (this.at < this.tokens.length) this.step();
    return this.depth === 0 ? this.out : undefined;
  }

  private step(): void {
    const token = this.tokens[this.at]!;
    const isFirst = /[<,(] ?$/.test(this.tail);
    if (this.depth > 0 && isFirst && isQualifier(token)) return this.qualified();
    this.at++;
    if (token === '<') this.depth++;
    if (token === '>') this.depth--;
    if (this.depth === 0) this.emit(token);
    else if (/^\s/.test(token)) this.space();
    else if (token === '[' && /[\w>]$/.test(this.tail)) this.emit(' [');
    else if (token.startsWith("'") && isFirst) this.emit(`(char)${token}`);
    else if (/^\d/.test(token)) this.emit(token.startsWith('0x') ? token : token.toLowerCase());
    else this.emit(isQualifier(token) && /[*&]$/.test(this.tail) ? ` ${token}` : token);
  }

  private space(): void {
    const next = this.tokens[this.at] ?? '';
    if (next === '*' || next === '&' || this.tail.endsWith(' ')) return;
    this.emit(' ');
  }

  /** `const char` → `char const`. */
  private qualified(): void {
    const qualifiers: string[] = [];
    for (; isQualifier(this.peek()) || /^\s/.test(this.peek()); this.at++) {
      if (isQualifier(this.peek())) qualifiers.push(this.peek());
    }
    if (BUILTIN.has(this.peek())) {
      const words: string[] = [];
      for (; BUILTIN.has(this.peek()) || (/^\s/.test(this.peek()) && BUILTIN.has(this.tokens[this.at + 1] ?? ''));) {
        words.push(this.tokens[this.at++]!);
      }
      this.emit(words.join(''));
    } else {
      this.qualifiedName();
    }
    this.emit(` ${qualifiers.join(' ')}`);
  }

  /** `ns::Class<int>::Inner`: everything up to where its brackets are closed and it does not go on. */
  private qualifiedName(): void {
    const { depth } = this;
    while (this.at < this.tokens.length) {
      const token = this.peek();
      if (this.depth === depth && !(token === '<' || token === '::' || WORD.test(token))) return;
      this.step();
    }
  }

  private emit(text: string): void {
    this.out += text;
    this.tail = (this.tail + text.slice(-2)).slice(-2);
  }

  private peek(): string {
    return this.tokens[this.at] ?? '';
  }
}

function isQualifier(token: string): boolean {
  return token === 'const' || token === 'volatile';
}
