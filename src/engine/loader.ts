/**
 * Modules as they come and go: a breakpoint on the dynamic loader's rendezvous function hears of each dlopen and
 * dlclose, at the moment a new module is mapped and none of its code has run.
 */
import { virtAddr, type VirtAddr } from '../common/addresses';
import type { MemoryReader } from '../common/readers';
import { log } from '../common/log';
import type { Module } from '../symbols/module';
import type { ModuleList } from '../symbols/modulelist';
import { AT_BASE, AT_ENTRY, AT_SYSINFO_EHDR, loaderBreakpointAddress, readRendezvous } from '../symbols/rendezvous';
import { readAuxv, readExe, readMaps } from '../common/procfs';
import type { SiteOwner, SiteTable } from './sites';

export interface ModuleChange {
  readonly added: readonly Module[];
  readonly removed: readonly Module[];
  /** Modules whose debugging information has come, or changed. */
  readonly changed?: readonly Module[];
}

export class LoaderWatch implements SiteOwner {
  private auxv = new Map<number, bigint>();

  constructor(
    private readonly pid: number,
    private readonly modules: ModuleList,
    private readonly memory: MemoryReader,
    private readonly sites: SiteTable,
    private readonly changed: (change: ModuleChange) => void,
  ) {}

  /** The program's entry point, AT_ENTRY. */
  get entry(): VirtAddr | undefined {
    return this.address(AT_ENTRY);
  }

  get vdso(): VirtAddr | undefined {
    return this.address(AT_SYSINFO_EHDR);
  }

  /** Reads the modules of a new address space and starts to watch its loader. */
  begin(): void {
    this.auxv = readAuxv(this.pid);
    this.refresh();
    this.watch();
  }

  reached(): undefined {
    const rendezvous = readRendezvous(this.memory, this.auxv);
    // While the loader adds or deletes, its list is not to be read; the consistent state follows.
    if (rendezvous === undefined || rendezvous.state === 'consistent') this.refresh();
    return undefined;
  }

  /** Compares the mappings with the known modules and tells what changed. */
  refresh(): void {
    const change = this.modules.update(readMaps(this.pid), this.memory, {
      executablePath: readExe(this.pid) ?? '',
      vdso: this.vdso,
      loaderBase: this.address(AT_BASE),
    });
    if (change.added.length > 0 || change.removed.length > 0) this.changed(change);
  }

  private watch(): void {
    const loader = this.modules.modules.find((module) => module.kind === 'loader');
    const address = readRendezvous(this.memory, this.auxv)?.breakpoint ?? (loader && loaderBreakpointAddress(loader));
    if (address === undefined) return;
    try {
      this.sites.acquire(address, this);
    } catch (error) {
      log('engine', () => `no rendezvous breakpoint: ${String(error)}`);
    }
  }

  private address(key: number): VirtAddr | undefined {
    const value = this.auxv.get(key);
    return value === undefined || value === 0n ? undefined : virtAddr(value);
  }
}
