/** Members of the two libraries, which have moved about between their versions. */
import { DataError, type DataValue } from '../../data';

/**
 * The member that has one of the names, newest first. libc++ used to put members beside empty ones into a
 * `__compressed_pair`, whose first value goes by `__value_`.
 */
export function memberOf(value: DataValue, ...names: readonly string[]): DataValue {
  for (const name of names) {
    const member = value.memberIfAny(name);
    if (member) return uncompressed(member);
  }
  throw new DataError(`an unknown layout: there is no ${names.join(' or ')}`);
}

/** The same, undefined when there is none. */
export function memberIfAny(value: DataValue, ...names: readonly string[]): DataValue | undefined {
  for (const name of names) {
    const member = value.memberIfAny(name);
    if (member) return uncompressed(member);
  }
  return undefined;
}

function uncompressed(member: DataValue): DataValue {
  const { bare } = member;
  if (bare.kind !== 'struct' || !bare.name?.startsWith('__compressed_pair')) return member;
  return member.memberIfAny('__value_') ?? member;
}

/** Whether the value is of libc++ rather than libstdc++: one has members `__x_`, the other `_M_x`. */
export function has(value: DataValue, name: string): boolean {
  return value.memberIfAny(name) !== undefined;
}
