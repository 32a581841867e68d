/** Finding members of structures by name, through anonymous parts, base classes and the variant that an object has. */
import { bareType, type BareType, type Member, type StructType } from '../symbols/data/types';

/** Deeper nesting of bases and anonymous parts is taken for damage. */
const MAX_DEPTH = 32;

type VariantOf = (type: StructType) => { readonly name: string; readonly member: Member } | undefined;

/**
 * The members to go through to reach `name`: itself last. Own members come first, then those of anonymous parts and of
 * base classes; a base class is also found by its own name. Undefined when there is none.
 */
export function findMember(type: BareType, name: string, variantOf?: VariantOf): readonly Member[] | undefined {
  return type.kind === 'struct' ? search(type, name, variantOf, 0) : undefined;
}

function search(
  type: StructType,
  name: string,
  variantOf: VariantOf | undefined,
  depth: number,
): readonly Member[] | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const own = type.members.find((member) => !member.isBase && member.name === name);
  if (own) return [own];
  for (const member of type.members) {
    if (member.name !== undefined && !member.isBase) continue;
    const inner = bareType(member.type);
    if (inner.kind !== 'struct') continue;
    if (member.isBase && (inner.name === name || inner.qualifiedName === name)) return [member];
    // What an object's variant is cannot be asked of its parts here: Rust has no base classes.
    const rest = search(inner, name, undefined, depth + 1);
    if (rest) return [member, ...rest];
  }
  const variant = variantOf?.(type);
  if (!variant) return undefined;
  if (variant.name === name || variant.member.name === name) return [variant.member];
  const payload = bareType(variant.member.type);
  const rest = payload.kind === 'struct' ? search(payload, name, undefined, depth + 1) : undefined;
  return rest && [variant.member, ...rest];
}

/** Every name that `findMember` finds, each once, static members and member functions included. */
export function memberNames(type: BareType): string[] {
  const names = new Set<string>();
  const collect = (struct: StructType, depth: number): void => {
    for (const member of struct.members) {
      const inner = bareType(member.type);
      const isPart = member.isBase === true || member.name === undefined;
      if (!isPart) names.add(member.name);
      else if (inner.kind === 'struct' && depth < MAX_DEPTH) collect(inner, depth + 1);
    }
    for (const { name } of struct.staticMembers) names.add(name);
    for (const { name } of struct.methods) names.add(name);
    for (const variant of struct.variantPart?.variants ?? []) {
      const payload = bareType(variant.member.type);
      names.add(variant.name);
      if (payload.kind === 'struct' && depth < MAX_DEPTH) collect(payload, depth + 1);
    }
  };
  if (type.kind === 'struct') collect(type, 0);
  return [...names];
}

/** The name most like a mistyped one; undefined when none comes close. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  const wanted = name.toLowerCase();
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance || candidate === name) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's, where two neighbours that changed places count as one change. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
