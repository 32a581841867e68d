/** Classes declared inside of functions, by the names that their symbols have: `f(int)::Local`. */
import * as C from '../dwarf/constants';
import type { Die } from '../dwarf/die';
import { splitQualifiedName } from '../index/namehash';
import { namePattern } from '../symbolsearch';
import { FunctionEntry, isClass, originOf } from './functions';
import type { ModuleContext } from './modulecontext';
import type { NameIndex } from './nameindex';
import { bareType, type Type } from './types';

/** Functions of one name, and blocks in blocks. */
const MAX_FUNCTIONS = 1_000;
const MAX_DEPTH = 100;

/**
 * @param demangled the class with the function around it
 * @param mangled the symbol, whose end tells classes of one name in one function apart (Itanium C++ ABI §5.1.6)
 */
export function localClass(
  context: ModuleContext,
  index: NameIndex,
  demangled: string,
  mangled: string,
): Type | undefined {
  const parts = splitQualifiedName(demangled);
  for (let end = parts.length - 1; end > 0; end--) {
    const [name = '', ...nested] = parts.slice(end);
    const found = classesIn(context, index, parts.slice(0, end).join('::'), name);
    const type = found[nested.length === 0 ? discriminator(mangled) : 0];
    const inner = nested.reduce<Type | undefined>((outer, each) => nestedIn(outer, each), type);
    if (inner) return inner;
  }
  return undefined;
}

/** `Local`, `Local_0`, `Local__10_`: the first, the second, the twelfth. */
function discriminator(mangled: string): number {
  const [, short, long] = /\D(?:_(\d)|__(\d+)_)$/.exec(mangled) ?? [];
  const number = short ?? long;
  return number === undefined ? 0 : Number(number) + 1;
}

function nestedIn(outer: Type | undefined, name: string): Type | undefined {
  const bare = outer && bareType(outer);
  return bare?.kind === 'struct' ? bare.nestedType(name) : undefined;
}

/** The classes of a name in the first function that has some, in the order of their declaration. */
function classesIn(context: ModuleContext, index: NameIndex, functionName: string, name: string): Type[] {
  const pattern = namePattern(functionName);
  if (!pattern) return [];
  for (const die of index.find(pattern.simpleName, 'function', MAX_FUNCTIONS)) {
    const { linkageName, qualifiedName } = new FunctionEntry(context, die);
    if (!pattern.matches(linkageName, qualifiedName)) continue;
    for (const each of new Set([die, originOf(die)])) {
      const found = context.types.guard(each, () => [...declaredIn(each, name, 0)], []);
      if (found.length > 0) return found.map((entry) => context.types.type(entry));
    }
  }
  return [];
}

function* declaredIn(scope: Die, name: string, depth: number): Iterable<Die> {
  if (depth > MAX_DEPTH) return;
  for (const child of scope.children((tag) => isClass(tag) || tag === C.DW_TAG_lexical_block)) {
    if (child.tag === C.DW_TAG_lexical_block) yield* declaredIn(child, name, depth + 1);
    else if (child.name === name && !child.has(C.DW_AT_declaration)) yield child;
  }
}
