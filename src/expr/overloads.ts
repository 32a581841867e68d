/** Which of several functions of one name a call means: C++'s ranking by conversions ([over.match]), as far as C goes. */
import { bareType, sizeOfType, type BareType, type FunctionType, type Type } from '../symbols/data/types';
import { typeName } from '../symbols/data/typenames';
import type { Value } from './values';

/** How well an argument suits a parameter; lower is better. */
const EXACT = 0;
const PROMOTION = 1;
const CONVERSION = 2;
const ELLIPSIS = 3;

/** What an argument is, once it has been evaluated. */
export interface Argument {
  readonly value: Value;
  /** A string literal may become a pointer to its characters. */
  readonly isLiteral: boolean;
}

/** The rank of a conversion; undefined when there is none. */
function rank(argument: Argument, parameter: Type): number | undefined {
  const to = bareType(parameter);
  if (to.kind === 'reference')
    return isSame(bareType(argument.value.type), bareType(to.target))
      ? EXACT
      : rankValue(argument, bareType(to.target));
  return rankValue(argument, to);
}

function rankValue({ value }: Argument, to: BareType): number | undefined {
  const from = bareType(value.type);
  if (isSame(from, to)) return EXACT;
  switch (to.kind) {
    case 'integer':
      if (from.kind === 'integer') {
        if (from.size === to.size && from.isSigned === to.isSigned && from.rank === to.rank) return EXACT;
        return from.rank < to.rank && to.rank === 3 ? PROMOTION : CONVERSION;
      }
      return from.kind === 'enum' ? PROMOTION : from.kind === 'float' ? CONVERSION : undefined;
    case 'float':
      if (from.kind === 'float') return from.size < to.size && to.size === 8 ? PROMOTION : CONVERSION;
      return from.kind === 'integer' || from.kind === 'enum' ? CONVERSION : undefined;
    case 'enum':
      return from.kind === 'integer' ? CONVERSION : undefined;
    case 'pointer':
      return rankPointer(from, bareType(to.target), value);
    case 'memberPointer':
      return from.kind === 'memberPointer' ? CONVERSION : undefined;
    case 'struct':
      return inherits(from, to.qualifiedName) ? CONVERSION : undefined;
    default:
      return undefined;
  }
}

function rankPointer(from: BareType, target: BareType, value: Value): number | undefined {
  const source =
    from.kind === 'pointer' ? bareType(from.target) : from.kind === 'array' ? bareType(from.element) : undefined;
  if (from.kind === 'function') return target.kind === 'function' ? EXACT : CONVERSION;
  if (source) {
    if (isSame(source, target)) return EXACT;
    return CONVERSION;
  }
  // A null pointer constant, `nullptr`, or an address that somebody typed.
  if (from.kind === 'void' && from.size !== undefined) return EXACT;
  return from.kind === 'integer' && (value.bits === 0n || from.size === 8) ? CONVERSION : undefined;
}

function inherits(from: BareType, name: string | undefined, depth = 0): boolean {
  if (from.kind !== 'struct' || depth > 16) return false;
  return from.members.some((member) => {
    const base = member.isBase ? bareType(member.type) : undefined;
    return base?.kind === 'struct' && (base.qualifiedName === name || inherits(base, name, depth + 1));
  });
}

function isSame(a: BareType, b: BareType): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  if (a.kind === 'pointer' && b.kind === 'pointer') return isSame(bareType(a.target), bareType(b.target));
  if (a.kind === 'array' || a.kind === 'function') return false;
  return typeName(a) === typeName(b) && sizeOfType(a) === sizeOfType(b);
}

/** The ranks of all arguments; undefined when the function cannot be called with them. */
function ranks(type: FunctionType, args: readonly Argument[]): readonly number[] | undefined {
  const { parameters } = type;
  if (!parameters) return args.map(() => EXACT);
  if (args.length < parameters.length || (args.length > parameters.length && !type.isVariadic)) return undefined;
  const all: number[] = [];
  for (const [i, argument] of args.entries()) {
    const parameter = parameters[i];
    const one = parameter ? rank(argument, parameter) : ELLIPSIS;
    if (one === undefined) return undefined;
    all.push(one);
  }
  return all;
}

/** The best of the candidates; several where none is better than the others, none where none can be called. */
export function resolveOverload<T extends { readonly type: FunctionType }>(
  candidates: readonly T[],
  args: readonly Argument[],
): readonly T[] {
  const viable = candidates.flatMap((candidate) => {
    const found = ranks(candidate.type, args);
    return found ? [{ candidate, ranks: found }] : [];
  });
  const best = viable.filter((one) =>
    viable.every((other) => one === other || one.ranks.every((value, i) => value <= other.ranks[i]!)),
  );
  const strictly = best.filter((one) =>
    viable.every((other) => one === other || one.ranks.some((value, i) => value < other.ranks[i]!)),
  );
  if (strictly.length === 1) return [strictly[0]!.candidate];
  return viable.map((each) => each.candidate);
}
