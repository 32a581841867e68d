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
import * as procInfo from './procinfo';
import * as procMaps from './procmaps';
import { registers } from './registers';
import type { RequestDefinition } from './request';
import * as processes from './processes';
import * as running from './running';
import { restartFrame } from './restartframe';
import { saveCore } from './savecore';
import { scopes } from './scopes';
import { setExpression, setVariable } from './setvariable';
import { sendSignal, setSignal, signals } from './signals';
import { loadedSources, source } from './sources';
import { stackTrace } from './stack';
import { stepInTargets } from './steptargets';
import * as remote from './syscalls/remote';
import * as syscalls from './syscalls/requests';
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
    'ptrace/maps': procMaps.maps,
    'ptrace/describeAddress': procMaps.describeAddress,
    'ptrace/openFiles': procInfo.openFiles,
    'ptrace/environment': procInfo.environment,
    'ptrace/limits': procInfo.limits,
    'ptrace/status': procInfo.status,
    'ptrace/namespaces': procInfo.namespaces,
    'ptrace/syscalls/configure': syscalls.configure,
    'ptrace/syscalls/page': syscalls.page,
    'ptrace/syscalls/stack': syscalls.stack,
    'ptrace/syscalls/summary': syscalls.summary,
    'ptrace/syscalls/export': syscalls.exportLog,
    'ptrace/syscalls/call': remote.callSyscall,
    'ptrace/files/close': remote.closeFile,
    'ptrace/files/dup': remote.duplicateFile,
    'ptrace/files/redirect': remote.redirectFile,
    'ptrace/chdir': remote.changeDirectory,
    'ptrace/setSignal': setSignal,
    'ptrace/sendSignal': sendSignal,
    'ptrace/signals': signals,
    'ptrace/saveCore': saveCore,
    'ptrace/processTree': processes.processTree,
    'ptrace/threads': processes.threadStates,
    'ptrace/freezeThread': processes.freezeThread,
    'ptrace/thawThread': processes.thawThread,
  }),
);
