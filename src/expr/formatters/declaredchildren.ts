/** The children that a declared formatter lists: by name, of an array, of a linked list, of a binary tree. */
import { DataError, type DataValue } from '../data';
import type { Child, Children, FormatContext } from '../formatter';
import type { ObjectExpression } from './objectexpression';

export interface NamedSpec {
  readonly name: string;
  readonly value: string;
  /** Left out where this is 0. */
  readonly if?: string | undefined;
}

/** Every expression but `head`, `root`, `data` and `count` is one over a node or an element. */
export type ChildrenSpec =
  | readonly NamedSpec[]
  | {
      readonly array: {
        readonly data: string;
        readonly count: string;
        readonly key?: string | undefined;
        readonly value?: string | undefined;
      };
    }
  | {
      readonly list: {
        readonly head: string;
        readonly next: string;
        readonly count?: string | undefined;
        readonly key?: string | undefined;
        readonly value?: string | undefined;
      };
    }
  | {
      readonly tree: {
        readonly root: string;
        readonly left: string;
        readonly right: string;
        readonly count?: string | undefined;
        readonly key?: string | undefined;
        readonly value?: string | undefined;
      };
    };

type Compile = (place: string, text: string) => ObjectExpression;
type Lister = (value: DataValue, context: FormatContext) => Children;

/** `compile` is given the place of each expression in the specification. */
export function childrenOfSpec(spec: ChildrenSpec, compile: Compile): Lister {
  if ('array' in spec) return arrayLister(spec.array, (key, text) => compile(`.array.${key}`, text));
  if ('list' in spec) return listLister(spec.list, (key, text) => compile(`.list.${key}`, text));
  if ('tree' in spec) return treeLister(spec.tree, (key, text) => compile(`.tree.${key}`, text));
  return namedLister(spec, compile);
}

function namedLister(specs: readonly NamedSpec[], compile: Compile): Lister {
  const lines = specs.map(({ name, value, if: condition }, i) => ({
    name,
    source: value,
    value: compile(`[${i}].value`, value),
    condition: condition === undefined ? undefined : compile(`[${i}].if`, condition),
  }));
  return (object) => {
    const shown = lines.filter(({ condition }) => condition?.evaluate(object).isTrue() ?? true);
    return {
      kind: 'named',
      count: shown.length,
      slice: (start, count) =>
        shown.slice(start, start + count).map(({ name, source, value }) => ({
          name,
          ...evaluated(() => value.evaluate(object).value),
          // Of a plain path of members there is an expression.
          ...(/^[A-Za-z_]\w*(\.\w+)*$/.test(source) && { expression: (parent: string) => `${parent}.${source}` }),
        })),
    };
  };
}

/** A child that cannot be had says why, and the others are there. */
function evaluated(make: () => DataValue): { readonly value: DataValue | string } {
  try {
    return { value: make() };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { value: `<${error.message}>` };
  }
}

/** What an element or a node shows, and under which name. */
interface ElementSpec {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
}

function elementMaker(
  spec: ElementSpec,
  compile: Compile,
): (node: DataValue, index: number, context: FormatContext) => Child {
  const key = spec.key === undefined ? undefined : compile('key', spec.key);
  const value = spec.value === undefined ? undefined : compile('value', spec.value);
  return (node, index, context) => ({
    name: key ? `[${context.summarize(key.evaluate(node).value)}]` : `[${index}]`,
    ...evaluated(() => (value ? value.evaluate(node).value : node)),
  });
}

function arrayLister(spec: { readonly data: string; readonly count: string } & ElementSpec, compile: Compile): Lister {
  const data = compile('data', spec.data);
  const count = compile('count', spec.count);
  const make = elementMaker(spec, compile);
  return (object, context) => {
    const total = count.evaluate(object).count();
    const elements = data.evaluate(object);
    return {
      kind: 'indexed',
      count: total,
      slice: (start, wanted) =>
        range(start, Math.min(total, start + wanted)).map((index) => make(elements.element(index), index, context)),
    };
  };
}

