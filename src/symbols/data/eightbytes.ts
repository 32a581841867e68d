/** How the System V ABI for x86-64 classifies a type, eight bytes at a time (section 3.2.3 "Classification"). */
import { type BareType, bareType, sizeOfType, type Type } from './types';

export type EightbyteClass = 'none' | 'integer' | 'sse' | 'sseUp' | 'x87' | 'x87Up' | 'complexX87';

/** Nesting beyond this is damage. */
const MAX_DEPTH = 32;
/** Larger than the widest vector register: in memory whatever it is. */
const MAX_REGISTER_BYTES = 64;

/** The classes of a type's eightbytes, or that it is passed in memory. Incomplete types are. */
export function classify(type: Type): readonly EightbyteClass[] | 'memory' {
  const size = sizeOfType(type);
  if (size === undefined || size > MAX_REGISTER_BYTES) return 'memory';
  const classes = new Array<EightbyteClass>(Math.ceil(size / 8)).fill('none');
  if (!add(classes, type, 0, 0)) return 'memory';
  return merged(classes);
}

/** Section 3.2.3, "post merger cleanup". */
function merged(classes: EightbyteClass[]): readonly EightbyteClass[] | 'memory' {
  if (classes[0] === 'complexX87') return classes;
  for (const [i, eightbyte] of classes.entries()) {
    const before = classes[i - 1];
    if (eightbyte === 'x87Up' && before !== 'x87') return 'memory';
    if (eightbyte === 'sseUp' && before !== 'sse' && before !== 'sseUp') classes[i] = 'sse';
  }
  if (classes.length > 2 && (classes[0] !== 'sse' || classes.slice(1).some((c) => c !== 'sseUp'))) return 'memory';
  return classes;
}

/** Adds what lies at `offset`; false when the whole is to go to memory. */
function add(classes: EightbyteClass[], type: Type, offset: number, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  const bare = bareType(type);
  const size = sizeOfType(bare);
  if (size === undefined || offset + size > classes.length * 8) return false;
  switch (bare.kind) {
    case 'struct':
      if (bare.variantPart) return false;
      return bare.members.every((member) => {
        if (member.isVirtualBase || member.locate) return false;
        if (!member.bitField) return add(classes, member.type, offset + member.offset, depth + 1);
        const first = 8 * (offset + member.offset) + member.bitField.offset;
        const last = first + Math.max(member.bitField.size, 1) - 1;
        return (
          put(classes, Math.floor(first / 64), 'integer') &&
          put(classes, Math.floor(Math.max(first, last) / 64), 'integer')
        );
      });
    case 'array':
      if (bare.isVector) return addScalar(classes, offset, size, vectorClass);
      if (typeof bare.count !== 'number') return false;
      for (let i = 0, step = bare.stride ?? sizeOfType(bare.element) ?? 0; i < bare.count && step > 0; i++) {
        if (!add(classes, bare.element, offset + i * step, depth + 1)) return false;
      }
      return true;
    case 'complex':
      if (bare.part.kind === 'float' && bare.part.format === 'x87') {
        if (classes.length !== 4) return false;
        classes.fill('complexX87');
        return true;
      }
      return add(classes, bare.part, offset, depth + 1) && add(classes, bare.part, offset + size / 2, depth + 1);
    case 'float':
      if (offset % alignmentOf(bare) !== 0) return false;
      if (bare.format === 'x87') return put(classes, offset / 8, 'x87') && put(classes, offset / 8 + 1, 'x87Up');
      return addScalar(classes, offset, size, vectorClass);
    default:
      if (offset % alignmentOf(bare) !== 0) return false;
      return addScalar(classes, offset, size, () => 'integer');
  }
}

const vectorClass = (index: number): EightbyteClass => (index === 0 ? 'sse' : 'sseUp');

function addScalar(
  classes: EightbyteClass[],
  offset: number,
  size: number,
  classOf: (index: number) => EightbyteClass,
): boolean {
  const first = Math.floor(offset / 8);
  const last = Math.floor((offset + Math.max(size, 1) - 1) / 8);
  for (let i = first; i <= last; i++) if (!put(classes, i, classOf(i - first))) return false;
  return true;
}

/** Merges a class into an eightbyte; false when they can only meet in memory. */
function put(classes: EightbyteClass[], index: number, added: EightbyteClass): boolean {
  const present = classes[index];
  if (present === undefined) return false;
  if (present === 'none' || present === added) classes[index] = added;
  else if (present === 'integer' || added === 'integer') classes[index] = 'integer';
  else if (/x87/i.test(present) || /x87/i.test(added)) return false;
  else classes[index] = 'sse';
  return true;
}

/** `_Alignof`, as far as the type itself tells: what `alignas` adds is not part of it. */
export function alignmentOf(type: Type, depth = 0): number {
  const bare: BareType = bareType(type);
  if (depth > MAX_DEPTH) return 1;
  switch (bare.kind) {
    case 'struct':
      return Math.max(1, ...bare.members.map((member) => (member.bitField ? 1 : alignmentOf(member.type, depth + 1))));
    case 'array':
      return bare.isVector ? Math.min(sizeOfType(bare) ?? 1, 64) : alignmentOf(bare.element, depth + 1);
    case 'complex':
      return alignmentOf(bare.part, depth + 1);
    default:
      return Math.min(16, sizeOfType(bare) ?? 1);
  }
}
