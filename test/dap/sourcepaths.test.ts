/** Sources that are not where the binary says: mapped, moved, behind symlinks. Real compilers record the paths. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LaunchArguments } from '../../src/protocol/arguments';
import type { DapClient } from '../support/dapclient';
import { line, runTool, sourcePath } from '../support/debuggees';
import { frames, initialize, runToEnd, startAdapter, stopped } from '../support/session';

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'ptrace-sources-')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of hello.c at `path` below the test's folder. */
function place(path: string): string {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(sourcePath('hello.c'), target);
  return target;
}

let builds = 0;

/** Builds a placed source in its own directory; the binary lies apart from every source. */
function build(source: string, flags: readonly string[] = [], compiler = 'gcc'): string {
  const program = join(folder, 'bin', String(++builds), 'hello');
  mkdirSync(dirname(program), { recursive: true });
  runTool(compiler, ['-g', '-O0', ...flags, '-o', program, source], { cwd: folder });
  return program;
}

interface Expected {
  /** What the client sends in setBreakpoints. */
  readonly sent: string;
  /** What its frames show; the same unless told otherwise. */
  readonly shown?: string | undefined;
}

/** Breaks in `add`, looks at the stack, and runs to the end. */
async function expectBound(args: LaunchArguments, { sent, shown = sent }: Expected): Promise<DapClient> {
  const client = startAdapter();
  await initialize(client);
  await client.request('launch', args);
  await client.waitFor('initialized');
  const at = line('hello.c', 'add_body');
  const { breakpoints } = await client.request('setBreakpoints', {
    source: { path: sent },
    breakpoints: [{ line: at }],
  });
  expect(breakpoints).toMatchObject([{ verified: true, line: at }]);
  await client.request('configurationDone', {});
  const { threadId, reason } = await stopped(client);
  expect(reason).toBe('breakpoint');
  const own = (await frames(client, threadId)).slice(0, 3);
  expect(own.map(({ name, line: number }) => [name, number])).toEqual([
    ['add', at],
    ['work', line('hello.c', 'call')],
    ['main', line('hello.c', 'main_body')],
  ]);
  for (const { source } of own) expect(source).toMatchObject({ path: shown, name: basename(shown) });
  const { sources } = await client.request('loadedSources', {});
  expect(sources.map(({ path }) => path)).toContain(shown);
  await client.request('setBreakpoints', { source: { path: sent }, breakpoints: [] });
  expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
  return client;
}

async function expectUnverified(args: LaunchArguments, sent: string, message: RegExp): Promise<void> {
  const client = startAdapter();
  await initialize(client);
  await client.request('launch', args);
  const { breakpoints } = await client.request('setBreakpoints', {
    source: { path: sent },
    breakpoints: [{ line: line('hello.c', 'add_body') }],
  });
  expect(breakpoints).toMatchObject([{ verified: false }]);
  expect(breakpoints[0]?.message).toMatch(message);
}

describe.each(['gcc', 'clang'])('sourceMap, of what %s recorded', (compiler) => {
  const recorded = (source: string, as: string) =>
    build(source, [`-fdebug-prefix-map=${dirname(source)}=${as}`], compiler);

  test('takes a prefix to where the sources are', async () => {
    const source = place(`${compiler}/map/src/hello.c`);
    const program = recorded(source, '/builder/project/src');
    await expectBound({ program, sourceMap: { '/builder/project': dirname(dirname(source)) } }, { sent: source });
  });

  test('takes the longest prefix, whatever the order', async () => {
    const source = place(`${compiler}/longest/right/hello.c`);
    place(`${compiler}/longest/wrong/inner/hello.c`);
    const program = recorded(source, '/builder/outer/inner');
    const right = dirname(source);
    const wrong = join(dirname(right), 'wrong');
    const maps: Record<string, string>[] = [
      { '/builder/outer': wrong, '/builder/outer/inner': right },
      { '/builder/outer/inner/': right, '/builder': '/nowhere', '/builder/outer': wrong },
    ];
    for (const sourceMap of maps) await expectBound({ program, sourceMap }, { sent: source });
  });

  test('matches whole components only', async () => {
    const source = place(`${compiler}/components/hello.c`);
    const program = recorded(source, '/builder/project2');
    await expectBound(
      { program, sourceMap: { '/builder/project': '/nowhere', '/builder/project2': dirname(source) } },
      { sent: source },
    );
  });

  test('in cppdbg’s spelling', async () => {
    const source = place(`${compiler}/cppdbg/hello.c`);
    const program = recorded(source, '/builder/cppdbg');
    const editorPath = dirname(source);
    await expectBound({ program, sourceFileMap: { '/builder/cppdbg': editorPath } }, { sent: source });
    await expectBound({ program, sourceFileMap: { '/builder/cppdbg': { editorPath } } }, { sent: source });
  });

  test('a prefix mapped to null: its sources are not here', async () => {
    const source = place(`${compiler}/null/hello.c`);
    const client = startAdapter();
    await initialize(client);
    await client.request('launch', { program: build(source, [], compiler), sourceMap: { [dirname(source)]: null } });
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'add' }] });
    await client.request('configurationDone', {});
    const { threadId } = await stopped(client);
    const [top] = await frames(client, threadId);
    expect(top?.source?.path).not.toBe(source);
    expect(top?.source?.sourceReference ?? 0).toBeGreaterThan(0);
  });
});

