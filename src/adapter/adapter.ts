/** A session on a stream: what ties the protocol's bytes to the session, and the session's end to the process's. */
import type { Readable, Writable } from 'node:stream';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { messageOf } from '../common/errors';
import { Connection } from './connection';
import { abandon } from './leaving';
import { Relay } from './relay';
import { requests } from './requests';
import { Session } from './session';
import { traceMessage } from './trace';
import { shown } from './validation';

export interface RunningSession {
  /** Settles when the session is over and its debuggee taken care of; the value is what went wrong, if anything. */
  readonly finished: Promise<string | undefined>;
  /** The client has said goodbye, or is gone. */
  readonly isLeaving: boolean;
  /** Ends it from our side, as if the client were gone. */
  stop(problem: string | undefined): Promise<void>;
}

/** Serves one client. `report` takes sentences for whoever runs the adapter. */
export function serve(input: Readable, output: Writable, report: (text: string) => void): RunningSession {
  let finish: (problem: string | undefined) => void;
  const finished = new Promise<string | undefined>((resolve) => (finish = resolve));
  let ending: Promise<void> | undefined;
  const end = (problem: string | undefined): Promise<void> =>
    (ending ??= (async () => {
      if (problem !== undefined) {
        report(`${problem}; the session ends.`);
        session.print(`The session ends: ${problem}.`, 'important');
      }
      await abandon(session);
      await relay.close();
      await connection.close();
      session.stopTrace();
      finish(problem);
    })());
  const session = new Session({ requests, report, over: () => void end(undefined) });
  const relay = new Relay(
    (message) => connection.send(message),
    (problem) => void end(problem),
  );
  const connection = new Connection(input, output, {
    message: (message) => {
      traceMessage('→', message);
      if (message['type'] !== 'request' && message['type'] !== 'response') {
        session.malformed(`its "type" is ${shown(message['type'])}, neither "request" nor "response"`);
        return;
      }
      if (relay.take(message)) return;
      session.handleMessage(message as unknown as DebugProtocol.ProtocolMessage);
    },
    malformed: (problem) => session.malformed(problem),
    ended: (problem) => void end(problem),
  });
  session.onDidSendMessage((message) => {
    traceMessage('←', message);
    try {
      connection.send(message);
    } catch (error) {
      // ProtocolServer swallows what listeners throw, and the client would wait for ever without anybody knowing why.
      session.report(`a message could not be sent: ${messageOf(error)}`);
    }
  });
  return {
    finished,
    stop: end,
    get isLeaving() {
      return session.leaving;
    },
  };
}
