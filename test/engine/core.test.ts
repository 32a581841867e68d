/** Core files of the kernel's and of gdb's beside what gdb reads in them. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { CoreTarget } from '../../src/engine/core/coretarget';
import { compile, line } from '../support/debuggees';
import { beginning, crash, gdbCore, gdbPrints, gdbThreads, openCore, ownThreads, placesOf, valueIn } from './corefiles';

const SOURCE = 'corecrash.cpp';
const FLAGS = ['-g', '-O0', '-pthread'];

const kinds: readonly (readonly [string, (program: string) => string])[] = [
  ['the kernel', (program) => crash(program, 'segv')],
  ['gdb', (program) => gdbCore(program, ['segv'], [])],
];

describe.each(kinds)('a core of %s', (_maker, make) => {
  let program: string;
  let path: string;
  let core: CoreTarget;

  beforeAll(() => {
    program = compile(SOURCE, { flags: FLAGS });
    path = make(program);
    core = openCore(path, program);
  });

  it('has the threads, frames and registers that gdb reads', () => {
    const gdb = gdbThreads(program, path);
    const own = ownThreads(core);
    expect(own).toHaveLength(4);
    expect(placesOf(own)).toEqual(placesOf(gdb));
    expect(own.map(({ registers }) => registers)).toEqual(gdb.map(({ registers }) => registers));
  });

  it('tells what ended the process, in the thread that it happened to', () => {
    const { tid, reason, lines } = beginning(core);
    expect(reason).toBe('SIGSEGV');
    expect(core.stack(tid).frame(0)).toMatchObject({
      functionName: 'bring_down',
      source: { line: line(SOURCE, 'fault') },
    });
    expect(lines.join('\n')).toMatch(/corecrash segv\): 4 threads, ended by SIGSEGV \(Segmentation fault\) in thread/);
  });

  it('has the values of locals, statics, containers and thread-local variables', () => {
    const [tid] = [core.threads()[0]!.id];
    const values = (functionName: string, ...texts: string[]) =>
      texts.map((text) => valueIn(core, tid, functionName, text));
    expect(values('bring_down', 'half', 'list->next->value', 'numbers[1]', 'how == "segv"', 'written', 'own')).toEqual([
      '0.5',
      '2',
      '20',
      'true',
      '8',
      '42',
    ]);
    const other = core.threads().find(({ id }) => valueIn(core, id, 'wait_for_ever', 'index') === '2')!;
    expect(valueIn(core, other.id, 'wait_for_ever', 'own')).toBe('200');
    expect(gdbPrints(program, path, ['print written', 'print nodes[2].value'])).toEqual(['$1 = 8', '$2 = 3']);
  });

  it('has the text that it leaves out, and refuses to be written to', () => {
    const { entry } = core.modules.modules[0]!;
    const [dump] = gdbPrints(program, path, [`x/16xb ${entry}`]);
    const bytes = [...dump!.matchAll(/\t0x([0-9a-f]{2})/g)].map(([, hex]) => Number.parseInt(hex!, 16));
    expect([...core.memory.read(entry, 16)]).toEqual(bytes);
    expect(bytes).toHaveLength(16);
    expect(() => core.memory.write()).toThrow('This is a core file: the process is gone');
    expect(() => core.live).toThrow('nothing in it can run or be changed');
    const registers = core.registers(core.threads()[0]!.id);
    for (const name of ['rax', 'xmm0', 'st0', 'eflags']) expect(() => registers.set(name, 1n)).toThrow('core file');
    expect(core.breakpoints.setFunctions([{ name: 'main' }])).toMatchObject([
      { verified: false, message: expect.stringMatching('This is a core file') as string },
    ]);
  });

  it('has the modules that were mapped, the vdso among them', () => {
    const names = core.modules.modules.map(({ name, kind }) => `${kind} ${name}`);
    expect(names).toContain('executable corecrash');
    expect(names).toContain('library libc.so.6');
    expect(names).toContain('vdso [vdso]');
    expect(names.filter((name) => name.startsWith('loader'))).toHaveLength(1);
    const problems = beginning(openCore(path, program)).lines;
    expect(problems).toHaveLength(1);
  });
});

describe('a core of an abort', () => {
  it('tells who sent the signal, and shows the caller of abort', () => {
    const program = compile(SOURCE, { flags: FLAGS });
    const core = openCore(crash(program, 'abort'), program);
    const { tid, reason } = beginning(core);
    expect(reason).toBe('SIGABRT');
    const places = core.stack(tid).frames(0, 10);
    expect(places.find(({ functionName }) => functionName === 'bring_down')?.source?.line).toBe(line(SOURCE, 'abort'));
  });
});
