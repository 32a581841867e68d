/**
 * Calls at the ends of functions, which are jumps: the function that was called has left the stack, and what it was
 * passed is known only as far as it passed it on.
 */
import { fileAddr } from '../../common/addresses';
import * as C from '../dwarf/constants';
import type { Die } from '../dwarf/die';
import { CALLEE_SAVED } from '../unwind/registernames';
import { callSiteOf, isTailCall, returnAddressOf, targetOf } from './callsites';
import { originOf } from './functions';
import type { ModuleContext } from './modulecontext';
import type { ScopeEntry } from './scopetree';
import type { CallSite, FrameData } from './variables';

/** Functions that are looked at for jumps into the one that asks. */
const MAX_FUNCTIONS = 64;

/**
 * Whether jumps at the ends of functions may lead from the end of one into the function of a key. Functions of other
 * modules and those without debugging information are taken to return, as gdb takes them.
 */
export function mayJumpTo(context: ModuleContext, start: ScopeEntry, goal: string): boolean {
  const seen = new Set<string>();
  const pending = [start];
  for (let i = 0; i < pending.length; i++) {
    if (i >= MAX_FUNCTIONS) return true;
    for (const site of pending[i]!.callSites) {
      if (!isTailCall(site)) continue;
      const target = targetOf(site);
      if (!target) return true;
      const next = functionOf(context, target);
      const { key } = originOf(next?.die ?? target);
      if (key === goal) return true;
      if (next && !seen.has(key)) pending.push(next);
      seen.add(key);
    }
  }
  return false;
}

/**
 * The jump by which a function was reached that another one was called instead of: known when that one has a single jump
 * into it, and no other way leads there. The caller is then the frame that has gone, of which no register is left but
 * those that every function restores.
 */
export function tailCallInto(
  context: ModuleContext,
  frame: FrameData,
  callee: ScopeEntry,
  first: ScopeEntry,
): { readonly site: CallSite; readonly caller: FrameData } | undefined {
  const { key } = originOf(callee.die);
  const jumps = first.callSites.filter(isTailCall);
  const direct = jumps.filter((site) => keyOfTarget(context, site) === key);
  const [site] = direct;
  if (!site || direct.length > 1 || mayJumpTo(context, first, originOf(first.die).key)) return undefined;
  for (const other of jumps) {
    if (other === site) continue;
    const target = targetOf(other);
    const next = target && functionOf(context, target);
    if (!target || (next && mayJumpTo(context, next, key))) return undefined;
  }
  const after = returnAddressOf(site);
  if (after === undefined) return undefined;
  const { module } = context;
  const caller: FrameData = {
    lookupPc: module.toVirt(fileAddr(after - 1)),
    pc: module.toVirt(fileAddr(after)),
    registers: {
      dwarf: (register) => (CALLEE_SAVED.has(register) ? frame.caller()?.registers.dwarf(register) : undefined),
      named: () => undefined,
    },
    memory: frame.memory,
    cfa: frame.cfa,
    caller: frame.caller,
    threadLocal: frame.threadLocal,
    moduleAt: frame.moduleAt,
    ...(frame.modules && { modules: frame.modules }),
  };
  return { site: callSiteOf(context, site), caller };
}

/** The function that an entry describes or declares, in this module. */
function functionOf(context: ModuleContext, die: Die): ScopeEntry | undefined {
  const stated = die.address(C.DW_AT_low_pc);
  if (stated !== undefined) return context.functionAt(fileAddr(stated));
  const origin = originOf(die);
  const name = origin.linkageName ?? origin.name;
  const found = name === undefined ? undefined : context.module.data.addressOfSymbol?.(name);
  return found === undefined ? undefined : context.functionAt(found);
}

function keyOfTarget(context: ModuleContext, site: Die): string | undefined {
  const target = targetOf(site);
  return target && originOf(functionOf(context, target)?.die ?? target).key;
}
