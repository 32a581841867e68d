/**
 * A debug adapter without a debugger: it claims to have launched and stopped, and answers readMemory from a buffer. What
 * a client gets from it is the most that the protocol library and the pipe allow.
 */
import { DebugSession, InitializedEvent, StoppedEvent } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';

const memory = Buffer.from(Uint8Array.from({ length: 1 << 20 }, (_, i) => i * 7 + (i >> 8)));

class BufferSession extends DebugSession {
  protected override initializeRequest(response: DebugProtocol.InitializeResponse): void {
    response.body = { supportsReadMemoryRequest: true };
    this.sendResponse(response);
  }

  protected override launchRequest(response: DebugProtocol.LaunchResponse): void {
    this.sendResponse(response);
    this.sendEvent(new InitializedEvent());
  }

  protected override setBreakPointsRequest(response: DebugProtocol.SetBreakpointsResponse): void {
    response.body = { breakpoints: [] };
    this.sendResponse(response);
  }

  protected override configurationDoneRequest(response: DebugProtocol.ConfigurationDoneResponse): void {
    this.sendResponse(response);
    this.sendEvent(new StoppedEvent('entry', 1));
  }

  protected override readMemoryRequest(
    response: DebugProtocol.ReadMemoryResponse,
    args: DebugProtocol.ReadMemoryArguments,
  ): void {
    response.body = { address: args.memoryReference, data: memory.subarray(0, args.count).toString('base64') };
    this.sendResponse(response);
  }
}

DebugSession.run(BufferSession);
