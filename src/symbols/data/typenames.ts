/**
 * Names of types in the spelling of their language. C's declarators are written as gdb writes them: `char *[10]`,
 * `int (*)(int, char)`, `const struct foo *`; in C++ `const ns::foo *`. Rust, Go and others state the names of their
 * pointers and arrays themselves.
 */
import type { ArrayType, EnumType, FunctionType, QualifiedType, StructType, Type } from './types';

const ELLIPSIS = '...';

/** How much of a type is still spelled out. What damage made a part of itself has no end. */
interface Budget {
  /** Declarators, each parameter's included. */
  left: number;
}
const MAX_DECLARATORS = 300;
/** Longer names are cut: templates of templates may double them at every level. */
const MAX_LENGTH = 1 << 16;

/** The type's name, as gdb's `whatis` prints it. */
export function typeName(type: Type): string {
  return declaration(type, '');
}

/** A declaration of `name` with the type: `int (*compare)(const void *, const void *)`. */
export function declaration(type: Type, name: string): string {
  return clipped(declare(type, name, { left: MAX_DECLARATORS }));
}

/** A name of a length that can be shown. */
export function clipped(name: string): string {
  return name.length <= MAX_LENGTH ? name : name.slice(0, MAX_LENGTH) + ELLIPSIS;
}

/** Wraps a declarator in the next layer of its type, from the inside out (C17 6.7.6). */
function declare(type: Type, inner: string, budget: Budget): string {
  if (budget.left-- <= 0) return join(ELLIPSIS, inner);
  const own = ownName(type);
  if (own !== undefined) return join(own, inner);
  switch (type.kind) {
    case 'qualified':
      return qualified(type, inner, budget);
    case 'pointer':
    case 'reference':
    case 'memberPointer':
      return pointed(type, '', inner, budget);
    case 'array':
      return declare(type.element, `${parenthesized(inner)}${arraySuffix(type)}`, budget);
    case 'function': {
      const result: Type = type.result ?? { kind: 'void' };
      return declare(result, `${parenthesized(inner)}(${parameterList(type, budget)})`, budget);
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
function pointed(type: Pointed, qualifiers: string, inner: string, budget: Budget): string {
  const words = qualifiers === '' ? '' : ` ${qualifiers}${/^[[(]|^$/.test(inner) ? '' : ' '}`;
  return declare(type.target, `${symbolOf(type, budget)}${words}${inner}`, budget);
}

function symbolOf(type: Pointed, budget: Budget): string {
  if (type.kind === 'pointer') return '*';
  if (type.kind === 'reference') return type.isRvalue ? '&&' : '&';
  return `${declare(type.container, '', budget)}::*`;
}

const ORDER: readonly QualifiedType['qualifier'][] = ['const', 'volatile', 'restrict', 'atomic'];

function qualified(outermost: QualifiedType, inner: string, budget: Budget): string {
  const found = new Set<string>();
  let type: Type = outermost;
  for (; type.kind === 'qualified' && budget.left > 0; budget.left--) {
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
      return pointed(type, words, inner, budget);
    case 'array': {
      // An array is const in its elements (C17 6.7.3).
      const element = ORDER.filter((word) => found.has(word)).reduce<Type>(
        (target, qualifier) => ({ ...outermost, qualifier, target }),
        type.element,
      );
      return declare({ ...type, element }, inner, budget);
    }
    default:
      return declare(type, inner, budget);
  }
}

function parameterList(type: FunctionType, budget: Budget): string {
  if (!type.parameters) return '';
  const list: string[] = [];
  for (const parameter of type.parameters) {
    list.push(declare(parameter, '', budget));
    if (budget.left <= 0) return list.join(', ');
  }
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
