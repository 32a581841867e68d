/** The formatters in the box, a family each. C's own strings, arrays and pointers are no formatters: every view needs them. */
import type { Formatter } from '../formatter';
import { FormatterRegistry } from './registry';

const families: readonly (readonly Formatter[])[] = [];

/** All of them. One for the process: it remembers the types it has been asked about. */
export const builtinFormatters = new FormatterRegistry(families.flat());
