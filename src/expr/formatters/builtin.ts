/** The formatters in the box, a family each. C's own strings, arrays and pointers are no formatters: every view needs them. */
import type { Formatter } from '../formatter';
import { associative } from './cxx/associative';
import { numbers } from './cxx/numbers';
import { pointers } from './cxx/pointers';
import { sequences } from './cxx/sequences';
import { strings } from './cxx/strings';
import { wrappers } from './cxx/wrappers';
import { FormatterRegistry } from './registry';
import { rustMaps } from './rust/maps';
import { rustSequences } from './rust/sequences';
import { rustWrappers } from './rust/wrappers';

const families: readonly (readonly Formatter[])[] = [
  strings,
  sequences,
  associative,
  wrappers,
  pointers,
  numbers,
  rustSequences,
  rustMaps,
  rustWrappers,
];

/** All of them. One for the process: it remembers the types it has been asked about. */
export const builtinFormatters = new FormatterRegistry(families.flat());
