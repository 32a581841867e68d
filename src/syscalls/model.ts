/**
 * What system calls look like as data: the specification of a call, a call that was decoded, and the nodes that its
 * arguments are made of. Decoders make these, `format.ts` and `jsonlines.ts` are views of them; nothing here prints.
 */

/**
 * Which table a number belongs to: `x86_64` for the `syscall` instruction of 64-bit code, `i386` for 32-bit programs
 * and for `int 0x80` in a 64-bit process. PTRACE_GET_SYSCALL_INFO tells by `arch` (AUDIT_ARCH_X86_64, AUDIT_ARCH_I386).
 */
export type Abi = 'x86_64' | 'i386';

/** The register arguments of a call in the kernel's order: rdi, rsi, rdx, r10, r8, r9, or ebx, ecx, edx, esi, edi, ebp. */
export type RawArguments = readonly bigint[];

/** One argument of a specification, in the words of the table (`src/syscalls/specs/`). */
export interface ArgumentSpec {
  /** The kernel's own name of the argument, which conditions use: `filename`, `count`. */
  readonly name: string;
  /** The kind as the table spells it: `fd`, `path`, `flags(open_flags)`, `<buf(ret)`. */
  readonly kind: string;
}

/** What the tables say about a call. */
export interface SyscallSpec {
  readonly abi: Abi;
  readonly number: number;
  readonly name: string;
  readonly args: readonly ArgumentSpec[];
  /** The kind of the result: `int`, `fd`, `address`, `none` of a call that does not return… */
  readonly result: string;
}

interface NodeBase {
  /** The name of the argument or field; absent from elements of arrays. */
  readonly name?: string;
  /** The kind of the table that made the node: `fd`, `path`, `flags`, `mode`, `timespec`… */
  readonly kind: string;
  /** What stands in front of an argument, as of clone: `child_stack`. */
  readonly label?: string;
  /** The register or field itself, unsigned; absent from what has no value of its own. */
  readonly raw?: bigint;
}

/** A plain number. `value` is signed where the C type is. */
export interface NumberNode extends NodeBase {
  readonly type: 'number';
  readonly value: bigint;
  readonly base: 'dec' | 'hex' | 'oct';
  /** What is known beside it: a date, or the name that was looked for and not found (`FUTEX_???`). */
  readonly comment?: string;
}

/** A pointer that is shown as itself: what it points to is not asked for, or cannot be read. 0 is NULL. */
export interface AddressNode extends NodeBase {
  readonly type: 'address';
  readonly value: bigint;
  /** What is known of the memory without showing it: `23 vars`. */
  readonly comment?: string;
}

/** Names of a flag or enum table. */
export interface ConstantNode extends NodeBase {
  readonly type: 'constant';
  /** The table: `open_flags`, `signal`. */
  readonly table: string;
  /** The names that are set, in the table's order; one for an enum; none when nothing is known about the value. */
  readonly names: readonly string[];
  /** Bits or the value without a name; absent when there are none. */
  readonly rest?: bigint;
  readonly restBase?: 'dec' | 'hex' | 'oct';
  readonly comment?: string;
}

/** Bytes read from memory. */
export interface StringNode extends NodeBase {
  readonly type: 'string';
  readonly bytes: Uint8Array;
  /** There is more than `bytes` holds: the limit was reached. */
  readonly truncated: boolean;
}

/** A file descriptor, or AT_FDCWD. */
export interface FdNode extends NodeBase {
  readonly type: 'fd';
  readonly value: number;
  /** What `describeFd` said: a path, `socket:[123]`, `pipe:[4]`. */
  readonly target?: string;
}

/** A structure. `more` says that fields were left out. */
export interface StructNode extends NodeBase {
  readonly type: 'struct';
  readonly fields: readonly DecodedNode[];
  readonly more: boolean;
  readonly comment?: string;
}

/** An array. `more` says that elements were left out. */
export interface ArrayNode extends NodeBase {
  readonly type: 'array';
  readonly items: readonly DecodedNode[];
  readonly more: boolean;
  /** Where reading failed: the address of the first element that could not be read. */
  readonly unreadable?: bigint;
}

/** A set of names or numbers: sigset_t, fd_set, cpu_set_t. `inverted` says that it holds all others. */
export interface SetNode extends NodeBase {
  readonly type: 'set';
  readonly members: readonly string[];
  readonly inverted: boolean;
}

