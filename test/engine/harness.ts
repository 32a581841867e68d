/** Drives a Target in tests: starts debuggees, waits for stops in order, and leaves nothing running. */
import { afterEach, expect } from 'vitest';
import { closeSync, openSync, readSync } from 'node:fs';
import { virtAddr } from '../../src/common/addresses';
import { Target, type LaunchOptions } from '../../src/engine/target';
import type { ExitEvent, StepKind, StepGranularity, StopEvent, StopReason } from '../../src/engine/types';
import { SourcePaths } from '../../src/symbols/sourcepaths';
import { compile, line, markerAt, sourcePath, type CompileOptions } from '../support/debuggees';

const open = new Set<Driver>();

afterEach(async () => {
  for (const driver of [...open]) await driver.dispose();
});

/** How long a debuggee may take to say something; only a hang is longer. */
const PATIENCE = 30_000;

export interface DriverOptions extends Partial<LaunchOptions> {
  readonly compile?: CompileOptions;
}

type Happening = StopEvent | { readonly exit: ExitEvent };

export class Driver {
  readonly output: { category: string; data: string | Uint8Array }[] = [];
  readonly changedBreakpoints: number[] = [];
  last: StopEvent | undefined;
  private readonly queue: Happening[] = [];
  private wake: (() => void) | undefined;

  private constructor(
    readonly target: Target,
    readonly source: string,
  ) {
    target.on('stopped', (event) => this.push(event));
    target.on('exited', (exit) => this.push({ exit }));
    target.on('output', (output) => this.output.push(output));
    target.on('breakpoint', ({ id }) => this.changedBreakpoints.push(id));
    open.add(this);
  }

  /** Compiles a debuggee and launches it; it is held until `start`. */
  static async launch(source: string, options: DriverOptions = {}): Promise<Driver> {
    return Driver.launchProgram(compile(source, options.compile), source, options);
  }

  static async launchProgram(program: string, source: string, options: DriverOptions = {}): Promise<Driver> {
    const target = await Target.launch({
      program,
      args: [],
      env: { PATH: '/usr/bin:/bin' },
      cwd: '/',
      stdio: [null, null, null],
      disableAslr: true,
      stopOnEntry: false,
      noDebug: false,
      sourcePaths: new SourcePaths(),
      debugFileDirectories: [],
      ...options,
    });
    return new Driver(target, source);
  }

  static async attach(pid: number, source: string, stopOnEntry = false): Promise<Driver> {
    const target = await Target.attach({ pid, stopOnEntry, sourcePaths: new SourcePaths(), debugFileDirectories: [] });
    return new Driver(target, source);
  }

  /** Drives a target that exists already: a followed child. */
  static of(target: Target, source: string): Driver {
    return new Driver(target, source);
  }

  private push(happening: Happening): void {
    this.queue.push(happening);
    this.wake?.();
  }

  private async next(): Promise<Happening> {
    const end = Date.now() + PATIENCE;
    while (this.queue.length === 0) {
      if (Date.now() > end)
        throw new Error(`nothing happened; the target is ${this.target.running ? 'running' : 'stopped'}`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, 1000).unref();
      });
    }
    return this.queue.shift()!;
  }

  /** The next stop; an exit instead of it fails the test. */
  async stop(): Promise<StopEvent> {
    const happening = await this.next();
    if ('exit' in happening) throw new Error(`expected a stop, but it exited: ${JSON.stringify(happening.exit)}`);
    this.last = happening;
    return happening;
  }

  /** The next stop; undefined once the process has ended. */
  async stopOrExit(): Promise<StopEvent | undefined> {
    const happening = await this.next();
    return 'exit' in happening ? undefined : (this.last = happening);
  }

  /** The exit; a stop instead of it fails the test. */
  async exit(): Promise<ExitEvent> {
    const happening = await this.next();
    if ('exit' in happening) return happening.exit;
    throw new Error(
      `expected the exit, but it stopped: ${this.describe(happening.reason)} at ${this.where(happening)}`,
    );
  }

  get tid(): number {
    return this.last?.tid ?? this.target.pid;
  }

  start(): this {
    this.target.start();
    return this;
  }

  resume(): this {
    this.target.continue(this.tid);
    return this;
  }

  /** Steps and waits for the stop; the result is where it ended, by marker. */
  async step(kind: StepKind, granularity: StepGranularity = 'line'): Promise<string> {
    this.target.step(this.tid, kind, granularity);
    return this.where(await this.stop());
  }

  /** Breakpoints at markers of the source. */
  breakAt(...markers: string[]) {
    return this.target.breakpoints.setSource(
      sourcePath(this.source),
      markers.map((marker) => ({ line: line(this.source, marker) })),
    );
  }

  /** `#marker` or `function:line` of frame 0. */
  where(event: StopEvent | undefined = this.last): string {
    const frame = this.target.stack(event!.tid).frame(0);
    if (!frame?.source) return frame?.functionName ?? '?';
    if (!frame.source.path.endsWith(this.source)) return `${frame.functionName}@${frame.source.path}`;
    const marker = markerAt(this.source, frame.source.line);
    return marker ? `#${marker}` : `${frame.functionName}:${frame.source.line}`;
  }

  describe(reason: StopReason): string {
    return reason.kind === 'signal' ? reason.signal.name : reason.kind;
  }

  functions(count = 3): (string | undefined)[] {
    return this.target
      .stack(this.tid)
      .frames(0, count)
      .map((frame) => frame.functionName);
  }

  /** The value of an int variable that has a symbol. */
  int(symbol: string): number {
    const address = this.addressOf(symbol);
    return Buffer.from(this.target.memory.read(address, 4)).readInt32LE(0);
  }

  addressOf(symbol: string) {
    for (const module of this.target.modules.modules) {
      const [found] = module.symbolsNamed(symbol);
      if (found) return module.toVirt(found.address);
    }
    return virtAddr(0n);
  }

  text(category: string): string {
    return this.output
      .filter((each) => each.category === category)
      .map((each) => Buffer.from(each.data).toString('latin1'))
      .join('');
  }

  /** Fails when an int3 of ours is left in the module's code: compares memory with the file. */
  expectUnpatched(): void {
    for (const module of this.target.modules.modules) {
      if (module.kind !== 'executable') continue;
      const section = module.elf.section('.text')!;
      const file = section.data.read(0, section.size);
      const memory = rawRead(this.target.pid, module.toVirt(section.address), section.size);
      expect(Buffer.from(memory).equals(Buffer.from(file))).toBe(true);
    }
  }

  async dispose(): Promise<void> {
    open.delete(this);
    if (this.target.exited) return;
    if (this.target.startMethod === 'launch') await this.target.kill();
    else await this.target.detach();
  }
}

/** Reads another process's memory past the debugger. */
export function rawRead(pid: number, address: bigint, length: number): Uint8Array {
  const fd = openSync(`/proc/${pid}/mem`, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, address));
  } finally {
    closeSync(fd);
  }
}
