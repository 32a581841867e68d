/** The one place where what was thrown becomes a failed response. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { PtraceError, UserError, messageOf } from '../common/errors';

/** Thrown where a request gives up because the client cancelled it. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  constructor() {
    super('cancelled');
  }
}

/** Ids of `Message`, unique per kind of failure. */
const USER_ERROR = 1;
const INTERNAL_ERROR = 2;

/** Requests that a person makes directly and whose failure a client would otherwise swallow. */
const shownToUser = new Set(['continue', 'next', 'stepIn', 'stepOut', 'pause', 'restart', 'terminate', 'disconnect']);

export interface Failure {
  /** The response's `message`: `cancelled`, or the sentence, for clients that show nothing else. */
  readonly message: string;
  readonly body: DebugProtocol.ErrorResponse['body'];
  /** Set when this is a bug: what to log. */
  readonly stack?: string;
}

/** What is told of an error. */
export function failureOf(error: unknown, command: string): Failure {
  if (error instanceof Cancelled) return { message: 'cancelled', body: {} };
  if (error instanceof UserError) {
    const { code, url, urlLabel } = error.details;
    return {
      message: error.message,
      body: {
        error: {
          id: USER_ERROR,
          format: error.message,
          ...(code !== undefined && { variables: { code } }),
          ...(url !== undefined && { url, urlLabel: urlLabel ?? 'Read more' }),
          ...(shownToUser.has(command) && { showUser: true }),
        },
      },
    };
  }
  if (error instanceof PtraceError && error.errno === 'ESRCH') {
    return failureOf(new UserError('The thread or its process has just ended.', { code: 'gone' }), command);
  }
  const message = `Internal error in ${command}: ${messageOf(error)}`;
  return {
    message,
    body: { error: { id: INTERNAL_ERROR, format: message, showUser: true } },
    stack: error instanceof Error ? (error.stack ?? message) : message,
  };
}
