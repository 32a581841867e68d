/** Rust programs beside gdb. */
import { compareLanguage } from './cells';

compareLanguage('rust');
