/** Programs that give themselves up: failed assertions, and buffer overflows that the compiler's guards have found. */
import { virtAddr } from '../../common/addresses';
import { readCString, readUint, type MemoryReader } from '../../common/readers';
import type { Thread } from '../thread';
import { argument, type Hook } from './hook';
import type { ExceptionReport } from './report';

const MAX_TEXT = 4096;

function text(memory: MemoryReader, thread: Thread, index: 0 | 1 | 2 | 3): string | undefined {
  const address = argument(thread, index);
  return address === 0n ? undefined : readCString(memory, address, MAX_TEXT);
}

/** The low 32 bits of an argument, signed. */
function int(thread: Thread, index: 0 | 1 | 2 | 3): number {
  return Number(BigInt.asIntN(32, argument(thread, index)));
}

function assertion(expression: string, file: string | undefined, line: number, where?: string): ExceptionReport {
  const location = file === undefined ? undefined : `${file}:${line}`;
  const inFunction = where === undefined ? '' : ` in ${where}`;
  return {
    filter: 'assert',
    typeName: 'assertion',
    message: expression,
    description: `Assertion failed${inFunction}${location === undefined ? '' : ` at ${location}`}: ${expression}`,
    ...(location !== undefined && { location }),
    isFatal: true,
  };
}

/** `__assert_fail(expression, file, line, function)` of glibc and musl; musl takes line before function too. */
const onAssertFail: Hook = {
  filters: ['assert'],
  symbols: ['__assert_fail'],
  reached: (thread, { memory }) =>
    assertion(text(memory, thread, 0) ?? '?', text(memory, thread, 1), int(thread, 2), text(memory, thread, 3)),
};

/** `__assert(expression, file, line)`, the older spelling. */
const onAssert: Hook = {
  filters: ['assert'],
  symbols: ['__assert'],
  reached: (thread, { memory }) => assertion(text(memory, thread, 0) ?? '?', text(memory, thread, 1), int(thread, 2)),
};

/** `__assert_perror_fail(errnum, file, line, function)` */
const onAssertPerror: Hook = {
  filters: ['assert'],
  symbols: ['__assert_perror_fail'],
  reached: (thread, { memory }) =>
    assertion(`error ${int(thread, 0)}`, text(memory, thread, 1), int(thread, 2), text(memory, thread, 3)),
};

/** `std::__glibcxx_assert_fail(file, line, function, condition)` of libstdc++'s own checks. */
const onLibraryAssert: Hook = {
  filters: ['assert'],
  symbols: ['_ZSt21__glibcxx_assert_failPKciS0_S0_'],
  reached: (thread, { memory }) =>
    assertion(text(memory, thread, 3) ?? '?', text(memory, thread, 0), int(thread, 1), text(memory, thread, 2)),
};

/** The function that has called the one whose first instruction the thread is at. */
function callerOf(thread: Thread, memory: MemoryReader): bigint {
  return readUint(memory, thread.sp, 8) ?? 0n;
}

/** `__stack_chk_fail()`, called before a return when the canary behind a function's arrays is not what it was. */
const onStackSmashing: Hook = {
  filters: ['corruption'],
  symbols: ['__stack_chk_fail'],
  reached(thread, { memory, functionName }) {
    const name = functionName(virtAddr(callerOf(thread, memory) - 1n));
    const whose = name === undefined ? 'A function' : name;
    const message = `${whose} has written past the end of one of its arrays on the stack`;
    return corruption('stack smashing', message);
  },
};

/** `__fortify_fail(message)` of glibc: every check of _FORTIFY_SOURCE ends there. */
const onFortify: Hook = {
  filters: ['corruption'],
  symbols: ['__fortify_fail'],
  reached: (thread, { memory }) => corruption('fortify', text(memory, thread, 0) ?? 'a check has failed'),
};

/** `__chk_fail()`, which every checked copy of musl's relatives and glibc calls. */
const onCheck: Hook = {
  filters: ['corruption'],
  symbols: ['__chk_fail'],
  reached: () => corruption('buffer overflow', 'a library function was about to write past the end of a buffer'),
};

function corruption(typeName: string, message: string): ExceptionReport {
  const title = { fortify: 'Fortify', 'stack smashing': 'Stack smashing', 'buffer overflow': 'Buffer overflow' }[
    typeName
  ];
  return { filter: 'corruption', typeName, message, description: `${title}: ${message}`, isFatal: true };
}

export const FAILURE_HOOKS: readonly Hook[] = [
  ...[onAssertFail, onAssert, onAssertPerror, onLibraryAssert],
  ...[onStackSmashing, onFortify, onCheck],
];
