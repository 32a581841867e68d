/**
 * Names of types in the spelling of their language. C's declarators are written as gdb writes them: `char *[10]`,
 * `int (*)(int, char)`, `const struct foo *`; in C++ `const ns::foo *`. Rust, Go and others state the names of their
 * pointers and arrays themselves.
 */
import type { ArrayType, EnumType, FunctionType, QualifiedType, StructType, Type } from './types';

/** Declarators around each other; more of them are a circle, made by damage. */
const MAX_DEPTH = 60;
const ELLIPSIS = '...';

/** The type's name, as gdb's `whatis` prints it. */
export function typeName(type: Type): string {
  return declare(type, '', 0);
}

/** A declaration of `name` with the type: `int (*compare)(const void *, const void *)`. */
export function declaration(type: Type, name: string): string {
  return declare(type, name, 0);
}

/** Wraps a declarator in the next layer of its type, from the inside out (C17 6.7.6). */
function declare(type: Type, inner: string, depth: number): string {
  if (depth > MAX_DEPTH) return join(ELLIPSIS, inner);
  const own = ownName(type);
  if (own !== undefined) return join(own, inner);
  switch (type.kind) {
    case 'qualified':
      return qualified(type, inner, depth);
    case 'pointer':
    case 'reference':
    case 'memberPointer':
      return pointed(type, '', inner, depth);
    case 'array':
      return declare(type.element, `${parenthesized(inner)}${arraySuffix(type)}`, depth + 1);
    case 'function': {
      const result: Type = type.result ?? { kind: 'void' };
      return declare(result, `${parenthesized(inner)}(${parameterList(type, depth)})`, depth + 1);
    }
    default:
      return join(ELLIPSIS, inner);
  }
}

/** What is a word or several; undefined for what is spelled as a declarator. */
function ownName(type: Type): string | undefined {
  switch (type.kind) {
    case 'integer':
    case 'float':
    case 'complex':
      return type.name;
    case 'void':
      return type.name ?? 'void';
    case 'pointer':
    case 'array':
      return type.name;
    case 'typedef':
      return type.qualifiedName;
    case 'struct':
      return tagged(type, type.tag);
    case 'enum':
      return tagged(type, 'enum');
    default:
      return undefined;
  }
}

/** In C the keyword belongs to the name; in C++ and elsewhere only what has no name shows it. */
function tagged(type: StructType | EnumType, keyword: string): string {
  const name = type.qualifiedName;
  if (name === undefined) return `${keyword} {...}`;
  return type.language === 'c' ? `${keyword} ${name}` : name;
}

type Pointed = Extract<Type, { kind: 'pointer' | 'reference' | 'memberPointer' }>;

/** @param qualifiers of the pointer itself, separated by spaces */
function pointed(type: Pointed, qualifiers: string, inner: string, depth: number): string {
  const words = qualifiers === '' ? '' : ` ${qualifiers}${/^[[(]|^$/.test(inner) ? '' : ' '}`;
  return declare(type.target, `${symbolOf(type, depth)}${words}${inner}`, depth + 1);
}

function symbolOf(type: Pointed, depth: number): string {
  if (type.kind === 'pointer') return '*';
  if (type.kind === 'reference') return type.isRvalue ? '&&' : '&';
  return `${declare(type.container, '', depth + 1)}::*`;
}

const ORDER: readonly QualifiedType['qualifier'][] = ['const', 'volatile', 'restrict', 'atomic'];

function qualified(outermost: QualifiedType, inner: string, depth: number): string {
  const found = new Set<string>();
  let type: Type = outermost;
  let level = depth;
  for (; type.kind === 'qualified' && level <= MAX_DEPTH; level++) {
    found.add(type.qualifier);
    type = type.target;
  }
  const isCpp = outermost.language === 'c++';
  const spelled = ORDER.filter((word) => found.has(word)).map((word) => {
    if (word === 'atomic') return '_Atomic';
    return word === 'restrict' && isCpp ? '__restrict__' : word;
  });
  const words = spelled.join(' ');
  const own = ownName(type);
  if (own !== undefined) return join(`${words} ${own}`, inner);
  switch (type.kind) {
    case 'pointer':
    case 'memberPointer':
      return pointed(type, words, inner, level);
    case 'array': {
      // An array is const in its elements (C17 6.7.3).
      const element = ORDER.filter((word) => found.has(word)).reduce<Type>(
        (target, qualifier) => ({ ...outermost, qualifier, target }),
        type.element,
      );
      return declare({ ...type, element }, inner, level + 1);
    }
    default:
      return declare(type, inner, level + 1);
  }
}

function parameterList(type: FunctionType, depth: number): string {
  if (!type.parameters) return '';
  const list = type.parameters.map((parameter) => declare(parameter, '', depth + 1));
  if (type.isVariadic) list.push('...');
  return list.length === 0 ? 'void' : list.join(', ');
}

function arraySuffix({ count, isVector }: ArrayType): string {
  if (isVector) return ` __attribute__ ((vector_size(${typeof count === 'number' ? count : ''})))`;
  if (typeof count === 'object') return '[variable length]';
  return `[${count ?? ''}]`;
}

/** Arrays and functions bind tighter than what stands before a name. */
function parenthesized(inner: string): string {
  return /^[*&]|^[^([]*::\*/.test(inner) ? `(${inner})` : inner;
}

function join(base: string, declarator: string): string {
  const between = declarator === '' || declarator.startsWith(' ') ? '' : ' ';
  return `${base}${between}${declarator}`;
}
