/** Rust programs beside gdb. */
import { compareCells } from './cells';

compareCells('rust');
