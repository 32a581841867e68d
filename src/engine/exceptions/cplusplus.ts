/** C++: throw, catch, rethrow, and exceptions that nobody catches (Itanium C++ ABI, "Exception Handling", 2.4). */
import { offsetBy, virtAddr, type VirtAddr } from '../../common/addresses';
import { readExactly, readUint } from '../../common/readers';
import type { Thread } from '../thread';
import { argument, type Hook, type HookContext } from './hook';
import type { Caller, ExceptionFilterId, ExceptionReport, Finding } from './report';
import {
  addressCall,
  callWhat,
  returnedAddress,
  thrownByHeader,
  thrownByObject,
  whatOf,
  type Thrown,
  type What,
} from './thrown';
import { namesOf, readRuntimeType, type RuntimeType } from './typeinfo';

type CppFilter = ExceptionFilterId & `cpp_${string}`;

const VERBS: Readonly<Record<string, string>> = {
  cpp_throw: 'Thrown',
  cpp_catch: 'Caught',
  cpp_rethrow: 'Thrown again',
  cpp_uncaught: 'Uncaught',
};

/** A type without a name is one of another language, or of a program without type information. */
const UNKNOWN = 'an exception of an unknown type';

function reportOf(filter: CppFilter, thrown: Thrown | undefined, message: string | undefined): ExceptionReport {
  const type = thrown?.type;
  const typeName = type?.name ?? UNKNOWN;
  return {
    filter,
    typeName,
    fullTypeName: type && lineage(type),
    message,
    description: `${VERBS[filter]}: ${typeName}${message ? `: ${message}` : ''}`,
    ...(thrown && { object: thrown.object }),
    isFatal: filter === 'cpp_uncaught',
  };
}

/** `MyError : std::runtime_error : std::exception`; several bases are in parentheses. */
function lineage(type: RuntimeType): string {
  const bases = type.bases.map((base) => lineage(base.type));
  if (bases.length === 0) return type.name;
  return `${type.name} : ${bases.length === 1 ? bases[0]! : `(${bases.join(', ')})`}`;
}

function textOf(what: What): string | undefined {
  return what?.kind === 'text' ? what.text : undefined;
}

/** What is to be told of an exception, if its type is one of those that are wanted. */
function find(filter: CppFilter, thrown: Thrown | undefined, context: HookContext): Finding | undefined {
  const condition = context.condition(filter);
  if (condition && !condition(thrown?.type ? namesOf(thrown.type) : [])) return undefined;
  const what = thrown && whatOf(context, thrown);
  const report = reportOf(filter, thrown, textOf(what));
  if (what?.kind !== 'call') return { report };
  return {
    report,
    complete: async (call) => reportOf(filter, thrown, await callWhat(context, what, call)),
  };
}

/** `__cxa_throw(void *object, std::type_info *type, void (*destructor)(void *))` */
const onThrow: Hook = {
  filters: ['cpp_throw'],
  symbols: ['__cxa_throw'],
  reached: (thread, context) =>
    find('cpp_throw', { object: argument(thread, 0), type: readRuntimeType(context, argument(thread, 1)) }, context),
};

/** `__cxa_begin_catch(_Unwind_Exception *)` */
const onCatch: Hook = {
  filters: ['cpp_catch'],
  symbols: ['__cxa_begin_catch'],
  reached: (thread, context) => find('cpp_catch', thrownByHeader(context, argument(thread, 0)), context),
};

/**
 * `__cxa_rethrow()` has no argument: the exception is that of the unwinder's function which it calls next,
 * `_Unwind_Resume_or_Rethrow` in libstdc++, `_Unwind_RaiseException` in libc++abi.
 */
const rethrowing = new WeakSet<Thread>();

const onRethrow: Hook = {
  filters: ['cpp_rethrow'],
  symbols: ['__cxa_rethrow'],
  reached(thread, context) {
    const unwinders = RAISING.flatMap((name) => context.addressesOf(name));
    if (unwinders.length === 0) return find('cpp_rethrow', undefined, context);
    rethrowing.add(thread);
    return undefined;
  },
};

const RAISING = ['_Unwind_Resume_or_Rethrow', '_Unwind_RaiseException'];

const onRaise: Hook = {
  filters: ['cpp_rethrow'],
  symbols: RAISING,
  reached: (thread, context) =>
    rethrowing.delete(thread) ? find('cpp_rethrow', thrownByHeader(context, argument(thread, 0)), context) : undefined,
};

/** `std::rethrow_exception(std::exception_ptr)`: passed by reference, and it holds the object's address. */
const onRethrowException: Hook = {
  filters: ['cpp_rethrow'],
  symbols: ['_ZSt17rethrow_exceptionNSt15__exception_ptr13exception_ptrE', '_ZSt17rethrow_exceptionSt13exception_ptr'],
  reached(thread, context) {
    const object = readUint(context.memory, argument(thread, 0), 8);
    return find('cpp_rethrow', object ? thrownByObject(context, virtAddr(object)) : undefined, context);
  },
};

/** Of `__cxa_exception`, the newest caught one, to the `_Unwind_Exception` in it: libstdc++'s and libc++abi's. */
const HEADERS = [80, 96];

/** `std::terminate()`: the exception that nobody wanted is the newest of those that the thread has caught. */
const onTerminate: Hook = {
  filters: ['cpp_uncaught'],
  symbols: [
    '_ZSt9terminatev',
    // The personality routine of libstdc++ ends an exception that leaves a noexcept function without std::terminate.
    '__cxa_call_terminate',
    '_ZN9__gnu_cxx27__verbose_terminate_handlerEv',
  ],
  reached(_thread, context) {
    const [globals] = context.addressesOf('__cxa_get_globals');
    const whole = { ...reportOf('cpp_uncaught', undefined, undefined), description: WITHOUT_EXCEPTION };
    if (globals === undefined) return context.condition('cpp_uncaught') ? undefined : { report: whole };
    return { report: whole, complete: (call) => complete(globals, whole, context, call) };
  },
};

const WITHOUT_EXCEPTION = 'std::terminate was called, and no exception is being handled';

async function complete(
  globals: VirtAddr,
  withoutException: ExceptionReport,
  context: HookContext,
  call: Caller,
): Promise<ExceptionReport | false> {
  const { memory } = context;
  const address = returnedAddress(await call(addressCall('__cxa_get_globals', globals)));
  const newest = address === undefined ? undefined : readUint(memory, address, 8);
  const condition = context.condition('cpp_uncaught');
  if (!newest) return condition ? false : { ...withoutException, typeName: 'std::terminate' };
  const header = HEADERS.map((offset) => offsetBy(virtAddr(newest), offset)).find((at) => isHeader(context, at));
  const thrown = header === undefined ? undefined : thrownByHeader(context, header);
  const found = find('cpp_uncaught', thrown, context);
  if (!found) return false;
  return found.complete ? found.complete(call) : found.report;
}

/** Whether an `_Unwind_Exception` of C++ begins there. */
function isHeader({ memory }: HookContext, address: VirtAddr): boolean {
  const kind = readExactly(memory, address, 8);
  return kind !== undefined && /^[\0\x01]\+\+C(?:CUNG|GNLC)$/.test(String.fromCharCode(...kind));
}

export const CPP_HOOKS: readonly Hook[] = [onThrow, onCatch, onRethrow, onRaise, onRethrowException, onTerminate];
