/** Core files that are cut short, whose programs have changed, that lack notes, or that are very large. */
import { closeSync, copyFileSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { virtAddr } from '../../src/common/addresses';
import { UserError } from '../../src/common/errors';
import type { CoreTarget } from '../../src/engine/core/coretarget';
import { layOutCore } from '../../src/symbols/core/writer';
import { compile, runTool } from '../support/debuggees';
import { beginning, crash, openCore, ownThreads, placesOf, scratch, valueIn } from './corefiles';

const SOURCE = 'corecrash.cpp';
const FLAGS = ['-g', '-O0', '-pthread'];
let program: string;
let whole: Buffer;

beforeAll(() => {
  program = compile(SOURCE, { flags: FLAGS });
  whole = readFileSync(crash(program, 'segv'));
});

/** Every thread's stack walked, so that what is missing shows. */
function walk(core: CoreTarget): number[] {
  return core.threads().map(({ id }) => core.stack(id).frames(0, 100).length);
}

describe('a core that is cut short', () => {
  const cut = (length: number): string => {
    const path = join(scratch(), 'core');
    writeFileSync(path, whole.subarray(0, length));
    return path;
  };

  it('is opened with what is there, or refused, wherever it ends', () => {
    const lengths = [0, 3, 63, 64, 700, 3000, 4096, 9000, ...Array.from({ length: 10 }, (_, i) => 20_000 * 2 ** i)];
    const outcomes = lengths.map((length) => {
      try {
        const core = openCore(cut(length), program);
        walk(core);
        const { lines } = beginning(core);
        expect(length >= whole.length || lines.some((text) => text.includes('is cut short: it has'))).toBe(true);
        return 'opened';
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return 'refused';
      }
    });
    expect(outcomes[0]).toBe('refused');
    expect(outcomes.at(-1)).toBe('opened');
  });

  it('says what is missing: whose stacks', () => {
    const complete = openCore(cut(whole.length), program);
    const core = openCore(cut(300_000), program);
    const [said] = beginning(core).lines;
    const tids = core.threads().map(({ id }) => id);
    expect(said).toMatch(/is cut short: it has 293\.0 KiB of \d+\.\d MiB \(a full disk, or a limit: see ulimit -c\)\./);
    expect(said).toMatch(/Missing is memory of \d+ mappings, the first of it at 0x[0-9a-f]+\./);
    for (const tid of tids) expect(said).toContain(String(tid));
    expect(said).toMatch(/stacks of threads .* are among it/);
    expect(walk(complete).every((count, i) => count > walk(core)[i]!)).toBe(true);
    // The text comes from the file all the same.
    expect(core.stack(tids[0]!).frame(0)?.functionName).toBe('bring_down');
  });
});

describe('a core whose program has changed since', () => {
  const build = (into: string, define: string): string => {
    copyFileSync(compile('crash.c', { flags: ['-g', '-O0', define, '-Wl,--build-id'], name: `crash${define}` }), into);
    return into;
  };

  it('says so, and does not use the wrong one', () => {
    const program = build(join(scratch(), 'crash'), '-DONE');
    const path = crash(program);
    const before = openCore(path);
    const { tid } = beginning(before);
    expect(before.stack(tid).frame(0)?.functionName).toBe('read_it');
    // Another build of it, at the same place.
    runTool('cp', ['--remove-destination', compile('hello.c', { flags: ['-g', '-O0', '-Wl,--build-id'] }), program]);
    const core = openCore(path);
    const { lines } = beginning(core);
    expect(lines[0]).toMatch(
      /crash is another build than the one that the process ran \(build id [0-9a-f]{40}, in the core [0-9a-f]{40}\)\. It is not used/,
    );
    const frame = core.stack(tid).frame(0)!;
    expect(frame.functionName).toBeUndefined();
    expect(frame.module).toMatchObject({ path: program, kind: 'executable' });
    expect(frame.module!.buildId).toBe(before.stack(tid).frame(0)!.module!.buildId);
    // Named by hand, the right one is found wherever it is.
    const kept = build(join(scratch(), 'kept'), '-DONE');
    const mended = openCore(path, kept);
    expect(beginning(mended).lines).toHaveLength(1);
    expect(mended.stack(tid).frame(0)?.functionName).toBe('read_it');
  });

  it('without build ids compares what the core has of it', () => {
    const flags = ['-g', '-O0', '-Wl,--build-id=none'];
    const program = join(scratch(), 'crash');
    copyFileSync(compile('crash.c', { flags, name: 'crashplain' }), program);
    const path = crash(program);
    expect(beginning(openCore(path, program)).lines).toHaveLength(1);
    runTool('strip', ['-o', `${program}.stripped`, program]);
    // Stripping moves nothing but the section headers.
    expect(beginning(openCore(path, `${program}.stripped`)).lines).toHaveLength(1);
    const other = compile('hello.c', { flags, name: 'helloplain' });
    expect(beginning(openCore(path, other)).lines[0]).toMatch(/another build than the one that the process ran\. /);
  });

  it('says what is not there at all', () => {
    const program = build(join(scratch(), 'crash'), '-DTWO');
    const path = crash(program);
    runTool('rm', [program]);
    const core = openCore(path);
    const { lines, tid } = beginning(core);
    expect(lines[0]).toMatch(/crash is not on this machine: of crash there is only what the core holds\.$/);
    expect(core.stack(tid).frame(0)?.pc).toBeGreaterThan(0n);
    expect(() => openCore(path, '/no/such/program')).toThrow('Cannot open /no/such/program: there is no such file.');
    expect(() => openCore('/no/such/core')).toThrow('Cannot open /no/such/core: there is no such file.');
    expect(() => openCore(path, '/etc/passwd')).toThrow('/etc/passwd is not an ELF file');
  });
});

describe('a core with less in it', () => {
  /** The core with notes of a type made unknown. */
  const without = (type: number): string => {
    const bytes = Buffer.from(whole);
    for (let at = bytes.indexOf('CORE\0') - 12; at >= 0 && at < 1 << 20;) {
      const nameSize = bytes.readUInt32LE(at);
      if (nameSize < 5 || nameSize > 6) break;
      if (bytes.readUInt32LE(at + 8) === type) bytes.writeUInt32LE(0x7777, at + 8);
      at += 12 + 8 + Math.ceil(bytes.readUInt32LE(at + 4) / 4) * 4;
    }
    const path = join(scratch(), 'core');
    writeFileSync(path, bytes);
    return path;
  };

  it('finds programs and libraries without NT_FILE', () => {
    const core = openCore(without(0x46494c45), program);
    const { tid, lines } = beginning(core);
    expect(lines[0]).toMatch(/does not say which files were mapped \(it has no NT_FILE note\)\. They are inferred/);
    expect(placesOf(ownThreads(core))).toEqual(placesOf(ownThreads(openCore(writeWhole(), program))));
    expect(valueIn(core, tid, 'bring_down', 'numbers[2]')).toBe('30');
    expect(beginning(openCore(without(0x46494c45))).lines[0]).toMatch(/Name the program that ran as "program"\.$/);
  });

  const writeWhole = (): string => {
    const path = join(scratch(), 'core');
    writeFileSync(path, whole);
    return path;
  };

  it('shows SSE from FXSAVE without NT_X86_XSTATE, and nothing without either', () => {
    const fxsave = openCore(without(0x202), program);
    const all = openCore(writeWhole(), program);
    const { id } = all.threads()[0]!;
    expect(fxsave.registers(id).get('xmm0')).toBe(all.registers(id).get('xmm0'));
    expect(fxsave.registers(id).groups.map(({ name }) => name)).toEqual(['general', 'flags', 'segment', 'x87', 'sse']);
    expect(fxsave.registers(id).get('ymm0')).toBeUndefined();
  });

  it('takes the signal from NT_PRSTATUS without NT_SIGINFO', () => {
    expect(beginning(openCore(without(0x53494749), program)).reason).toBe('SIGSEGV');
  });

  it('does without the auxiliary vector', () => {
    const core = openCore(without(6), program);
    expect(core.program).toBe(program);
    expect(core.stack(beginning(core).tid).frame(0)?.functionName).toBe('bring_down');
  });
});

describe('a huge core', () => {
  it('is opened without being read', () => {
    const path = join(scratch(), 'core');
    const size = 8 * 2 ** 30;
    const start = 0x10_0000_0000n;
    const { head, offsets } = layOutCore({
      process: {
        pid: 5,
        ppid: 1,
        pgrp: 5,
        sid: 5,
        uid: 0,
        gid: 0,
        state: 'R',
        name: 'huge',
        commandLine: '',
        auxv: new Uint8Array(0),
      },
      threads: [
        { tid: 5, signal: 0, siginfo: undefined, signalMask: 0n, registers: new Uint8Array(216), xsave: undefined },
      ],
      threadNames: new Map(),
      xsaveLayout: [],
      mappings: [],
      loads: [{ address: start, memorySize: size, fileSize: size, flags: 6 }],
    });
    writeFileSync(path, head);
    truncateSync(path, offsets[0]! + size);
    const fd = openSync(path, 'r+');
    writeSync(fd, Buffer.from('the end'), 0, 7, offsets[0]! + size - 7);
    closeSync(fd);
    const before = process.memoryUsage().rss;
    const core = openCore(path);
    expect(beginning(core)).toMatchObject({ tid: 5, reason: 'pause' });
    expect(Buffer.from(core.memory.read(virtAddr(start + BigInt(size) - 7n), 100)).toString()).toBe('the end');
    expect([...core.memory.read(virtAddr(start), 4)]).toEqual([0, 0, 0, 0]);
    expect(core.memory.read(virtAddr(start - 1n), 4)).toHaveLength(0);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
    expect(core.registers(5).groups.map(({ name }) => name)).toEqual(['general', 'flags', 'segment']);
  });
});
