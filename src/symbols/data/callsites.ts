/** Call sites (DWARF 5 §3.4; GNU's DW_TAG_GNU_call_site before it): whom they call, and with what. */
import { fileAddr, type FileAddr, virtAddr } from '../../common/addresses';
import * as C from '../dwarf/constants';
import type { Die } from '../dwarf/die';
import { singleRegister } from './entryvalues';
import { originOf } from './functions';
import { evaluateWord } from './locationcontext';
import type { ModuleContext } from './modulecontext';
import type { ScopeEntry } from './scopetree';
import * as V from './variableconstants';
import type { CallSite, DataModule, FrameData, FunctionInfo } from './variables';

/** Whether the call is a jump at the function's end. @throws DwarfError */
export function isTailCall(site: Die): boolean {
  return site.flag(V.DW_AT_call_tail_call) || site.flag(V.DW_AT_GNU_tail_call);
}

/** The entry of the function that is called; undefined for calls through pointers. */
export function targetOf(site: Die): Die | undefined {
  const attribute = site.tag === V.DW_TAG_GNU_call_site ? C.DW_AT_abstract_origin : V.DW_AT_call_origin;
  return site.reference(attribute);
}

/** The call in a function that returns to a file address. */
export function callSiteIn(context: ModuleContext, scope: ScopeEntry, returnAddress: FileAddr): CallSite | undefined {
  const found = scope.callSites.find((site) =>
    context.types.guard(site, () => !isTailCall(site) && returnAddressOf(site) === returnAddress, false),
  );
  return found && callSiteOf(context, found);
}

/** The call that an entry describes. */
export function callSiteOf(context: ModuleContext, site: Die): CallSite {
  return new CallSiteEntry(context, site);
}

/** Where the call returns to; of a jump, the address after it. @throws DwarfError */
export function returnAddressOf(site: Die): number | undefined {
  return site.address(site.tag === V.DW_TAG_GNU_call_site ? C.DW_AT_low_pc : V.DW_AT_call_return_pc);
}

class CallSiteEntry implements CallSite {
  constructor(
    private readonly context: ModuleContext,
    private readonly die: Die,
  ) {}

  targets(callee: FunctionInfo, caller: FrameData): 'yes' | 'no' | 'unknown' {
    return this.context.types.guard(this.die, () => this.compare(callee, caller), 'unknown');
  }

  target(module: DataModule, caller: FrameData): FileAddr | undefined {
    return this.context.types.guard(this.die, () => this.entryIn(module, caller), undefined);
  }

  parameter(register: number, what: 'register' | 'memory', caller: FrameData): bigint | undefined {
    return this.evaluate(caller, what, (parameter) => {
      const place = parameter.expression(V.DW_AT_location);
      return singleRegister(place) === register;
    });
  }

  parameterOf(key: string, caller: FrameData): bigint | undefined {
    return this.evaluate(caller, 'register', (parameter) => {
      const referred = parameter.reference(V.DW_AT_call_parameter) ?? parameter.reference(C.DW_AT_abstract_origin);
      return referred !== undefined && originOf(referred).key === key;
    });
  }

  private compare(callee: FunctionInfo, caller: FrameData): 'yes' | 'no' | 'unknown' {
    const target = targetOf(this.die);
    if (target) {
      const origin = originOf(target);
      const name = origin.linkageName ?? origin.name;
      // A call of another unit's function refers to its declaration here; a static function's name proves nothing.
      const isExternal = origin.flag(V.DW_AT_external) || origin.flag(V.DW_AT_declaration);
      const isSame = callee.key === origin.key || (isExternal && name === (callee.linkageName ?? callee.name));
      if (isSame) return 'yes';
      // A library's own name for a function may be another one than that by which it is called.
      const isAlias = isExternal && name !== undefined && callee.address !== undefined;
      return isAlias && callee.module.data.addressOfSymbol?.(name) === callee.address ? 'yes' : 'no';
    }
    if (callee.address === undefined) return 'unknown';
    const address = this.addressIn(caller);
    if (address === undefined) return 'unknown';
    return address === callee.module.toVirt(callee.address) ? 'yes' : 'no';
  }

  /** What a call through a pointer or a register calls. */
  private addressIn(caller: FrameData): bigint | undefined {
    const { die, context } = this;
    const expression = die.expression(V.DW_AT_call_target) ?? die.expression(V.DW_AT_GNU_call_site_target);
    return expression && evaluateWord(context, die.unit, expression, caller);
  }

  private entryIn(module: DataModule, caller: FrameData): FileAddr | undefined {
    const target = targetOf(this.die);
    if (!target) {
      const address = this.addressIn(caller);
      return address === undefined ? undefined : module.toFile(virtAddr(address));
    }
    const entry = module === this.context.module ? target.address(C.DW_AT_low_pc) : undefined;
    if (entry !== undefined) return fileAddr(entry);
    const origin = originOf(target);
    const name = origin.linkageName ?? origin.name;
    const isExternal = origin.flag(V.DW_AT_external) || origin.flag(V.DW_AT_declaration);
    return isExternal && name !== undefined ? module.data.addressOfSymbol?.(name) : undefined;
  }

  private evaluate(
    caller: FrameData,
    what: 'register' | 'memory',
    isWanted: (parameter: Die) => boolean,
  ): bigint | undefined {
    const { die, context } = this;
    return context.types.guard(
      die,
      () => {
        for (const parameter of die.children(isParameter)) {
          if (!isWanted(parameter)) continue;
          const value =
            what === 'register'
              ? (parameter.expression(V.DW_AT_call_value) ?? parameter.expression(V.DW_AT_GNU_call_site_value))
              : (parameter.expression(V.DW_AT_call_data_value) ??
                parameter.expression(V.DW_AT_GNU_call_site_data_value));
          return value && evaluateWord(context, parameter.unit, value, caller);
        }
        return undefined;
      },
      undefined,
    );
  }
}

function isParameter(tag: number): boolean {
  return tag === V.DW_TAG_call_site_parameter || tag === V.DW_TAG_GNU_call_site_parameter;
}
