/** The scopes of a frame and the variables in them. */
import { DataObject } from '../expr/dataobject';
import type { DataValue } from '../expr/data';
import { returnStorage } from '../symbols/data/callingconvention';
import type { DataScope, Variable } from '../symbols/data/variables';
import type { Session } from './session';
import type { FrameView } from './frameview';
import { ValueNode, type NodeParts } from './valuenode';

/** First parts of the paths below a frame. */
export const LOCALS = 'locals';
export const ARGUMENTS = 'arguments';
export const STATICS = 'statics';
export const GLOBALS = 'globals';
export const RETURNED = 'returned';

/** The blocks of the function or inlined call that a frame shows, the function's own scope first. */
function blocksOf(view: FrameView): DataScope[] {
  const blocks: DataScope[] = [];
  for (let { scope } = view; scope; scope = scope.parent) {
    blocks.unshift(scope);
    if (scope.kind !== 'block') break;
  }
  return blocks;
}

function node(view: FrameView, variable: Variable, more: Partial<NodeParts> = {}): ValueNode {
  const kind = variable.kind === 'static' ? 'static' : variable.kind === 'constant' ? 'constant' : undefined;
  return new ValueNode(view, {
    name: variable.name,
    value: objectOf(view, variable),
    expression: variable.name,
    presenter: view.presenter(),
    ...(kind && { kind }),
    ...more,
  });
}

/**
 * Whether the function of a frame has locals or arguments, wherever in it the frame stands. Where a file is missing that
 * would tell, the locals say so.
 */
export function declares(view: FrameView, name: typeof LOCALS | typeof ARGUMENTS): boolean {
  if (!view.scope && view.missing !== undefined) return name === LOCALS;
  const [outermost] = blocksOf(view);
  const isWanted = ({ kind, name: own }: Variable): boolean =>
    own !== '' && (kind === 'argument') === (name === ARGUMENTS);
  const within = (scope: DataScope): boolean =>
    scope.variables.some(isWanted) || (scope.blocks ?? []).some((block) => block.kind === 'block' && within(block));
  return outermost !== undefined && within(outermost);
}

/** The object of a variable in a frame. */
export function objectOf(view: FrameView, variable: Variable): DataValue {
  const { space } = view;
  const storage = space.frame
    ? variable.locate(space.frame)
    : ({ kind: 'unavailable', reason: 'there is no frame' } as const);
  return new DataObject(space, variable.type, storage);
}

/**
 * The variables of a scope, made once while the frame stands still; undefined for what is no scope of variables.
 */
export function scopeNodes(session: Session, view: FrameView, name: string | undefined): ValueNode[] | undefined {
  const make = name === undefined ? undefined : makers[name];
  if (name === undefined || !make) return undefined;
  let nodes = view.scopes.get(name);
  if (!nodes) view.scopes.set(name, (nodes = make(view, session)));
  return nodes;
}

const makers: Readonly<Record<string, ((view: FrameView, session: Session) => ValueNode[]) | undefined>> = {
  [LOCALS]: localNodes,
  [ARGUMENTS]: argumentNodes,
  [STATICS]: staticNodes,
  [GLOBALS]: globalNodes,
  [RETURNED]: returnedNodes,
};

function argumentNodes(view: FrameView): ValueNode[] {
  const [outermost] = blocksOf(view);
  const all = outermost?.variables.filter(({ kind, name }) => kind === 'argument' && name !== '') ?? [];
  return all.map((variable) => node(view, variable));
}

/**
 * Locals in the order of their declaration, what the compiler declared last. A name that an inner block declares again
 * stands for the innermost; the others say where they were declared: `x@12`.
 */
function localNodes(view: FrameView): ValueNode[] {
  const value = view.scope ? undefined : view.missing;
  if (value !== undefined) {
    return [new ValueNode(view, { name: 'variables', value, expression: undefined, presenter: view.presenter() })];
  }
  const all = blocksOf(view).flatMap(({ variables }) => variables.filter(({ name }) => name !== ''));
  const last = new Map(all.map((variable) => [variable.name, variable]));
  const locals = all.filter(({ kind }) => kind !== 'argument');
  return [...locals.filter((each) => !each.isArtificial), ...locals.filter((each) => each.isArtificial)].map(
    (variable) =>
      last.get(variable.name) === variable
        ? node(view, variable)
        : node(view, variable, { remark: String(variable.line ?? '?'), expression: undefined }),
  );
}

/** Variables outside of functions, with the namespaces and classes that they are in. */
function fileNodes(view: FrameView, variables: readonly Variable[]): ValueNode[] {
  // What rustc describes its vtables with is nobody's variable.
  const own = variables.filter(({ name }) => !name.endsWith('{vtable}'));
  return own.map((variable) => {
    const { qualifiedName, kind } = variable;
    return node(view, variable, {
      name: qualifiedName,
      expression: qualifiedName,
      kind: kind === 'constant' ? 'constant' : undefined,
    });
  });
}

/**
 * In C and C++ those that the unit's own file declares and the file that the frame is in: what headers declare for
 * everybody would hide them.
 */
function staticNodes(view: FrameView): ValueNode[] {
  const { frame, language } = view;
  if (!frame?.module) return [];
  const { data } = frame.module;
  const address = frame.module.toFile(frame.lookupPc);
  const all = data.staticsAt(address);
  const source = data.sourceFileAt?.(address);
  if (source === undefined || (language !== 'c' && language !== 'c++')) return fileNodes(view, all);
  return fileNodes(
    view,
    all.filter(({ file = source }) => file === source || file === frame.source?.path),
  );
}

function globalNodes(view: FrameView): ValueNode[] {
  const { frame } = view;
  return frame?.module ? fileNodes(view, frame.module.data.globalsAt(frame.module.toFile(frame.lookupPc))) : [];
}

/** What the function returned that a step has just left; none without. */
function returnedNodes(view: FrameView, session: Session): ValueNode[] {
  const { frame, space } = view;
  const returned = frame?.index === 0 ? session.target.returned(view.key.tid) : undefined;
  const result = returned?.function?.type.result;
  if (!returned || !result) return [];
  const { registers } = returned;
  const storage = returnStorage(result, registers);
  const value = new DataObject({ ...space, registers, write: undefined }, result, storage);
  const name = returned.function.name ?? returned.name ?? 'the function';
  return [new ValueNode(view, { name: `${name}()`, value, expression: undefined, presenter: view.presenter() })];
}
