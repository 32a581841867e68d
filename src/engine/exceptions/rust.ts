/**
 * Rust panics. `rust_panic` is entered once the panic hook has printed the message and before anything is unwound; the
 * payload then holds the message, formatted. Where it was, `panic_with_hook` is told before that.
 *
 * Rust's layouts are not specified: what is read is checked to be text, and left out when it is not.
 */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import { readUint, type MemoryReader } from '../../common/readers';
import type { Thread } from '../thread';
import { argument, type Hook } from './hook';

/** Of a message; one that is longer is damage. */
const MAX_MESSAGE = 1 << 16;
const MAX_PATH = 4096;
const MAX_CAPACITY = 1n << 40n;

const places = new WeakMap<Thread, string>();

/** A text by its address and length; undefined when that is no UTF-8 text. */
function textAt(memory: MemoryReader, pointer: bigint, length: bigint, limit: number): string | undefined {
  if (length > BigInt(limit) || pointer < 4096n) return length === 0n && pointer > 0n ? '' : undefined;
  const bytes = memory.read(virtAddr(pointer), Number(length));
  if (bytes.length !== Number(length)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function word(memory: MemoryReader, address: VirtAddr, index: number): bigint {
  return readUint(memory, virtAddr(address + BigInt(index * 8)), 8) ?? 0n;
}

/** `core::panic::Location`: the file's text (with or without its closing NUL in the length), line and column. */
function locationAt(memory: MemoryReader, address: VirtAddr): string | undefined {
  const file = textAt(memory, word(memory, address, 0), word(memory, address, 1), MAX_PATH)?.replace(/\0$/, '');
  const numbers = word(memory, address, 2);
  const [line, column] = [numbers & 0xffff_ffffn, numbers >> 32n];

  if (!file || /[\0-\x1f]/.test(file) || line === 0n) return undefined;
  return `${file}:${line}:${column}`;
}

/** The payload of a panic: a `&str`, or a `String` (capacity, pointer, length in any order) among other things. */
function messageOf(memory: MemoryReader, payload: VirtAddr, size: bigint): string | undefined {
  if (size === 16n) return textAt(memory, word(memory, payload, 0), word(memory, payload, 1), MAX_MESSAGE);
  if (size < 24n || size > 64n) return undefined;
  const words = Array.from({ length: Number(size) / 8 }, (_, i) => word(memory, payload, i));
  for (let i = 0; i + 2 < words.length; i++) {
    const [capacity, pointer, length] = words.slice(i, i + 3) as [bigint, bigint, bigint];
    const text = isString(capacity, length) ? textAt(memory, pointer, length, MAX_MESSAGE) : undefined;
    if (text !== undefined) return text;
  }
  return undefined;
}

function isString(capacity: bigint, length: bigint): boolean {
  return length <= capacity && capacity < MAX_CAPACITY;
}

/** `panic_with_hook(payload: &mut dyn PanicPayload, location: &Location, …)`, formerly `rust_panic_with_hook`. */
const onPanicWithHook: Hook = {
  filters: ['rust_panic'],
  symbols: [],
  rustNames: ['15panic_with_hook', '20rust_panic_with_hook'],
  reached(thread, { memory }) {
    const place = locationAt(memory, argument(thread, 2));
    if (place === undefined) places.delete(thread);
    else places.set(thread, place);
    return undefined;
  },
};

/** `rust_panic(msg: &mut dyn PanicPayload)`: data and vtable. */
const onPanic: Hook = {
  filters: ['rust_panic'],
  symbols: ['rust_panic'],
  rustNames: ['10rust_panic'],
  reached(thread, { memory }) {
    const size = word(memory, argument(thread, 1), 1);
    const message = messageOf(memory, argument(thread, 0), size);
    const location = places.get(thread);
    const at = location === undefined ? '' : ` at ${location}`;
    const says = message === undefined ? ' with a payload that is no text' : `: ${message}`;
    return {
      filter: 'rust_panic',
      typeName: 'panic',
      message,
      description: `Panicked${at}${says}`,
      ...(location !== undefined && { location }),
      isFatal: true,
    };
  },
};

export const RUST_HOOKS: readonly Hook[] = [onPanicWithHook, onPanic];
