/** The lines below a value: members, elements, what a pointer points to, what a formatter offers, and the raw view. */
import type { Storage } from '../../symbols/data/storage';
import { bareType, type Member, type StaticMember, type StructType } from '../../symbols/data/types';
import type { EvaluationContext } from '../context';
import { DataError, type DataValue } from '../data';
import { DataObject } from '../dataobject';
import type { Child, Children, Formatted } from '../formatter';
import { staticPlace } from '../names';
import type { ObjectSpace } from '../objectspace';
import { baseName } from './aggregates';
import { clauseOf, type Presenter } from './presenter';

/** Everything below a value. Named children come before indexed ones. */
export interface Below {
  readonly named: Children | undefined;
  readonly indexed: Children | undefined;
}

/** The name under which a formatted value's members are. */
export const RAW = '[raw]';

const NOTHING: Below = { named: undefined, indexed: undefined };
/** Bases and anonymous members nested deeper than this are taken for damage. */
const MAX_NESTING = 16;

/** Whether `childrenOf` may have any: decided from the type and, for pointers, the address; nothing else is read. */
export function hasChildren(presenter: Presenter, value: DataValue): boolean {
  const { storage } = value;
  if (storage.kind === 'optimizedOut' || storage.kind === 'unavailable') return false;
  try {
    return mayHaveChildren(presenter, value, 0);
  } catch {
    return false;
  }
}

function mayHaveChildren(presenter: Presenter, value: DataValue, depth: number): boolean {
  const { bare } = value;
  const isFormatted = presenter.formats(bare);
  if (isFormatted) return true;
  switch (bare.kind) {
    case 'struct':
      return (
        !bare.isIncomplete &&
        (bare.members.length > 0 || bare.staticMembers.length > 0 || bare.variantPart !== undefined)
      );
    case 'array':
      return value.count !== undefined && value.count > 0;
    case 'complex':
      return true;
    case 'reference':
      return depth < 8 && mayHaveChildren(presenter, value.referent(), depth + 1);
    case 'pointer': {
      const target = bareType(bare.target);
      if (target.kind === 'void' || target.kind === 'function') return false;
      if (target.kind === 'struct' && target.isIncomplete && value.dereference().bare.kind === 'struct') {
        const complete = value.dereference().bare;
        if (complete.kind === 'struct' && complete.isIncomplete) return false;
      }
      return value.storage.kind === 'implicitPointer' || value.bits() !== 0n;
    }
    default:
      return false;
  }
}

/** What is below a value. Throws nothing: what cannot be listed is one child with a clause. */
export function childrenOf(presenter: Presenter, value: DataValue): Below {
  try {
    return below(presenter, value, 0);
  } catch (error) {
    return { named: namedChildren([{ name: '<error>', value: clauseOf(error) }]), indexed: undefined };
  }
}

function below(presenter: Presenter, value: DataValue, depth: number): Below {
  if (depth > MAX_NESTING) return NOTHING;
  const { bare } = value;
  if (bare.kind === 'reference') return below(presenter, value.referent().dynamic(), depth + 1);
  let formatted: Formatted | undefined;
  let complaint: Child[] = [];
  try {
    formatted = presenter.formatted(value);
  } catch (error) {
    complaint = [{ name: '<error>', value: clauseOf(error) }];
  }
  if (formatted?.children || formatted?.text) return formattedBelow(formatted, value);
  switch (bare.kind) {
    case 'struct':
      return { named: namedChildren([...complaint, ...structChildren(value, bare)]), indexed: undefined };
    case 'array':
      return arrayBelow(presenter, value);
    case 'complex':
      return {
        named: namedChildren([
          { name: 'real', value: value.element(0), expression: (parent) => `__real__ ${parent}` },
          { name: 'imaginary', value: value.element(1), expression: (parent) => `__imag__ ${parent}` },
        ]),
        indexed: undefined,
      };
    case 'pointer':
      return pointerBelow(presenter, value, depth);
    default:
      return NOTHING;
  }
}

function namedChildren(children: readonly Child[]): Children {
  return { kind: 'named', count: children.length, slice: (start, count) => children.slice(start, start + count) };
}

