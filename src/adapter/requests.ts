/** Every request there is, by name. */
import * as breakpoints from './breakpoints';
import { completions } from './completions';
import { dataBreakpointInfo, setDataBreakpoints } from './databreakpoints';
import { disassemble } from './disassembly';
import { evaluate } from './evaluate';
import { setExceptionBreakpoints } from './exceptionfilters';
import { exceptionInfo } from './exceptioninfo';
import { goto, gotoTargets } from './goto';
import { cancel, initialize } from './introduction';
import { attach, configurationDone, launch, restart } from './launch';
import { disconnect, terminate } from './leaving';
import { readMemory, writeMemory } from './memory';
import { modules } from './modules';
import { registers } from './registers';
import type { RequestDefinition } from './request';
import * as running from './running';
import { restartFrame } from './restartframe';
import { saveCore } from './savecore';
import { scopes } from './scopes';
import { setExpression, setVariable } from './setvariable';
import { sendSignal, setSignal, signals } from './signals';
import { loadedSources, source } from './sources';
import { stackTrace } from './stack';
import { stepInTargets } from './steptargets';
import { variables } from './variables';

export const requests: ReadonlyMap<string, RequestDefinition> = new Map(
  Object.entries({
    initialize,
    cancel,
    launch,
    attach,
    configurationDone,
    restart,
    terminate,
    disconnect,
    setBreakpoints: breakpoints.setBreakpoints,
    setFunctionBreakpoints: breakpoints.setFunctionBreakpoints,
    setInstructionBreakpoints: breakpoints.setInstructionBreakpoints,
    setDataBreakpoints,
    dataBreakpointInfo,
    setExceptionBreakpoints,
    breakpointLocations: breakpoints.breakpointLocations,
    continue: running.continueRequest,
    next: running.next,
    stepIn: running.stepIn,
    stepOut: running.stepOut,
    pause: running.pause,
    threads: running.threads,
    exceptionInfo,
    stackTrace,
    stepInTargets,
    restartFrame,
    gotoTargets,
    goto,
    scopes,
    variables,
    setVariable,
    setExpression,
    evaluate,
    completions,
    readMemory,
    writeMemory,
    disassemble,
    modules,
    loadedSources,
    source,
    'ptrace/stepInstructions': running.stepInstructions,
    'ptrace/registers': registers,
    'ptrace/setSignal': setSignal,
    'ptrace/sendSignal': sendSignal,
    'ptrace/signals': signals,
    'ptrace/saveCore': saveCore,
  }),
);
