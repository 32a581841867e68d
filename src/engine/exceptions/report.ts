/** What is told of an exception of the program's language, or of the runtime library finding an error. */
import type { VirtAddr } from '../../common/addresses';
import type { CallRequest } from '../../expr/context';

/** The client's filters for them. */
export type ExceptionFilterId =
  'cpp_throw' | 'cpp_catch' | 'cpp_rethrow' | 'cpp_uncaught' | 'rust_panic' | 'assert' | 'sanitizer' | 'corruption';

export interface ExceptionReport {
  readonly filter: ExceptionFilterId;
  /** `std::runtime_error`, `panic`, `assertion`, `heap-use-after-free`. */
  readonly typeName: string;
  /** With its bases, as far as they are known: `MyError : std::runtime_error : std::exception`. */
  readonly fullTypeName?: string;
  /** What the exception says of itself; undefined when it says nothing or is not known yet. */
  readonly message?: string;
  /** One sentence without a full stop: `Thrown: std::runtime_error: no such file`. */
  readonly description: string;
  /** All the runtime library has to say, in several lines. */
  readonly text?: string;
  /** `file.rs:12:5`, where the report names the place itself. */
  readonly location?: string;
  /** The exception object. */
  readonly object?: VirtAddr;
  /** The program will not go on from here as if nothing had happened. */
  readonly isFatal: boolean;
}

/** Calls a function of the program on the thread that reports; undefined when the call fails. */
export type Caller = (request: CallRequest) => Promise<Uint8Array | undefined>;

/** A report that may need the program's help to be complete. */
export interface Finding {
  readonly report: ExceptionReport;
  /** Finds out the rest by calling functions of the program; false: it is not to be told after all. */
  readonly complete?: (call: Caller) => Promise<ExceptionReport | false>;
}