/** The formatter's children, and the members themselves one click away. Without children of its own the members are it. */
function formattedBelow({ children }: Formatted, value: DataValue): Below {
  const raw: Child = { name: RAW, value, isRaw: true, kind: 'virtual', expression: (parent) => parent };
  if (!children) return { named: namedChildren([raw]), indexed: undefined };
  if (children.kind === 'indexed') return { named: namedChildren([raw]), indexed: children };
  return {
    named: {
      kind: 'named',
      count: children.count + 1,
      slice: (start, count) => {
        const own = start < children.count ? children.slice(start, Math.min(count, children.count - start)) : [];
        return start + count > children.count && start <= children.count ? [...own, raw] : own;
      },
    },
    indexed: undefined,
  };
}

function arrayBelow(presenter: Presenter, value: DataValue): Below {
  const { bare } = value;
  const { count } = value;
  if (bare.kind !== 'array') return NOTHING;
  if (count === undefined) throw new DataError('the length is not known');
  const shown = Math.min(count, presenter.format.count ?? count);
  return { named: undefined, indexed: elements(shown, bare.lowerBound, (index) => value.element(index)) };
}

function elements(count: number, lowerBound: number, at: (index: number) => DataValue): Children {
  return {
    kind: 'indexed',
    count,
    slice: (start, wanted) => {
      const list: Child[] = [];
      for (let index = start; index < Math.min(count, start + wanted); index++) {
        const name = `[${index + lowerBound}]`;
        list.push({ name, value: at(index), expression: (parent) => parent + name });
      }
      return list;
    },
  };
}

/** What a pointer points to: its members where it has some, itself as `*` where not, `count` elements with `,[n]`. */
function pointerBelow(presenter: Presenter, value: DataValue, depth: number): Below {
  const { count } = presenter.format;
  if (count !== undefined) return { named: undefined, indexed: elements(count, 0, (index) => value.element(index)) };
  const declared = value.dereference();
  const target = declared.dynamic();
  const isObject = target.bare.kind === 'struct' || target.bare.kind === 'array';
  const isFormatted = presenter.formats(target.bare);
  if (!isObject && !isFormatted) {
    const child: Child = { name: '*', value: target, expression: (parent) => `*${operand(parent)}` };
    return { named: namedChildren([child]), indexed: undefined };
  }
  const follow = dereferencing(declared, target);
  const { named, indexed } = below(presenter, target, depth + 1);
  return { named: named && through(named, follow), indexed: indexed && through(indexed, follow) };
}

/** The expression for what a pointer points to; a cast where that is another class than the pointer says. */
function dereferencing(declared: DataValue, target: DataValue): (pointer: string) => string {
  if (target === declared || target.bare === declared.bare) return (pointer) => `*${operand(pointer)}`;
  const name = target.bare.kind === 'struct' ? (target.bare.qualifiedName ?? target.bare.name) : undefined;
  if (name === undefined) return (pointer) => `*${operand(pointer)}`;
  if (target.address === declared.address) return (pointer) => `*(${name} *)${operand(pointer)}`;
  return () => `*(${name} *)0x${(target.address ?? 0n).toString(16)}`;
}

/** Children whose expressions begin at something reached from the parent. */
function through(children: Children, reach: (parent: string) => string): Children {
  return {
    ...children,
    slice: (start, count) =>
      children.slice(start, count).map((child) => {
        const { expression } = child;
        return expression ? { ...child, expression: (parent) => expression(operand(reach(parent))) } : child;
      }),
  };
}

/** Base classes, members (those of anonymous parts as one's own), the payload of a Rust enum, static members. */
function structChildren(value: DataValue, type: StructType): Child[] {
  if (type.variantPart) {
    const variant = value.activeVariant();
    if (!variant) throw new DataError(`no variant of ${type.name ?? 'the enum'} has this discriminant`);
    const payload = value.at(variant.member);
    // The payload's fields are one's own, as `Some(x)` is written.
    if (payload.bare.kind === 'struct') return memberChildren(payload, payload.bare, 0);
    return [{ name: variant.name, value: payload }];
  }
  return [...memberChildren(value, type, 0), ...staticChildren(value, type)];
}