describe('moved sources', () => {
  test('are found by their last components', async () => {
    const before = place('before/lib/core/hello.c');
    const program = build(before);
    const after = join(folder, 'after');
    renameSync(join(folder, 'before'), after);
    await expectBound({ program }, { sent: join(after, 'lib/core/hello.c') });
  });

  test('are shown below cwd without a breakpoint in them', async () => {
    const before = place('old/tree/hello.c');
    const program = build(before);
    renameSync(join(folder, 'old'), join(folder, 'workspace'));
    const client = startAdapter();
    await initialize(client);
    await client.request('launch', { program, cwd: join(folder, 'workspace') });
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'add' }] });
    await client.request('configurationDone', {});
    const { threadId } = await stopped(client);
    expect((await frames(client, threadId))[0]?.source?.path).toBe(join(folder, 'workspace/tree/hello.c'));
  });

  test('are not taken for another file of that name that is where the binary says', async () => {
    const program = build(place('here/src/hello.c'));
    const other = place('elsewhere/src/hello.c');
    await expectUnverified({ program }, other, /line information for hello\.c/);
  });

  test('the one that shares most wins, where two sources have one name', async () => {
    const near = place('two/app/part/hello.c');
    const far = join(folder, 'two/app/rest/hello.c');
    mkdirSync(dirname(far), { recursive: true });
    runTool('sh', [
      '-c',
      `sed 's/main(void)/unused(void)/; s/\\bwork\\b/work2/g; s/^int counter.*/extern int counter;/; s/^const char.*/extern const char *greeting;/' "$0" > "$1"`,
      near,
      far,
    ]);
    const program = join(folder, 'two/hello');
    runTool('gcc', ['-g', '-O0', '-o', program, near, far]);
    renameSync(join(folder, 'two/app'), join(folder, 'two/moved'));
    await expectBound({ program }, { sent: join(folder, 'two/moved/part/hello.c') });
  });
});

describe('symlinks', () => {
  test('a source tree reached through one, on either side', async () => {
    const source = place('links/real/hello.c');
    const link = join(folder, 'links/link');
    symlinkSync(dirname(source), link);
    const behind = join(link, 'hello.c');
    await expectBound({ program: build(source) }, { sent: behind, shown: source });
    await expectBound({ program: build(behind) }, { sent: source, shown: behind });
  });

  test('a source that is one, under another name', async () => {
    const source = place('alias/hello.c');
    const alias = join(dirname(source), 'greeting.c');
    symlinkSync('hello.c', alias);
    await expectBound({ program: build(source) }, { sent: alias, shown: source });
  });

  test('a compilation directory with relative paths in the line table', async () => {
    const source = place('relative/sub/hello.c');
    const program = join(folder, 'relative/hello');
    runTool('gcc', ['-g', '-O0', '-o', program, '../relative/./sub/hello.c'], { cwd: join(folder, 'relative') });
    await expectBound({ program }, { sent: source });
  });
});

test('a path that the client writes with dots and slashes', async () => {
  const source = place('dots/hello.c');
  const program = build(source);
  await expectBound({ program }, { sent: `${dirname(source)}//x/.././hello.c`, shown: source });
});