/** A value that reads best as the C that makes it: `makedev(0x8, 0x1)`, `htons(80)`, `BPF_STMT(…)`. */
export interface ExpressionNode extends NodeBase {
  readonly type: 'expression';
  readonly callee: string;
  readonly args: readonly DecodedNode[];
}

/** An argument that the kernel changed: `[128 => 16]`. `after` alone when both are the same. */
export interface ChangeNode extends NodeBase {
  readonly type: 'change';
  readonly before: DecodedNode;
  readonly after: DecodedNode;
  /** The halves are printed inside of brackets, as of an `int *`. */
  readonly bracketed: boolean;
}

/** Words that stand for a value and have no parts: `WIFEXITED(s) && WEXITSTATUS(s) == 0`, `&sin6_addr`. */
export interface TextNode extends NodeBase {
  readonly type: 'text';
  readonly text: string;
}

/** An argument that the kernel has not written yet: in calls that were entered and have not returned. */
export interface PendingNode extends NodeBase {
  readonly type: 'pending';
  /** What was there at entry, where the kernel reads it as well: the length of a sockaddr's room. */
  readonly before?: DecodedNode;
}

export type DecodedNode =
  | NumberNode
  | AddressNode
  | ConstantNode
  | StringNode
  | FdNode
  | StructNode
  | ArrayNode
  | SetNode
  | ExpressionNode
  | ChangeNode
  | TextNode
  | PendingNode;

/** What a call returned. */
export interface DecodedResult {
  /** As the kernel put it into the register, signed: −2 for ENOENT. */
  readonly value: bigint;
  /** The error, when it failed: number 2, name `ENOENT`, text `No such file or directory`. */
  readonly errno?: { readonly number: number; readonly name: string; readonly text: string };
  /** The value as the call's kind shows it; absent when it failed or does not return. */
  readonly node?: DecodedNode;
  /** What the value stands for, in parentheses behind it: `Timeout`, `flags FD_CLOEXEC`. */
  readonly note?: string;
}

export type CallState =
  /** Entered; arguments that the kernel writes are pending. */
  | 'entered'
  /** Returned; `result` is there. */
  | 'returned'
  /** It will not return: exit, or the thread was killed or executed something meanwhile. */
  | 'ended';

export interface DecodedCall {
  readonly abi: Abi;
  readonly number: number;
  /** The name after looking through `socketcall` and `ipc`; `syscall_0x1f4` for a number without one. */
  readonly name: string;
  /** False for a number that the tables do not know. */
  readonly known: boolean;
  readonly state: CallState;
  /** The six registers. */
  readonly rawArguments: RawArguments;
  /**
   * The values behind `args`, as many as the specification has: 64-bit values put together from two registers, and what
   * `socketcall`, `ipc` and the i386 `mmap` keep in memory.
   */
  readonly values: RawArguments;
  /** In order; optional ones that the call does not take (`mode` of an `open` that creates nothing) are left out. */
  readonly args: readonly DecodedNode[];
  readonly result?: DecodedResult;
}

/** What PTRACE_GET_SYSCALL_INFO tells at exit. */
export interface SyscallReturn {
  /** rax, signed. */
  readonly value: bigint;
  /** The kernel's `is_error`; without it, −4095 ≤ value < 0. */
  readonly isError: boolean;
}

export interface DecodeOptions {
  /** Bytes of a string or buffer that are read, as `strace -s`; 32 when absent. */
  readonly stringLimit?: number;
  /** Elements of an array that are read; as `stringLimit` when absent, which is what strace does. */
  readonly arrayLimit?: number;
  /** All fields of structures, as `strace -v`; the telling ones when absent. */
  readonly verbose?: boolean;
  /** Tells what a descriptor of the thread stands for, as `strace -y`: called once per descriptor argument. */
  readonly describeFd?: (fd: number) => string | undefined;
}

/** A mistake in a filter, condition or rule. Positions are 0-based UTF-16 offsets into the text it was found in. */
export interface SyntaxProblem {
  /** A sentence that names what is wrong and what is near; without the column. */
  readonly message: string;
  readonly start: number;
  /** One past the last character. */
  readonly end: number;
}
