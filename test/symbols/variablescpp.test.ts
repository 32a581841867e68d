/** Variables of C++ in every frame against gdb; compilers × levels × versions of DWARF. */
import { compareWithGdb } from './comparevariables';

const SOURCE = '../symbols/sources/variables.cpp';
const MARKERS = ['area', 'total', 'repeat', 'references', 'lambda', 'bindings', 'catch', 'imports', 'main'];

compareWithGdb('g++', SOURCE, MARKERS);
compareWithGdb('clang++', SOURCE, MARKERS);
