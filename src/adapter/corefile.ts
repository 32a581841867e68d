/** Sessions without a process: a core file instead, as `coreFile` of a launch or attach configuration asks for. */
import { resolve } from 'node:path';
import { CoreTarget } from '../engine/core/coretarget';
import type { SourcePaths } from '../symbols/sourcepaths';
import type { CoreConfiguration } from './arguments';
import { debugFileDirectories } from './debugfiles';

/** Throws UserError. */
export function openCore(configuration: CoreConfiguration, sourcePaths: SourcePaths): CoreTarget {
  const { coreFile, program, cwd = '.' } = configuration;
  return CoreTarget.open({
    coreFile: resolve(cwd, coreFile),
    program: program === undefined ? undefined : resolve(cwd, program),
    sourcePaths,
    debugFileDirectories: debugFileDirectories(configuration),
  });
}
