/**
 * What the client has asked for in the way of breakpoints, kept apart from the process: they may be set before there is
 * one, and they outlive it in a restart. It also owns the ids that the client sees.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { formatAddress } from '../common/addresses';
import type { DebugTarget } from '../engine/targetinterface';
import type {
  Breakpoint,
  DataBreakpointSpec,
  FunctionBreakpointSpec,
  InstructionBreakpointSpec,
  SourceBreakpointSpec,
} from '../engine/types';
import type { Session } from './session';
import { fileSource } from './sources';
import type { Refusal } from './watchables';

/** Ids made up for breakpoints no engine knows yet, clear of the engine's own. */
const FIRST_OWN_ID = 2 ** 30;

interface Asked<S> {
  readonly spec: S;
  id: number;
}

/** A data breakpoint as the client names it: where it is depends on the process. */
export interface DataRequest extends Pick<DataBreakpointSpec, 'access' | 'condition' | 'hitCondition'> {
  readonly dataId: string;
}

export class BreakpointBook {
  private readonly sources = new Map<string, Asked<SourceBreakpointSpec>[]>();
  private functions: Asked<FunctionBreakpointSpec>[] = [];
  /** By who asked: the client's own list, and one for each disassembly source. */
  private readonly instructions = new Map<string, Asked<InstructionBreakpointSpec>[]>();
  private data: Asked<DataRequest>[] = [];
  /** Some of them name what no module has yet. */
  private waiting = false;
  /** Engine id → the id under which the client knows it, where they differ. */
  private readonly aliases = new Map<number, number>();
  private nextOwnId = FIRST_OWN_ID;

  constructor(private readonly session: Session) {}

  /** @returns what is known of them whenever it is called */
  setSource(path: string, specs: readonly SourceBreakpointSpec[]): () => DebugProtocol.Breakpoint[] {
    const asked = this.note(specs);
    if (specs.length > 0) this.sources.set(path, asked);
    else this.sources.delete(path);
    return this.answering(asked, this.liveTarget?.breakpoints.setSource(path, [...specs]));
  }

  /** @returns what is known of them whenever it is called */
  setFunctions(specs: readonly FunctionBreakpointSpec[]): () => DebugProtocol.Breakpoint[] {
    this.functions = this.note(specs);
    return this.answering(this.functions, this.liveTarget?.breakpoints.setFunctions([...specs]));
  }

  /** Replaces the instruction breakpoints of one owner; those of the others stay. */
  setInstructions(owner: string, specs: readonly InstructionBreakpointSpec[]): DebugProtocol.Breakpoint[] {
    const asked = this.note(specs);
    this.instructions.delete(owner);
    if (specs.length > 0) this.instructions.set(owner, asked);
    const set = this.liveTarget?.breakpoints.setInstructions(this.allInstructions().map(({ spec }) => spec));
    return this.answer(asked, set?.slice(set.length - asked.length));
  }

  setData(requests: readonly DataRequest[]): DebugProtocol.Breakpoint[] {
    this.data = this.note(requests);
    const target = this.liveTarget;
    return this.answer(this.data, target && this.placeData(target));
  }

  /** There is another program: finds again what data breakpoints name, and tells what has become of them. */
  placeDataAgain(target: DebugTarget): void {
    if (this.data.length === 0) return;
    this.tell(this.data, this.placeData(target));
  }

  /** Modules have come: one of them may have what was not found before. */
  retryData(target: DebugTarget): void {
    if (this.waiting) this.placeDataAgain(target);
  }

  private placeData(target: DebugTarget): Breakpoint[] {
    const { watchables } = this.session;
    const found = this.data.map(({ spec: { dataId, ...rest } }) => ({ ...watchables.find(dataId), ...rest }));
    const set = target.watchpoints.set(found.flatMap((each) => ('refusal' in each ? [] : [specOf(each)])));
    this.waiting = found.some((each) => 'refusal' in each && each.isPending === true);
    return found.map((each) => ('refusal' in each ? this.refused(each) : set.shift()!));
  }

