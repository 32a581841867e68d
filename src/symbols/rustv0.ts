/**
 * Rust's v0 mangling (RFC 2603; the rustc book, "v0 Symbol Format"), by recursive descent. Crate hashes and the types
 * of constants are left out, as in backtraces.
 *
 * Back-references can make a short name stand for an enormous one, so depth, steps and output are bounded.
 */

const MAX_DEPTH = 200;
const MAX_STEPS = 50_000;
const MAX_OUTPUT = 16 * 1024;

const basicTypes: Readonly<Record<string, string>> = {
  a: 'i8',
  b: 'bool',
  c: 'char',
  d: 'f64',
  e: 'str',
  f: 'f32',
  h: 'u8',
  i: 'isize',
  j: 'usize',
  l: 'i32',
  m: 'u32',
  n: 'i128',
  o: 'u128',
  p: '_',
  s: 'i16',
  t: 'u16',
  u: '()',
  v: '...',
  x: 'i64',
  y: 'u64',
  z: '!',
};

class Malformed extends Error {}

/** The demangled name, or undefined when this is not a v0 name. */
export function demangleRustV0(name: string): string | undefined {
  const match = /^_R([A-Z][0-9A-Za-z_]*)(.*)$/s.exec(name);
  if (!match) return undefined;
  const suffix = match[2]!;
  if (suffix !== '' && !/^[.$@]/.test(suffix)) return undefined;
  try {
    const demangled = new Parser(match[1]!).symbol();
    return demangled + suffix.replace(/^\.llvm\.[0-9A-F]+/, '');
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

class Parser {
  private at = 0;
  private depth = 0;
  private steps = 0;
  private output = '';
  /** While above 0, what is parsed is not printed. */
  private silent = 0;
  /** Lifetimes bound by the `for<…>` around the current place. */
  private boundLifetimes = 0;

  constructor(private readonly text: string) {}

  symbol(): string {
    this.path(true);
    // The instantiating crate says where generic code was compiled, which is not part of the name.
    if (this.at < this.text.length) this.silently(() => this.path(false));
    if (this.at !== this.text.length) throw new Malformed();
    return this.output;
  }

  /** @param inValue whether generic arguments need the turbofish, `f::<T>` rather than `S<T>` */
  private path(inValue: boolean): void {
    this.guarded(() => {
      const tag = this.next();
      switch (tag) {
        case 'C':
          this.disambiguator();
          this.print(this.identifier());
          break;
        case 'N':
          this.nested(inValue);
          break;
        case 'M':
          this.implPath();
          this.print('<');
          this.type();
          this.print('>');
          break;
        case 'X':
          this.implPath();
          this.qualifiedSelf();
          break;
        case 'Y':
          this.qualifiedSelf();
          break;
        case 'I':
          this.path(inValue);
          if (inValue) this.print('::');
          this.print('<');
          this.list(', ', () => this.genericArgument());
          this.print('>');
          break;
        case 'B':
          this.backref(() => this.path(inValue));
          break;
        default:
          throw new Malformed();
      }
    });
  }

  private nested(inValue: boolean): void {
    const namespace = this.next();
    this.path(inValue);
    const disambiguator = this.disambiguator();
    const name = this.identifier();
    if (namespace >= 'A' && namespace <= 'Z') {
      const kind = namespace === 'C' ? 'closure' : namespace === 'S' ? 'shim' : namespace;
      this.print(`::{${kind}${name === '' ? '' : `:${name}`}#${disambiguator}}`);
    } else if (namespace >= 'a' && namespace <= 'z') {
      if (name !== '') this.print(`::${name}`);
    } else {
      throw new Malformed();
    }
  }

  /** The module of an impl block: needed to parse, not to read. */
  private implPath(): void {
    this.disambiguator();
    this.silently(() => this.path(false));
  }

  private qualifiedSelf(): void {
    this.print('<');
    this.type();
    this.print(' as ');
    this.path(false);
    this.print('>');
  }

  private genericArgument(): void {
    if (this.eat('L')) this.lifetime(this.base62());
    else if (this.eat('K')) this.constant(false);
    else this.type();
  }

  private type(): void {
    this.guarded(() => {
      const tag = this.next();
      const basic = basicTypes[tag];
      if (basic !== undefined) return this.print(basic);
      switch (tag) {
        case 'A':
          this.print('[');
          this.type();
          this.print('; ');
          this.constant(true);
          return this.print(']');
        case 'S':
          this.print('[');
          this.type();
          return this.print(']');
        case 'T': {
          this.print('(');
          const count = this.list(', ', () => this.type());
          return this.print(count === 1 ? ',)' : ')');
        }
        case 'R':
        case 'Q':
          this.print('&');
          if (this.eat('L')) {
            const lifetime = this.base62();
            if (lifetime !== 0) {
              this.lifetime(lifetime);
              this.print(' ');
            }
          }
          if (tag === 'Q') this.print('mut ');
          return this.type();
        case 'P':
        case 'O':
          this.print(tag === 'P' ? '*const ' : '*mut ');
          return this.type();
        case 'F':
          return this.bound(() => this.functionType());
        case 'D':
          this.print('dyn ');
          this.bound(() => this.list(' + ', () => this.dynTrait()));
          if (!this.eat('L')) throw new Malformed();
          return this.dynLifetime();
        case 'B':
          return this.backref(() => this.type());
        default:
          this.at--;
          return this.path(false);
      }
    });
  }

  private dynLifetime(): void {
    const lifetime = this.base62();
    if (lifetime === 0) return;
    this.print(' + ');
    this.lifetime(lifetime);
  }

  private functionType(): void {
    if (this.eat('U')) this.print('unsafe ');
    if (this.eat('K')) {
      const abi = this.eat('C') ? 'C' : this.identifier().replace(/_/g, '-');
      this.print(`extern "${abi}" `);
    }
    this.print('fn(');
    this.list(', ', () => this.type());
    this.print(')');
    if (this.eat('u')) return; // returns ()
    this.print(' -> ');
    this.type();
  }

  /** A trait and its associated types: `Iterator<Item = u8>`. */
  private dynTrait(): void {
    let open = this.pathLeftOpen();
    while (this.eat('p')) {
      this.print(open ? ', ' : '<');
      open = true;
      this.print(`${this.identifier()} = `);
      this.type();
    }
    if (open) this.print('>');
  }

  /** A path whose generic arguments, if any, are not closed yet; tells whether there are some. */
  private pathLeftOpen(): boolean {
    let open = false;
    this.guarded(() => {
      if (this.eat('B')) {
        this.backref(() => (open = this.pathLeftOpen()));
      } else if (this.eat('I')) {
        this.path(false);
        this.print('<');
        this.list(', ', () => this.genericArgument());
        open = true;
      } else {
        this.path(false);
      }
    });
    return open;
  }

  /** @param bare whether the place is one where an expression needs no braces */
  private constant(bare: boolean): void {
    this.guarded(() => {
      const tag = this.next();
      switch (tag) {
        case 'p':
          return this.print('_');
        case 'B':
          return this.backref(() => this.constant(bare));
        case 'b': {
          const value = this.hexNumber();
          if (value !== '0' && value !== '1') throw new Malformed();
          return this.print(value === '1' ? 'true' : 'false');
        }
        case 'c':
          return this.character();
        case 'R':
          if (this.eat('e')) return this.print(JSON.stringify(this.hexText()));
          return this.braced(bare, () => {
            this.print('&');
            this.constant(true);
          });
        case 'Q':
          return this.braced(bare, () => {
            this.print('&mut ');
            this.constant(true);
          });
        case 'e':
          return this.braced(bare, () => this.print('*' + JSON.stringify(this.hexText())));
        case 'A':
          return this.braced(bare, () => {
            this.print('[');
            this.list(', ', () => this.constant(true));
            this.print(']');
          });
        case 'T':
          return this.braced(bare, () => {
            this.print('(');
            const count = this.list(', ', () => this.constant(true));
            this.print(count === 1 ? ',)' : ')');
          });
        case 'V':
          return this.braced(bare, () => this.structure());
        default:
          return this.integer(tag);
      }
    });
  }

  private integer(tag: string): void {
    if (!'hmtyojasilnx'.includes(tag)) throw new Malformed();
    if ('asilnx'.includes(tag) && this.eat('n')) this.print('-');
    this.print(BigInt('0x' + this.hexNumber()).toString());
  }

  private character(): void {
    const point = parseInt(this.hexNumber(), 16);
    if (!(point <= 0x10ffff)) throw new Malformed();
    const text = String.fromCodePoint(point);
    this.print(text === "'" ? "'\\''" : `'${JSON.stringify(text).slice(1, -1).replace('\\"', '"')}'`);
  }

  private structure(): void {
    const shape = this.next();
    this.path(true);
    if (shape === 'U') return;
    if (shape === 'T') {
      this.print('(');
      this.list(', ', () => this.constant(true));
      return this.print(')');
    }
    if (shape !== 'S') throw new Malformed();
    this.print(' { ');
    this.list(', ', () => {
      this.disambiguator();
      this.print(`${this.identifier()}: `);
      this.constant(true);
    });
    this.print(' }');
  }

  private braced(bare: boolean, body: () => void): void {
    if (!bare) this.print('{');
    body();
    if (!bare) this.print('}');
  }

  private bound(body: () => void): void {
    const added = this.eat('G') ? this.base62() + 1 : 0;
    if (added > 1000) throw new Malformed();
    if (added > 0) {
      this.print('for<');
      for (let i = 0; i < added; i++) {
        if (i > 0) this.print(', ');
        this.boundLifetimes++;
        this.lifetime(1);
      }
      this.print('> ');
    }
    body();
    this.boundLifetimes -= added;
  }

  /** @param index de Bruijn index; 0 is the erased lifetime */
  private lifetime(index: number): void {
    if (index === 0) return this.print("'_");
    const level = this.boundLifetimes - index;
    if (level < 0) throw new Malformed();
    this.print(level < 26 ? `'${String.fromCharCode(97 + level)}` : `'_${level}`);
  }

  private backref(parse: () => void): void {
    const here = this.at - 1;
    const target = this.base62();
    if (target >= here) throw new Malformed();
    // Nothing to print: following it would only cost time.
    if (this.silent > 0) return;
    const resume = this.at;
    this.at = target;
    parse();
    this.at = resume;
  }

  private list(separator: string, item: () => void): number {
    let count = 0;
    while (!this.eat('E')) {
      if (count++ > 0) this.print(separator);
      item();
    }
    return count;
  }

  private identifier(): string {
    const isPunycode = this.eat('u');
    const digits = /^(?:0|[1-9][0-9]{0,6})/.exec(this.text.slice(this.at, this.at + 8))?.[0];
    if (digits === undefined) throw new Malformed();
    this.at += digits.length;
    this.eat('_');
    const end = this.at + Number(digits);
    if (end > this.text.length) throw new Malformed();
    const name = this.text.slice(this.at, end);
    this.at = end;
    return isPunycode ? decodePunycode(name) : name;
  }

  /** `s` base-62: 0 when absent. */
  private disambiguator(): number {
    return this.eat('s') ? this.base62() + 1 : 0;
  }

  /** Crate hashes do not fit a double exactly, but nobody looks at their value. */
  private base62(): number {
    let value = 0;
    for (let digits = 0; ; digits++) {
      const c = this.next();
      if (c === '_') return digits === 0 ? 0 : value + 1;
      const digit = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.indexOf(c);
      value = value * 62 + digit;
      if (digit < 0) throw new Malformed();
    }
  }

  private hexNumber(): string {
    const digits = this.hexDigits();
    return digits === '' ? '0' : digits;
  }

  private hexText(): string {
    const digits = this.hexDigits();
    if (digits.length % 2 !== 0) throw new Malformed();
    return Buffer.from(digits, 'hex').toString('utf8');
  }

  private hexDigits(): string {
    const end = this.text.indexOf('_', this.at);
    const digits = end < 0 ? '?' : this.text.slice(this.at, end);
    if (!/^[0-9a-f]{0,4096}$/.test(digits)) throw new Malformed();
    this.at = end + 1;
    return digits;
  }

  private next(): string {
    const c = this.text[this.at];
    if (c === undefined) throw new Malformed();
    this.at++;
    return c;
  }

  private eat(c: string): boolean {
    if (this.text[this.at] !== c) return false;
    this.at++;
    return true;
  }

  private print(text: string): void {
    if (this.silent > 0) return;
    this.output += text;
    if (this.output.length > MAX_OUTPUT) throw new Malformed();
  }

  private silently(parse: () => void): void {
    this.silent++;
    parse();
    this.silent--;
  }

  private guarded(parse: () => void): void {
    if (++this.depth > MAX_DEPTH || ++this.steps > MAX_STEPS) throw new Malformed();
    parse();
    this.depth--;
  }
}

/** RFC 3492 with `_` in place of `-` as the delimiter. */
function decodePunycode(text: string): string {
  const delimiter = text.lastIndexOf('_');
  const points = delimiter < 0 ? [] : [...text.slice(0, delimiter)].map((c) => c.codePointAt(0)!);
  let n = 128;
  let i = 0;
  let bias = 72;
  for (let at = delimiter + 1; at < text.length;) {
    const start = i;
    for (let weight = 1, k = 36; ; k += 36) {
      const digit = 'abcdefghijklmnopqrstuvwxyz0123456789'.indexOf(text[at++] ?? '?');
      if (digit < 0) throw new Malformed();
      i += digit * weight;
      const threshold = Math.min(Math.max(k - bias, 1), 26);
      if (digit < threshold) break;
      weight *= 36 - threshold;
      if (!Number.isSafeInteger(i) || !Number.isSafeInteger(weight)) throw new Malformed();
    }
    const count = points.length + 1;
    let delta = Math.floor((i - start) / (start === 0 ? 700 : 2));
    delta += Math.floor(delta / count);
    let k = 0;
    for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
    bias = k + Math.floor((36 * delta) / (delta + 38));
    n += Math.floor(i / count);
    i %= count;
    if (n > 0x10ffff) throw new Malformed();
    points.splice(i++, 0, n);
  }
  return String.fromCodePoint(...points);
}
