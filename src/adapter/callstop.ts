/** How a stop on a system call is told. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { StopReason } from '../engine/types';
import { formatCall, formatUnfinished } from '../syscalls/format';

type CallStop = StopReason & { readonly kind: 'syscall' };

/** `close(3) = 0`, or `close(3)` of a call that has not gone in. */
export function describeCallStop({ where, call }: CallStop): string {
  const text =
    where === 'entry'
      ? formatUnfinished(call).replace(/,? <unfinished \.\.\.>$/, ')')
      : formatCall(call, { column: 0 });
  return text;
}

/** The part of a `stopped` event that says why. */
export function callReason(stop: CallStop): Omit<DebugProtocol.StoppedEvent['body'], 'threadId'> {
  const { where, call } = stop;
  return {
    reason: 'exception',
    description: where === 'entry' ? `Paused before ${call.name}` : `Paused after ${call.name}`,
    text: describeCallStop(stop),
  };
}

/** What `exceptionInfo` answers at such a stop. */
export function callInfo(stop: CallStop): DebugProtocol.ExceptionInfoResponse['body'] {
  const { where, call } = stop;
  const text = describeCallStop(stop);
  return {
    exceptionId: call.name,
    description: where === 'entry' ? `The thread is about to make the system call ${text}` : `The system call ${text}`,
    breakMode: 'always',
    details: { typeName: call.name, message: text, fullTypeName: `${call.name} (${call.abi} ${call.number})` },
  };
}
