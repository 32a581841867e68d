/**
 * Values that a function got from its caller, after the registers that held them have been overwritten
 * (DW_OP_entry_value, DWARF 5 §2.5.1.7): what the call site in the caller's frame says it passed. Believed only when
 * that call site is known to have called this very function, or one that can have jumped here from one place only.
 */
import { fileAddr } from '../../common/addresses';
import { Cursor } from '../dwarf/cursor';
import type { Die } from '../dwarf/die';
import { evaluateExpression } from '../dwarf/expression';
import { DW_OP } from '../dwarf/expressionopcodes';
import type { BaseType, TypedValue } from '../dwarf/expressiontyped';
import { CALLEE_SAVED, DWARF_RSP } from '../unwind/registernames';
import { originOf } from './functions';
import type { ModuleContext } from './modulecontext';
import { mayJumpTo, tailCallInto } from './tailcalls';
import type { CallSite, FrameData } from './variables';

/** What the expression of a DW_OP_entry_value gave on entry to the frame's function. */
export function entryValue(
  context: ModuleContext,
  frame: FrameData,
  expression: Uint8Array,
  baseType: (offset: number) => BaseType | undefined,
): bigint | TypedValue | undefined {
  const call = new Lazy(() => callInto(context, frame));
  const pointer = dereferencedRegister(expression);
  if (pointer !== undefined) {
    const found = call.value;
    return found?.site.parameter(pointer, 'memory', found.caller);
  }
  const register = (number: number): bigint | undefined => {
    // The stack pointer on entry is below the return address; these registers are the same before and after a call.
    if (number === DWARF_RSP) return frame.cfa === undefined ? undefined : BigInt.asUintN(64, frame.cfa - 8n);
    if (CALLEE_SAVED.has(number)) return frame.caller()?.registers.dwarf(number);
    const found = call.value;
    return found?.site.parameter(number, 'register', found.caller);
  };
  const single = singleRegister(expression);
  if (single !== undefined) return register(single);
  const result = evaluateExpression(Uint8Array.of(...expression, DW_OP.stack_value), {
    // What memory held then is not known.
    memory: { read: () => new Uint8Array(0) },
    registers: { dwarf: register, named: () => undefined },
    cfa: () => frame.cfa,
    relocate: (address) => context.module.toVirt(fileAddr(address)),
    baseType,
  });
  if (result.kind !== 'value') return undefined;
  return result.type ? { type: result.type, bits: result.value } : result.value;
}

/** DW_OP_GNU_parameter_ref: what was passed for a parameter that has no place of its own. */
export function parameterOnEntry(context: ModuleContext, frame: FrameData, parameter: Die): bigint | undefined {
  const call = callInto(context, frame);
  return call?.site.parameterOf(originOf(parameter).key, call.caller);
}

class Lazy<T> {
  private known: { readonly value: T } | undefined;

  constructor(private readonly make: () => T) {}

  get value(): T {
    return (this.known ??= { value: this.make() }).value;
  }
}

/** N of `DW_OP_bregN 0; DW_OP_deref`: the object that the register pointed to. */
function dereferencedRegister(expression: Uint8Array): number | undefined {
  const [first, second, third] = expression;
  if (first === undefined || first < DW_OP.breg0 || first > DW_OP.breg31 || second !== 0) return undefined;
  const isDereference = third === DW_OP.deref ? expression.length === 3 : third === DW_OP.deref_size;
  return isDereference && expression.length <= 4 ? first - DW_OP.breg0 : undefined;
}

/** The number of the register that a location description names, when it is no more than that. */
export function singleRegister(expression: Uint8Array | undefined): number | undefined {
  const [first] = expression ?? [];
  if (!expression || first === undefined) return undefined;
  if (first >= DW_OP.reg0 && first <= DW_OP.reg31) return expression.length === 1 ? first - DW_OP.reg0 : undefined;
  return first === DW_OP.regx && expression.length > 1 ? new Cursor(expression, 1).uleb() : undefined;
}

/** The call that made a frame, when it is certain. */
function callInto(
  context: ModuleContext,
  frame: FrameData,
): { readonly site: CallSite; readonly caller: FrameData } | undefined {
  const callee = context.functionAt(context.module.toFile(frame.lookupPc));
  const caller = callee && frame.caller();
  const module = caller && frame.moduleAt(caller.lookupPc);
  if (!module?.data.callSiteAt || !callee?.function) return undefined;
  const returnAddress = caller!.pc ?? ((caller!.lookupPc + 1n) as FrameData['lookupPc']);
  const site = module.data.callSiteAt(module.toFile(returnAddress));
  if (!site || mayJumpTo(context, callee, originOf(callee.die).key)) return undefined;
  if (site.targets(callee.function, caller!) === 'yes') return { site, caller: caller! };
  const called = site.target?.(context.module, caller!);
  const first = called === undefined ? undefined : context.functionAt(called);
  return first && first !== callee ? tailCallInto(context, frame, callee, first) : undefined;
}
