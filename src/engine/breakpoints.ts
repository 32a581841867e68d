/**
 * The breakpoints a user asked for. Each client request replaces a set; the manager diffs it with what it has, so that
 * an equal breakpoint keeps its id, its hit count and its sites, and it resolves what is pending when modules come.
 */
import { isDeepStrictEqual } from 'node:util';
import { formatAddress, type VirtAddr } from '../common/addresses';
import { messageOf } from '../common/errors';
import type { DataModule } from '../symbols/data/variables';
import { compileChecks, type BreakpointChecks } from './breakpointchecks';
import type { BreakpointResolver, Resolution } from './breakpointresolver';
import type { DebugRegisterOwner, DebugRegisters } from './debugregisters';
import type { SiteOwner, SiteTable } from './sites';
import type { Thread } from './thread';
import type {
  Breakpoint,
  FrameIdentity,
  FunctionBreakpointSpec,
  InstructionBreakpointSpec,
  SourceBreakpointSpec,
  StopReason,
} from './types';

type Spec =
  | { readonly kind: 'source'; readonly path: string; readonly request: SourceBreakpointSpec }
  | { readonly kind: 'function'; readonly request: FunctionBreakpointSpec }
  | { readonly kind: 'instruction'; readonly request: InstructionBreakpointSpec };

/**
 * What is hit, as far as its checks are concerned: they see the frame whose line a breakpoint of the source is on, or the
 * frame that a data breakpoint belongs to.
 */
export interface CheckedBreakpoint extends Partial<Pick<Breakpoint, 'kind' | 'source' | 'functionName'>> {
  readonly id: number;
  readonly frame?: FrameIdentity | undefined;
  hitCount: number;
}

/** What the manager needs of the target. */
export interface BreakpointHost {
  readonly sites: SiteTable;
  readonly registers: DebugRegisters;
  /** Decides condition, hit condition and log message at a hit; true stops. */
  passes(thread: Thread, checks: BreakpointChecks, breakpoint: CheckedBreakpoint): boolean;
  changed(breakpoint: Breakpoint): void;
  /** Looks up the names in checks as code at an address sees them; the result names modules that are not indexed yet. */
  lookUp(checks: BreakpointChecks, address: VirtAddr): readonly DataModule[];
  /** The process is gone: nothing is to be found in it any more. */
  readonly isGone: () => boolean;
}

/** Places of one breakpoint at which the names in its condition are looked up when it is set. */
const MAX_LOOKED_UP = 16;

/** The modes of a breakpoint of code that a client may name. */
const MODES = ['software', 'hardware'];

let lastId = 0;

/** Ids are common to all kinds of breakpoints. */
export function nextBreakpointId(): number {
  return ++lastId;
}

/** One breakpoint with its sites, or its debug registers when it is of mode `hardware`. */
export class UserBreakpoint implements Breakpoint, SiteOwner, DebugRegisterOwner {
  readonly id = nextBreakpointId();
  readonly checks: BreakpointChecks | undefined;
  /** Errors in condition, hit condition or log message; such a breakpoint has no sites. */
  readonly wrong: string | undefined;
  hitCount = 0;
  pending = true;
  message: string | undefined;
  source: Breakpoint['source'];
  addresses: VirtAddr[] = [];

  constructor(
    readonly spec: Spec,
    private readonly host: BreakpointHost,
  ) {
    const compiled = compileChecks(spec.request);
    const { mode } = spec.request;
    if (typeof compiled === 'string') this.wrong = compiled;
    else if (mode !== undefined && !MODES.includes(mode)) this.wrong = unknownMode(mode);
    else this.checks = compiled;
    if (spec.kind === 'source') {
      this.source = { path: spec.path, line: spec.request.line, column: spec.request.column };
    }
  }

  get kind(): Breakpoint['kind'] {
    return this.spec.kind;
  }

  get functionName(): string | undefined {
    return this.spec.kind === 'function' ? this.spec.request.name : undefined;
  }

