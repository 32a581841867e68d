/** The syntax tree of an expression. */
import type { Span } from './errors';
import type { IntegerType, Type } from './types';

export type UnaryOperator = '+' | '-' | '!' | '~' | '*' | '&';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';
export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | '&&' | '||' | ',';

interface Base extends Span {
  /** Height of the tree, so that whoever walks it knows its recursion to be bounded. */
  readonly height: number;
}

export type Node =
  | (Base & { readonly kind: 'number'; readonly value: bigint; readonly type: IntegerType })
  | (Base & { readonly kind: 'register'; readonly name: string })
  | (Base & { readonly kind: 'name'; readonly name: string })
  | (Base & { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Node })
  | (Base & { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Node; readonly right: Node })
  | (Base & {
      readonly kind: 'assign';
      /** The operator before `=`, for compound assignment. */
      readonly operator: ArithmeticOperator | undefined;
      readonly target: Node;
      readonly value: Node;
    })
  | (Base & { readonly kind: 'conditional'; readonly test: Node; readonly yes: Node; readonly no: Node })
  | (Base & { readonly kind: 'cast'; readonly type: Type; readonly operand: Node })
  | (Base & { readonly kind: 'sizeofType'; readonly type: Type })
  | (Base & { readonly kind: 'sizeof'; readonly operand: Node })
  | (Base & { readonly kind: 'index'; readonly base: Node; readonly index: Node });
