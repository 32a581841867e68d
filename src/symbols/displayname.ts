/**
 * Cuts a demangled C++ name down to what a stack frame shows: the qualified name, without the return type that
 * function templates carry and without the parameter list.
 */

/** `vtable for`, `non-virtual thunk to`, `guard variable for`, `TLS wrapper function for`… */
const SPECIAL = /^((?:[\w#-]+ )+?(?:for|to)) (.+)$/s;

/** `operator` and what follows it, up to the parameter list. */
const OPERATOR =
  /^operator(?:\(\)|\[\]|->\*?|<=>|<<=?|>>=?|[-+*/%^&|=!<>]=|&&|\|\||\+\+|--|[-+*/%^&|~!=<>,]|""\s?\w+| (?:new|delete)(?:\[\])?| co_await)/;

/** `int ns::f<int>(int) [clone .cold]` → `ns::f<int> [clone .cold]`. */
export function withoutSignature(demangled: string): string {
  const special = SPECIAL.exec(demangled);
  if (special) return `${special[1]!} ${withoutSignature(special[2]!)}`;
  const clones = /(?: \[clone [^\]]*\])*$/.exec(demangled)![0];
  const text = demangled.slice(0, demangled.length - clones.length);
  return functionName(text) + clones;
}

function functionName(text: string): string {
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
      const scope = /^(?: const| volatile| ?&{1,2}| noexcept)*(?=::)/.exec(text.slice(end));
      if (scope) {
        at = end + scope[0].length;
        continue;
      }
      // A function that returns a pointer to a function is written inside the declarator: `void (*f<int>(int))(char)`.
      const pointer = /^\((?:[\w:]+::)?[*&]+ ?(?:const )?(?=[\w(~])/.exec(text.slice(at, end));
      if (pointer && at > start) return functionName(text.slice(at + pointer[0].length, end - 1));
      if (at > start) return text.slice(start, at);
      at = end;
    } else if (c === '<' || c === '[' || c === '{') {
      at = skipBalanced(text, at);
    } else if (c === ' ') {
      at++;
      start = at;
    } else if (c === 'o' && !/[\w$]/.test(text[at - 1] ?? '') && /^operator(?![\w$])/.test(text.slice(at, at + 9))) {
      at = skipOperator(text, at);
    } else {
      at++;
    }
  }
  return text.slice(start);
}

function skipOperator(text: string, at: number): number {
  const rest = text.slice(at);
  const symbol = OPERATOR.exec(rest);
  if (symbol) return at + symbol[0].length;
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
    const inAngles = closers.at(-1) === '>';
    if (c === '(') closers.push(')');
    else if (c === '[') closers.push(']');
    else if (c === '{') closers.push('}');
    else if (c === '<' && (i === at || inAngles)) closers.push('>');
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
    if (/^operator(?![\w$])/.test(name.slice(at, at + 9)) && !/[\w$]/.test(name[at - 1] ?? '')) {
      const end = skipOperator(name, at);
      result += name.slice(at, end);
      at = end;
    } else if (name[at] === '<') {
      at = skipBalanced(name, at);
    } else {
      result += name[at++]!;
    }
  }
  return result;
}
