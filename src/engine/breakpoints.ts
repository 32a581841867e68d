/**
 * The breakpoints a user asked for. Each client request replaces a set; the manager diffs it with what it has, so that
 * an equal breakpoint keeps its id, its hit count and its sites, and it resolves what is pending when modules come.
 */
import { isDeepStrictEqual } from 'node:util';
import type { VirtAddr } from '../common/addresses';
import { messageOf } from '../common/errors';
import { compileChecks, type BreakpointChecks } from './breakpointchecks';
import type { BreakpointResolver, Resolution } from './breakpointresolver';
import type { SiteOwner, SiteTable } from './sites';
import type { Thread } from './thread';
import type {
  Breakpoint,
  FunctionBreakpointSpec,
  InstructionBreakpointSpec,
  SourceBreakpointSpec,
  StopReason,
} from './types';

type Spec =
  | { readonly kind: 'source'; readonly path: string; readonly request: SourceBreakpointSpec }
  | { readonly kind: 'function'; readonly request: FunctionBreakpointSpec }
  | { readonly kind: 'instruction'; readonly request: InstructionBreakpointSpec };

/** What the manager needs of the target. */
export interface BreakpointHost {
  readonly sites: SiteTable;
  /** Decides condition, hit condition and log message at a hit; true stops. */
  passes(thread: Thread, checks: BreakpointChecks, breakpoint: UserBreakpoint): boolean;
  changed(breakpoint: Breakpoint): void;
}

let nextId = 1;

/** One breakpoint with its sites. */
export class UserBreakpoint implements Breakpoint, SiteOwner {
  readonly id = nextId++;
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
    if (typeof compiled === 'string') this.wrong = compiled;
    else this.checks = compiled;
    if (spec.kind === 'source') {
      this.source = { path: spec.path, line: spec.request.line, column: spec.request.column };
    }
  }

  get kind(): Breakpoint['kind'] {
    return this.spec.kind;
  }

  get verified(): boolean {
    return this.addresses.length > 0;
  }

  reached(thread: Thread): StopReason | undefined {
    if (!this.checks || !this.host.passes(thread, this.checks, this)) return undefined;
    return { kind: 'breakpoint', hit: [this] };
  }

  /** Moves the breakpoint to where it is found now; true when anything a client sees has changed. */
  place(resolution: Resolution): boolean {
    const before = [this.verified, this.message, this.source, this.addresses];
    const wanted = this.wrong === undefined ? resolution.addresses : [];
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

  remove(): void {
    for (const address of this.addresses) this.host.sites.release(address, this);
    this.addresses = [];
  }

  /** The address space with the sites in it is gone. */
  forgetSites(): void {
    this.addresses = [];
  }
}

export class BreakpointManager {
  private bySource = new Map<string, UserBreakpoint[]>();
  private functions: UserBreakpoint[] = [];
  private instructions: UserBreakpoint[] = [];

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

  /** Where breakpoints are possible between two lines of a file, for DAP's breakpointLocations. */
  lines(path: string, from: number, to: number): { line: number; column?: number }[] {
    return this.resolver.lines(path, from, to);
  }

  /** Modules have come or gone: find every breakpoint's place again and tell which ones changed. */
  resolveAgain(): void {
    for (const breakpoint of this.all()) {
      if (breakpoint.place(this.resolve(breakpoint.spec))) this.host.changed(breakpoint);
    }
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
      if (same) return same;
      const made = new UserBreakpoint(spec, this.host);
      made.place(this.resolve(spec));
      return made;
    });
    // After the new ones have their sites, so that a shared int3 never leaves memory in between.
    for (const gone of left) gone.remove();
    return next;
  }

  private resolve(spec: Spec): Resolution {
    switch (spec.kind) {
      case 'source':
        return this.resolver.source(spec.path, spec.request.line, spec.request.column);
      case 'function':
        return this.resolver.function(spec.request.name);
      case 'instruction':
        return this.resolver.instruction(spec.request.address);
    }
  }
}
