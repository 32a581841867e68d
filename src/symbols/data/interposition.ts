/**
 * Which of several definitions of a name a module uses. A library's own code asks the dynamic linker for the address of
 * its external variables, and gets that of the first module that defines the name: the executable when it has a copy
 * (R_X86_64_COPY), or a definition of its own, or another library. What the library's debugging information describes
 * is then memory that nobody uses.
 *
 * The slot that the dynamic linker has filled in says which it was: search orders, local scopes of dlopen(3) and
 * versions need not be guessed.
 */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import { readExactly } from '../../common/readers';
import type { AddressSlot } from '../elf/dynamicsymbols';
import type { DataModule, FrameData } from './variables';

/**
 * Where an external variable of a module is, which the module's debugging information has at an address.
 * @param name of its symbol
 */
export function interposed(module: DataModule, name: string, address: VirtAddr, frame: FrameData): VirtAddr {
  const executable = programOf(frame);
  // Nobody comes before the executable.
  if (!executable || executable === module || module.dynamicSymbols.isSymbolic) return address;
  const own = module.dynamicSymbols.definitions(name).find(({ address: start, size, isThreadLocal }) => {
    const within: bigint = address - module.toVirt(start);
    return !isThreadLocal && within >= 0n && (within === 0n || within < BigInt(size));
  });
  if (!own || own.isProtected) return address;
  const used = boundAddress(module, name, frame) ?? definedIn(executable, name);
  return used === undefined ? address : virtAddr(used + (address - module.toVirt(own.address)));
}

/** The address that the dynamic linker has given a module for a name; undefined when the module asks for none, or not yet. */
export function boundAddress(module: DataModule, name: string, frame: FrameData): VirtAddr | undefined {
  const slot = module.dynamicSymbols.slot(name);
  const address = slot && readSlot(module, slot, frame);
  // Before the dynamic linker has come to it, a slot holds anything.
  const definer = address === undefined ? undefined : frame.moduleAt(address);
  const isDefinition = definer?.dynamicSymbols
    .definitions(name)
    .some((each) => !each.isThreadLocal && definer.toVirt(each.address) === address);
  return isDefinition ? address : undefined;
}

function readSlot(module: DataModule, slot: AddressSlot, frame: FrameData): VirtAddr | undefined {
  const bytes = readExactly(frame.memory, module.toVirt(slot.address), 8);
  return bytes && virtAddr(BigInt.asUintN(64, Buffer.from(bytes).readBigUInt64LE() - slot.addend));
}

function definedIn(module: DataModule, name: string): VirtAddr | undefined {
  const found = module.dynamicSymbols.definitions(name).find(({ isThreadLocal }) => !isThreadLocal);
  return found && module.toVirt(found.address);
}

function programOf(frame: FrameData): DataModule | undefined {
  for (const module of frame.modules?.() ?? []) return module;
  return undefined;
}
