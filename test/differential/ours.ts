/** Runs a plan under this debugger's engine. */
import { basename } from 'node:path';
import type { VirtAddr } from '../../src/common/addresses';
import { DataObject } from '../../src/expr/dataobject';
import { DataError } from '../../src/expr/data';
import type { EvaluationContext } from '../../src/expr/expression';
import { builtinFormatters } from '../../src/expr/formatters/builtin';
import { Presenter } from '../../src/expr/presentation/presenter';
import { DEFAULT_LIMITS } from '../../src/expr/presentation/valueformat';
import type { StackFrame } from '../../src/engine/stack';
import { typeName } from '../../src/symbols/data/typenames';
import { sizeOfType, type Member } from '../../src/symbols/data/types';
import type { DataScope, Variable } from '../../src/symbols/data/variables';
import { Driver } from '../engine/harness';
import {
  MAX_ELEMENTS,
  MAX_FRAMES,
  MAX_LEAVES,
  type Plan,
  type Run,
  type Shown,
  type ShownFrame,
  type ShownVariable,
  type Stop,
} from './shapes';

const hex = (value: bigint): string => value.toString(16);

/** Members as they are, as gdb shows them without its pretty-printers. */
function presenter(frame: StackFrame): Presenter {
  const { module, lookupPc } = frame;
  const language = module?.data.languageAt(module.toFile(lookupPc));
  return new Presenter({
    registry: builtinFormatters,
    limits: DEFAULT_LIMITS,
    format: { isRaw: true },
    ...(language && { language }),
  });
}

const SCALARS: readonly string[] = ['integer', 'float', 'enum'];

type Leaves = Record<string, string | null>;

/** Takes an object apart into its scalars. */
function flatten(object: DataObject, path: string, leaves: Leaves): void {
  if (Object.keys(leaves).length > MAX_LEAVES) return;
  try {
    const { bare } = object;
    switch (bare.kind) {
      case 'struct': {
        for (const member of bare.members) flatten(object.at(member), path + memberPath(member), leaves);
        const { variantPart } = bare;
        if (variantPart?.discriminant) flatten(object.at(variantPart.discriminant), path, leaves);
        const variant = object.activeVariant();
        if (variant) flatten(object.at(variant.member), path + memberPath(variant.member), leaves);
        return;
      }
      case 'array': {
        const count = Math.min(object.count ?? 0, MAX_ELEMENTS);
        for (let i = 0; i < count; i++) flatten(object.element(i), `${path}[${i + bare.lowerBound}]`, leaves);
        return;
      }
      case 'complex':
        for (const i of [0, 1]) flatten(object.element(i), `${path}[${i}]`, leaves);
        return;
      case 'memberPointer':
      case 'void':
        return;
      default: {
        const width = object.bitField?.size ?? 8 * (bare.kind === 'function' ? 8 : scalarSize(object));
        leaves[path] = hex(BigInt.asUintN(width, object.bits()));
      }
    }
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    leaves[path] = error.message === 'optimized out' ? null : `!${error.message}`;
  }
}

/** Bytes that count. */
function scalarSize({ bare }: DataObject): number {
  if (bare.kind === 'float' && bare.format === 'x87') return 10;
  return bare.kind === 'reference' ? 8 : (sizeOfType(bare) ?? 8);
}

function memberPath(member: Member): string {
  if (member.isBase) return `.<${typeName(member.type)}>`;
  return member.name === undefined ? '' : `.${member.name}`;
}

function shownVariable(variable: Variable, space: EvaluationContext, texts: Presenter): ShownVariable {
  const object = new DataObject(space, variable.type, variable.locate(space.frame!));
  const leaves: Leaves = {};
  flatten(object, '', leaves);
  const { address, bare } = object;
  const frame = space.frame!;
  const alone = variable.locate({ ...frame, caller: () => undefined });
  const isFromCaller = alone.kind !== object.storage.kind;
  const isReadable = typeof leaves[''] === 'string' && !leaves[''].startsWith('!');
  return {
    name: variable.name,
    isArgument: variable.kind === 'argument',
    type: typeName(variable.type),
    ...(address !== undefined && bare.kind !== 'reference' && { address: hex(address) }),
    leaves,
    ...(isFromCaller && { isFromCaller }),
    ...(SCALARS.includes(bare.kind) && isReadable && { text: texts.text(object) }),
  };
}

