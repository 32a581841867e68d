/**
 * What a data breakpoint can be set on: a variable, an expression whose value lives in memory, an address. A data id is the
 * description itself, so that it can be set again; one that names a place of this very process says which one.
 */
import { formatAddress, offsetBy, virtAddr, type VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import { watchesOf } from '../engine/debugregisters';
import type { StackFrame } from '../engine/stack';
import type { FrameIdentity, Tid } from '../engine/types';
import { DataError } from '../expr/data';
import { DataObject } from '../expr/dataobject';
import { evaluatedNode } from './evaluatednode';
import { FrameView } from './frameview';
import { parseAddress } from './memory';
import { REGISTERS } from './registertree';
import type { Session } from './session';
import type { ValueNode } from './valuenode';
import { findVariable } from './variabletree';

/** The arguments of `dataBreakpointInfo`. */
export interface WatchArguments {
  readonly name: string;
  readonly variablesReference?: number;
  readonly frameId?: number;
  readonly bytes?: number;
  readonly asAddress?: boolean;
}

/** Bytes that can be watched. */
export interface Watchable {
  readonly address: VirtAddr;
  /** Bytes. */
  readonly size: number;
  /** What people call it. */
  readonly label: string;
  /** Whose memory it is, when it is on the stack: watching ends with this frame. */
  readonly frame?: FrameIdentity;
  /** Found again in any process: by its global name, or because the user gave the address. */
  readonly canBeFoundAgain: boolean;
  /** Shows a value; hexadecimal when absent. */
  readonly format?: (bytes: Uint8Array) => string;
}

export interface Refusal {
  /** A sentence. */
  readonly refusal: string;
  /** A module that is loaded later may change that. */
  readonly isPending?: boolean;
}

/** A data id, parsed. */
type DataId =
  | { readonly name: string; readonly bytes?: number }
  | { readonly at: string; readonly bytes: number }
  | {
      readonly address: string;
      readonly bytes: number;
      readonly label: string;
      /** The number of the program image that the address is in. */
      readonly image: number;
      readonly tid?: Tid;
      readonly cfa?: string;
    };

/** An identifier: what may be a variable of the frame, or a global one. */
const NAME = /^\s*[A-Za-z_]\w*\s*$/;

/** Finds what is to be watched, or says why it cannot be. */
export function resolveWatchable(session: Session, args: WatchArguments): Watchable | Refusal {
  try {
    void session.live;
    const found = args.asAddress === true ? byAddress(session, args) : byExpression(session, args);
    if (!('refusal' in found)) watchesOf(found.address, found.size, 'write');
    return found;
  } catch (error) {
    if (error instanceof UserError) return { refusal: error.message };
    if (error instanceof DataError) return { refusal: `${args.name} cannot be watched: ${error.message}.` };
    throw error;
  }
}

/** Without a size: the widest integer that may begin at the address, which takes one debug register. */
function byAddress(session: Session, { name, bytes }: WatchArguments): Watchable | Refusal {
  const address = parseAddress(name);
  const size = bytes ?? [8, 4, 2].find((each) => address % BigInt(each) === 0n) ?? 1;
  if (session.target.memory.read(address, 1).length === 0) {
    return { refusal: `There is no memory at ${formatAddress(address)}.`, isPending: true };
  }
  const label = `${size === 1 ? 'the byte' : `${size} bytes`} at ${formatAddress(address)}`;
  return { address, size, label, canBeFoundAgain: true };
}

/** A line of the Variables view, or an expression. */
function byExpression(session: Session, args: WatchArguments): Watchable | Refusal {
  const { name, variablesReference, frameId, bytes } = args;
  if (name.trim() === '') return { refusal: 'There is nothing to watch: the name is empty.' };
  const isLine = variablesReference !== undefined && variablesReference > 0;
  if (isLine && session.references.place(variablesReference).path[0] === REGISTERS) return inRegister(name);
  let node: ValueNode;
  if (isLine) {
    node = findVariable(session, variablesReference, name);
  } else {
    const view = frameId ? FrameView.at(session, session.frames.place(frameId)) : FrameView.global(session);
    try {
      node = evaluatedNode(view, name);
    } catch (error) {
      if (!(error instanceof UserError) || view.frame || !NAME.test(name)) throw error;
      return { refusal: error.message, isPending: true };
    }
  }
  return watchableOf(session, node, bytes);
}

function watchableOf(session: Session, node: ValueNode, bytes: number | undefined): Watchable | Refusal {
  const label = node.parts.expression ?? node.parts.name;
  const { value } = node;
  if (typeof value === 'string') return noPlace(label);
  const object = value.referent();
  if (object.bare.kind === 'function') return { refusal: `${label} is code: set a breakpoint on it instead.` };
  const { address: start, bitField } = object;
  if (start === undefined) return object.storage.kind === 'register' ? inRegister(label) : noPlace(label);
  const skipped = bitField ? Math.floor(bitField.offset / 8) : 0;
  const own = bitField ? Math.ceil((bitField.offset + bitField.size) / 8) - skipped : object.size;
  const address = offsetBy(start, skipped);
  const size = bytes ?? own;
  const { frame, key } = node.view;
  const isGlobal = addressWithoutFrame(session, label) === start;
  const scope =
    isGlobal || !frame ? undefined : scopeOf(session, key.tid, address, NAME.test(label) ? frame : undefined);
  const bits = bitField && { offset: bitField.offset - skipped * 8, size: bitField.size };
  return {
    address,
    size,
    label,
    canBeFoundAgain: isGlobal,
    ...(scope && { frame: scope }),
    ...(size === own && {
      format: (content) => {
        const { space } = FrameView.global(session);
        return node.parts.presenter.text(new DataObject(space, object.type, { kind: 'bytes', bytes: content }, bits));
      },
    }),
  };
}

function inRegister(label: string): Refusal {
  return { refusal: `${label} is in a register here: debug registers watch memory only.` };
}

function noPlace(label: string): Refusal {
  return {
    refusal: `${label} has no place in memory: registers and computed values cannot be watched. To watch what it points to, write *(${label}).`,
  };
}

/** Where an expression leads without any frame: that is what is global. */
function addressWithoutFrame(session: Session, expression: string): VirtAddr | undefined {
  try {
    const { value } = evaluatedNode(FrameView.global(session), expression);
    return typeof value === 'string' ? undefined : value.referent().address;
  } catch (error) {
    if (error instanceof UserError || error instanceof DataError) return undefined;
    throw error;
  }
}

/** A variable of the stack lives as long as the frame that names it; other memory there, as the frame it lies in. */
function scopeOf(
  session: Session,
  tid: Tid,
  address: VirtAddr,
  named: StackFrame | undefined,
): FrameIdentity | undefined {
  const holding = session.live.frameHolding(tid, address);
  return holding && named ? { tid, cfa: named.cfa } : holding;
}

/** The data ids that have been given out. */
export class Watchables {
  private readonly known = new Map<string, Watchable>();
  private image = 0;

  constructor(private readonly session: Session) {}

  /** Another process, or another program in it: places of the one before are gone. */
  imageChanged(): void {
    this.image++;
    this.known.clear();
  }

  idOf(watchable: Watchable, args: WatchArguments): string {
    const { address, size, label, frame } = watchable;
    const bytes = args.bytes === undefined ? {} : { bytes: args.bytes };
    const described: DataId = !watchable.canBeFoundAgain
      ? {
          address: formatAddress(address),
          bytes: size,
          label,
          image: this.image,
          ...(frame && { tid: frame.tid, cfa: formatAddress(frame.cfa) }),
        }
      : args.asAddress === true
        ? { at: formatAddress(address), bytes: size }
        : { name: label, ...bytes };
    const id = JSON.stringify(described);
    this.known.set(id, watchable);
    return id;
  }

  /** What a data id names in the process there is now. */
  find(id: string): Watchable | Refusal {
    const known = this.known.get(id);
    if (known) return known;
    const parsed = parseId(id);
    if (!parsed) return { refusal: `“${id.slice(0, 60)}” is no data id: ask for one by dataBreakpointInfo.` };
    if ('at' in parsed)
      return resolveWatchable(this.session, { name: parsed.at, bytes: parsed.bytes, asAddress: true });
    if ('name' in parsed) return resolveWatchable(this.session, parsed);
    const { address, bytes, label, image, tid, cfa } = parsed;
    if (image !== this.image) return { refusal: `${label} was in a process that is gone: set it again.` };
    return {
      address: virtAddr(BigInt(address)),
      size: bytes,
      label,
      canBeFoundAgain: false,
      ...(tid !== undefined && cfa !== undefined && { frame: { tid, cfa: virtAddr(BigInt(cfa)) } }),
    };
  }
}

function parseId(id: string): DataId | undefined {
  try {
    const parsed = JSON.parse(id) as Partial<Record<string, unknown>> | null;
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const isSize = (value: unknown) => Number.isInteger(value) && (value as number) > 0;
    const isAddress = (value: unknown) => typeof value === 'string' && /^0x[0-9a-f]{1,16}$/i.test(value);
    const { name, at, address, label, image, bytes, tid, cfa } = parsed;
    if (typeof name === 'string') return bytes === undefined || isSize(bytes) ? (parsed as DataId) : undefined;
    if (isAddress(at)) return isSize(bytes) ? (parsed as DataId) : undefined;
    const isFrame = tid === undefined ? cfa === undefined : Number.isInteger(tid) && isAddress(cfa);
    const isPlace = isAddress(address) && isSize(bytes) && typeof label === 'string' && Number.isInteger(image);
    return isPlace && isFrame ? (parsed as DataId) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
