/**
 * What is asked of types again and again: their parts through anonymous members and base classes, what they are made of,
 * whether two are the same, and what an enumeration's value is called.
 */
import { typeName } from './typenames';
import {
  bareType,
  type Enumerator,
  type EnumType,
  type Member,
  type Method,
  type StaticMember,
  type StructType,
  type Type,
} from './types';

/** Structures inside of each other; more of them are a circle, made by damage. */
const MAX_DEPTH = 64;
/** Parts that one walk shows. */
const MAX_PARTS = 100_000;

/** A data member reached through anonymous members and base classes. */
export interface ReachedMember {
  readonly member: Member;
  /** The members to go through, `member` last. */
  readonly path: readonly Member[];
  /** Bytes from the start of the outermost object; undefined behind a virtual base or another computed place. */
  readonly offset: number | undefined;
}

/**
 * The members of a structure, those of its anonymous members and base classes in their place; the bases themselves and
 * the anonymous members are left out.
 */
export function* membersOf(type: Type): Generator<ReachedMember, void, undefined> {
  yield* reach(type, [], 0, { count: 0 });
}

function* reach(
  type: Type,
  through: readonly Member[],
  start: number | undefined,
  walk: { count: number },
): Generator<ReachedMember, void, undefined> {
  const struct = structOf(type);
  if (!struct || isInside(struct, through)) return;
  for (const member of struct.members) {
    if (++walk.count > MAX_PARTS) return;
    const path = [...through, member];
    const offset = start === undefined || member.locate ? undefined : start + member.offset;
    if (isTransparent(member)) yield* reach(member.type, path, offset, walk);
    else yield { member, path, offset };
  }
}

/**
 * The path to the data member of a name: own and anonymous members first, which hide those of base classes; then the
 * bases in their order, each with its own bases.
 */
export function findMember(type: Type, name: string): readonly Member[] | undefined {
  return search(type, (struct) => {
    for (const path of ownMembers(struct)) if (path.at(-1)!.name === name) return path;
    return undefined;
  })?.found;
}

/** The path to the base class of a type's name, qualified or not, direct or not; it ends with the base's member. */
export function findBase(type: Type, name: string): readonly Member[] | undefined {
  return search(type, (struct) => {
    const base = struct.members.find(({ isBase, type: baseType }) => {
      const bare = isBase ? structOf(baseType) : undefined;
      return bare !== undefined && (bare.name === name || bare.qualifiedName === name);
    });
    return base && [base];
  })?.found;
}

/** The static member of a name, of the class or else of its bases, and the class that declares it. */
export function findStaticMember(
  type: Type,
  name: string,
): { readonly member: StaticMember; readonly container: StructType } | undefined {
  let found: { readonly member: StaticMember; readonly container: StructType } | undefined;
  search(type, (container) => {
    const member = container.staticMembers.find((candidate) => candidate.name === name);
    if (member) found = { member, container };
    return member && [];
  });
  return found;
}

/** The overloads of a name: the class's own, or else those of the first base that has one, and the path to it. */
export function findMethods(
  type: Type,
  name: string,
): { readonly methods: readonly Method[]; readonly path: readonly Member[] } | undefined {
  let methods: readonly Method[] = [];
  const path = search(type, (struct) => {
    methods = struct.methods.filter((method) => method.name === name);
    return methods.length > 0 ? [] : undefined;
  })?.found;
  return path && { methods, path };
}

/** Asks a class and then, depth first, its bases; the answer is put behind the path to the one that gave it. */
function search(
  type: Type,
  ask: (struct: StructType) => readonly Member[] | undefined,
): { readonly found: readonly Member[] } | undefined {
  const seen = new Set<StructType>();
  const visit = (at: Type, path: readonly Member[]): readonly Member[] | undefined => {
    const struct = structOf(at);
    if (!struct || seen.has(struct) || path.length >= MAX_DEPTH) return undefined;
    seen.add(struct);
    const answer = ask(struct);
    if (answer) return [...path, ...answer];
    for (const base of struct.members) {
      const found = base.isBase ? visit(base.type, [...path, base]) : undefined;
      if (found) return found;
    }
    return undefined;
  };
  const found = visit(type, []);
  return found && { found };
}

