/** Programs as they come: every compiler, level and DWARF version, static, stripped, other libcs and languages. */
import { realpathSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compile, line, type CompileOptions } from '../support/debuggees';
import { frames, launchUntilStopped, resume, runToEnd, startAdapter, topFrame } from '../support/session';

const compilers = { c: ['gcc', 'clang'], cpp: ['g++', 'clang++'] } as const;
const levels = ['-O0', '-O2'];
const versions = ['-gdwarf-4', '-gdwarf-5'];

describe('main of a C and of a C++ program', () => {
  const builds = (['c', 'cpp'] as const).flatMap((language) =>
    compilers[language].flatMap((compiler) =>
      levels.flatMap((level) => versions.map((version) => [`stepping.${language}`, compiler, level, version] as const)),
    ),
  );

  test.each(builds)('%s by %s %s %s', async (source, compiler, level, version) => {
    const client = startAdapter();
    const program = compile(source, { compiler, flags: ['-g', level, version] });
    // The optimiser leaves no instruction to some lines (gdb knows no line for `print` either), but a function its entry.
    const setup = { functions: ['main'], breakpoints: { [source]: level === '-O0' ? ['print'] : [] } };
    const { threadId, reason } = await launchUntilStopped(client, { program }, setup);
    expect(reason).toBe('function breakpoint');
    // Where the optimiser put code of an inlined function first, the stop is in that one's frame, as gdb shows it.
    const [top, ...callers] = await frames(client, threadId, 3);
    const main = level === '-O0' ? top : [top, ...callers].find((frame) => /^main\b/.test(frame?.name ?? ''));
    expect(main?.name).toMatch(/^main\b/);
    expect(top?.source?.path).toContain(source);
    if (level === '-O0') {
      await client.request('continue', { threadId });
      await client.waitFor('stopped');
      expect((await topFrame(client, threadId)).line).toBe(line(source, 'print'));
    }
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
  });
});

describe('ways to link', () => {
  const links: readonly [string, CompileOptions][] = [
    ['static', { flags: ['-g', '-static'] }],
    ['static-pie', { flags: ['-g', '-static-pie'] }],
    ['no-pie', { flags: ['-g', '-no-pie'] }],
    ['musl', { compiler: 'musl-gcc', flags: ['-g'] }],
    ['musl, static', { compiler: 'musl-gcc', flags: ['-g', '-static'] }],
    ['lld', { compiler: 'clang', flags: ['-g', '-fuse-ld=lld'] }],
    ['compressed DWARF', { flags: ['-g', '-gz'] }],
    ['dwz', { flags: ['-g', '-gdwarf-4'], then: [['dwz']] }],
    ['without frame pointers', { flags: ['-g', '-O2', '-fomit-frame-pointer', '-fno-inline'] }],
    ['split DWARF’s skeleton only', { flags: ['-g', '-gsplit-dwarf'] }],
  ];

  test.each(links)('%s', async (_what, options) => {
    const client = startAdapter();
    const program = compile('static.c', options);
    const { threadId } = await launchUntilStopped(
      client,
      { program },
      { breakpoints: { 'static.c': ['triple_body'] } },
    );
    const names = (await frames(client, threadId)).map(({ name }) => name.replace(/[.(+].*/, ''));
    expect(names.slice(0, 2)).toEqual(['triple', 'main']);
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0, output: { stdout: '42\n' } });
  });

  test('stripped of debug information: functions and addresses still work', async () => {
    const client = startAdapter();
    const program = compile('static.c', { flags: ['-O0', '-g'], then: [['strip', '--strip-debug']], name: 'nodebug' });
    const { threadId } = await launchUntilStopped(client, { program }, { functions: ['triple'] });
    const names = (await frames(client, threadId)).map(({ name }) => name.replace(/[.(+].*/, ''));
    expect(names.slice(0, 2)).toEqual(['triple', 'main']);
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
  });

  test('stripped of everything: the entry, a stack, the end', async () => {
    const client = startAdapter();
    const program = compile('static.c', { flags: ['-O2'], then: [['strip']], name: 'stripped' });
    const { threadId, reason } = await launchUntilStopped(client, { program, stopOnEntry: true });
    expect(reason).toBe('entry');
    expect(await frames(client, threadId)).not.toHaveLength(0);
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'printf' }] });
    await client.request('continue', { threadId });
    await client.waitFor('stopped');
    expect((await topFrame(client, threadId)).name).toContain('printf');
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0, output: { stdout: '42\n' } });
  });
});

describe('programs nobody built for this', () => {
  test('/bin/ls, stopped in libc, has a stack to its entry', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(
      client,
      { program: '/bin/ls', args: ['/'] },
      { functions: ['malloc'] },
    );
    const stack = await frames(client, threadId, 50);
    expect(stack[0]!.name).toContain('malloc');
    expect(stack.length).toBeGreaterThan(2);
    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    const { exitCode, output } = await runToEnd(client, threadId);
    expect(exitCode).toBe(0);
    expect(output['stdout']).toContain('etc');
  });

  test('node, 100 MB of it', async () => {
    const client = startAdapter();
    const program = realpathSync(process.execPath);
    const args = { program, args: ['-e', 'console.log(6 * 7)'], env: { NO_COLOR: '1', FORCE_COLOR: null } };
    const { threadId } = await launchUntilStopped(client, args, { functions: ['main'] });
    expect((await topFrame(client, threadId)).name).toMatch(/^main\b/);
    const { exitCode, output } = await runToEnd(client, threadId);
    expect(exitCode).toBe(0);
    expect(output['stdout']).toBe('42\n');
  });

  test('a script is debugged as its interpreter, and a note says so', async () => {
    const client = startAdapter();
    const script = compile('hello.c').replace(/hello$/, 'script.sh');
    const { chmodSync, writeFileSync } = await import('node:fs');
    writeFileSync(script, '#!/bin/sh\necho from a script\n');
    chmodSync(script, 0o755);
    const { threadId } = await launchUntilStopped(client, { program: script, stopOnEntry: 'entry' });
    const { exitCode, output } = await runToEnd(client, threadId);
    expect(exitCode).toBe(0);
    expect(output['stdout']).toBe('from a script\n');
    expect(output['console'] ?? output['important']).toMatch(/interpreter/);
  });

  test('a Rust program, its generic function and its panic', async () => {
    const client = startAdapter();
    const program = compile('rust/main.rs');
    const setup = { breakpoints: { 'rust/main.rs': ['twice', 'panic'] } };
    const { threadId } = await launchUntilStopped(client, { program, args: ['panic'] }, setup);
    expect((await topFrame(client, threadId)).name).toMatch(/twice/);
    await client.request('continue', { threadId });
    await client.waitFor('stopped');
    await client.request('continue', { threadId });
    await client.waitFor('stopped');
    const stack = (await frames(client, threadId)).map(({ name }) => name);
    expect(stack[0]).toMatch(/main::main/);
    expect(await resume(client, 'continue', { threadId })).toMatchObject({ reason: 'exception' });
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 101 });
  });
});
