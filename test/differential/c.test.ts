/** C programs beside gdb. */
import { compareCells } from './cells';

compareCells('c');
