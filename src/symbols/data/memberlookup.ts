/** Members of classes by name, as unqualified names in member functions mean them. */
import { bareType, type StaticMember, type StructType, type Type } from './types';

/** Base classes of base classes, and objects in captured objects. */
const MAX_DEPTH = 32;

/**
 * The path from what a pointer points to to a data member of that name: own, of a base class, of an anonymous part, or
 * of the object that a lambda captured with its `this`; undefined when there is none.
 */
export function objectMember(pointer: Type, name: string): readonly string[] | undefined {
  const bare = bareType(pointer);
  const target = bare.kind === 'pointer' || bare.kind === 'reference' ? bareType(bare.target) : bare;
  if (target.kind !== 'struct') return undefined;
  if (hasMember(target, name, 0)) return [name];
  for (const capture of ['this', '__this']) {
    const member = target.members.find((each) => each.name === capture);
    const inner = member && bareType(member.type);
    const object = inner?.kind === 'pointer' ? bareType(inner.target) : undefined;
    if (object?.kind === 'struct' && hasMember(object, name, 0)) return [capture, name];
  }
  // gcc names what a lambda captured with underscores in front.
  return hasMember(target, `__${name}`, MAX_DEPTH) ? [`__${name}`] : undefined;
}

function hasMember(type: StructType, name: string, depth: number): boolean {
  return type.members.some((member) => {
    if (member.name === name && !member.isBase) return true;
    if (depth >= MAX_DEPTH || (member.name !== undefined && !member.isBase)) return false;
    const inner = bareType(member.type);
    return inner.kind === 'struct' && hasMember(inner, name, depth + 1);
  });
}

/** A static member of a class or of its base classes. */
export function staticMember(
  type: StructType,
  name: string,
  depth = 0,
): { readonly member: StaticMember; readonly container: StructType } | undefined {
  const member = type.staticMembers.find((each) => each.name === name);
  if (member) return { member, container: type };
  if (depth >= MAX_DEPTH) return undefined;
  for (const each of type.members) {
    const base = each.isBase ? bareType(each.type) : undefined;
    const found = base?.kind === 'struct' ? staticMember(base, name, depth + 1) : undefined;
    if (found) return found;
  }
  return undefined;
}
