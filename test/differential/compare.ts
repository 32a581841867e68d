/** Compares what two debuggers say of a run, fact by fact: a frame, a variable, where a step ends. */
import { type Cell, nameOf } from './matrix';
import { addressesOf } from './ours';
import type { Run, Shown, ShownFrame, ShownVariable, Stop } from './shapes';
import { reasonFor } from './rules';
import { isSameName, isSameText, typeSpelling } from './spelling';

/** What is not the same. */
export interface Difference {
  readonly cell: Cell;
  readonly kind:
    'line' | 'tail call' | 'stop' | 'step' | 'frame' | 'depth' | 'missing' | 'surplus' | 'order' | 'variable';
  /** `lists.c:33 after next, frame 1 (find)` */
  readonly where: string;
  readonly frameIndex: number;
  /** Stacks that are not of the same depth. */
  readonly stacks?: { readonly theirs: readonly ShownFrame[]; readonly ours: readonly ShownFrame[] };
  readonly frames?: { readonly theirs: ShownFrame; readonly ours: ShownFrame };
  readonly variables?: { readonly theirs: ShownVariable | undefined; readonly ours: ShownVariable | undefined };
  /** What of a variable or a frame differs, in words that a rule may look at. */
  readonly what: readonly string[];
}

/** How often the two agree, where ours is better and why, and what is wrong. */
export class Tally {
  agreed = 0;
  readonly better = new Map<string, number>();
  readonly wrong: string[] = [];

  constructor(
    private readonly cell: Cell,
    /** Places of facts that are not compared. */
    private readonly excluded: ReadonlySet<string>,
  ) {}

  /** Places of the variables that differed. */
  readonly places = new Set<string>();

  agree(): void {
    this.agreed++;
  }

  differ(difference: Omit<Difference, 'cell'>): void {
    if (this.excluded.has(difference.where)) return;
    if (difference.kind === 'variable') this.places.add(difference.where);
    const whole = { ...difference, cell: this.cell };
    const reason = reasonFor(whole);
    if (reason !== undefined) this.better.set(reason, (this.better.get(reason) ?? 0) + 1);
    else
      this.wrong.push(`${nameOf(this.cell)}: ${difference.where}: ${difference.kind}: ${difference.what.join('; ')}`);
  }

  /** One fact. */
  judge(difference: Omit<Difference, 'cell'>): void {
    if (difference.what.length === 0) this.agree();
    else this.differ(difference);
  }
}

/**
 * Compares two runs. What the oracle itself has differently in `again`, another run of the same, is not compared: keys of
 * hash tables, pointers that glibc guards, what is left of them in registers and on the stack.
 */
export function compareRuns(cell: Cell, theirs: Run, ours: Run, again?: Run): Tally {
  const unstable = again ? compareRuns(cell, theirs, again).places : new Set<string>();
  const tally = new Tally(cell, unstable);
  for (const [line, places] of Object.entries(theirs.lines)) {
    const isSame = addressesOf(theirs.lines, line) === addressesOf(ours.lines, line);
    const words = (list: typeof places = []): string =>
      list.map(({ address, line: at }) => `${address} of line ${at}`).join(', ');
    const what = isSame ? [] : [`gdb has ${words(places)}, we have ${words(ours.lines[line])}`];
    tally.judge({ kind: 'line', where: `${cell.source}:${line}`, frameIndex: 0, what });
  }
  const key = (stop: Stop): string => `${stop.pc} ${stop.hit}`;
  const own = new Map(ours.stops.map((stop) => [key(stop), stop]));
  for (const stop of theirs.stops) {
    const found = own.get(key(stop));
    own.delete(key(stop));
    const where = placeOf(stop.shown[0]);
    if (found) compareStop(tally, stop, found, where);
    else tally.differ({ kind: 'stop', where, frameIndex: 0, what: ['only gdb stops'] });
  }
  for (const stop of own.values()) {
    tally.differ({ kind: 'stop', where: placeOf(stop.shown[0]), frameIndex: 0, what: ['gdb does not stop'] });
  }
  return tally;
}

