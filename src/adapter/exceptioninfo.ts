/** Why the process stopped on a signal, an exception of its language, a system call or an event, told in full. */
import { basename } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as v from 'valibot';
import { formatAddress, virtAddr, type VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import { readCString, readUint } from '../common/readers';
import type { ExceptionReport } from '../engine/exceptions/report';
import { explainSignal, type FaultContext } from '../engine/signals/explain';
import type { SignalInfo, StopEvent } from '../engine/types';
import { callInfo } from './callstop';
import { describeSignal } from './debuggee';
import { request, type Answer } from './request';
import type { Session } from './session';
import { integer } from './validation';

type ExceptionInfo = DebugProtocol.ExceptionInfoResponse['body'];

/** Frames in the text of a stack. */
const MAX_FRAMES = 50;
const MAX_ABORT_MESSAGE = 4096;

/** The part of a `stopped` event that says which exception it is. */
export function describeException({ description }: ExceptionReport): { description: string; text: string } {
  return { description: description.split('\n')[0]!, text: description };
}

/** `#0 main at main.c:12`, one line for each frame. */
function stackText(session: Session, tid: number): string {
  const frames = session.target.stack(tid).frames(0, MAX_FRAMES);
  return frames
    .map(({ functionName, pc, source }, index) => {
      const place = source ? ` at ${basename(source.path)}:${source.line}` : '';
      return `#${index} ${functionName ?? formatAddress(pc)}${place}`;
    })
    .join('\n');
}

/** What glibc's fatal messages (assertions, heap corruption) leave for whoever looks into the process. */
function abortMessage(session: Session): string | undefined {
  const { memory, modules } = session.target;
  for (const module of modules.modules) {
    const [symbol] = module.symbols.named('__abort_msg');
    const message = symbol && readUint(memory, module.toVirt(symbol.address), 8);
    // struct abort_msg_s { unsigned int size; char msg[]; } (glibc, include/stdlib.h)
    if (message) return readCString(memory, virtAddr(message + 4n), MAX_ABORT_MESSAGE);
  }
  return undefined;
}

function contextOf(session: Session, tid: number): FaultContext {
  const { target } = session;
  const registers = target.registers(tid);
  return {
    tid,
    memory: target.memory,
    register: (name) => registers.get(name),
    maps: () => target.maps(),
    resolve: (address: VirtAddr) => target.symbolize(address),
    flavor: session.alive.configuration.disassemblyFlavor,
    abortMessage: () => abortMessage(session),
  };
}

async function signalInfo(session: Session, { tid }: StopEvent, signal: SignalInfo): Promise<ExceptionInfo> {
  const { cause, instruction, operands } = await explainSignal(signal, contextOf(session, tid));
  const title = `${signal.name} (${signal.description})`;
  const lines = [cause === undefined ? describeSignal(signal) : `${title}: ${cause}`];
  if (instruction !== undefined)
    lines.push(`in ${instruction}${operands.length > 0 ? `; ${operands.join(', ')}` : ''}`);
  return {
    exceptionId: signal.name,
    description: lines.join('\n'),
    breakMode: 'always',
    details: {
      typeName: signal.name,
      message: cause ?? signal.description,
      fullTypeName: `${signal.name} (${signal.number}), si_code ${signal.codeName ?? signal.code}`,
      ...(signal.address !== undefined && { evaluateName: formatAddress(signal.address) }),
      stackTrace: stackText(session, tid),
    },
  };
}

function reportInfo(session: Session, { tid }: StopEvent, report: ExceptionReport): ExceptionInfo {
  const { typeName, fullTypeName, message, description, text, object } = report;
  return {
    exceptionId: typeName,
    description: text === undefined ? description : `${description}\n${text}`,
    breakMode: report.isFatal ? 'unhandled' : 'always',
    details: {
      typeName,
      fullTypeName: fullTypeName ?? typeName,
      ...(message !== undefined && { message }),
      ...(object !== undefined && { evaluateName: formatAddress(object) }),
      stackTrace: stackText(session, tid),
    },
  };
}

export const exceptionInfo = request(
  'process',
  v.object({ threadId: integer }),
  (session, { threadId }): Answer | Promise<Answer> => {
    const stop = session.alive.lastStop;
    if (session.target.running || !stop || stop.tid !== threadId) throw noException(threadId);
    const { reason } = stop;
    switch (reason.kind) {
      case 'trap':
        return { exceptionId: 'SIGTRAP', description: reason.text, breakMode: 'always' };
      case 'syscall':
        return callInfo(reason);
      case 'event':
        return { exceptionId: reason.event, description: reason.text, breakMode: 'always' };
      case 'signal':
        return signalInfo(session, stop, reason.signal);
      case 'exception':
        return reportInfo(session, stop, reason.report);
      default:
        throw noException(threadId);
    }
  },
);

function noException(threadId: number): UserError {
  return new UserError(`Thread ${threadId} has not stopped on a signal.`, { code: 'no-exception' });
}
