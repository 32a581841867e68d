/** What an entry only declares, wherever it is defined: in the module by its entry or its symbol, or in another module. */
import type { FileAddr } from '../../common/addresses';
import * as C from '../dwarf/constants';
import type { Die } from '../dwarf/die';
import { namespaceName, originOf } from './functions';
import { boundAddress } from './interposition';
import type { ModuleContext } from './modulecontext';
import { type Storage, unavailable } from './storage';
import type { DataModule, FrameData } from './variables';

/** Declarations that are defined by declarations would go round in circles. */
const MAX_NESTING = 4;
let nesting = 0;

/** @throws DwarfError when the entry is damaged */
export function declaredStorage(context: ModuleContext, die: Die, frame: FrameData): Storage {
  const origin = originOf(die);
  const name = origin.name ?? '';
  const symbol = origin.linkageName ?? name;
  // An `extern` in a block declares a name of the namespace around the function, which in C is the only one.
  const qualified = origin.parent?.tag === C.DW_TAG_subprogram ? name : namespaceName(context, origin);
  const bound = boundAddress(context.module, symbol, frame);
  if (bound !== undefined) return { kind: 'memory', address: bound };
  for (const module of modulesFrom(context.module, frame)) {
    const near = module === context.module ? module.toFile(frame.lookupPc) : undefined;
    const defined = defineIn(module, qualified, near, frame);
    if (defined) return defined;
    const address = module.data.addressOfSymbol?.(symbol);
    if (address !== undefined) return { kind: 'memory', address: module.toVirt(address) };
  }
  return unavailable(`no module that is loaded defines ${name}`);
}

function defineIn(module: DataModule, name: string, near: FileAddr | undefined, frame: FrameData): Storage | undefined {
  if (nesting >= MAX_NESTING) return undefined;
  nesting++;
  try {
    for (const variable of module.data.findVariables(name, near)) {
      const storage = variable.kind === 'global' ? variable.locate(frame) : undefined;
      if (storage && storage.kind !== 'optimizedOut' && storage.kind !== 'unavailable') return storage;
    }
    return undefined;
  } finally {
    nesting--;
  }
}

/** The module that asks, then the others in their order. */
function* modulesFrom(module: DataModule, frame: FrameData): Iterable<DataModule> {
  yield module;
  for (const other of frame.modules?.() ?? []) if (other !== module) yield other;
}
