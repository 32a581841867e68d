/** The stop at the program's beginning: its entry point or `main`. */
import type { VirtAddr } from '../common/addresses';
import type { ModuleList } from '../symbols/modulelist';
import type { BreakpointSite, SiteOwner, SiteTable } from './sites';
import type { CodeMap } from './stepping/codemap';
import type { StopReason } from './types';

/**
 * Where a launched program is to stop first. `main` comes from the symbol table, or for a stripped program from its
 * entry code; a program without one stops at its entry point.
 */
export function entryAddress(
  choice: false | 'entry' | 'loader' | 'main' | 'attach',
  entry: VirtAddr | undefined,
  modules: ModuleList,
  code: CodeMap,
): VirtAddr | undefined {
  if (choice === 'entry') return entry;
  if (choice !== 'main') return undefined;
  const program = modules.modules.find((module) => module.kind === 'executable');
  if (!program) return entry;
  const main = program.findMain();
  return main === undefined ? entry : code.pastPrologue(main);
}

/** A one-shot site. */
export class EntryStop implements SiteOwner {
  constructor(
    private readonly sites: SiteTable,
    address: VirtAddr,
  ) {
    sites.acquire(address, this);
  }

  reached(_thread: unknown, site: BreakpointSite): StopReason {
    this.sites.release(site.address, this);
    return { kind: 'entry' };
  }
}