function memberChildren(value: DataValue, type: StructType, depth: number): Child[] {
  return type.members.flatMap((member): Child[] => {
    let part: DataValue;
    try {
      part = value.at(member);
    } catch (error) {
      return [{ name: member.name ?? '<anonymous>', value: clauseOf(error) }];
    }
    if (member.isBase) return [baseChild(member, part)];
    if (member.name !== undefined) return [memberChild(member, part, member.name)];
    if (part.bare.kind === 'struct' && depth < MAX_NESTING) return memberChildren(part, part.bare, depth + 1);
    return [{ name: '<anonymous>', value: part }];
  });
}

function memberChild(member: Member, value: DataValue, name: string): Child {
  // Rust's tuple fields are __0, __1… in DWARF, and 0, 1… to whoever reads and writes Rust.
  const shown = /^__(\d+)$/.exec(name)?.[1] ?? name;
  return {
    name: shown,
    value,
    ...((ASCII_IDENTIFIER.test(name) || IDENTIFIER.test(name)) && { expression: (parent) => memberOf(parent, shown) }),
    ...(member.access && { access: member.access }),
    ...(member.isArtificial && { kind: 'virtual' as const }),
  };
}

/** What can be written: the compiler's own names cannot. */
const IDENTIFIER = /^[\p{L}_$][\p{L}\p{N}_$]*$/u;
/** Tried first: making the other takes longer than showing a page of variables. */
const ASCII_IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** `p->x` for `*p`, else `v.x`. */
function memberOf(parent: string, name: string): string {
  const pointer = dereferenced(parent);
  // A number behind an arrow is no member.
  if (pointer === undefined || /^\d/.test(name)) return `${operand(parent)}.${name}`;
  return `${operand(pointer)}->${name}`;
}

/** `p` of `(*p)`. */
function dereferenced(expression: string): string | undefined {
  return expression.startsWith('(*') && isEnclosed(expression) ? expression.slice(2, -1) : undefined;
}

function addressOf(expression: string): string {
  const pointer = dereferenced(expression);
  return pointer === undefined ? `&${operand(expression)}` : operand(pointer);
}

function baseChild(member: Member, value: DataValue): Child {
  const base = value.bare;
  const qualified = base.kind === 'struct' ? (base.qualifiedName ?? base.name) : undefined;
  return {
    name: baseName(member),
    value,
    kind: 'base',
    ...(member.access && { access: member.access }),
    ...(qualified !== undefined && { expression: (parent) => `*(${qualified} *)${addressOf(parent)}` }),
  };
}

function staticChildren(value: DataValue, type: StructType): Child[] {
  return type.staticMembers.map((member): Child => {
    const storage = member.storage?.() ?? placeByName(value, type, member);
    const common = {
      name: member.name,
      kind: 'static' as const,
      expression: (parent: string) => `${operand(parent)}.${member.name}`,
    };
    if (storage?.kind === 'memory') return { ...common, value: value.object(member.type, storage.address) };
    return { ...common, value: '<not known where it is>' };
  });
}

/** Where a static member is by its name, as the frame's names and the symbols have it. */
function placeByName(value: DataValue, type: StructType, member: StaticMember): Storage | undefined {
  if (!(value instanceof DataObject)) return undefined;
  const space: Partial<EvaluationContext> & ObjectSpace = value.space;
  const { resolveSymbol } = space;
  if (!resolveSymbol) return undefined;
  const place = staticPlace({ ...space, resolveSymbol }, `${type.qualifiedName}::${member.name}`, member.linkageName);
  return place?.kind === 'named' ? undefined : place;
}

function isPostfix(expression: string): boolean {
  return /^[A-Za-z_$][\w$]*(?:(?:::|\.|->)[A-Za-z_]?[\w$]*|\[[^[\]]*\])*$/.test(expression);
}

/** An expression as an operand of a postfix operator or a cast: in parentheses unless it needs none. */
export function operand(expression: string): string {
  if (isPostfix(expression)) return expression;
  return isEnclosed(expression) ? expression : `(${expression})`;
}

/** Whether the first parenthesis closes at the very end. */
function isEnclosed(expression: string): boolean {
  if (!expression.startsWith('(')) return false;
  let open = 0;
  for (let i = 0; i < expression.length; i++) {
    if (expression[i] === '(') open++;
    else if (expression[i] === ')' && --open === 0) return i === expression.length - 1;
  }
  return false;
}
