/** The client's filters for exceptions of languages. */
import type { ExceptionFilterId } from './report';

export interface ExceptionFilter {
  readonly id: ExceptionFilterId;
  readonly label: string;
  readonly description: string;
  readonly default: boolean;
  /** Whether a condition may name types. */
  readonly hasTypes: boolean;
}

export const EXCEPTION_FILTERS: readonly ExceptionFilter[] = [
  {
    id: 'cpp_throw',
    label: 'C++: Throw',
    description: 'Stops where a C++ exception is thrown.',
    default: false,
    hasTypes: true,
  },
  {
    id: 'cpp_catch',
    label: 'C++: Catch',
    description: 'Stops where a C++ exception is caught, before its handler runs.',
    default: false,
    hasTypes: true,
  },
  {
    id: 'cpp_rethrow',
    label: 'C++: Rethrow',
    description: 'Stops where a C++ exception is thrown again: throw; and std::rethrow_exception.',
    default: false,
    hasTypes: true,
  },
  {
    id: 'cpp_uncaught',
    label: 'C++: Uncaught',
    description: 'Stops at std::terminate, where an exception that nobody catches ends; its stack is still there.',
    default: true,
    hasTypes: true,
  },
  {
    id: 'rust_panic',
    label: 'Rust: Panic',
    description: 'Stops at a panic once its message is printed, whether it is caught or not.',
    default: true,
    hasTypes: false,
  },
  {
    id: 'assert',
    label: 'Failed Assertions',
    description: 'Stops where assert() fails, with its expression and place.',
    default: true,
    hasTypes: false,
  },
  {
    id: 'sanitizer',
    label: 'Sanitizer Reports',
    description: 'Stops at the reports of AddressSanitizer, UBSan, ThreadSanitizer and their relatives.',
    default: true,
    hasTypes: false,
  },
  {
    id: 'corruption',
    label: 'Stack Smashing and Overflows',
    description: 'Stops where the compiler’s and the C library’s guards find a buffer overflow.',
    default: true,
    hasTypes: false,
  },
];

export function isExceptionFilter(id: string): id is ExceptionFilterId {
  return EXCEPTION_FILTERS.some((filter) => filter.id === id);
}

/** Decides by the names of a type and its bases. */
export type TypeCondition = (names: readonly string[]) => boolean;

/**
 * Compiles a condition: names of types with commas between, of which one must match; `*` stands for any text, a name
 * that begins with `!` excludes. The result is a sentence when it is wrong.
 */
export function compileTypeCondition(text: string): TypeCondition | string {
  const patterns = splitAtCommas(text);
  const wanted: RegExp[] = [];
  const excluded: RegExp[] = [];
  for (const pattern of patterns) {
    const isExcluding = pattern.startsWith('!');
    const name = isExcluding ? pattern.slice(1).trim() : pattern;
    if (!/^[\w:*~]/u.test(name) || /[=&|;"]/.test(name)) {
      return `The condition “${text}” is wrong: “${pattern}” is no name of a type; expected names such as std::runtime_error, my::*, !std::bad_alloc.`;
    }
    (isExcluding ? excluded : wanted).push(patternOf(name));
  }
  return (names) => {
    const spelled = names.map(normal);
    const has = (pattern: RegExp): boolean => spelled.some((name) => pattern.test(name));
    return !excluded.some(has) && (wanted.length === 0 || wanted.some(has));
  };
}

/** Commas within template arguments are part of a name. */
function splitAtCommas(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const c of text) {
    if (c === '<' || c === '(') depth++;
    else if (c === '>' || c === ')') depth--;
    if (c === ',' && depth <= 0) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** A name without scopes is that name in any scope. */
function patternOf(name: string): RegExp {
  const isWhole = name.startsWith('::') || name.startsWith('*');
  const parts = normal(name.replace(/^::/, ''))
    .split('*')
    .map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${isWhole ? '' : '(?:.*::)?'}${parts.join('.*')}$`, 's');
}

function normal(name: string): string {
  return name.replace(/ +(?=\W)|(?<=\W) +/g, '');
}
