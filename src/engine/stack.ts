/**
 * The call stack of a stopped thread with names and places, unwound and named only as far as somebody looks. One
 * physical frame (an activation with a CFA and registers of its own) is shown as several where calls are inlined.
 */
import type { VirtAddr } from '../common/addresses';
import type { MemoryReader, RegisterReader } from '../common/readers';
import type { DataScope } from '../symbols/data/variables';
import type { Module } from '../symbols/module';
import type { ModuleList } from '../symbols/modulelist';
import type { SourcePaths } from '../symbols/sourcepaths';
import type { LineEntry } from '../symbols/types';
import { StackUnwinder, type UnwoundFrame } from '../symbols/unwind/unwinder';
import { type CodePlace, type InlineFrames, nameOf } from './inlineframes';

export interface StackFrame {
  /** 0 is the innermost. */
  readonly index: number;
  readonly pc: VirtAddr;
  /** The address that stands for the frame in symbol and line look-ups: inside the call instruction for callers. */
  readonly lookupPc: VirtAddr;
  /** Canonical frame address: the stack pointer as it was before the call that made this frame. */
  readonly cfa: VirtAddr;
  readonly module?: Module;
  readonly functionName?: string;
  readonly functionAddress?: VirtAddr;
  /** `pc` minus the function's address. */
  readonly functionOffset?: bigint;
  /** A file that exists here where one could be found, else the path the compiler recorded. */
  readonly source?: { readonly path: string; readonly line: number; readonly column: number };
  /** As they were in this frame; what the callee may have overwritten is undefined. */
  readonly registers: RegisterReader;
  readonly isSignalFrame: boolean;
  /** A call that the compiler inlined: it shares the registers and the CFA of the frame it is inlined into. */
  readonly isInlined: boolean;
  /** How many inlined calls the frame is inside of, its own included: 0 for the function itself. */
  readonly inlineDepth: number;
  /** Which activation it belongs to, 0 being the innermost: the same for a function and what is inlined into it. */
  readonly physicalIndex: number;
  /** The innermost scope whose variables are the frame's; undefined without debugging information. */
  readonly scope?: DataScope;
}

/** What a frame has from its code alone, whichever activation it is. */
type CodeNames = Pick<StackFrame, 'module' | 'functionName' | 'functionAddress' | 'source' | 'scope'>;

/** Calls inlined into each other that a frame number has room for. */
const LEVELS = 1 << 10;

export class ThreadStack {
  private readonly unwinder: StackUnwinder;
  private readonly named: StackFrame[] = [];
  /** For each frame: its physical index times LEVELS, plus its inline depth. */
  private readonly places: number[] = [];
  /** Physical frames that `places` has. */
  private expanded = 0;
  /** By look-up address and inline depth. */
  private readonly codes = new Map<VirtAddr, CodeNames[]>();
  /** Where the last physical frame was: a recursion has one place for all of them. */
  private last: { readonly pc: VirtAddr; readonly place: CodePlace } | undefined;

  /**
   * @param hidden of the inlined calls around the innermost pc, how many have not been entered as the stop is shown
   */
  constructor(
    registers: RegisterReader,
    memory: MemoryReader,
    private readonly modules: ModuleList,
    private readonly paths: SourcePaths,
    private readonly inlines: InlineFrames,
    readonly hidden: number,
  ) {
    this.unwinder = new StackUnwinder(registers, memory, (pc) => modules.at(pc));
  }

  /** The number of frames once the end of the stack has been reached. */
  get knownDepth(): number | undefined {
    return this.unwinder.depthKnown === this.expanded ? this.places.length : undefined;
  }

  /** Why there are no more frames, once the end has been reached. */
  get stoppedBecause(): string {
    return this.unwinder.stoppedBecause;
  }

  frame(index: number): StackFrame | undefined {
    const known = this.named[index];
    if (known) return known;
    while (this.places.length <= index) if (!this.expand()) return undefined;
    const place = this.places[index]!;
    const depth = place % LEVELS;
    return (this.named[index] = this.name(index, (place - depth) / LEVELS, depth));
  }

  /** `count` frames from `start`, fewer at the end of the stack. */
  frames(start: number, count: number): StackFrame[] {
    const result: StackFrame[] = [];
    for (let index = start; index < start + count; index++) {
      const frame = this.frame(index);
      if (!frame) break;
      result.push(frame);
    }
    return result;
  }

