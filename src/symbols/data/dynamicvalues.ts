/** Sizes and bounds of types that the program computes (DWARF 5 §2.19): of variable-length arrays, and of Fortran's. */
import { DwarfError } from '../dwarf/cursor';
import { expressionAt, readWord } from './locate';
import { evaluateWord } from './locationcontext';
import type { ModuleContext } from './modulecontext';
import type { DynamicProperty } from './typereader';
import { bareType, type DynamicValue, sizeOfType } from './types';
import type { FrameData } from './variables';

/** What gives a property its value for an object in a frame. */
export function dynamicValue(context: ModuleContext, property: DynamicProperty): DynamicValue {
  return {
    evaluate: ({ frame, objectAddress }) => {
      if (!isFrameData(frame)) return undefined;
      try {
        return evaluate(context, property, frame, objectAddress);
      } catch (error) {
        if (error instanceof DwarfError) return undefined;
        throw error;
      }
    },
  };
}

function evaluate(
  context: ModuleContext,
  { die, attribute, expression, variable }: DynamicProperty,
  frame: FrameData,
  object: bigint | undefined,
): bigint | undefined {
  if (!variable) {
    const bytes = expression ?? expressionAt(die, attribute, context, frame);
    const word = bytes && evaluateWord(context, die.unit, bytes, frame, object);
    return word === undefined ? undefined : BigInt.asIntN(64, word);
  }
  const found = context.variable(variable);
  const size = sizeOfType(found.type);
  if (size === undefined || size < 1 || size > 8) return undefined;
  const word = readWord(found.locate(frame), size, frame);
  const bare = bareType(found.type);
  const isSigned = bare.kind === 'integer' && bare.isSigned;
  return word !== undefined && isSigned ? BigInt.asIntN(8 * size, word) : word;
}

/** The frame is opaque to types; only ours are given to them. */
function isFrameData(frame: unknown): frame is FrameData {
  return typeof frame === 'object' && frame !== null && 'lookupPc' in frame && 'registers' in frame;
}
