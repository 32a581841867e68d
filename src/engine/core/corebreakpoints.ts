/** Breakpoints in a session without a process: each is taken, remembered by nobody, and answered with the reason. */
import type { Breakpoint, DataBreakpointSpec, FunctionBreakpointSpec, SourceBreakpointSpec } from '../types';
import type { BreakpointStore } from '../targetinterface';
import { coreRefusal } from './corememory';

/** Apart from those of live processes, which count from 1 and which the same client may know. */
let nextId = 2 ** 29;

export class CoreBreakpoints implements BreakpointStore {
  readonly settled = undefined;

  setSource(path: string, specs: readonly SourceBreakpointSpec[]): Breakpoint[] {
    return specs.map(({ line }) => refused('source', { source: { path, line } }));
  }

  setFunctions(specs: readonly FunctionBreakpointSpec[]): Breakpoint[] {
    return specs.map(({ name }) => refused('function', { functionName: name }));
  }

  setInstructions(specs: readonly unknown[]): Breakpoint[] {
    return specs.map(() => refused('instruction'));
  }

  /** Data breakpoints. */
  set(specs: readonly DataBreakpointSpec[]): Breakpoint[] {
    return specs.map(() => refused('data'));
  }

  lines(): never[] {
    return [];
  }
}

function refused(kind: Breakpoint['kind'], more: Partial<Breakpoint> = {}): Breakpoint {
  const { message } = coreRefusal();
  return { id: nextId++, kind, verified: false, message, pending: false, addresses: [], hitCount: 0, ...more };
}
