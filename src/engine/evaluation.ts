/** Gives the expression room what it may see of a stopped process. */
import { virtAddr } from '../common/addresses';
import type { RegisterReader } from '../common/readers';
import type { EvaluationContext } from '../expr/context';
import type { ModuleList } from '../symbols/modulelist';
import type { TargetMemory } from './sites';
import type { Thread } from './thread';

const NO_REGISTERS: RegisterReader = { dwarf: () => undefined, named: () => undefined };

/**
 * @param registers of the frame that expressions are about
 * @param thread whose registers may be assigned; undefined keeps them read-only
 * @param access `write` allows assignments to memory
 */
export function evaluationContext(
  modules: ModuleList,
  memory: TargetMemory,
  registers: RegisterReader | undefined,
  thread: Thread | undefined,
  access: 'read' | 'write',
): EvaluationContext {
  return {
    registers: registers ?? NO_REGISTERS,
    memory,
    resolveSymbol: (name) => {
      for (const module of modules.modules) {
        const [symbol] = module.symbolsNamed(name);
        if (symbol && symbol.kind !== 'tls') {
          const kind = symbol.kind === 'object' ? 'object' : symbol.kind === 'notype' ? 'object' : 'function';
          return { address: module.toVirt(symbol.address), size: symbol.size, kind };
        }
      }
      return undefined;
    },
    write:
      access === 'read'
        ? undefined
        : {
            memory: (address, bytes) => memory.write(virtAddr(address), bytes) === bytes.length,
            register: (name, value) => {
              if (!thread) return false;
              thread.registers.set(name, value);
              return true;
            },
          },
  };
}
