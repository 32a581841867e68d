/**
 * Exceptions of languages: keeps int3s on the functions of the loaded runtimes through which they pass, as far as filters
 * ask for them, and turns what reaches them into stops.
 */
import { log } from '../../common/log';
import { messageOf } from '../../common/errors';
import type { VirtAddr } from '../../common/addresses';
import { readUint } from '../../common/readers';
import type { Module } from '../../symbols/module';
import type { ModuleList } from '../../symbols/modulelist';
import type { SiteOwner, SiteTable, TargetMemory } from '../sites';
import type { Thread } from '../thread';
import type { StopReason } from '../types';
import { CPP_HOOKS } from './cplusplus';
import { FAILURE_HOOKS } from './failures';
import { compileTypeCondition, EXCEPTION_FILTERS, isExceptionFilter, type TypeCondition } from './filters';
import type { Hook, HookContext } from './hook';
import type { ExceptionFilterId } from './report';
import { RUST_HOOKS } from './rust';
import { sanitizerHooks } from './sanitizers';

export interface ExceptionHost {
  readonly modules: ModuleList;
  readonly memory: TargetMemory;
  readonly sites: SiteTable;
  /** False while the program runs without debugging. */
  readonly isDebugging: () => boolean;
  /** A function is being called on the user's behalf: what it throws is not told. */
  readonly isCalling: () => boolean;
}

/** What only Rust programs have: their symbols have no fixed names. */
const RUST_MARK = 'rust_eh_personality';

/** One hook with the places where it is. */
class PlacedHook implements SiteOwner {
  addresses = new Set<VirtAddr>();

  constructor(
    readonly hook: Hook,
    private readonly judge: (thread: Thread, hook: Hook) => StopReason | undefined,
  ) {}

  reached(thread: Thread): StopReason | undefined {
    return this.judge(thread, this.hook);
  }
}

/** A report that ends the program: what follows from it in the same frames is not told again. */
interface Told {
  readonly sp: VirtAddr;
  readonly returnAddress: bigint | undefined;
}

export class ExceptionHooks {
  private readonly ticked = new Map<ExceptionFilterId, TypeCondition | undefined>(
    EXCEPTION_FILTERS.filter((filter) => filter.default).map(({ id }) => [id, undefined]),
  );
  private readonly hooks: PlacedHook[];
  /** Where each hook is in a module; modules do not change. */
  private readonly places = new WeakMap<Module, Map<Hook, readonly VirtAddr[]>>();
  private readonly told = new WeakMap<Thread, Told>();
  private readonly context: HookContext;

  constructor(private readonly host: ExceptionHost) {
    const judge = (thread: Thread, hook: Hook): StopReason | undefined => this.judge(thread, hook);
    this.hooks = [...CPP_HOOKS, ...RUST_HOOKS, ...FAILURE_HOOKS, ...sanitizerHooks()].map(
      (hook) => new PlacedHook(hook, judge),
    );
    const { modules, memory } = host;
    this.context = {
      memory,
      symbolName: (address) => modules.at(address)?.symbolAt(address)?.symbol.name,
      functionName: (address) => modules.at(address)?.symbolAt(address)?.displayName,
      addressesOf: (name) => modules.modules.flatMap((module) => functionsNamed(module, [name])),
      condition: (filter) => this.ticked.get(filter),
      isTicked: (filter) => this.ticked.has(filter),
    };
  }

  /** Replaces the ticked filters; one with a wrong condition stops at every type. */
  setFilters(filters: readonly { readonly id: string; readonly condition?: string }[]): void {
    this.ticked.clear();
    for (const { id, condition } of filters) {
      if (!isExceptionFilter(id)) continue;
      const compiled = condition?.trim() ? compileTypeCondition(condition) : undefined;
      this.ticked.set(id, typeof compiled === 'string' ? undefined : compiled);
    }
    this.place();
  }

  /** Modules have come or gone, or filters have changed: the int3s go where they belong. */
  place(): void {
    if (!this.host.isDebugging()) return;
    for (const placed of this.hooks) {
      const isWanted = placed.hook.filters.some((filter) => this.ticked.has(filter));
      const wanted = new Set(
        isWanted ? this.host.modules.modules.flatMap((module) => this.find(module, placed.hook)) : [],
      );
      for (const address of placed.addresses) if (!wanted.has(address)) this.host.sites.release(address, placed);
      for (const address of wanted) if (!this.acquire(address, placed)) wanted.delete(address);
      placed.addresses = wanted;
    }
  }

  private acquire(address: VirtAddr, placed: PlacedHook): boolean {
    try {
      this.host.sites.acquire(address, placed);
      return true;
    } catch (error) {
      log('engine', () => `no exception hook: ${messageOf(error)}`);
      return false;
    }
  }

  /** The address space with the int3s in it is gone. */
  forgetSites(): void {
    for (const placed of this.hooks) placed.addresses.clear();
  }

  private find(module: Module, hook: Hook): readonly VirtAddr[] {
    let known = this.places.get(module);
    if (!known) this.places.set(module, (known = new Map<Hook, readonly VirtAddr[]>()));
    let found = known.get(hook);
    if (!found) known.set(hook, (found = [...functionsNamed(module, hook.symbols), ...rustFunctions(module, hook)]));
    return found;
  }

  /** Whether the signal with which a program ends itself follows from a report that has been told. */
  hasTold(thread: Thread): boolean {
    const told = this.told.get(thread);
    if (!told) return false;
    const isInside = thread.sp <= told.sp && readUint(this.host.memory, told.sp, 8) === told.returnAddress;
    if (!isInside) this.told.delete(thread);
    return isInside;
  }

  /** What was found is not told after all. */
  retract(thread: Thread): void {
    this.told.delete(thread);
  }

  private judge(thread: Thread, hook: Hook): StopReason | undefined {
    if (this.host.isCalling()) return undefined;
    const found = hook.reached(thread, this.context);
    if (!found) return undefined;
    const finding = 'report' in found ? found : { report: found };
    if (finding.report.isFatal) {
      if (this.hasTold(thread)) return undefined;
      this.told.set(thread, { sp: thread.sp, returnAddress: readUint(this.host.memory, thread.sp, 8) });
    }
    return { kind: 'exception', ...finding };
  }
}

/** The functions that a module has under raw names. */
function functionsNamed(module: Module, names: readonly string[]): VirtAddr[] {
  if (module.kind === 'vdso' || module.kind === 'loader') return [];
  return names.flatMap((name) =>
    module.symbols
      .named(name)
      .filter(({ kind }) => kind === 'function')
      .map(({ address }) => module.toVirt(address)),
  );
}

function rustFunctions(module: Module, { rustNames }: Hook): VirtAddr[] {
  if (!rustNames || module.symbols.named(RUST_MARK).length === 0) return [];
  return module.symbols
    .containing(rustNames)
    .filter(({ kind, name }) => kind === 'function' && rustNames.some((end) => endsWithName(name, end)))
    .map(({ address }) => module.toVirt(address));
}

/** Legacy mangling puts a hash behind the last part: `…15panic_with_hook17h0123456789abcdefE`. */
function endsWithName(mangled: string, end: string): boolean {
  return mangled.endsWith(end) || new RegExp(`${end}17h[0-9a-f]{16}E$`).test(mangled);
}
