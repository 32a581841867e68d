/**
 * Beginning a function again: the registers as they were when it was called. Its arguments are passed anew with the
 * values that its parameters have now, as the entry values are gone; where one of them cannot be read, nothing is done.
 * What the function has changed in memory stays changed.
 */
import { formatAddress, offsetBy, type VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import { readUint } from '../common/readers';
import { DataError } from '../expr/data';
import { readStorage, registerName, toBits } from '../expr/storage';
import { passArguments, type ArgumentPlace } from '../symbols/data/callingconvention';
import { sizeOfType } from '../symbols/data/types';
import type { DataScope, FrameData, Variable } from '../symbols/data/variables';
import type { StackFrame, ThreadStack } from './stack';

/** What a thread's registers are to hold. */
export interface RestartedFrame {
  readonly pc: VirtAddr;
  readonly sp: VirtAddr;
  readonly registers: ReadonlyMap<string, bigint>;
}

/** DWARF numbers of the callee-saved registers (psABI x86-64 figure 3.4): rbx, rbp, r12 to r15. */
const CALLEE_SAVED = [3, 6, 12, 13, 14, 15];

/** Throws UserError, with the reason, when the frame cannot be begun again. */
export function restartedFrame(stack: ThreadStack, frame: StackFrame, data: FrameData): RestartedFrame {
  const name = frame.functionName ?? formatAddress(frame.pc);
  const refuse = (reason: string): never => {
    throw new UserError(`${name} cannot be begun again: ${reason}.`, { code: 'cannot-restart-frame' });
  };
  if (frame.isInlined) return refuse('it was inlined and has no frame of its own; begin the function around it again');
  for (let index = 0; index <= frame.physicalIndex; index++) {
    if (stack.unwound(index)?.isSignalFrame) return refuse('a signal has interrupted it, whose handler has to return');
  }
  const caller = stack.unwound(frame.physicalIndex + 1);
  if (!caller) return refuse('its caller is not known');
  const slot = offsetBy(frame.cfa, -8);
  if (readUint(data.memory, slot, 8) !== caller.pc) return refuse('its return address is not where calls leave it');
  const scope = functionScope(frame.scope);
  const called = scope?.function;
  if (!scope || !called || called.address === undefined || !frame.module) {
    return refuse('without debugging information its arguments are not known');
  }
  if (called.type.isVariadic) return refuse('it takes a variable number of arguments');
  const registers = new Map<string, bigint>();
  for (const number of CALLEE_SAVED) {
    const value = caller.registers.dwarf(number);
    const register = registerName(number, 8)!;
    if (value === undefined) return refuse(`what ${register} was for its caller is not known`);
    registers.set(register, value);
  }
  const parameters = scope.variables.filter(({ kind }) => kind === 'argument');
  const plan = passArguments(
    parameters.map(({ type }) => type),
    called.type.result,
  );
  if (plan.returnsInMemory) return refuse('where its caller expects the result is not known');
  parameters.forEach((parameter, i) => {
    try {
      passAgain(parameter, plan.places[i]!, data, registers);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      refuse(`its argument ${parameter.name} is ${error.message}`);
    }
  });
  return { pc: frame.module.toVirt(called.address), sp: slot, registers };
}

function functionScope(innermost: DataScope | undefined): DataScope | undefined {
  let scope = innermost;
  while (scope && scope.kind !== 'function') scope = scope.parent;
  return scope;
}

/** Puts the value that a parameter has now to where a call would pass it; what is passed on the stack is there still. */
function passAgain(parameter: Variable, place: ArgumentPlace, data: FrameData, registers: Map<string, bigint>): void {
  if (place.kind === 'nothing' || place.kind === 'stack') return;
  const storage = parameter.locate(data);
  if (place.kind === 'reference') {
    if (storage.kind !== 'memory') throw new DataError('not in memory');
    if (place.address.kind === 'registers') setRegister(registers, place.address.parts[0]!.register, storage.address);
    return;
  }
  const bytes = readStorage(
    { registers: data.registers, memory: data.memory, frame: data },
    storage,
    sizeOfType(parameter.type) ?? 8,
  );
  for (const { register, offset, size } of place.parts) {
    setRegister(registers, register, toBits(bytes.subarray(offset, offset + size)));
  }
}

function setRegister(registers: Map<string, bigint>, register: number, value: bigint): void {
  registers.set(registerName(register, 8)!, value);
}
