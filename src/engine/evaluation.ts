/** Gives the expression room what it may see of a stopped process. */
import type { RegisterReader } from '../common/readers';
import type { EvaluationContext, ResolvedSymbol } from '../expr/expression';
import type { ModuleList } from '../symbols/modulelist';
import type { TargetMemory } from './sites';
import type { Thread } from './thread';

const NO_REGISTERS: RegisterReader = { dwarf: () => undefined, named: () => undefined };

/** Symbols by name over all modules, in load order. Remembers its answers: a condition asks at every hit. */
export class SymbolResolver {
  private readonly known = new Map<string, ResolvedSymbol | undefined>();

  constructor(private readonly modules: ModuleList) {}

  /** Modules have come or gone. */
  forget(): void {
    this.known.clear();
  }

  resolve(name: string): ResolvedSymbol | undefined {
    if (!this.known.has(name)) this.known.set(name, this.find(name));
    return this.known.get(name);
  }

  private find(name: string): ResolvedSymbol | undefined {
    for (const module of this.modules.modules) {
      const symbols = module.symbolsNamed(name).filter((symbol) => symbol.kind !== 'tls' && symbol.kind !== 'plt');
      const symbol = symbols.find((each) => each.name === name) ?? symbols[0];
      if (symbol) return { address: module.toVirt(symbol.address), size: symbol.size, kind: symbol.kind };
    }
    return undefined;
  }
}

/**
 * @param registers of the frame that expressions are about
 * @param thread whose registers may be assigned; undefined keeps them read-only
 * @param access `write` allows assignments to memory
 */
export function evaluationContext(
  symbols: SymbolResolver,
  memory: TargetMemory,
  registers: RegisterReader | undefined,
  thread: Thread | undefined,
  access: 'read' | 'write',
): EvaluationContext {
  return {
    registers: registers ?? NO_REGISTERS,
    memory,
    resolveSymbol: (name) => symbols.resolve(name),
    write:
      access === 'read'
        ? undefined
        : {
            memory: (address, bytes) => memory.write(address, bytes) === bytes.length,
            register: (name, value) => {
              if (!thread) return false;
              thread.registers.set(name, value);
              return true;
            },
          },
  };
}
