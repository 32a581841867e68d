/** How Rust's library types are told and taken apart: by path, and by what is in their wrappers of wrappers. */
import type { BareType } from '../../../symbols/data/types';
import { DataError, type DataValue } from '../../data';
import type { FormatContext, Formatted, Formatter } from '../../formatter';

/** `alloc::vec::Vec` of `alloc::vec::Vec<i32, alloc::alloc::Global>`; undefined for what is not Rust's. */
export function rustPath(type: BareType): string | undefined {
  if (type.kind !== 'struct' || type.language !== 'rust') return undefined;
  const name = type.qualifiedName ?? '';
  const less = name.indexOf('<');
  return less <= 0 ? name : name.slice(0, less);
}

/** A formatter of types by their paths, `alloc::vec::Vec`. */
export function rustFormatter(
  paths: string | readonly string[],
  format: (value: DataValue, context: FormatContext) => Formatted,
): Formatter {
  const wanted = typeof paths === 'string' ? [paths] : paths;
  return {
    name: `Rust ${wanted.join(', ')}`,
    matches: (type) => {
      const path = rustPath(type);
      return path !== undefined && wanted.includes(path);
    },
    format,
  };
}

/** Wrappers around a pointer or a number are nested some five deep. */
const MAX_WRAPPERS = 16;

/** The first pointer in a value: in `Unique`, `NonNull` and what else wraps it, whichever the version. */
export function pointerIn(value: DataValue): DataValue {
  return firstOf(value, 'pointer');
}

/** The first integer in a value: in `Cell`, `UnsafeCell`, `AtomicUsize`. */
export function integerIn(value: DataValue): DataValue {
  return firstOf(value, 'integer');
}

function firstOf(value: DataValue, kind: BareType['kind']): DataValue {
  const found = search(value, kind, 0);
  if (!found) throw new DataError('an unknown layout');
  return found;
}

function search(value: DataValue, kind: BareType['kind'], depth: number): DataValue | undefined {
  const { bare } = value;
  if (bare.kind === kind) return value;
  if (bare.kind !== 'struct' || depth > MAX_WRAPPERS) return undefined;
  for (const member of bare.members) {
    const found = search(value.at(member), kind, depth + 1);
    if (found) return found;
  }
  return undefined;
}

const TRANSPARENT = new Set([
  'core::cell::UnsafeCell',
  'core::mem::manually_drop::ManuallyDrop',
  'core::mem::maybe_dangling::MaybeDangling',
  'core::mem::maybe_uninit::MaybeUninit',
]);

/** The innermost value of wrappers that hold one thing: `UnsafeCell { value }`, `MaybeDangling(value)`. */
export function unwrapped(value: DataValue): DataValue {
  let inner = value;
  for (let i = 0; i < MAX_WRAPPERS && TRANSPARENT.has(rustPath(inner.bare) ?? ''); i++) {
    inner = inner.memberIfAny('value') ?? inner.member('__0');
  }
  return inner;
}