/** Paths to a structure's members without those of its bases. */
function* ownMembers(
  struct: StructType,
  through: readonly Member[] = [],
  walk = { count: 0 },
): Generator<readonly Member[], void, undefined> {
  for (const member of struct.members) {
    if (++walk.count > MAX_PARTS) return;
    if (member.isBase) continue;
    const path = [...through, member];
    const anonymous = member.name === undefined ? structOf(member.type) : undefined;
    if (!anonymous) yield path;
    else if (anonymous !== struct && !isInside(anonymous, through)) yield* ownMembers(anonymous, path, walk);
  }
}

/** Whether a structure is too deep, or reached through itself, by damage; the last member's type may be it. */
function isInside(struct: StructType, through: readonly Member[]): boolean {
  if (through.length >= MAX_DEPTH) return true;
  return through.slice(0, -1).some((member) => structOf(member.type) === struct);
}

function structOf(type: Type): StructType | undefined {
  const bare = bareType(type);
  return bare.kind === 'struct' ? bare : undefined;
}

function isTransparent(member: Member): boolean {
  return member.isBase === true || (member.name === undefined && structOf(member.type) !== undefined);
}

/** What an array, a vector or a pointer consists of or leads to. */
export function elementType(type: Type): Type | undefined {
  const bare = bareType(type);
  if (bare.kind === 'array') return bare.element;
  return bare.kind === 'pointer' || bare.kind === 'reference' ? bare.target : undefined;
}

/** Whether a value is one number or address: what can be computed with, compared and written as a whole. */
export function isScalar(type: Type): boolean {
  const { kind } = bareType(type);
  return kind === 'integer' || kind === 'float' || kind === 'enum' || kind === 'pointer';
}

/** Whether values are code units of text: arrays of them and pointers to them are strings. */
export function isCharacter(type: Type): boolean {
  const bare = bareType(type);
  return bare.kind === 'integer' && (bare.display === 'character' || bare.display === 'unicode');
}

/**
 * Whether two types are the same but for what no value shows: the same entry, or the same name and size in whatever
 * unit. Typedefs and qualifiers on top do not count.
 */
export function sameType(left: Type, right: Type): boolean {
  const [a, b] = [bareType(left), bareType(right)];
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  // Without a name only the same entry is the same type.
  if ((a.kind === 'struct' || a.kind === 'enum') && a.qualifiedName === undefined) return false;
  if ('size' in a && 'size' in b && a.size !== undefined && b.size !== undefined && a.size !== b.size) return false;
  return typeName(a) === typeName(b);
}

/**
 * Whether an enumeration's values are bits to be combined: each enumerator is one bit or a run of bits of its own, and
 * there are at least two; zero may have a name too.
 */
export function isFlags(type: EnumType): boolean {
  let used = 0n;
  let flags = 0;
  for (const { value } of type.enumerators) {
    if (value === 0n) continue;
    if (value < 0n || (used & value) !== 0n || !isRun(value)) return false;
    used |= value;
    flags++;
  }
  return flags >= 2;
}

/** Whether the bits of a number follow each other. */
function isRun(value: bigint): boolean {
  const run = value / (value & -value);
  return (run & (run + 1n)) === 0n;
}

/**
 * A value of an enumeration in words: the enumerator's name, `A | B | 0x10` for flags with what is left over, else the
 * number. Names are qualified as the program would write them, `Color::red`, in C++ and Rust.
 */
export function enumText(type: EnumType, value: bigint): string {
  const exact = type.enumerators.find((enumerator) => enumerator.value === value);
  if (exact) return enumeratorName(type, exact);
  if (value === 0n || !isFlags(type)) return value.toString();
  let rest = value;
  const names: string[] = [];
  for (const enumerator of type.enumerators) {
    if (enumerator.value === 0n || (rest & enumerator.value) !== enumerator.value) continue;
    names.push(enumeratorName(type, enumerator));
    rest &= ~enumerator.value;
  }
  if (names.length === 0) return value.toString();
  return (rest === 0n ? names : [...names, `0x${rest.toString(16)}`]).join(' | ');
}

/** An enumerator behind the scope that it is named in: the enumeration's own if it is scoped, else that around it. */
export function enumeratorName(type: EnumType, enumerator: Enumerator): string {
  if (type.language === 'c') return enumerator.name;
  const isNamedThrough = type.isScoped || type.language === 'rust';
  const scope = (isNamedThrough ? type.qualifiedName : undefined) ?? type.scope ?? '';
  return scope === '' ? enumerator.name : `${scope}::${enumerator.name}`;
}
