/**
 * C++ pointers to members as the Itanium C++ ABI lays them out (2.3): data members as an offset, -1 for null; member
 * functions as an address, or 1 plus an offset into the vtable, and an adjustment of `this`.
 */
import { bareType, sizeOfType, type MemberPointerType, type StructType } from '../../symbols/data/types';
import type { DataValue } from '../data';
import { singleLine } from './characters';
import { addressText } from './presenter';

export function memberPointerText(value: DataValue, type: MemberPointerType): string {
  const bits = value.bits();
  if (type.size <= 8) return dataMemberText(BigInt.asIntN(64, bits), type);
  const pointer = BigInt.asUintN(64, bits);
  const adjustment = BigInt.asIntN(64, bits >> 64n);
  if (pointer === 0n) return 'nullptr';
  const adjusted =
    adjustment === 0n ? '' : `, this${adjustment < 0n ? ' - ' : ' + '}${adjustment < 0n ? -adjustment : adjustment}`;
  if (pointer & 1n) return `<virtual function ${(pointer - 1n) / 8n} of ${containerName(type)}>${adjusted}`;
  return addressText(value, pointer) + adjusted;
}

function dataMemberText(offset: bigint, type: MemberPointerType): string {
  if (offset === -1n) return 'nullptr';
  const container = bareType(type.container);
  const name = container.kind === 'struct' ? memberAt(container, Number(offset), 0) : undefined;
  return `&${containerName(type)}::${singleLine(name ?? `<offset ${offset}>`)}`;
}

function containerName(type: MemberPointerType): string {
  const container = bareType(type.container);
  return singleLine(
    (container.kind === 'struct' ? (container.qualifiedName ?? container.name) : undefined) ?? 'a class',
  );
}

/** The member at an offset, those of bases and anonymous parts included. */
function memberAt(type: StructType, offset: number, depth: number): string | undefined {
  if (depth > 16) return undefined;
  for (const member of type.members) {
    const inner = bareType(member.type);
    const isPart = member.isBase === true || member.name === undefined;
    if (!isPart && member.offset === offset && !member.isArtificial) return member.name;
    const within = offset - member.offset;
    if (isPart && inner.kind === 'struct' && within >= 0 && within < (sizeOfType(inner) ?? 0)) {
      const found = memberAt(inner, within, depth + 1);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
