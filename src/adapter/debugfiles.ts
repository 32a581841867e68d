/** What the launch configuration says of debug files: where they are, and whether servers are asked for them. */
import { DebugDownloads } from '../engine/debugdownloads';
import type { DebugTarget } from '../engine/targetinterface';
import { cacheDirectoryOf, Debuginfod, DEFAULT_TIMEOUT, serversOf } from '../symbols/debuginfod';
import type { CommonConfiguration } from './arguments';
import type { Session } from './session';

/** Directories that are searched; what was fetched once is found there without asking anybody. */
export function debugFileDirectories(configuration: CommonConfiguration): string[] {
  const { debugFileDirectories: given, debuginfod } = configuration;
  return debuginfod ? [...given, cacheDirectoryOf(process.env)] : [...given];
}

/**
 * Has missing debug files fetched from the first stop on, if the configuration asks for it.
 * @returns what ends it, as soon as the process is let go
 */
export function downloadDebugFiles(
  session: Session,
  target: DebugTarget,
  { debuginfod }: CommonConfiguration,
): (() => void) | undefined {
  if (!debuginfod) return undefined;
  const { urls = serversOf(process.env), timeout = DEFAULT_TIMEOUT } = debuginfod;
  if (urls.length === 0) {
    session.print('“debuginfod” names no “urls”, and the environment variable DEBUGINFOD_URLS no server.', 'important');
    return undefined;
  }
  const servers = new Debuginfod({ urls, timeout, cacheDirectory: cacheDirectoryOf(process.env) });
  const downloads = new DebugDownloads(servers, {
    modules: target.modules,
    debugFileArrived: (module) => target.debugFileArrived(module),
    note: (text) => session.print(text),
  });
  target.once('stopped', () => {
    void downloads.run();
    target.on('modules', () => void downloads.run());
  });
  target.once('exited', () => downloads.cancel());
  return () => downloads.cancel();
}