  get verified(): boolean {
    return this.addresses.length > 0;
  }

  get isHardware(): boolean {
    return this.spec.request.mode === 'hardware';
  }

  get title(): string {
    const at = this.addresses[0];
    return `hardware breakpoint ${this.id}${at === undefined ? '' : ` at ${formatAddress(at)}`}`;
  }

  triggered(thread: Thread): StopReason | undefined {
    return this.reached(thread);
  }

  reached(thread: Thread): StopReason | undefined {
    if (!this.checks || !this.host.passes(thread, this.checks, this)) return undefined;
    return { kind: 'breakpoint', hit: [this] };
  }

  /** Moves the breakpoint to where it is found now; true when anything a client sees has changed. */
  place(resolution: Resolution): boolean {
    const before = [this.verified, this.message, this.source, this.addresses];
    const wanted = this.wrong === undefined ? resolution.addresses : [];
    const { kept, failure } = this.isHardware ? this.watch(wanted) : this.patch(wanted);
    this.addresses = kept;
    this.pending = resolution.pending && this.wrong === undefined;
    this.message = this.wrong ?? failure ?? resolution.message;
    if (this.spec.kind === 'source') {
      const found = kept.length > 0 ? resolution.source : undefined;
      this.source = {
        path: this.spec.path,
        line: found?.line ?? this.spec.request.line,
        column: found ? found.column : this.spec.request.column,
      };
    } else {
      this.source = kept.length > 0 ? resolution.source : undefined;
    }
    return !isDeepStrictEqual(before, [this.verified, this.message, this.source, this.addresses]);
  }

  private patch(wanted: readonly VirtAddr[]): Placement {
    const kept: VirtAddr[] = [];
    let failure: string | undefined;
    for (const address of wanted) {
      try {
        this.host.sites.acquire(address, this);
        kept.push(address);
      } catch (error) {
        failure = messageOf(error);
      }
    }
    for (const address of this.addresses) if (!kept.includes(address)) this.host.sites.release(address, this);
    return { kept, failure };
  }

  /** All of them or none: half of the copies of a line would be no breakpoint. */
  private watch(wanted: readonly VirtAddr[]): Placement {
    if (isDeepStrictEqual(wanted, this.addresses)) return { kept: this.addresses, failure: undefined };
    this.host.registers.release(this);
    try {
      this.host.registers.acquire(
        wanted.map((address) => ({ address, length: 1, access: 'execute' })),
        this,
      );
      return { kept: [...wanted], failure: undefined };
    } catch (error) {
      return { kept: [], failure: messageOf(error) };
    }
  }

  remove(): void {
    if (this.isHardware) this.host.registers.release(this);
    else for (const address of this.addresses) this.host.sites.release(address, this);
    this.addresses = [];
  }

  /** The address space with the sites in it is gone. */
  forgetSites(): void {
    this.addresses = [];
  }
}

/** The addresses that a breakpoint has, and why it lacks others. */
interface Placement {
  readonly kept: VirtAddr[];
  readonly failure: string | undefined;
}

function unknownMode(mode: string): string {
  return `There is no breakpoint mode “${mode}”; the modes are ${MODES.join(' and ')}.`;
}

export class BreakpointManager {
  private bySource = new Map<string, UserBreakpoint[]>();
  private functions: UserBreakpoint[] = [];
  private instructions: UserBreakpoint[] = [];
  /** Indexes that some of them wait for. */
  private readonly awaited = new Map<DataModule, Promise<void>>();

  constructor(
    private readonly resolver: BreakpointResolver,
    private readonly host: BreakpointHost,
  ) {}

  /** Replaces the breakpoints of one source file; the result is in the order of `specs`. */
  setSource(path: string, specs: readonly SourceBreakpointSpec[]): Breakpoint[] {
    const next = this.diff(
      this.bySource.get(path) ?? [],
      specs.map((request) => ({ kind: 'source', path, request })),
    );
    if (next.length > 0) this.bySource.set(path, next);
    else this.bySource.delete(path);
    return next;
  }

