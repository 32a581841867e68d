/** One line of the Variables view that stands for a value: what DAP says of it, and the lines below. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { formatAddress } from '../common/addresses';
import type { DataValue } from '../expr/data';
import type { Child, Children } from '../expr/formatter';
import { singleLine } from '../expr/presentation/characters';
import { childrenOf, hasChildren, operand, type Below } from '../expr/presentation/children';
import { clauseOf, type Presenter } from '../expr/presentation/presenter';
import { typeText } from '../expr/presentation/typetexts';
import { bareType, type BareType } from '../symbols/data/types';
import type { FrameView } from './frameview';

type Hint = NonNullable<DebugProtocol.Variable['presentationHint']>;

/** What a line is made of. */
export interface NodeParts {
  readonly name: string;
  /** Text for what is no object of the program. */
  readonly value: DataValue | string;
  /** How one would write it; undefined when there is no way. */
  readonly expression: string | undefined;
  readonly presenter: Presenter;
  readonly kind?: Child['kind'] | 'constant';
  readonly access?: Child['access'];
  /** Line of its declaration, shown with names that others hide. */
  readonly remark?: string;
}

/** Elements and members that a client may be told the number of: its own numbers are doubles, its lists are not endless. */
const MAX_COUNT = 2 ** 31 - 1;

export class ValueNode {
  private belowValue: Below | undefined;

  constructor(
    readonly view: FrameView,
    readonly parts: NodeParts,
  ) {}

  get value(): DataValue | string {
    return this.parts.value;
  }

  get text(): string {
    return this.textIn(this.parts.presenter);
  }

  private textIn(presenter: Presenter): string {
    const { value } = this.parts;
    return typeof value === 'string' ? singleLine(value) : presenter.text(value);
  }

  get type(): string {
    const { value } = this.parts;
    return typeof value === 'string' ? '' : typesOf(value);
  }

  get hasChildren(): boolean {
    const { value, presenter } = this.parts;
    if (this.isScalar) return false;
    return typeof value !== 'string' && hasChildren(presenter, value);
  }

  /** A number or a character without a formatter: has nothing below it and no look but its text. */
  private get isScalar(): boolean {
    const { value, presenter } = this.parts;
    return typeof value !== 'string' && isScalarType(value.bare) && !presenter.formats(value.bare);
  }

  private get below(): Below {
    const { value, presenter } = this.parts;
    if (typeof value === 'string') return { named: undefined, indexed: undefined };
    return (this.belowValue ??= childrenOf(presenter, value));
  }

  get namedCount(): number {
    return this.below.named?.count ?? 0;
  }

  get indexedCount(): number {
    return Math.min(this.below.indexed?.count ?? 0, MAX_COUNT);
  }

  /** Named lines come before indexed ones where both are asked for. */
  children(filter: 'named' | 'indexed' | undefined, start: number, count: number): ValueNode[] {
    const { named, indexed } = this.below;
    if (filter === 'named') return this.wrap(sliceOf(named, start, count));
    if (filter === 'indexed') return this.wrap(sliceOf(indexed, start, count));
    const first = this.namedCount;
    const fromNamed = start < first ? this.children('named', start, Math.min(count, first - start)) : [];
    const rest = count - fromNamed.length;
    return rest > 0 ? [...fromNamed, ...this.children('indexed', Math.max(0, start - first), rest)] : fromNamed;
  }

  /** The line of that name, wherever it is among the others. */
  child(name: string): ValueNode | undefined {
    const { named, indexed } = this.below;
    const own = sliceOf(named, 0, this.namedCount).find((child) => child.name === name);
    if (own) return this.wrap([own])[0];
    if (!indexed) return undefined;
    const guess = Number(/^\[(-?\d+)\]$/.exec(name)?.[1] ?? NaN);
    for (const at of [guess - firstIndex(indexed), 0]) {
      if (!(at >= 0 && at < indexed.count)) continue;
      const page = sliceOf(indexed, at, at === 0 ? Math.min(indexed.count, MAX_SEARCHED) : 1);
      const found = page.find((child) => child.name === name);
      if (found) return this.wrap([found])[0];
    }
    return undefined;
  }

  private wrap(children: readonly Child[]): ValueNode[] {
    const { view } = this;
    const { presenter, expression } = this.parts;
    return children.map(
      (child) =>
        new ValueNode(view, {
          name: child.name === '*' ? `*${this.parts.name}` : child.name,
          value: child.value,
          expression: expression === undefined ? undefined : child.expression?.(operand(expression)),
          presenter: child.isRaw ? view.presenter({ ...presenter.format, isRaw: true }) : presenter,
          ...(child.kind && { kind: child.kind }),
          ...(child.access && { access: child.access }),
        }),
    );
  }

  /** The expression to evaluate for the same again, with the format that it is shown in. */
  get evaluateName(): string | undefined {
    const { expression } = this.parts;
    return expression === undefined ? undefined : expression + this.suffix;
  }

