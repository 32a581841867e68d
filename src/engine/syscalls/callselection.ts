/** Which calls are meant: what the tracer asks of a compiled filter and of a condition. */
import type { Abi, DecodedCall } from '../../syscalls/model';
import type { Tid } from '../types';

export interface CallFilter {
  /** Whether calls of this number are meant at all; asked at every system call, before anything is decoded. */
  wants(abi: Abi, number: number): boolean;
  /** Whether this call is, as far as it is known: at entry without its result. */
  accepts(call: DecodedCall): boolean;
}

export interface CallCondition {
  matches(call: DecodedCall, tid: Tid): boolean;
}
