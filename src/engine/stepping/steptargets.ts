/** The calls on the line where a frame stands, which a step into can be told to enter: real ones and inlined ones. */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import { readUint, type MemoryReader } from '../../common/readers';
import { endOf, type Instruction } from '../../disasm/decoder';
import { isSameFrame, isWithin, type CodePlace, type InlinedCall } from '../inlineframes';
import type { ThreadStack } from '../stack';
import type { StepTarget } from '../types';
import type { CodeMap, StatementRange } from './codemap';

/** A call that can be entered. */
export interface StepCandidate {
  readonly target: StepTarget;
  /** Of its first instruction. */
  readonly address: VirtAddr;
  /** As a stack frame will show it; undefined when nobody can know before the call. */
  readonly name: string | undefined;
  /** 1-based; 0 when unknown. */
  readonly column: number;
}

/** Code looked at behind the pc. */
const MAX_BYTES = 0x20000n;
const MAX_CANDIDATES = 64;

/** The calls from the innermost frame's place on, in the order of the code. Those behind it have been made. */
export function stepCandidates(code: CodeMap, memory: MemoryReader, stack: ThreadStack): StepCandidate[] {
  const raw = stack.unwound(0);
  const bounds = raw && code.functionBounds(raw.pc);
  if (!raw || !bounds) return [];
  const here = code.inlines.at(raw.pc);
  const visible = here.calls.slice(0, here.calls.length - stack.hidden);
  const origin = stack.hidden > 0 ? here.calls[visible.length]!.site : code.row(raw.pc);
  if (!origin) return [];
  const found = new Map<string, StepCandidate>();
  const end = bounds.end - raw.pc > MAX_BYTES ? virtAddr(raw.pc + MAX_BYTES) : bounds.end;
  for (let at = raw.pc; at < end && found.size < MAX_CANDIDATES;) {
    const row = code.row(at);
    const next = row ? row.end : virtAddr(at + 1n);
    if (row) {
      const place = code.inlines.at(at);
      const call = nextCall(visible, place);
      // A call that the pc is already inside of, other than in front of, is not to be entered again.
      const isShown = call && (at !== raw.pc || stack.hidden > 0);
      if (isShown && isOn(origin, call.site)) addInlined(found, call, at);
      else if (isSameFrame(visible, place.calls) && isOn(origin, row)) addCalls(found, code, memory, at, row);
    }
    at = next;
  }
  return [...found.values()].slice(0, MAX_CANDIDATES);
}

/** The outermost call around a place that is inlined into the visible frame. */
function nextCall(visible: readonly InlinedCall[], place: CodePlace): InlinedCall | undefined {
  return isWithin(visible, place.calls) ? place.calls[visible.length] : undefined;
}

interface Line {
  readonly file: string | undefined;
  readonly line: number;
}

function isOn(origin: Line, place: Line): boolean {
  return (
    place.line === origin.line && (place.file === undefined || origin.file === undefined || place.file === origin.file)
  );
}

function addInlined(found: Map<string, StepCandidate>, call: InlinedCall, address: VirtAddr): void {
  const { key, name, site } = call;
  if (!found.has(key)) found.set(key, { target: { kind: 'inlined', key }, address, name, column: site.column });
}

function addCalls(
  found: Map<string, StepCandidate>,
  code: CodeMap,
  memory: MemoryReader,
  from: VirtAddr,
  row: StatementRange,
): void {
  for (let at = from; at < row.end;) {
    const instruction = code.instruction(at);
    if (!instruction) return;
    if (instruction.flow === 'call') {
      const callee = calleeOf(code, memory, instruction);
      const name = callee === undefined ? undefined : code.functionName(callee)?.replace(/@plt$/, '');
      found.set(String(at), { target: { kind: 'call', address: at }, address: at, name, column: row.column });
    }
    at = endOf(instruction);
  }
}

/** Where a call goes, as far as it can be told without executing anything. */
function calleeOf(code: CodeMap, memory: MemoryReader, { target, ripTarget }: Instruction): VirtAddr | undefined {
  if (target !== undefined) return code.isPlt(target) ? (code.pltTarget(target) ?? target) : target;
  const slot = ripTarget === undefined ? undefined : readUint(memory, ripTarget, 8);
  return slot === undefined || slot === 0n ? undefined : virtAddr(slot);
}