  /** A physical frame without names: for stepping, which needs the CFA and the return address only. */
  unwound(physicalIndex: number): UnwoundFrame | undefined {
    return this.unwinder.frame(physicalIndex);
  }

  /** Adds the frames of the next physical frame; false at the end of the stack. */
  private expand(): boolean {
    const physicalIndex = this.expanded;
    const raw = this.unwinder.frame(physicalIndex);
    if (!raw) return false;
    for (let depth = this.depthOf(raw); depth >= 0; depth--) this.places.push(physicalIndex * LEVELS + depth);
    this.expanded++;
    return true;
  }

  /** How many inlined calls a physical frame shows. */
  private depthOf(raw: UnwoundFrame): number {
    const { calls } = this.placeOf(raw.lookupPc);
    return Math.min(raw.index === 0 ? Math.max(calls.length - this.hidden, 0) : calls.length, LEVELS - 1);
  }

  private placeOf(pc: VirtAddr): CodePlace {
    if (this.last?.pc !== pc) this.last = { pc, place: this.inlines.at(pc) };
    return this.last.place;
  }

  private name(index: number, physicalIndex: number, depth: number): StackFrame {
    const raw = this.unwinder.frame(physicalIndex)!;
    const { module, functionName, functionAddress, source, scope } = this.codeNames(raw, depth);
    return {
      index,
      pc: raw.pc,
      lookupPc: raw.lookupPc,
      cfa: raw.cfa,
      module,
      functionName,
      functionAddress,
      functionOffset: functionAddress === undefined ? undefined : raw.pc - functionAddress,
      source,
      registers: raw.registers,
      isSignalFrame: raw.isSignalFrame,
      isInlined: depth > 0,
      inlineDepth: depth,
      physicalIndex,
      scope,
    };
  }

  /** What a frame says of its code: the frames of a recursion say the same, which is looked up once. */
  private codeNames(raw: UnwoundFrame, depth: number): CodeNames {
    let names = this.codes.get(raw.lookupPc);
    if (!names) this.codes.set(raw.lookupPc, (names = []));
    return (names[depth] ??= this.findNames(raw, depth));
  }

  private findNames(raw: UnwoundFrame, depth: number): CodeNames {
    const module = this.modules.at(raw.lookupPc);
    const { calls, scope } = this.placeOf(raw.lookupPc);
    const symbolAt = module?.symbolAt(raw.lookupPc);
    const symbol = depth > 0 ? undefined : symbolAt;
    // The call inside of which the frame is not: its site is where the frame stands.
    const inner = calls[depth];
    return {
      module,
      functionName: depth > 0 ? calls[depth - 1]!.name : ownName(symbol, scope),
      functionAddress: symbol?.address,
      source: this.sourceOf(inner ? inner.site : placeOf(module, raw.lookupPc, symbolAt?.address), raw, module),
      scope: inner ? inner.scope.parent : scope,
    };
  }

  private sourceOf(
    place: { readonly file: string | undefined; readonly line: number; readonly column: number } | undefined,
    raw: UnwoundFrame,
    module: Module | undefined,
  ): StackFrame['source'] {
    if (!place || place.line <= 0) return undefined;
    // A call site without a file is in the file of the code.
    const file = place.file ?? module?.lines.lineAt(module.toFile(raw.lookupPc))?.file;
    return file === undefined ? undefined : { path: this.paths.toLocal(file), line: place.line, column: place.column };
  }
}

/** The line of code, or the last one before it in the function where the compiler gave it none. */
function placeOf(module: Module | undefined, address: VirtAddr, start: VirtAddr | undefined): LineEntry | undefined {
  if (!module) return undefined;
  const file = module.toFile(address);
  return start === undefined ? module.lines.lineAt(file) : module.lines.placeAt(file, module.toFile(start));
}

/** What compilers append to the names of parts and of changed copies of a function. */
const CLONE = /\.(?:isra|part|constprop|cold|localalias|lto_priv|llvm)\b/;

/** By its symbol, which is what one breaks on; copies that the compiler made go by the name of their function. */
function ownName(symbol: ReturnType<Module['symbolAt']>, scope: DataScope | undefined): string | undefined {
  if (symbol && !CLONE.test(symbol.symbol.name)) return symbol.displayName;
  let own = scope;
  while (own && own.kind !== 'function') own = own.parent;
  return own ? nameOf(own) : symbol?.displayName;
}
