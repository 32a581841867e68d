/**
 * Loads iced-x86, whose 0.8 MB of WebAssembly and 0.9 MB of JavaScript cost about 60 ms of CPU time and 15 MB: they are
 * loaded for the first line of disassembly that is shown, or before that in idle time. Nothing else imports the package.
 */
import type * as Iced from 'iced-x86';

export type IcedModule = typeof Iced;

let loading: Promise<IcedModule> | undefined;

/** The disassembler, loaded at the first call; a failure is reported to that call and tried again by the next. */
export function loadIced(): Promise<IcedModule> {
  loading ??= import('iced-x86').catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}