  private refused({ refusal, isPending }: Refusal): Breakpoint {
    const id = this.nextOwnId++;
    return {
      id,
      kind: 'data',
      verified: false,
      message: refusal,
      pending: isPending === true,
      addresses: [],
      hitCount: 0,
    };
  }

  /** Sets everything in a new process and tells the client what has become of it. */
  apply(target: DebugTarget): void {
    const told: [Asked<unknown>[], readonly Breakpoint[]][] = [];
    for (const [path, asked] of this.sources) {
      told.push([
        asked,
        target.breakpoints.setSource(
          path,
          asked.map(({ spec }) => spec),
        ),
      ]);
    }
    if (this.functions.length > 0) {
      told.push([this.functions, target.breakpoints.setFunctions(this.functions.map(({ spec }) => spec))]);
    }
    const instructions = this.allInstructions();
    if (instructions.length > 0) {
      told.push([instructions, target.breakpoints.setInstructions(instructions.map(({ spec }) => spec))]);
    }
    if (this.data.length > 0) told.push([this.data, this.placeData(target)]);
    for (const [asked, breakpoints] of told) this.tell(asked, breakpoints);
  }

  private tell(asked: readonly Asked<unknown>[], breakpoints: readonly Breakpoint[]): void {
    breakpoints.forEach((breakpoint, i) => {
      this.aliases.set(breakpoint.id, asked[i]!.id);
      this.session.emitEvent('breakpoint', { reason: 'changed', breakpoint: this.describe(breakpoint) });
    });
  }

  /** The id under which the client knows an engine's breakpoint. */
  idOf(breakpoint: Breakpoint): number {
    return this.aliases.get(breakpoint.id) ?? breakpoint.id;
  }

  describe(breakpoint: Breakpoint): DebugProtocol.Breakpoint {
    const { client } = this.session;
    const { source, addresses } = breakpoint;
    return {
      id: this.idOf(breakpoint),
      verified: breakpoint.verified,
      ...(breakpoint.message !== undefined && { message: breakpoint.message }),
      ...(!breakpoint.verified && { reason: breakpoint.pending ? 'pending' : 'failed' }),
      ...(source && {
        source: fileSource(this.session, source.path),
        line: client.line(source.line),
        ...(source.column !== undefined && source.column > 0 && { column: client.column(source.column) }),
      }),
      ...(addresses[0] !== undefined && { instructionReference: formatAddress(addresses[0]) }),
    };
  }

  private get liveTarget(): DebugTarget | undefined {
    const { debuggee } = this.session;
    return debuggee && debuggee.ending === undefined ? debuggee.target : undefined;
  }

  private allInstructions(): Asked<InstructionBreakpointSpec>[] {
    return [...this.instructions.values()].flat();
  }

  private note<S>(specs: readonly S[]): Asked<S>[] {
    return specs.map((spec) => ({ spec, id: 0 }));
  }

  private answering(
    asked: Asked<unknown>[],
    breakpoints: readonly Breakpoint[] | undefined,
  ): () => DebugProtocol.Breakpoint[] {
    const now = this.answer(asked, breakpoints);
    return () => breakpoints?.map((breakpoint) => this.describe(breakpoint)) ?? now;
  }

  private answer(asked: Asked<unknown>[], breakpoints: readonly Breakpoint[] | undefined): DebugProtocol.Breakpoint[] {
    return asked.map((each, i) => {
      const breakpoint = breakpoints?.[i];
      each.id = breakpoint ? this.idOf(breakpoint) : this.nextOwnId++;
      if (breakpoint) return this.describe(breakpoint);
      const ending = this.session.debuggee?.ending;
      const message = ending === undefined ? 'Not set yet: no process has been started.' : `Not set: ${ending}.`;
      return { id: each.id, verified: false, reason: 'pending', message };
    });
  }
}

function specOf({
  address,
  size,
  label,
  frame,
  format,
  access,
  condition,
  hitCondition,
}: DataBreakpointSpec): DataBreakpointSpec {
  return {
    address,
    size,
    label,
    access,
    ...(frame && { frame }),
    ...(format && { format }),
    ...(condition !== undefined && { condition }),
    ...(hitCondition !== undefined && { hitCondition }),
  };
}