function placeOf(shown: Shown | undefined): string {
  const frame = shown?.frames[0];
  return `${frame?.file}:${frame?.line} (${frame?.pc})`;
}

function compareStop(tally: Tally, theirs: Stop, ours: Stop, place: string): void {
  for (const [i, shown] of theirs.shown.entries()) {
    const own = ours.shown[i];
    // After a step that ended elsewhere.
    if (!own) return;
    const where = shown.after === 0 ? place : `${place} after ${shown.after} instructions`;
    if (shown.frames[0]?.pc !== own.frames[0]?.pc) {
      const frames = { theirs: shown.frames[0]!, ours: own.frames[0]! };
      const what = [`gdb is at ${placeOf(shown)}, we are at ${placeOf(own)}`];
      tally.differ({ kind: 'step', where, frameIndex: 0, frames, what });
      return;
    }
    tally.agree();
    compareStacks(tally, shown.frames, own.frames, where);
  }
}

function compareStacks(tally: Tally, shown: readonly ShownFrame[], own: readonly ShownFrame[], where: string): void {
  const ours = own.filter(({ isTailCall }) => !isTailCall);
  const theirs = shown.filter(({ isTailCall }) => !isTailCall);
  if (theirs.length < shown.length) {
    const gone = shown.filter(({ isTailCall }) => isTailCall).map(({ name }) => name);
    tally.differ({ kind: 'tail call', where, frameIndex: 0, what: [`gdb adds ${gone.join(' < ')}`] });
  }
  if (theirs.length !== ours.length) {
    const names = (frames: readonly ShownFrame[]): string => frames.map(({ name }) => name).join(' < ');
    const what = [`gdb has ${names(theirs)}, we have ${names(ours)}`];
    tally.differ({ kind: 'depth', where, frameIndex: 0, what, stacks: { theirs, ours } });
    return;
  }
  for (const [frameIndex, frame] of theirs.entries()) {
    const own = ours[frameIndex]!;
    const frames = { theirs: frame, ours: own };
    const place = `${where}, frame ${frameIndex} (${frame.name})`;
    const what = [
      ...(isSameName(frame.name, own.name) ? [] : same(frame.name, own.name, 'name')),
      ...same(`${frame.file}:${frame.line}`, `${own.file}:${own.line}`, 'line'),
      ...same(frame.isInlined, own.isInlined, 'inlined'),
      ...same(frame.pc, own.pc, 'pc'),
    ];
    tally.judge({ kind: 'frame', where: place, frameIndex, frames, what });
    compareScopes(tally, frames, frameIndex, place);
  }
}

function same(theirs: unknown, ours: unknown, title = ''): string[] {
  return theirs === ours ? [] : [`${title} gdb has ${String(theirs)}, we have ${String(ours)}`.trimStart()];
}

