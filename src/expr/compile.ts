/** What the compilers of the different kinds of nodes share. */
import type { Node } from './ast';
import type { EvaluationContext, Names } from './context';
import type { Located, Value } from './values';

/** Evaluates a node; throws ExpressionError. */
export type Evaluator = (context: EvaluationContext) => Value;

/** Finds out where a node's value is without reading it, as `&`, `sizeof` and assignments want it. */
export type Reach = (context: EvaluationContext) => Located;

/** Turns nodes into closures, for the names that are visible at one place of the program. */
export interface Compiler {
  readonly names: Names | undefined;
  value(node: Node): Evaluator;
  reach(node: Node): Reach;
}
