/** The specifications of all calls, as text, by ABI. */
import type { Abi } from '../model';
import { fileSpecs } from './files';

const common = [fileSpecs];

/** Lines `name arg:kind arg:kind -> result`; later texts replace earlier ones. */
export const specTexts: Readonly<Record<Abi, readonly string[]>> = { x86_64: common, i386: common };
