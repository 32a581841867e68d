/** Compares the variables of every frame with gdb's: which there are, where they are, and their bytes. */
import { describe, expect, it } from 'vitest';
import { readAuxv } from '../../src/common/procfs';
import { frameData, type FrameProcess } from '../../src/engine/framedata';
import type { StackFrame } from '../../src/engine/stack';
import { bareType, sizeOfType } from '../../src/symbols/data/types';
import type { FrameData, Variable } from '../../src/symbols/data/variables';
import { Driver } from '../engine/harness';
import { compile, type Compiler, sourcePath } from '../support/debuggees';
import { gdbVariables, type GdbFrame, type GdbVariable } from './gdbvariables';
import { readStorage } from './readstorage';

interface OurFrame {
  readonly frame: StackFrame;
  readonly data: FrameData;
  readonly variables: readonly { readonly variable: Variable; readonly depth: number }[];
}

/** The variables of a frame's scopes up to its function or inlined call, innermost first. */
function variablesOf(frame: StackFrame, data: FrameData): OurFrame {
  const variables: { variable: Variable; depth: number }[] = [];
  let depth = 0;
  for (let scope = frame.scope; scope; scope = scope.parent, depth++) {
    for (const variable of scope.variables) if (variable.kind !== 'global') variables.push({ variable, depth });
    if (scope.kind !== 'block') break;
  }
  return { frame, data, variables };
}

/** Why ours may differ from gdb's; empty when it does not. */
function compareVariable(theirs: GdbVariable, ours: Variable, data: FrameData, isOuter: boolean): string {
  const storage = ours.locate(data);
  const bare = bareType(ours.type);
  const size = bare.kind === 'reference' ? 8 : sizeOfType(ours.type);
  if (theirs.error !== undefined) {
    return storage.kind === 'memory' || storage.kind === 'bytes' ? `gdb fails: ${theirs.error}` : '';
  }
  const address = storage.kind === 'memory' ? Number(storage.address) : undefined;
  if (theirs.address !== undefined && bare.kind !== 'reference' && address !== theirs.address) {
    return `gdb has it at 0x${theirs.address.toString(16)}, we have ${JSON.stringify(storage, bigints)}`;
  }
  const bytes = readStorage(storage, size ?? lengthOf(theirs), data);
  for (const [offset, hex] of Object.entries(theirs.leaves)) {
    const at = Number(offset);
    if (hex === null) {
      if (bytes?.slice(at, at + 1)[0] !== undefined) return `gdb says +${offset} is optimized out, we have a value`;
    } else if (hex.startsWith('number ')) {
      if (!bytes || Math.abs(longDouble(bytes.slice(at, at + 10)) - Number(hex.slice(7))) > 1e-9)
        return `+${offset}: ${hex}`;
    } else {
      const wanted = [...Buffer.from(hex, 'hex')];
      const found = bytes?.slice(at, at + wanted.length);
      // gdb has a pointer of zeros that it refuses to show.
      if (storage.kind === 'implicitPointer') continue;
      // What a call may have overwritten is not known to us; gdb shows what the register holds now.
      if (!found && isOuter && storage.kind === 'unavailable') continue;
      if (JSON.stringify(found) !== JSON.stringify(wanted)) {
        return `+${offset}: gdb has ${hex}, we have ${Buffer.from((found ?? []).map((b) => b ?? 0)).toString('hex')} (${JSON.stringify(storage, bigints)})`;
      }
    }
  }
  return '';
}

const bigints = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? `0x${value.toString(16)}` : value;

function lengthOf(theirs: GdbVariable): number {
  return Math.max(0, ...Object.entries(theirs.leaves).map(([at, hex]) => Number(at) + (hex?.length ?? 0) / 2));
}

function longDouble(bytes: readonly (number | undefined)[]): number {
  const view = new DataView(Uint8Array.from(bytes.map((b) => b ?? 0)).buffer);
  const high = view.getUint16(8, true);
  const magnitude = Number(view.getBigUint64(0, true)) * 2 ** ((high & 0x7fff) - 16383 - 63);
  return high & 0x8000 ? -magnitude : magnitude;
}

