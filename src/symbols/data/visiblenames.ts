/** The names that can be written at a place, for completions. */
import type { FileAddr } from '../../common/addresses';
import { bareType, type Type } from './types';
import type { DataScope, ModuleData } from './variables';

/** A name that can be written at this place, for completions. */
export interface VisibleName {
  readonly name: string;
  readonly kind: 'variable' | 'member' | 'type' | 'function' | 'enumerator' | 'namespace';
}

/** Base classes of base classes. */
const MAX_DEPTH = 32;

/**
 * @param scopes   innermost first
 * @param prefixes of namespaces that need not be written, '' for the global one
 * @param data     of the module, for what its unit at `near` defines
 */
export function visibleNames(
  scopes: readonly DataScope[],
  data: ModuleData | undefined,
  near: FileAddr | undefined,
  prefixes: readonly string[],
  prefix: string,
  limit: number,
): readonly VisibleName[] {
  const found = new Map<string, VisibleName>();
  const add = (name: string | undefined, kind: VisibleName['kind']): void => {
    if (name === undefined || !name.startsWith(prefix) || found.has(name) || found.size >= limit) return;
    found.set(name, { name, kind });
  };
  for (const scope of scopes) {
    for (const { name } of scope.variables) add(name, 'variable');
    for (const { name } of scope.aliases ?? []) add(name, 'variable');
  }
  for (const scope of scopes) {
    for (const { name, type } of scope.variables) if (name === 'this') addMembers(type, add, 0);
    addMembers(scope.function?.memberOf, add, 0);
  }
  if (data && near !== undefined) {
    for (const { name } of [...data.staticsAt(near), ...data.globalsAt(near)]) add(name, 'variable');
    addDeclared(data, near, prefixes, prefix, add);
  }
  return [...found.values()];
}

/**
 * What the file declares: in the namespaces that are visible, or in the one that is written. Other files' names are left
 * out: a person who types does not wait for them.
 */
function addDeclared(
  data: ModuleData,
  near: FileAddr,
  prefixes: readonly string[],
  prefix: string,
  add: (name: string | undefined, kind: VisibleName['kind']) => void,
): void {
  const at = prefix.lastIndexOf('::');
  const written = prefix.slice(0, Math.max(at, 0)).replace(/^::/, '');
  for (const around of prefix.startsWith('::') ? [''] : prefixes) {
    const namespace = [around, written].filter((part) => part !== '').join('::');
    for (const { name, kind } of data.namesIn?.(namespace, near) ?? [])
      add(at < 0 ? name : `${prefix.slice(0, at)}::${name}`, kind);
  }
}

function addMembers(
  type: Type | undefined,
  add: (name: string | undefined, kind: VisibleName['kind']) => void,
  depth: number,
): void {
  const bare = type && bareType(type);
  const object = bare?.kind === 'pointer' ? bareType(bare.target) : bare;
  if (object?.kind !== 'struct' || depth > MAX_DEPTH) return;
  for (const member of object.members) {
    if (member.isBase || member.name === undefined) addMembers(member.type, add, depth + 1);
    else if (!member.isArtificial) add(member.name, 'member');
  }
  for (const { name } of object.staticMembers) add(name, 'member');
  for (const { name } of object.methods) add(name, 'function');
}