function compareScopes(
  tally: Tally,
  frames: { readonly theirs: ShownFrame; readonly ours: ShownFrame },
  frameIndex: number,
  where: string,
): void {
  // gdb has no block where nothing is declared.
  const theirs = frames.theirs.scopes.filter((scope) => scope.length > 0);
  const ours = frames.ours.scopes.filter((scope) => scope.length > 0);
  // Counted from the function's own scope: an inner block may be one too many.
  for (let i = 1; i <= Math.max(theirs.length, ours.length); i++) {
    const scope = theirs[theirs.length - i] ?? [];
    const rest = [...(ours[ours.length - i] ?? [])];
    const common = new Set<string>();
    // Several may have one name (`self` of a function and of what is inlined into it): equal ones are pairs first.
    const hasEqual = (variable: ShownVariable): boolean =>
      rest.some((each) => each.name === variable.name && differences(variable, each).length === 0);
    const equalFirst = [...scope.filter(hasEqual), ...scope.filter((variable) => !hasEqual(variable))];
    for (const variable of equalFirst) {
      const named = rest.filter(({ name }) => name === variable.name);
      const [best] = named.sort((a, b) => differences(variable, a).length - differences(variable, b).length);
      const place = `${where}, ${variable.name}`;
      const variables = { theirs: variable, ours: best };
      if (best) {
        rest.splice(rest.indexOf(best), 1);
        common.add(variable.name);
        const what = differences(variable, best);
        tally.judge({ kind: 'variable', where: place, frameIndex, frames, variables, what });
      } else {
        const what = [`gdb has ${JSON.stringify(variable)}`];
        tally.differ({ kind: 'missing', where: place, frameIndex, frames, variables, what });
      }
    }
    for (const variable of rest) {
      const variables = { theirs: undefined, ours: variable };
      const what = [`we have ${JSON.stringify(variable)}`];
      tally.differ({ kind: 'surplus', where: `${where}, ${variable.name}`, frameIndex, frames, variables, what });
    }
    // In inner blocks gdb's order is that of a hash table.
    if (i > 1) continue;
    // Arguments and locals are listed apart.
    for (const isArgument of [true, false]) {
      const listed = (from: readonly ShownVariable[] = []): string =>
        from.flatMap((each) => (each.isArgument === isArgument && common.has(each.name) ? [each.name] : [])).join();
      const what = same(listed(scope), listed(ours[ours.length - i]));
      if (what.length > 0) tally.differ({ kind: 'order', where, frameIndex, frames, what });
    }
  }
}

/** What two debuggers say differently of a variable. */
function differences(theirs: ShownVariable, ours: ShownVariable): string[] {
  const found = [
    ...same(theirs.isArgument, ours.isArgument, 'argument'),
    ...same(typeSpelling(theirs.type), typeSpelling(ours.type), 'type'),
    ...same(theirs.address, ours.address, 'address'),
  ];
  if (theirs.text === undefined || ours.text === undefined || !isSameText(theirs.text, ours.text)) {
    found.push(...same(theirs.text, ours.text, 'text'));
  }
  for (const path of new Set([...Object.keys(theirs.leaves), ...Object.keys(ours.leaves)])) {
    const [leaf, own] = [leafAt(theirs, path), leafAt(ours, path)];
    if (leaf === own || theirs.leaves[path] === '?' || theirs.leaves[path.replace(/\[\d+\]$/, '')] === '?') continue;
    // One of them fails for the whole and the other one for each part of it.
    if (leaf === FAILED && own === undefined && hasParts(ours, path)) continue;
    if (own === FAILED && leaf === undefined && hasParts(theirs, path)) continue;
    found.push(
      `leaf ${path} gdb has ${theirs.leaves[path] ?? String(leaf)}, we have ${ours.leaves[path] ?? String(own)}`,
    );
  }
  return found;
}

/** A pointer that is gone, to something that is not (DW_OP_implicit_pointer), in the words of each. */
const IS_DROPPED_POINTER = /^!(?:<synthetic pointer>|cannot use offset on synthetic pointer|optimized out: only what)/;

/** Each debugger has its own words for why there is nothing. */
const FAILED = '!';

/** A scalar's bits, null for what the compiler dropped; FAILED when it or something around it cannot be had. */
function leafAt({ leaves }: ShownVariable, path: string): string | null | undefined {
  const own = leaves[path];
  if (own !== undefined && own !== null && IS_DROPPED_POINTER.test(own)) return null;
  if (own !== undefined) return own?.startsWith('!') ? FAILED : own;
  const around = Object.entries(leaves).some(([outer, leaf]) => leaf?.startsWith('!') && path.startsWith(outer));
  return around ? FAILED : undefined;
}

function hasParts({ leaves }: ShownVariable, path: string): boolean {
  return Object.keys(leaves).some((each) => each.startsWith(path) && each !== path);
}
