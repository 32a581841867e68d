/** The syntax tree of an expression. */
import type { Span } from './errors';
import type { FloatType, IntegerType, Type } from './types';

export type UnaryOperator = '+' | '-' | '!' | '~' | '*' | '&' | '__real' | '__imag';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';
export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | '&&' | '||' | ',';

/** `c`: the parenthesised, functional and Rust spellings, and C++'s `static_cast`. */
export type CastStyle = 'c' | 'reinterpret' | 'const' | 'dynamic';

interface Base extends Span {
  /** Height of the tree, so that whoever walks it knows its recursion to be bounded. */
  readonly height: number;
}

export type Node =
  | (Base & { readonly kind: 'number'; readonly value: bigint; readonly type: IntegerType })
  /** `value` is the encoding. */
  | (Base & { readonly kind: 'float'; readonly value: bigint; readonly type: FloatType })
  /** The code units without a terminating zero. */
  | (Base & {
      readonly kind: 'string';
      readonly bytes: Uint8Array;
      readonly text: string;
      readonly element: IntegerType;
    })
  /** `nullptr` */
  | (Base & { readonly kind: 'null' })
  /** `$name`: a register or a variable of the debugger. */
  | (Base & { readonly kind: 'dollar'; readonly name: string })
  | (Base & { readonly kind: 'name'; readonly name: string })
  | (Base & {
      readonly kind: 'member';
      readonly object: Node;
      readonly name: string;
      readonly nameSpan: Span;
      readonly isArrow: boolean;
    })
  /** `object.*pointer`, `object->*pointer` */
  | (Base & { readonly kind: 'memberPointer'; readonly object: Node; readonly pointer: Node })
  | (Base & { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Node })
  | (Base & {
      readonly kind: 'increment';
      readonly operator: '+' | '-';
      /** Whether the value is that before or after the change. */
      readonly result: 'old' | 'new';
      readonly operand: Node;
    })
  | (Base & { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Node; readonly right: Node })
  | (Base & {
      readonly kind: 'assign';
      /** The operator before `=`, for compound assignment. */
      readonly operator: ArithmeticOperator | undefined;
      readonly target: Node;
      readonly value: Node;
    })
  | (Base & { readonly kind: 'conditional'; readonly test: Node; readonly yes: Node; readonly no: Node })
  | (Base & { readonly kind: 'cast'; readonly style: CastStyle; readonly type: Type; readonly operand: Node })
  | (Base & { readonly kind: 'sizeofType' | 'alignofType'; readonly type: Type })
  | (Base & { readonly kind: 'sizeof' | 'alignof'; readonly operand: Node })
  | (Base & { readonly kind: 'index'; readonly base: Node; readonly index: Node })
  /** `base[from..to]`; `to` is exclusive. */
  | (Base & { readonly kind: 'range'; readonly base: Node; readonly from: Node | undefined; readonly to: Node })
  /** gdb's `first@count` */
  | (Base & { readonly kind: 'repeat'; readonly first: Node; readonly count: Node })
  | (Base & { readonly kind: 'call'; readonly callee: Node; readonly args: readonly Node[] });
