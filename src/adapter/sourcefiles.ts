/** Which source files are on this machine: asked at every stop for every frame, so remembered for a while. */
import { existsSync } from 'node:fs';

export class SourceFiles {
  private readonly known = new Map<string, boolean>();
  private hidden: readonly string[] = [];

  exists(path: string): boolean {
    let exists = this.known.get(path);
    if (exists === undefined) {
      exists = !this.hidden.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)) && existsSync(path);
      this.known.set(path, exists);
    }
    return exists;
  }

  /** Begins anew: files may have come since. Those under a hidden prefix count as not being here. */
  reset(hidden: readonly string[]): void {
    this.known.clear();
    this.hidden = hidden.map((prefix) => prefix.replace(/\/+$/, ''));
  }
}
