/** ELF and DWARF that were truncated or fuzzed: whatever can be run is run, and the session never hangs or falls over. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile, runTool } from '../support/debuggees';
import { frames, launch, launchUntilStopped, outputs, runToEnd, startAdapter } from '../support/session';
import { type DapClient, FailedResponse } from '../support/dapclient';

let folder: string;
let hello: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ptrace-corrupt-'));
  hello = compile('hello.c', { flags: ['-g', '-O0', '-gdwarf-5'] });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Section {
  readonly offset: number;
  readonly size: number;
}

/** Offset and size of a section in the file, by readelf. */
function section(binary: string, name: string): Section {
  const lines = runTool('readelf', ['--section-headers', '--wide', binary]).split('\n');
  const fields = lines
    .find((line) => line.includes(` ${name} `))
    ?.replace(/^\s*\[\s*\d+\]\s*/, '')
    .split(/\s+/);
  if (!fields) throw new Error(`no section ${name}`);
  return { offset: parseInt(fields[3]!, 16), size: parseInt(fields[4]!, 16) };
}

/** A linear congruential generator (Numerical Recipes' constants): the same damage in every run. */
function* damage(seed: number): Generator<number, never> {
  let state = seed >>> 0;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 8;
  }
}

function spoiled(name: string, spoil: (bytes: Buffer) => Buffer | void): string {
  const bytes = readFileSync(hello);
  const path = join(folder, name);
  writeFileSync(path, spoil(bytes) ?? bytes);
  chmodSync(path, 0o755);
  return path;
}

/** Launches with a breakpoint on main; true when the program ran. Anything but a sentence or a run fails. */
async function ends(client: DapClient, program: string): Promise<boolean> {
  try {
    await launch(client, { program }, { functions: ['main'] });
  } catch (error) {
    expect(error).toBeInstanceOf(FailedResponse);
    expect((error as Error).message).not.toMatch(/Internal error/);
    return false;
  }
  for (;;) {
    const next = await client.waitForAny(['stopped', 'terminated']);
    if (next.event === 'terminated') return true;
    const threadId = (next.body as { threadId: number }).threadId;
    await client.request('stackTrace', { threadId, levels: 20 });
    await client.requestRaw('continue', { threadId });
  }
}

describe('corrupt DWARF loses what is corrupt', () => {
  const sections = ['.debug_info', '.debug_abbrev', '.debug_line', '.debug_str', '.debug_line_str', '.debug_aranges'];

  test.each(sections.flatMap((name) => [0, 0xff, -1].map((fill) => [name, fill] as const)))(
    '%s filled with %d',
    async (name, fill) => {
      const { offset, size } = section(hello, name);
      const random = damage(size);
      const program = spoiled(`dwarf${name}${fill}`, (bytes) => {
        for (let i = 0; i < size; i++) bytes[offset + i] = fill < 0 ? random.next().value & 0xff : fill;
      });
      const client = startAdapter();
      const { threadId } = await launchUntilStopped(client, { program }, { functions: ['main'] });
      expect((await frames(client, threadId))[0]?.name).toContain('main');
      expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0, output: { stdout: 'hello 11\n' } });
    },
  );

  test('a section header table that lies does not lose the process', async () => {
    const program = spoiled('headers', (bytes) => {
      bytes.writeBigUInt64LE(0xffff_ffff_ffffn, 0x28);
    });
    const client = startAdapter();
    await launch(client, { program });
    expect(await runToEnd(client)).toMatchObject({ exitCode: 0 });
  });
});

describe('a fuzzed ELF ends in a sentence or in a run', () => {
  test.each(Array.from({ length: 16 }, (_, seed) => seed))('headers, seed %d', async (seed) => {
    const random = damage(seed + 1);
    const program = spoiled(`fuzz${seed}`, (bytes) => {
      // e_ident's magic stays, or it would be no ELF at all; the program headers end at 0x318.
      for (let i = 0; i < 4; i++) bytes[4 + (random.next().value % 0x310)] = random.next().value & 0xff;
    });
    const client = startAdapter();
    await ends(client, program);
    expect(outputs(client)['important'] ?? '').not.toMatch(/Internal error/);
  });

  test.each([64, 120, 0x318, 0x1000, 0x2000, 0x3000])('cut after %d bytes', async (length) => {
    const client = startAdapter();
    await ends(
      client,
      spoiled(`cut${length}`, (bytes) => bytes.subarray(0, length)),
    );
  });
});
