/**
 * Takes a demangled C++ name apart: the qualified name, the return type that function templates carry, and the
 * parameter list.
 */

/** `vtable for`, `non-virtual thunk to`, `guard variable for`, `TLS wrapper function for`… */
const SPECIAL = /^((?:[\w#-]+ )+?(?:for|to)) (.+)$/s;

/** `operator` and what follows it, up to the parameter list. */
const OPERATOR =
  /^operator(?:\(\)|\[\]|->\*?|<=>|<<=?|>>=?|[-+*/%^&|=!<>]=|&&|\|\||\+\+|--|[-+*/%^&|~!=<>,]|""\s?\w+| (?:new|delete)(?:\[\])?| co_await)/;

export interface Signature {
  /** `ns::Class<int>::method`; with the words before it for what the compiler made up: `vtable for ns::Class`. */
  readonly name: string;
  /** `(int, char const*)`; undefined where there is none. */
  readonly parameters: string | undefined;
}

/** What a stack frame shows: `int ns::f<int>(int) [clone .cold]` → `ns::f<int> [clone .cold]`. */
export function withoutSignature(demangled: string): string {
  return splitSignature(demangled).name;
}

/** Splits a demangled name. Never throws: text of another shape is returned whole as the name. */
export function splitSignature(demangled: string): Signature {
  const special = SPECIAL.exec(demangled);
  if (special) {
    const rest = splitSignature(special[2]!);
    return { name: `${special[1]!} ${rest.name}`, parameters: rest.parameters };
  }
  const clones = /(?: \[clone [^\]]*\])+$/.exec(demangled)?.[0] ?? '';
  const { name, parameters } = splitFunction(demangled.slice(0, demangled.length - clones.length));
  return { name: name + clones, parameters };
}

function splitFunction(text: string): Signature {
  let start = 0;
  for (let at = 0; at < text.length;) {
    const c = text[at]!;
    if (c === '(') {
      const end = skipBalanced(text, at);
      if (text.startsWith('(anonymous namespace)', at) || /\bdecltype ?$/.test(text.slice(Math.max(0, at - 9), at))) {
        at = end;
        continue;
      }
      // The parameters of a function around a local class or lambda belong to the name: `f(int)::Local::run`.
      const scope = /^(?: const| volatile| ?&{1,2}| noexcept)*(?=::)/.exec(text.slice(end, end + 64));
      if (scope) {
        at = end + scope[0].length;
        continue;
      }
      // A function that returns a pointer to a function is written inside the declarator: `void (*f<int>(int))(char)`.
      const pointer = /^\((?:[\w:]+::)?[*&]+ ?(?:const )?(?=[\w(~])/.exec(text.slice(at, end));
      if (pointer && at === start) return splitFunction(text.slice(at + pointer[0].length, end - 1));
      if (at > start) return { name: text.slice(start, at), parameters: text.slice(at, end) };
      at = end;
    } else if (c === '<' || c === '[' || c === '{') {
      at = skipBalanced(text, at);
    } else if (c === ' ') {
      at++;
      start = at;
    } else if (isOperator(text, at)) {
      at = skipOperator(text, at);
    } else {
      at++;
    }
  }
  return { name: text.slice(start), parameters: undefined };
}

function isOperator(text: string, at: number): boolean {
  return text.startsWith('operator', at) && !/[\w$]/.test(text[at - 1] ?? ' ') && !/[\w$]/.test(text[at + 8] ?? ' ');
}

function skipOperator(text: string, at: number): number {
  const symbol = OPERATOR.exec(text.slice(at, at + 256));
  // Template arguments of an operator are set apart: `operator<< <char>`.
  if (symbol) return at + symbol[0].length + (text.startsWith(' <', at + symbol[0].length) ? 1 : 0);
  // A conversion: `operator std::vector<int>`; the type lasts to the parameter list.
  let end = at + 'operator'.length;
  while (end < text.length && text[end] !== '(') end = '<[{'.includes(text[end]!) ? skipBalanced(text, end) : end + 1;
  return end;
}

/**
 * The index past the bracket that closes the one at `at`. Angle brackets count only between each other: inside
 * parentheses they may be comparisons, which the demangler always puts in parentheses.
 */
function skipBalanced(text: string, at: number): number {
  const closers: string[] = [];
  for (let i = at; i < text.length; i++) {
    const c = text[i]!;
    if (c === '(') closers.push(')');
    else if (c === '[') closers.push(']');
    else if (c === '{') closers.push('}');
    else if (c === '<' && (i === at || closers.at(-1) === '>')) closers.push('>');
    else if (c === '>' && text[i - 1] === '-') continue;
    else if (c === closers.at(-1)) closers.pop();
    if (closers.length === 0) return i + 1;
  }
  return text.length;
}

/** The name without its template arguments: `A<int>::f<char>` → `A::f`. */
export function withoutTemplateArguments(name: string): string {
  let result = '';
  for (let at = 0; at < name.length;) {
    if (isOperator(name, at)) {
      const end = skipOperator(name, at);
      result += name.slice(at, end);
      at = end;
    } else if (name[at] === '<') {
      at = skipBalanced(name, at);
    } else {
      result += name[at++]!;
    }
  }
  return result.trimEnd();
}
