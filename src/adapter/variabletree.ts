/**
 * From references to lines and back. A reference names a path (`locals`, `p`, `next`); while its frame stands still the
 * line it belongs to is remembered, and after a step it is found again by walking the path.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { UserError } from '../common/errors';
import { EVALUATED, evaluatedNode } from './evaluatednode';
import { FrameView } from './frameview';
import { scalarElements } from './scalarelements';
import { scopeNodes } from './scopenodes';
import type { Session } from './session';
import type { ValueNode } from './valuenode';

/** A part of a listing; a count of 0 means all. */
export interface Page {
  readonly filter: 'named' | 'indexed' | undefined;
  readonly start: number;
  readonly count: number;
  /** Numbers are to be shown in hexadecimal. */
  readonly hex?: boolean | undefined;
}

/** Lines in one answer to a client that did not say how many it wants. */
const MAX_LINES = 10_000;

/** A line as DAP describes it; `reference` is asked for one when there is something below it. */
export function describeNode(node: ValueNode, reference: () => number, hex = false): DebugProtocol.Variable {
  const described = node.describe(hex);
  if (!node.hasChildren) return { ...described, variablesReference: 0 };
  const variablesReference = reference();
  node.view.nodes.set(variablesReference, node);
  return { ...described, variablesReference };
}

/** What tells a line from the others in its list. */
function segmentOf({ parts: { name, remark } }: ValueNode): string {
  return remark === undefined ? name : `${name}@${remark}`;
}

/** The lines below a reference. Throws UserError. */
export function listVariables(
  session: Session,
  view: FrameView,
  reference: number,
  path: readonly string[],
  { filter, start, count, hex = false }: Page,
): DebugProtocol.Variable[] {
  const wanted = count === 0 ? MAX_LINES : count;
  const describe = (nodes: readonly ValueNode[]): DebugProtocol.Variable[] =>
    nodes.map((node) => describeNode(node, () => session.references.child(reference, segmentOf(node)), hex));
  if (path.length === 1) {
    const nodes = scopeNodes(session, view, path[0]);
    if (nodes) return filter === 'indexed' ? [] : describe(nodes.slice(start, start + wanted));
  }
  const node = nodeOf(session, view, reference, path);
  // An array has no named lines, so that its elements count from 0 whatever the filter.
  const elements = filter === 'named' ? undefined : scalarElements(node, start, wanted, hex);
  return elements ?? describe(node.children(filter, start, wanted));
}

/** The line of a reference. Throws UserError when there is none any more. */
function nodeOf(session: Session, view: FrameView, reference: number, path: readonly string[]): ValueNode {
  let node = view.nodes.get(reference);
  if (!node) {
    node = walk(session, view, path);
    view.nodes.set(reference, node);
  }
  return node;
}

function walk(session: Session, view: FrameView, path: readonly string[]): ValueNode {
  const [root, first, ...rest] = path;
  const begin =
    root === EVALUATED
      ? evaluatedNode(view, first ?? '')
      : scopeNodes(session, view, root)?.find((node) => segmentOf(node) === first);
  const found = rest.reduce((node, segment) => node?.child(segment), begin);
  if (!found)
    throw new UserError(`There is no ${path.slice(1).join('.')} here any more.`, { code: 'no-such-variable' });
  return found;
}

/** The line called `name` below a reference: what setVariable and data breakpoints name. Throws UserError. */
export function findVariable(session: Session, reference: number, name: string): ValueNode {
  const { frame, path } = session.references.place(reference);
  const view = FrameView.of(session, frame);
  const found =
    path.length === 1 && path[0] !== EVALUATED
      ? scopeNodes(session, view, path[0])?.find((node) => segmentOf(node) === name)
      : nodeOf(session, view, reference, path).child(name.startsWith('*') ? '*' : name);
  if (!found) throw new UserError(`There is no variable ${name} here.`, { code: 'no-such-variable' });
  return found;
}