  setFunctions(specs: readonly FunctionBreakpointSpec[]): Breakpoint[] {
    this.functions = this.diff(
      this.functions,
      specs.map((request) => ({ kind: 'function', request })),
    );
    return this.functions;
  }

  setInstructions(specs: readonly InstructionBreakpointSpec[]): Breakpoint[] {
    this.instructions = this.diff(
      this.instructions,
      specs.map((request) => ({ kind: 'instruction', request })),
    );
    return this.instructions;
  }

  /** Where a breakpoint on a line would go, without setting one. */
  locate(path: string, line: number, column: number | undefined): Resolution {
    return this.resolver.source(path, line, column);
  }

  /** Where breakpoints are possible between two lines of a file, for DAP's breakpointLocations. */
  lines(path: string, from: number, to: number): { line: number; column?: number }[] {
    return this.resolver.lines(path, from, to);
  }

  /** Modules have come or gone: find every breakpoint's place again and tell which ones changed. */
  resolveAgain(): void {
    for (const breakpoint of this.all()) if (this.place(breakpoint)) this.host.changed(breakpoint);
  }

  /**
   * Resolves when every breakpoint is where it belongs, as far as modules are loaded: some wait for the names of a module
   * to be indexed. Undefined when none does.
   */
  get settled(): Promise<void> | undefined {
    return this.awaited.size === 0 ? undefined : this.settle();
  }

  private async settle(): Promise<void> {
    while (this.awaited.size > 0) await Promise.all(this.awaited.values());
  }

  private place(breakpoint: UserBreakpoint): boolean {
    const resolution = this.resolve(breakpoint.spec);
    const isChanged = breakpoint.place(resolution);
    for (const module of resolution.lacking ?? []) this.awaitIndex(module);
    const { checks, addresses } = breakpoint;
    if (!isChanged || !checks) return isChanged;
    for (const address of addresses.slice(0, MAX_LOOKED_UP)) {
      for (const module of this.host.lookUp(checks, address)) this.awaitIndex(module);
    }
    return isChanged;
  }

  private awaitIndex(module: DataModule): void {
    if (this.awaited.has(module)) return;
    const indexed = module.data.index().then(() => {
      this.awaited.delete(module);
      if (!this.host.isGone()) this.resolveAgain();
    });
    this.awaited.set(module, indexed);
  }

  /** exec has replaced the address space: no site is in memory any more. */
  forgetSites(): void {
    for (const breakpoint of this.all()) breakpoint.forgetSites();
  }

  private *all(): Iterable<UserBreakpoint> {
    for (const list of this.bySource.values()) yield* list;
    yield* this.functions;
    yield* this.instructions;
  }

  private diff(before: readonly UserBreakpoint[], specs: readonly Spec[]): UserBreakpoint[] {
    const left = [...before];
    const next = specs.map((spec) => {
      const index = left.findIndex((each) => isDeepStrictEqual(each.spec, spec));
      const [same] = index >= 0 ? left.splice(index, 1) : [];
      return same ?? new UserBreakpoint(spec, this.host);
    });
    // Debug registers are few: they are given back before the new breakpoints ask for them.
    for (const gone of left) if (gone.isHardware) gone.remove();
    for (const each of next) {
      // One that got no debug register before may get one now.
      if (!before.includes(each) || (each.isHardware && !each.verified)) this.place(each);
    }
    // After the new ones have their sites, so that a shared int3 never leaves memory in between.
    for (const gone of left) if (!gone.isHardware) gone.remove();
    return next;
  }

  private resolve(spec: Spec): Resolution {
    switch (spec.kind) {
      case 'source':
        return this.resolver.source(spec.path, spec.request.line, spec.request.column);
      case 'function':
        return this.resolver.function(spec.request.name);
      case 'instruction':
        return this.resolver.instruction(spec.request.address, spec.request.mode);
    }
  }
}
