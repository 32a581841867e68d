/** `initialize`: who the client is and what this adapter can do. And `cancel`, which is about requests, not processes. */
import * as v from 'valibot';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { UserError } from '../common/errors';
import { requestWaitingFor } from './attaching';
import { exceptionFilters } from './exceptionfilters';
import { request } from './request';
import { flag, integer, natural, text } from './validation';

/** Everything that is there, and nothing else. */
const capabilities: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsFunctionBreakpoints: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsInstructionBreakpoints: true,
  supportsDataBreakpoints: true,
  supportsDataBreakpointBytes: true,
  breakpointModes: [
    {
      mode: 'software',
      label: 'Software',
      description: 'An int3 in memory. As many as wanted.',
      appliesTo: ['source', 'function', 'instruction'],
    },
    {
      mode: 'hardware',
      label: 'Hardware',
      description: 'A debug register; memory stays as it is. There are four, shared with data breakpoints.',
      appliesTo: ['source', 'function', 'instruction'],
    },
  ],
  supportsBreakpointLocationsRequest: true,
  supportsSteppingGranularity: true,
  supportsSingleThreadExecutionRequests: true,
  supportsStepInTargetsRequest: true,
  supportsRestartFrame: true,
  supportsGotoTargetsRequest: true,
  supportsDelayedStackTraceLoading: true,
  supportsEvaluateForHovers: true,
  supportsClipboardContext: true,
  supportsValueFormattingOptions: true,
  supportsCompletionsRequest: true,
  completionTriggerCharacters: ['.', '>', ':', '$'],
  supportsSetVariable: true,
  supportsSetExpression: true,
  supportsExceptionInfoRequest: true,
  supportsExceptionFilterOptions: true,
  exceptionBreakpointFilters: exceptionFilters(),
  supportsReadMemoryRequest: true,
  supportsWriteMemoryRequest: true,
  supportsDisassembleRequest: true,
  supportsModulesRequest: true,
  supportsLoadedSourcesRequest: true,
  supportsRestartRequest: true,
  supportsTerminateRequest: true,
  supportTerminateDebuggee: true,
  supportSuspendDebuggee: true,
  supportsCancelRequest: true,
};

export const initialize = request(
  'always',
  v.object({
    linesStartAt1: v.optional(flag),
    columnsStartAt1: v.optional(flag),
    pathFormat: v.optional(text),
    supportsRunInTerminalRequest: v.optional(flag),
    supportsStartDebuggingRequest: v.optional(flag),
    supportsMemoryEvent: v.optional(flag),
    supportsProgressReporting: v.optional(flag),
    supportsInvalidatedEvent: v.optional(flag),
  }),
  (session, args) => {
    if (session.initialized) {
      throw new UserError('initialize has been sent already.', { code: 'already-initialized' });
    }
    session.initialized = true;
    session.client.introduce(args);
    return capabilities;
  },
);

/** Cancelling what has been answered already is no error: the two messages crossed. */
export const cancel = request(
  'always',
  v.object({ requestId: v.optional(natural), progressId: v.optional(v.union([text, integer])) }),
  (session, { requestId, progressId }) => {
    if (requestId !== undefined) session.cancel(requestId);
    const waiting = typeof progressId === 'string' ? requestWaitingFor(progressId) : undefined;
    if (waiting !== undefined) session.cancel(waiting);
  },
);
