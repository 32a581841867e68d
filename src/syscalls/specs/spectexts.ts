/** The specifications of all calls, as text, by ABI. */
import type { Abi } from '../model';
import { eventSpecs } from './events';
import { fileSpecs } from './files';
import { i386Specs } from './i386';
import { processSpecs } from './processes';

const common = [fileSpecs, processSpecs, eventSpecs];

/** Lines `name arg:kind arg:kind -> result`; later texts replace earlier ones. */
export const specTexts: Readonly<Record<Abi, readonly string[]>> = {
  x86_64: common,
  i386: [...common, i386Specs],
};