function shownFrame(driver: Driver, frame: StackFrame): ShownFrame {
  const space = driver.target.evaluationContext(frame, 'read');
  const texts = presenter(frame);
  const { module } = frame;
  const scopes: ShownVariable[][] = [];
  for (let scope: DataScope | undefined = frame.scope; scope; scope = scope.parent) {
    const variables = scope.variables.filter(({ kind }) => kind !== 'global');
    scopes.push(variables.map((variable) => shownVariable(variable, space, texts)));
    if (scope.kind !== 'block') break;
  }
  const elsewhere: string[] = [];
  let outermost = frame.scope;
  while (outermost?.kind === 'block' && outermost.parent) outermost = outermost.parent;
  collectNames(outermost, elsewhere);
  return {
    elsewhere,
    name: frame.functionName ?? null,
    file: frame.source ? basename(frame.source.path) : null,
    line: frame.source?.line ?? 0,
    isInlined: frame.isInlined,
    isAtEntry: module?.symbolAt(frame.pc)?.offset === 0n,
    isStatement: module?.lines.lineAt(module.toFile(frame.lookupPc))?.isStmt ?? true,
    pc: hex(frame.pc),
    scopes,
  };
}

/** Names in all blocks of a function or inlined call, those of calls inlined into it included. */
function collectNames(scope: DataScope | undefined, into: string[]): void {
  for (const block of scope?.blocks ?? []) {
    for (const { name } of block.variables) into.push(name);
    collectNames(block, into);
  }
}

function shownFrames(driver: Driver): ShownFrame[] {
  const shown: ShownFrame[] = [];
  const stack = driver.target.stack(driver.tid);
  for (let i = 0; i < MAX_FRAMES; i++) {
    const frame = stack.frame(i);
    if (!frame) break;
    shown.push(shownFrame(driver, frame));
    if (/^(?:\w+::)?main$/.test(frame.functionName ?? '') && !frame.isInlined) break;
  }
  return shown;
}

/** The stop and what is seen after steps, as far as those end where the oracle's do; `expected` says where. */
async function shownSteps(driver: Driver, steps: readonly number[], expected: Stop | undefined) {
  const shown: Shown[] = [{ after: 0, frames: shownFrames(driver) }];
  let taken = 0;
  for (const [i, after] of steps.entries()) {
    for (; taken < after; taken++) {
      driver.target.step(driver.tid, 'into', 'instruction');
      if (!(await driver.stopOrExit())) return { shown, isAlive: false };
    }
    const frames = shownFrames(driver);
    shown.push({ after, frames });
    // One that went another way is not followed: what comes after it cannot be compared.
    if (frames[0]?.pc !== expected?.shown[i + 1]?.frames[0]?.pc) break;
  }
  return { shown, isAlive: true };
}

/** A program that has been started and waits, with its breakpoints set. */
export interface Prepared {
  readonly driver: Driver;
  readonly lines: Run['lines'];
}

export async function prepare(plan: Plan): Promise<Prepared> {
  const driver = await Driver.launchProgram(plan.program, plan.source, { args: [...plan.args] });
  const { target } = driver;
  const breakpoints = setBreakpoints(driver, plan.source, plan.lines, plan.functions);
  const placesOf = (addresses: readonly VirtAddr[]) =>
    addresses.map((address) => ({ address: hex(address), line: target.lineAt(address)?.line ?? 0 }));
  const names = [...plan.lines.map(String), ...plan.functions];
  const lines = Object.fromEntries(breakpoints.map(({ addresses }, i) => [names[i]!, placesOf(addresses)]));
  return { driver, lines };
}

function setBreakpoints(driver: Driver, source: string, lines: readonly number[], functions: readonly string[]) {
  const { breakpoints } = driver.target;
  return [
    ...breakpoints.setSource(
      source,
      lines.map((line) => ({ line })),
    ),
    ...breakpoints.setFunctions(functions.map((name) => ({ name }))),
  ];
}

/** @param oracle what the other debugger made of the plan */
export async function ourRun(plan: Plan, { driver, lines }: Prepared, oracle: Run): Promise<Run> {
  const isShared = (place: string | number): boolean =>
    addressesOf(lines, String(place)) === addressesOf(oracle.lines, String(place));
  setBreakpoints(driver, plan.source, plan.lines.filter(isShared), plan.functions.filter(isShared));
  const expected = new Map(oracle.stops.map((stop) => [`${stop.pc} ${stop.hit}`, stop]));
  const stops: Stop[] = [];
  const hits = new Map<string, number>();
  driver.start();
  for (;;) {
    const event = await driver.stopOrExit();
    if (!event) break;
    const pc = hex(driver.target.stack(event.tid).frame(0)!.pc);
    const hit = (hits.get(pc) ?? 0) + 1;
    hits.set(pc, hit);
    if (plan.hits.includes(hit)) {
      const steps = hit === plan.hits[0] ? plan.steps : [];
      const { shown, isAlive } = await shownSteps(driver, steps, expected.get(`${pc} ${hit}`));
      stops.push({ pc, hit, shown });
      if (!isAlive) break;
    }
    driver.resume();
  }
  await driver.dispose();
  return { lines, stops };
}

/** The addresses of the breakpoints of a line or function, in order. */
export function addressesOf(lines: Run['lines'], place: string): string {
  return (lines[place] ?? [])
    .map(({ address }) => address)
    .sort()
    .join(' ');
}
