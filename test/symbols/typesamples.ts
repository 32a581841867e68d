/** The types of the sources that the tests of types share. */
import { DW_TAG_namespace, DW_TAG_variable } from '../../src/symbols/data/typeconstants';
import { TypeReader } from '../../src/symbols/data/typereader';
import { typeName } from '../../src/symbols/data/typenames';
import type { StructType, Type } from '../../src/symbols/data/types';
import type { Die } from '../../src/symbols/dwarf/die';
import { Module } from '../../src/symbols/module';

/** The absolute path of a source of this folder. */
export const source = (name: string): string => `${import.meta.dirname}/sources/${name}`;

/** Opens a program at the addresses of its file, or moved by `bias`. */
export function open(path: string, bias = 0n): Module {
  return Module.open({ path, bias, kind: 'executable' });
}

/** Variables at file level by name, with their types. */
export function variablesOf(module: Module, accept: RegExp, reader = new TypeReader()): Map<string, Type> {
  const found = new Map<string, Type>();
  module.debug.eachUnit((_header, read) => {
    for (const die of read().full.root.children((tag) => tag === DW_TAG_variable)) {
      if (die.name !== undefined && accept.test(die.name)) found.set(die.name, reader.typeOf(die));
    }
  });
  return found;
}

/** Types of a namespace and the namespaces in it, by qualified name. */
export function namespaceTypes(module: Module, name: string, reader = new TypeReader()): Map<string, Type> {
  const found = new Map<string, Type>();
  const visit = (die: Die): void => {
    for (const child of die.children()) {
      if (child.tag === DW_TAG_namespace) visit(child);
      const type = reader.type(child);
      if (type.kind === 'struct' || type.kind === 'enum') found.set(typeName(type), type);
    }
  };
  module.debug.eachUnit((_header, read) => {
    for (const die of read().full.root.children((tag) => tag === DW_TAG_namespace)) if (die.name === name) visit(die);
  });
  return found;
}

/** A structure among types by name. */
export function structNamed(types: ReadonlyMap<string, Type>, name: string): StructType {
  const type = types.get(name);
  if (type?.kind !== 'struct') throw new Error(`there is no structure ${name} among ${[...types.keys()].join(', ')}`);
  return type;
}
