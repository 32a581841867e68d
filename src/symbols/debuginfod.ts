/**
 * Debug files from debuginfod servers (elfutils; debuginfod(8) "WEBAPI"): only when the user asks, and never in
 * anybody's way. They are kept where debuginfod's own client keeps them, so that gdb and we share them.
 */
import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../common/errors';
import { FileSource } from '../common/filesource';
import { log } from '../common/log';
import { ElfFile } from './elf/elffile';
import { buildId } from './elf/notes';

export interface DebuginfodOptions {
  /** Asked in this order. */
  readonly urls: readonly string[];
  /** Seconds that fetching one file may take. */
  readonly timeout: number;
  readonly cacheDirectory: string;
}

/** What became of a request: where the file is, that no server has it, or why it could not be had. */
export type FetchResult =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Like debuginfod's client when it has not been told otherwise ($DEBUGINFOD_TIMEOUT). */
export const DEFAULT_TIMEOUT = 90;

/** The servers of $DEBUGINFOD_URLS, which may also hold words that are no servers (`ima:permissive`). */
export function serversOf(environment: NodeJS.ProcessEnv): string[] {
  return (environment['DEBUGINFOD_URLS'] ?? '').split(/\s+/).filter((word) => /^https?:\/\//.test(word));
}

/** The directory of the cache, as debuginfod_find_debuginfo(3) chooses it. */
export function cacheDirectoryOf(environment: NodeJS.ProcessEnv): string {
  const { DEBUGINFOD_CACHE_PATH: own, XDG_CACHE_HOME: xdg, HOME: home = homedir() } = environment;
  if (own) return own;
  const old = join(home, '.debuginfod_client_cache');
  if (existsSync(old)) return old;
  return join(xdg || join(home, '.cache'), 'debuginfod_client');
}

export class Debuginfod {
  constructor(private readonly options: DebuginfodOptions) {}

  /**
   * Gets the file with the debugging information of a build into the cache, if it is not there. Never rejects.
   * @param id     a build id in hexadecimal
   * @param signal ends the transfer; what had arrived is removed
   */
  async fetch(id: string, signal: AbortSignal): Promise<FetchResult> {
    if (!/^[0-9a-f]{4,}$/.test(id)) return { kind: 'unknown' };
    const path = join(this.options.cacheDirectory, id, 'debuginfo');
    if (isKept(path)) return { kind: 'found', path };
    let reason: string | undefined;
    for (const url of this.options.urls) {
      const limit = AbortSignal.timeout(this.options.timeout * 1000);
      try {
        if (
          await this.download(
            `${url.replace(/\/+$/, '')}/buildid/${id}/debuginfo`,
            id,
            AbortSignal.any([signal, limit]),
          )
        ) {
          return { kind: 'found', path };
        }
      } catch (error) {
        reason = limit.aborted
          ? `${url} did not deliver within ${this.options.timeout} s`
          : `${url}: ${explain(error)}`;
        log('symbols', () => `build id ${id}: ${reason}`);
      }
      if (signal.aborted) return { kind: 'failed', reason: 'cancelled' };
    }
    return reason === undefined ? { kind: 'unknown' } : { kind: 'failed', reason };
  }

  /** @returns false when the server does not have it */
  private async download(url: string, id: string, signal: AbortSignal): Promise<boolean> {
    const response = await fetch(url, { signal, headers: { 'user-agent': 'ptrace-debug' } });
    if (response.status === 404) {
      await response.body?.cancel();
      return false;
    }
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw new Error(`HTTP status ${response.status}`);
    }
    const directory = join(this.options.cacheDirectory, id);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const temporary = join(directory, `debuginfo.${randomBytes(6).toString('hex')}`);
    try {
      await pipeline(Readable.fromWeb(response.body), createWriteStream(temporary, { flags: 'wx', mode: 0o400 }), {
        signal,
      });
      checkBuildId(temporary, id);
      renameSync(temporary, join(directory, 'debuginfo'));
      return true;
    } finally {
      rmSync(temporary, { force: true });
    }
  }
}

/** debuginfod's client remembers that there is no such file by an empty one. */
function isKept(path: string): boolean {
  try {
    return statSync(path).size > 0;
  } catch {
    return false;
  }
}

/** @throws Error when the file is not the one of that build */
function checkBuildId(path: string, id: string): void {
  const source = FileSource.open(path);
  try {
    const found = buildId(ElfFile.parse(source, 'the file that was sent'));
    if (found !== id) throw new Error(`the file that was sent has build id ${found ?? '(none)'}`);
  } finally {
    source.close();
  }
}

/** `fetch failed` says nothing; its cause does. */
function explain(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return messageOf(cause ?? error);
}
