/** Core files for tests, made in three ways, and what gdb reads in them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { CoreTarget, type CoreOptions } from '../../src/engine/core/coretarget';
import { compileExpression, evaluate, ExpressionError } from '../../src/expr/expression';
import { formatValue } from '../../src/expr/format';
import { SourcePaths } from '../../src/symbols/sourcepaths';
import type { StackFrame } from '../../src/engine/stack';
import { runTool } from '../support/debuggees';

const directories: string[] = [];
const opened: CoreTarget[] = [];

afterAll(() => {
  for (const core of opened) void core.detach();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** A directory that goes with the test file. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ptrace-core-'));
  directories.push(directory);
  return directory;
}

/**
 * The core that the kernel writes when a program crashes; where the system pipes cores elsewhere or allows none, what
 * gdb writes of the same crash by the same rules.
 */
export function crash(program: string, ...args: string[]): string {
  const directory = scratch();
  const script = 'ulimit -c unlimited && exec "$0" "$@"';
  spawnSync('/bin/sh', ['-c', script, program, ...args], { cwd: directory, stdio: 'ignore' });
  const [name] = readdirSync(directory);
  return name === undefined ? gdbCore(program, args, []) : join(directory, name);
}

/** The core that gdb writes where the program stops by itself, or at a place. */
export function gdbCore(program: string, args: readonly string[], commands: readonly string[]): string {
  const path = join(scratch(), 'core');
  const all = [...commands, 'run', `generate-core-file ${path}`, 'kill'];
  runTool('gdb', [...QUIET, ...all.flatMap((command) => ['-ex', command]), '--args', program, ...args]);
  return path;
}

/** Opens a core; the end of the test file closes it. */
export function openCore(coreFile: string, program?: string, options: Partial<CoreOptions> = {}): CoreTarget {
  const core = CoreTarget.open({
    coreFile,
    program,
    sourcePaths: new SourcePaths(),
    debugFileDirectories: [],
    ...options,
  });
  opened.push(core);
  return core;
}

/** What `start` says: the stop, and the lines of the console. */
export function beginning(core: CoreTarget) {
  const lines: string[] = [];
  core.on('output', ({ data }) => lines.push(String(data).trimEnd()));
  let reason: string | undefined;
  let tid = 0;
  core.on('stopped', (stop) => {
    tid = stop.tid;
    reason = stop.reason.kind === 'signal' ? stop.reason.signal.name : stop.reason.kind;
  });
  core.start();
  return { tid, reason, lines };
}

/** A thread as gdb and we describe it. */
export interface ThreadDump {
  readonly tid: number;
  readonly registers: Readonly<Record<string, string>>;
  /** `function:line pc` of each frame, the line 0 where there is none. */
  readonly frames: readonly string[];
}

const QUIET = [
  '-batch',
  '-nx',
  '-iex',
  'set debuginfod enabled off',
  '-iex',
  'set confirm off',
  '-iex',
  'set backtrace past-main on',
];

// prettier-ignore
export const COMPARED = [
  'rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp', 'rsp', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'rip',
  'eflags', 'cs', 'ss', 'fs_base', 'gs_base', 'xmm0', 'xmm1', 'xmm7', 'ymm0', 'ymm3', 'mxcsr', 'fctrl',
];

const script = (output: string): string => `
import gdb, json
registers = ${JSON.stringify(COMPARED)}
def register(name):
    value = gdb.selected_frame().read_register(name)
    if name[1:3] == 'mm':
        lanes = value['v2_int64' if name[0] == 'x' else 'v4_int64']
        count = 2 if name[0] == 'x' else 4
        return '%x' % sum((int(lanes[i]) & 0xffffffffffffffff) << (64 * i) for i in range(count))
    return '%x' % (int(value) & 0xffffffffffffffff)
result = []
for thread in sorted(gdb.selected_inferior().threads(), key=lambda each: each.ptid[1]):
    thread.switch()
    frame = gdb.newest_frame()
    frame.select()
    values = {name: register(name) for name in registers}
    frames = []
    while frame is not None and len(frames) < 50:
        place = frame.find_sal()
        line = place.line if place.symtab else 0
        # Frames that gdb makes up for tail calls have no place on the stack.
        if frame.type() != gdb.TAILCALL_FRAME:
            frames.append('%s:%d %x' % (frame.name() or '?', line, frame.pc()))
        try:
            frame = frame.older()
        except gdb.error:
            break
    result.append({'tid': thread.ptid[1], 'registers': values, 'frames': frames})
with open(${JSON.stringify(output)}, 'w') as out:
    json.dump(result, out)
`;

/** What gdb says of the threads of a core file, or of a process when `subject` is `-p` and its id. */
export function gdbThreads(program: string, ...subject: string[]): ThreadDump[] {
  const directory = scratch();
  const output = join(directory, 'threads.json');
  const file = join(directory, 'dump.py');
  writeFileSync(file, script(output));
  const said = runTool('gdb', [...QUIET, program, ...subject, '-x', file]);
  if (!existsSync(output)) throw new Error(`gdb said nothing of the threads:\n${said}`);
  return JSON.parse(readFileSync(output, 'utf8')) as ThreadDump[];
}

/** What gdb prints for commands on a core file, one text for each. */
export function gdbPrints(program: string, core: string, commands: readonly string[]): string[] {
  const marked = commands.flatMap((command) => ['-ex', 'echo \\n@@', '-ex', command]);
  return runTool('gdb', [...QUIET, program, core, ...marked])
    .split('\n@@')
    .slice(1)
    .map((text) => text.trim());
}

/** As gdb names and counts frames. */
export function frameText({ functionName, source, pc }: StackFrame): string {
  return `${functionName ?? '?'}:${source?.line ?? 0} ${pc.toString(16)}`;
}

/** Our side of the comparison. */
export function ownThreads(core: Pick<CoreTarget, 'threads' | 'stack' | 'registers'>): ThreadDump[] {
  return core
    .threads()
    .map(({ id }) => ({
      tid: id,
      registers: Object.fromEntries(COMPARED.map((name) => [name, core.registers(id).get(name)?.toString(16) ?? '?'])),
      frames: core.stack(id).frames(0, 50).map(frameText),
    }))
    .sort((a, b) => a.tid - b.tid);
}

/** Only what a test of places needs: names of functions may be spelled in several ways. */
export function placesOf(threads: readonly ThreadDump[]): string[][] {
  return threads.map(({ tid, frames }) => [String(tid), ...frames.map((frame) => frame.slice(frame.lastIndexOf(':')))]);
}

/** The value of an expression in a function's frame, or the complaint about it. */
export function valueIn(core: CoreTarget, tid: number, functionName: string, text: string): string {
  const frame = core
    .stack(tid)
    .frames(0, 30)
    .find((each) => each.functionName === functionName);
  const space = core.evaluationContext(frame, 'read');
  const compiled = compileExpression(text);
  const value = compiled instanceof ExpressionError ? compiled : evaluate(compiled, space);
  return value instanceof ExpressionError ? value.message : formatValue(value, { space });
}
