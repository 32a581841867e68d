/** The objects of a frame: where they are read from, and the names and types around them. */
import { basename } from 'node:path';
import { virtAddr } from '../common/addresses';
import type { MemoryReader } from '../common/readers';
import type { StackFrame } from '../engine/stack';
import type { Target } from '../engine/target';
import type { ObjectSpace, Writer } from '../expr/objectspace';
import { dynamicObject } from '../symbols/data/dynamictype';
import { NameScope } from '../symbols/data/lookup';
import type { FrameData } from '../symbols/data/variables';

export interface NamedSpace extends ObjectSpace {
  readonly names: NameScope;
}

const NO_REGISTERS = { dwarf: () => undefined, named: () => undefined };

/**
 * @param frame  undefined: only what is global
 * @param memory of the process, or a cache of it
 * @param write  where something may be changed
 */
export function objectSpace(
  target: Target,
  frame: StackFrame | undefined,
  memory: MemoryReader,
  write?: Writer,
): NamedSpace {
  const data = frame && frameData(target, frame);
  const names = new NameScope(data, target.modules.modules);
  const space: NamedSpace = {
    registers: frame?.registers ?? NO_REGISTERS,
    memory,
    names,
    ...(data && { frame: data }),
    ...(write && { write }),
    findType: (name) => names.type(name),
    symbolAt: (address) => target.symbolize(address),
    dynamicType: (type, address) => {
      const found = dynamicObject(type, address, memory, {
        typeOfVtable: (vtable) => {
          const module = target.modules.at(virtAddr(vtable));
          return module?.data.typeOfVtable(module.toFile(virtAddr(vtable)));
        },
      });
      return found && { type: found.type, address: virtAddr(found.address) };
    },
  };
  return space;
}

function frameData(target: Target, frame: StackFrame): FrameData {
  return {
    lookupPc: frame.lookupPc,
    pc: frame.pc,
    ...(frame.scope && { scope: frame.scope }),
    registers: frame.registers,
    memory: target.memory,
    cfa: frame.cfa,
    caller: () => undefined,
    threadLocal: () => undefined,
    moduleAt: (address) => target.modules.at(address),
    modules: () => target.modules.modules,
  };
}

/** `calc.c:12`: where code is in the sources. */
export function placeOfCode(target: Target, code: bigint): string | undefined {
  const line = target.lineAt(virtAddr(code));
  return line && `${basename(line.path)}:${line.line}`;
}
