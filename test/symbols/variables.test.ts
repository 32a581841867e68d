/** Variables of C in every frame against gdb; compilers × levels × versions of DWARF. */
import { compareWithGdb } from './comparevariables';

const SOURCE = '../symbols/sources/variables.c';
const MARKERS = [
  ...['blocks', 'late', 'statics', 'numbers', 'aggregates', 'vla', 'leaf', 'overwritten', 'constants', 'many'],
  ...['twice', 'main'],
];

compareWithGdb('gcc', SOURCE, MARKERS);
compareWithGdb('clang', SOURCE, MARKERS);
