/** Gives the expression room what it may see of a stopped process. */
import { virtAddr, type VirtAddr } from '../common/addresses';
import type { MemoryAccess, MemoryReader } from '../common/readers';
import type { ConvenienceVariables } from '../expr/context';
import type { EvaluationContext, ResolvedSymbol, Value } from '../expr/expression';
import { ValueHistory } from '../expr/history';
import { builtinFormatters } from '../expr/formatters/builtin';
import type { Writer } from '../expr/objectspace';
import { Presenter } from '../expr/presentation/presenter';
import { DEFAULT_LIMITS } from '../expr/presentation/valueformat';
import { dynamicObject, typeOfTraitObject, type VtableLookup } from '../symbols/data/dynamictype';
import { NameScope } from '../symbols/data/lookup';
import type { DataScope, FrameData } from '../symbols/data/variables';
import type { ModuleList } from '../symbols/modulelist';
import type { Thread } from './thread';

/** Texts are compared up to this length. */
const presenter = new Presenter({ registry: builtinFormatters, limits: { ...DEFAULT_LIMITS, stringLength: 0x1_0000 } });

/** Scopes that are remembered; a condition has one for each place of its breakpoint. */
const MAX_SCOPES = 256;

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

  /** What a library keeps to itself comes last: the dynamic linker has a `strlen` of its own. */
  private find(name: string): ResolvedSymbol | undefined {
    let own: ResolvedSymbol | undefined;
    for (const module of this.modules.modules) {
      const symbols = module.symbolsNamed(name).filter((symbol) => symbol.kind !== 'tls' && symbol.kind !== 'plt');
      const exact = symbols.filter((each) => each.name === name);
      const symbol = exact.find(({ binding }) => binding !== 'local') ?? exact[0] ?? symbols[0];
      if (!symbol) continue;
      const found = { address: module.toVirt(symbol.address), size: symbol.size, kind: symbol.kind };
      if (module.kind === 'executable' || symbol.binding !== 'local') return found;
      own ??= found;
    }
    return own;
  }
}

/** The debugger's own variables; they outlive the process. */
class SessionVariables implements ConvenienceVariables {
  private readonly values = new Map<string, Value>();

  get(name: string): Value | undefined {
    return this.values.get(name);
  }

  set(name: string, value: Value): void {
    this.values.set(name, value);
  }

  names(): Iterable<string> {
    return this.values.keys();
  }
}

/** What expressions at one place of the program share. */
interface Place {
  readonly scope: DataScope | undefined;
  readonly names: NameScope;
  readonly hasBoolean: boolean;
}

/** Makes contexts for expressions. What is compiled for a place is kept with its scope, so scopes are kept too. */
export class Evaluation {
  readonly variables: ConvenienceVariables = new SessionVariables();
  readonly history = new ValueHistory();
  private readonly symbols: SymbolResolver;
  private readonly places = new Map<VirtAddr, Place>();

  constructor(
    private readonly modules: ModuleList,
    private readonly memory: MemoryAccess,
    private readonly symbolize: (address: VirtAddr) => { readonly name: string; readonly offset: bigint } | undefined,
  ) {
    this.symbols = new SymbolResolver(modules);
  }

  /** Modules have come or gone, or more of their names are known. */
  forget(): void {
    this.symbols.forget();
    this.places.clear();
  }

  /**
   * @param frame  what expressions are about
   * @param thread whose registers may be assigned; undefined keeps them read-only
   * @param access `write` allows assignments to memory
   */
  context(frame: FrameData, thread: Thread | undefined, access: 'read' | 'write'): EvaluationContext {
    const { names, hasBoolean } = this.placeOf(frame);
    const { history, memory, modules, symbols, symbolize, variables } = this;
    return {
      registers: frame.registers,
      memory,
      frame,
      scope: names,
      hasBoolean,
      variables,
      history,
      resolveSymbol: (name) => symbols.resolve(name),
      findType: (name) => names.type(name),
      symbolAt: symbolize,
      dynamicType(type, address) {
        return dynamicType(modules, frame, this.memory, type, address);
      },
      typeOfTraitObject: (vtable) => typeOfTraitObject(vtable, vtablesOf(modules, frame)),
      functionAddress: ({ module, address }) => (address === undefined ? undefined : module.toVirt(address)),
      isIndirectFunction: (address) => {
        const found = modules.at(address)?.symbolAt(address);
        return found?.symbol.kind === 'ifunc' && found.offset === 0n;
      },
      format: (value) => presenter.formatted(value),
      ...(access === 'write' && { write: this.writer(thread) }),
    };
  }

  private placeOf(frame: FrameData): Place {
    const { lookupPc, scope } = frame;
    const known = this.places.get(lookupPc);
    if (known && known.scope === scope) return known;
    if (this.places.size >= MAX_SCOPES) this.places.clear();
    const module = frame.moduleAt(lookupPc);
    const language = module?.data.languageAt(module.toFile(lookupPc));
    const place: Place = {
      scope,
      names: new NameScope(frame, this.modules.modules),
      hasBoolean: language !== undefined && language !== 'c' && language !== 'assembly',
    };
    this.places.set(lookupPc, place);
    return place;
  }

  private writer(thread: Thread | undefined): Writer {
    return {
      memory: (address, bytes) => this.memory.write(address, bytes) === bytes.length,
      register: (name, value) => {
        if (!thread) return false;
        thread.registers.set(name, value);
        return true;
      },
    };
  }
}

function dynamicType(
  modules: ModuleList,
  frame: FrameData,
  memory: MemoryReader,
  type: Parameters<NonNullable<EvaluationContext['dynamicType']>>[0],
  address: VirtAddr,
): ReturnType<NonNullable<EvaluationContext['dynamicType']>> {
  const found = dynamicObject(type, address, memory, vtablesOf(modules, frame));
  return found && { type: found.type, address: virtAddr(found.address) };
}

/** The unit of the frame is asked first: it has most classes whose objects it handles. */
function vtablesOf(modules: ModuleList, { lookupPc }: FrameData): VtableLookup {
  return {
    typeOfVtable: (address) => {
      const module = modules.at(virtAddr(address));
      const near = module?.contains(lookupPc) ? module.toFile(lookupPc) : undefined;
      return module?.data.typeOfVtable(module.toFile(virtAddr(address)), near);
    },
  };
}
