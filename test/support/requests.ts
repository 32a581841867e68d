/** The arguments and the response body of each DAP request the tests make, so that a test reads without casts. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';

interface Shape<A, R extends P.Response> {
  readonly arguments: A;
  readonly body: R['body'];
}

export interface Requests {
  initialize: Shape<P.InitializeRequestArguments, P.InitializeResponse>;
  launch: Shape<object, P.LaunchResponse>;
  attach: Shape<object, P.AttachResponse>;
  configurationDone: Shape<P.ConfigurationDoneArguments, P.ConfigurationDoneResponse>;
  disconnect: Shape<P.DisconnectArguments, P.DisconnectResponse>;
  terminate: Shape<P.TerminateArguments, P.TerminateResponse>;
  restart: Shape<P.RestartArguments, P.RestartResponse>;
  setBreakpoints: Shape<P.SetBreakpointsArguments, P.SetBreakpointsResponse>;
  setFunctionBreakpoints: Shape<P.SetFunctionBreakpointsArguments, P.SetFunctionBreakpointsResponse>;
  setInstructionBreakpoints: Shape<P.SetInstructionBreakpointsArguments, P.SetInstructionBreakpointsResponse>;
  setDataBreakpoints: Shape<P.SetDataBreakpointsArguments, P.SetDataBreakpointsResponse>;
  dataBreakpointInfo: Shape<P.DataBreakpointInfoArguments, P.DataBreakpointInfoResponse>;
  breakpointLocations: Shape<P.BreakpointLocationsArguments, P.BreakpointLocationsResponse>;
  continue: Shape<P.ContinueArguments, P.ContinueResponse>;
  next: Shape<P.NextArguments, P.NextResponse>;
  stepIn: Shape<P.StepInArguments, P.StepInResponse>;
  stepOut: Shape<P.StepOutArguments, P.StepOutResponse>;
  stepInTargets: Shape<P.StepInTargetsArguments, P.StepInTargetsResponse>;
  gotoTargets: Shape<P.GotoTargetsArguments, P.GotoTargetsResponse>;
  goto: Shape<P.GotoArguments, P.GotoResponse>;
  restartFrame: Shape<P.RestartFrameArguments, P.RestartFrameResponse>;
  pause: Shape<P.PauseArguments, P.PauseResponse>;
  threads: Shape<undefined, P.ThreadsResponse>;
  stackTrace: Shape<P.StackTraceArguments, P.StackTraceResponse>;
  scopes: Shape<P.ScopesArguments, P.ScopesResponse>;
  variables: Shape<P.VariablesArguments, P.VariablesResponse>;
  setVariable: Shape<P.SetVariableArguments, P.SetVariableResponse>;
  setExpression: Shape<P.SetExpressionArguments, P.SetExpressionResponse>;
  evaluate: Shape<P.EvaluateArguments, P.EvaluateResponse>;
  completions: Shape<P.CompletionsArguments, P.CompletionsResponse>;
  readMemory: Shape<P.ReadMemoryArguments, P.ReadMemoryResponse>;
  writeMemory: Shape<P.WriteMemoryArguments, P.WriteMemoryResponse>;
  disassemble: Shape<P.DisassembleArguments, P.DisassembleResponse>;
  source: Shape<P.SourceArguments, P.SourceResponse>;
  modules: Shape<P.ModulesArguments, P.ModulesResponse>;
  loadedSources: Shape<P.LoadedSourcesArguments, P.LoadedSourcesResponse>;
  cancel: Shape<P.CancelArguments, P.CancelResponse>;
}

/** The arguments of a request; any object for one that is not in the table. */
export type ArgumentsOf<C extends string> = C extends keyof Requests ? Requests[C]['arguments'] : object;

/** The body of a response; unknown for a request that is not in the table. */
export type BodyOf<C extends string> = C extends keyof Requests ? Requests[C]['body'] : unknown;
