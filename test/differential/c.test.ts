/** C programs beside gdb. */
import { compareLanguage } from './cells';

compareLanguage('c');