  /** What an expression needs behind it to be shown in the format of this line: `,!,h`. */
  get suffix(): string {
    const { defaultFormat } = this.view;
    const { number, isRaw } = this.parts.presenter.format;
    const format = number === undefined || number === defaultFormat.number ? '' : `,${number}`;
    return `${isRaw && !defaultFormat.isRaw ? ',!' : ''}${format}`;
  }

  /** `hex` shows numbers in hexadecimal that have no format of their own. */
  presenterFor(hex: boolean): Presenter {
    const { presenter } = this.parts;
    const { format } = presenter;
    return hex && format.number === undefined ? this.view.presenter({ ...format, number: 'h' }) : presenter;
  }

  /** What DAP says of it, but for its reference; `hex` as `presenterFor` has it. */
  describe(hex = false): Omit<DebugProtocol.Variable, 'variablesReference'> {
    const { name, value, remark } = this.parts;
    const shown = this.presenterFor(hex);
    const { evaluateName, type } = this;
    // Lists of these are long: what is below depends on the type alone, which spares putting the rest together.
    if (typeof value !== 'string' && value.address !== undefined && this.isScalar && this.isOrdinary) {
      return {
        name: singleLine(name),
        value: this.textIn(shown),
        type,
        evaluateName,
        memoryReference: formatAddress(value.address),
      };
    }
    const address = typeof value === 'string' ? undefined : memoryOf(value);
    const indexed = this.hasIndexed ? this.indexedCount : 0;
    const hint = this.hint();
    return {
      name: singleLine(remark === undefined ? name : `${name}@${remark}`),
      value: this.textIn(shown),
      ...(type !== '' && { type }),
      ...(evaluateName !== undefined && { evaluateName }),
      ...(indexed > 0 && { indexedVariables: indexed, namedVariables: this.namedCount }),
      ...(address !== undefined && { memoryReference: formatAddress(address) }),
      ...(hint && { presentationHint: hint }),
    };
  }

  /** Whether there is nothing to say of it but what every variable has. */
  private get isOrdinary(): boolean {
    const { kind, access, remark, presenter } = this.parts;
    return kind === undefined && (access ?? 'public') === 'public' && remark === undefined && !presenter.format.count;
  }

  /** Whether it may have elements: only then does counting what is below it pay. */
  private get hasIndexed(): boolean {
    const { value, presenter } = this.parts;
    if (typeof value === 'string') return false;
    const { bare } = value;
    if (bare.kind === 'array' || presenter.format.count !== undefined) return this.hasChildren;
    if (bare.kind === 'struct') return presenter.formats(bare);
    if (bare.kind !== 'pointer' && bare.kind !== 'reference') return false;
    return presenter.formats(bareType(bare.target)) && this.hasChildren;
  }

  private hint(): Hint | undefined {
    const { kind, access, value } = this.parts;
    const attributes: string[] = [];
    if (kind === 'static') attributes.push('static');
    if (kind === 'constant') attributes.push('constant');
    if (typeof value === 'string' || value.storage.kind === 'bytes') attributes.push('readOnly');
    const hint: Hint = {
      ...(kind === 'base' && { kind: 'baseClass' }),
      ...(kind === 'virtual' && { kind: 'virtual' }),
      ...(access && access !== 'public' && { visibility: access }),
      ...(attributes.length > 0 && { attributes }),
    };
    return Object.keys(hint).length > 0 ? hint : undefined;
  }
}

/** A part of a list; where it cannot be had, one line that says why. */
function sliceOf(children: Children | undefined, start: number, count: number): readonly Child[] {
  try {
    return children?.slice(start, count) ?? [];
  } catch (error) {
    return [{ name: '<error>', value: clauseOf(error) }];
  }
}

/** Keys of a map that are looked through for one by name. */
const MAX_SEARCHED = 1000;

function firstIndex(children: Children): number {
  return Number(/^\[(-?\d+)\]$/.exec(sliceOf(children, 0, 1)[0]?.name ?? '')?.[1] ?? 0);
}

/** The memory that a viewer is to open for a value: what a pointer points to, else where it is. */
function memoryOf(value: DataValue): bigint | undefined {
  try {
    if (value.bare.kind === 'pointer') {
      const address = value.bits();
      return address === 0n ? undefined : address;
    }
    return value.referent().address;
  } catch {
    return undefined;
  }
}

function isScalarType({ kind }: BareType): boolean {
  return kind === 'integer' || kind === 'float' || kind === 'enum';
}

/** The declared type, and what an object really is: `Shape * → Circle`. */
function typesOf(value: DataValue): string {
  const declared = typeText(value.type);
  const { bare } = value;
  if (bare.kind !== 'pointer' && bare.kind !== 'reference') return declared;
  const target = bareType(bare.target);
  if (target.kind !== 'struct' || !target.isPolymorphic) return declared;
  try {
    const object = bare.kind === 'pointer' ? value.dereference() : value.referent();
    const dynamic = object.dynamic();
    return dynamic === object ? declared : `${declared} → ${typeText(dynamic.type)}`;
  } catch {
    return declared;
  }
}
