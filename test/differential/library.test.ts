/** glibc's own code beside gdb: backtraces and variables all along calls into it. */
import { compareCells } from './cells';
import { libraryCells } from './matrix';

compareCells('glibc', libraryCells());