function compareFrame(theirs: GdbFrame, ours: OurFrame): string[] {
  const found: string[] = [];
  const rest = [...ours.variables];
  for (const each of theirs.variables) {
    const named = ours.variables.filter(({ variable }) => variable.name === each.name);
    const reasons = named.map(({ variable }) => compareVariable(each, variable, ours.data, ours.frame.index > 0));
    const equal = named.find((candidate, i) => reasons[i] === '' && rest.includes(candidate));
    if (equal) {
      rest.splice(rest.indexOf(equal), 1);
      continue;
    }
    // What clang's abstract instance declares is listed by gdb beside the concrete instance's, as optimized out.
    const isDropped = each.error === undefined && Object.values(each.leaves).every((leaf) => leaf === null);
    if (isBetter(ours.frame, each.name)) continue;
    const isRepeated = isDropped && named.some((candidate) => !rest.includes(candidate));
    if (!isRepeated) found.push(`${each.name}: ${reasons.join(' | ') || 'we have none'}`);
  }
  const surplus = rest.filter(({ variable }) => !isBetter(ours.frame, variable.name));
  return [...found, ...surplus.map(({ variable }) => `${variable.name}: gdb has none`)];
}

/**
 * Where we differ for a reason: gdb takes a block in several ranges for all between its first and last address, so that
 * it finds the try block around what was moved out of the catch block beside it.
 */
function isBetter({ module, lookupPc }: StackFrame, variable: string): boolean {
  const part = module?.symbolAt(lookupPc)?.displayName;
  return part === 'throws [clone .cold]' && ['inside', 'length', 'text'].includes(variable);
}

async function differences(source: string, markers: readonly string[], program: string): Promise<string[]> {
  const path = sourcePath(source);
  const theirs = gdbVariables(program, path, markers);
  const driver = await Driver.launchProgram(program, path);
  const { target } = driver;
  const process: FrameProcess = {
    memory: target.memory,
    modules: target.modules,
    auxiliary: () => readAuxv(target.pid),
  };
  const breakpoints = driver.breakAt(...markers);
  const markerOf = new Map(breakpoints.map((breakpoint, i) => [breakpoint.id, markers[i]!]));
  const seen = new Set<string>();
  const found: string[] = [];
  driver.start();
  for (;;) {
    const event = await driver.stop().catch(() => undefined);
    if (event?.reason.kind !== 'breakpoint') break;
    for (const { id } of event.reason.hit) {
      const marker = markerOf.get(id)!;
      if (seen.has(marker)) continue;
      seen.add(marker);
      const stack = target.stack(event.tid);
      for (const [i, frame] of (theirs[marker] ?? []).entries()) {
        const ours = stack.frame(i)!;
        if (!ours.scope) continue;
        const compared = compareFrame(frame, variablesOf(ours, frameData(process, stack, ours)));
        found.push(...compared.map((text) => `#${marker} frame ${i} (${ours.functionName}): ${text}`));
      }
    }
    driver.resume();
  }
  expect([...seen].sort()).toEqual(Object.keys(theirs).sort());
  return found;
}

/**
 * With IPA-RA gcc keeps values across calls in registers that the callee happens not to touch, which only gcc can know:
 * gdb takes those for unchanged, always; we say that they were not saved.
 */
const NO_IPA_RA = ['-fno-ipa-ra'];

const levels = ['-O0', '-O1', '-O2'];
const versions = ['-gdwarf-4', '-gdwarf-5'];

/** One test for each level of optimization and version of DWARF. */
export function compareWithGdb(compiler: Compiler, source: string, markers: readonly string[]): void {
  describe(`${compiler} ${source.replace(/^.*\//, '')}`, () => {
    it.each(levels.flatMap((level) => versions.map((version) => [level, version] as const)))(
      '%s %s: the variables gdb has, where it has them, with its bytes',
      async (level, version) => {
        const program = compile(source, {
          compiler,
          flags: ['-g', version, level, '-no-pie', '-fno-pie', ...(compiler.startsWith('g') ? NO_IPA_RA : [])],
        });
        expect(await differences(source, markers, program)).toEqual([]);
      },
      60_000,
    );
  });
}
