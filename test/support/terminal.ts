/**
 * A client's terminal for tests: a real pseudo-terminal with an interactive shell in it, as an editor has one. What the
 * adapter wants run there is typed into the shell, so the program becomes a job like any other.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { onTestFinished } from 'vitest';
import type { DapClient } from './dapclient';
import { eventually, processTree } from './processes';

const MISSING = 'script is not installed. Run: sudo apt-get install -y bsdutils';

/** What the shell shows when it waits for a command; nothing else writes it. */
const PROMPT = '[ready]';

export const CTRL_C = '\x03';
export const CTRL_D = '\x04';
export const CTRL_Z = '\x1a';

export class Terminal {
  /** Everything the terminal has shown, carriage returns taken out. */
  text = '';
  /** What the adapter asked for, oldest first. */
  readonly asked: DebugProtocol.RunInTerminalRequestArguments[] = [];
  private seen = 0;

  private constructor(private readonly script: ChildProcess) {
    script.stdout!.setEncoding('utf8').on('data', (text: string) => (this.text += text.replaceAll('\r', '')));
    script.stdin!.on('error', () => undefined);
  }

  /** Opens a terminal of that size; the end of the test closes it. */
  static async open(columns = 77, rows = 33): Promise<Terminal> {
    const script = spawn('script', ['-qfc', 'exec bash --norc --noprofile --noediting -i', '/dev/null'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, PS1: PROMPT, TERM: 'dumb', SHELL: '/bin/sh', INHERITED: 'from the shell' },
    });
    const failed = new Promise<never>((_, reject) => script.once('error', () => reject(new Error(MISSING))));
    const terminal = new Terminal(script);
    onTestFinished(() => terminal.close());
    await Promise.race([terminal.shows(PROMPT), failed]);
    terminal.type(`stty -echo cols ${columns} rows ${rows}\n`);
    await terminal.shows(PROMPT);
    return terminal;
  }

  /** Answers the client's `runInTerminal` requests from now on. */
  serve(client: DapClient): void {
    client.reverse.set('runInTerminal', (args) => {
      const asked = args as DebugProtocol.RunInTerminalRequestArguments;
      this.asked.push(asked);
      const changes = Object.entries(asked.env ?? {});
      const unset = changes.flatMap(([name, value]) => (value === null ? ['-u', name] : []));
      const set = changes.flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
      const words = ['env', ...unset, ...set, ...asked.args].map(quoted).join(' ');
      this.type(`cd ${quoted(asked.cwd)} && ${words}\n`);
      return { shellProcessId: this.script.pid };
    });
  }

  /** Sends keys. */
  type(keys: string): void {
    this.script.stdin!.write(keys);
  }

  /** Waits for something behind what was found last; returns what it matched. */
  async shows(what: string | RegExp): Promise<RegExpExecArray> {
    const pattern = typeof what === 'string' ? new RegExp(what.replace(/[[\]$.?*+(){}|\\^]/g, '\\$&')) : what;
    let found: RegExpExecArray | null = null;
    const look = () => (found = pattern.exec(this.text.slice(this.seen))) !== null;
    await eventually(look, `the terminal shows ${String(what)}`, 20_000).catch((error: Error) => {
      throw new Error(`${error.message}; it shows:\n${this.text}`);
    });
    this.seen += found!.index + found![0].length;
    return found!;
  }

  /** Waits until the shell wants a command again: its job has ended or been stopped. */
  async prompt(): Promise<void> {
    await this.shows(PROMPT);
  }

  /** How the last job ended, as the shell has it: 128 + the signal that killed it. */
  async status(): Promise<number> {
    this.type('echo "status=$?."\n');
    const [, status] = await this.shows(/status=(\d+)\./);
    await this.prompt();
    return Number(status);
  }

  private close(): void {
    if (this.script.pid === undefined || this.script.exitCode !== null) return;
    for (const pid of processTree(this.script.pid).reverse()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // gone meanwhile
      }
    }
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