function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}

/** Nodes that are walked once, as far as somebody looks. */
class Walk {
  private readonly nodes: DataValue[] = [];
  private ended = false;

  constructor(
    private readonly source: Iterator<DataValue, undefined>,
    private readonly limit: number,
  ) {}

  upTo(count: number): readonly DataValue[] {
    while (!this.ended && this.nodes.length < Math.min(count, this.limit)) {
      const step = this.source.next();
      if (step.done === true) this.ended = true;
      else this.nodes.push(step.value);
    }
    return this.nodes;
  }
}

function walked(
  walk: Walk,
  stated: number | undefined,
  make: (node: DataValue, index: number) => Child,
  { limits }: FormatContext,
): Children {
  const total = Math.min(stated ?? walk.upTo(limits.nodes).length, limits.nodes);
  return {
    kind: 'indexed',
    count: total,
    slice: (start, wanted) => {
      const end = Math.min(total, start + wanted);
      const nodes = walk.upTo(end);
      const children = nodes.slice(start, end).map((node, i) => make(node, start + i));
      // The structure says that it has more than can be reached.
      const missing = end - Math.max(start, nodes.length);
      return missing > 0 ? [...children, { name: '<error>', value: `<${missing} more are not reachable>` }] : children;
    },
  };
}

function listLister(
  spec: { readonly head: string; readonly next: string; readonly count?: string | undefined } & ElementSpec,
  compile: Compile,
): Lister {
  const head = compile('head', spec.head);
  const next = compile('next', spec.next);
  const count = spec.count === undefined ? undefined : compile('count', spec.count);
  const make = elementMaker(spec, compile);
  function* nodes(object: DataValue): Generator<DataValue, undefined> {
    const seen = new Set<bigint>();
    for (let pointer = head.evaluate(object).value; ;) {
      const address = pointer.bits();
      // Circular lists end where they began, and broken ones where they were before.
      if (address === 0n || seen.has(address)) return undefined;
      seen.add(address);
      const node = pointer.dereference();
      yield node;
      pointer = next.evaluate(node).value;
    }
  }
  return (object, context) =>
    walked(
      new Walk(nodes(object), context.limits.nodes),
      count?.evaluate(object).count(),
      (node, index) => make(node, index, context),
      context,
    );
}

/** Trees deeper than this are taken for damage. */
const MAX_TREE_DEPTH = 512;

function treeLister(
  spec: {
    readonly root: string;
    readonly left: string;
    readonly right: string;
    readonly count?: string | undefined;
  } & ElementSpec,
  compile: Compile,
): Lister {
  const root = compile('root', spec.root);
  const left = compile('left', spec.left);
  const right = compile('right', spec.right);
  const count = spec.count === undefined ? undefined : compile('count', spec.count);
  const make = elementMaker(spec, compile);
  /** In order: what is left of a node, the node, what is right of it. */
  function* nodes(object: DataValue): Generator<DataValue, undefined> {
    const waiting: DataValue[] = [];
    const seen = new Set<bigint>();
    let pointer = root.evaluate(object).value;
    for (;;) {
      while (pointer.bits() !== 0n) {
        if (seen.has(pointer.bits()) || waiting.length >= MAX_TREE_DEPTH) {
          throw new DataError(`the tree comes back to 0x${pointer.bits().toString(16)}`);
        }
        seen.add(pointer.bits());
        const node = pointer.dereference();
        waiting.push(node);
        pointer = left.evaluate(node).value;
      }
      const node = waiting.pop();
      if (!node) return undefined;
      yield node;
      pointer = right.evaluate(node).value;
    }
  }
  return (object, context) =>
    walked(
      new Walk(nodes(object), context.limits.nodes),
      count?.evaluate(object).count(),
      (node, index) => make(node, index, context),
      context,
    );
}
