/** `skipFiles` and `skipFunctions`: code that a step into passes through and that stacks show greyed. */
import type { StackFrame } from '../engine/stack';
import { SkipRules } from '../engine/stepping/skiprules';
import type { SourcePaths } from '../symbols/sourcepaths';
import type { CommonConfiguration } from './arguments';

export function skipRulesOf(configuration: CommonConfiguration, sourcePaths: SourcePaths): SkipRules {
  const { skipFiles, skipFunctions } = configuration;
  return new SkipRules(skipFiles, skipFunctions, (path) => sourcePaths.toLocal(path));
}

export function isSkipped(rules: SkipRules, frame: StackFrame): boolean {
  return !rules.isEmpty && rules.skips(frame.functionName, frame.source?.path);
}
