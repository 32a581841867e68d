/**
 * How this client counts and writes: `initialize` says whether lines and columns start at 1, how paths are spelled and
 * which events it understands. Everything inside is 1-based and uses plain paths; this is the border.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { UserError } from '../common/errors';

export class Client {
  private lineBase = 1;
  private columnBase = 1;
  private uris = false;
  supportsInvalidated = false;
  supportsMemory = false;
  supportsRunInTerminal = false;
  supportsProgress = false;
  supportsStartDebugging = false;

  /** Takes over what `initialize` said. */
  introduce(args: Partial<DebugProtocol.InitializeRequestArguments>): void {
    this.lineBase = args.linesStartAt1 === false ? 0 : 1;
    this.columnBase = args.columnsStartAt1 === false ? 0 : 1;
    this.uris = args.pathFormat === 'uri';
    this.supportsInvalidated = args.supportsInvalidatedEvent === true;
    this.supportsMemory = args.supportsMemoryEvent === true;
    this.supportsProgress = args.supportsProgressReporting === true;
    this.supportsStartDebugging = args.supportsStartDebuggingRequest === true;
    this.supportsRunInTerminal = args.supportsRunInTerminalRequest === true;
  }

  /** A 1-based line or column from the client's. */
  lineFrom(line: number): number {
    return line + 1 - this.lineBase;
  }
  columnFrom(column: number): number {
    return column + 1 - this.columnBase;
  }

  /** The client's line or column from a 1-based one; 0 (unknown) stays 0. */
  line(line: number): number {
    return line === 0 ? 0 : line - 1 + this.lineBase;
  }
  column(column: number): number {
    return column === 0 ? 0 : column - 1 + this.columnBase;
  }

  /** The client's spelling of a local path. */
  path(path: string): string {
    return this.uris ? pathToFileURL(path).href : path;
  }

  /** A local path from the client's spelling. URIs are understood whatever `pathFormat` said. */
  pathFrom(path: string): string {
    if (!path.startsWith('file:')) return path;
    try {
      return fileURLToPath(path);
    } catch {
      throw new UserError(`${path} is no URI of a local file.`, { code: 'bad-path' });
    }
  }
}
