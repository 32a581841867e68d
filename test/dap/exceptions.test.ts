/** Exceptions of languages, failed assertions and what sanitizers and guards find, as stops with their text. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { describe, expect, test } from 'vitest';
import type { DapClient } from '../support/dapclient';
import { compile } from '../support/debuggees';
import { frames, initialize, outputs, runToEnd, startAdapter, stopped, type Stop } from '../support/session';

type ExceptionInfo = DebugProtocol.ExceptionInfoResponse['body'];

const throws = compile('throws.cpp', { flags: ['-g', '-O0', '-pthread'] });
const linked = compile('throws.cpp', { flags: ['-g', '-O0', '-pthread', '-static'], name: 'throws-static' });

interface Ticked {
  readonly filterId: string;
  readonly condition?: string;
}

/** Launches with these filters ticked, or with those that are ticked at first. */
async function start(program: string, args: string[], ticked?: readonly Ticked[]): Promise<DapClient> {
  const client = startAdapter();
  await initialize(client);
  const launched = client.requestRaw('launch', { program, args, env: { RUST_BACKTRACE: '0' } });
  await client.waitFor('initialized');
  if (ticked) await client.request('setExceptionBreakpoints', { filters: [], filterOptions: [...ticked] });
  await client.request('configurationDone', {});
  await launched;
  return client;
}

async function told(client: DapClient) {
  const { threadId, reason, text, description } = await stopped(client);
  expect(reason).toBe('exception');
  const info = (await client.request('exceptionInfo', { threadId })) as ExceptionInfo;
  return { threadId, text, description, id: info.exceptionId, details: info.details!, full: info.description ?? '' };
}

async function functionsOf(client: DapClient, { threadId }: Pick<Stop, 'threadId'>): Promise<string[]> {
  return (await frames(client, threadId)).map(({ name }) => name);
}

describe.each([
  ['shared', throws],
  ['static', linked],
])('C++ exceptions of a program with a %s runtime', (_kind, program) => {
  test.each([
    ['runtime', 'std::runtime_error', 'no such file'],
    ['derived', 'app::Failure', 'app failed'],
    ['asked', 'app::Asked', 'code 17'],
    ['both', 'app::Both', 'second base'],
    ['virtual', 'app::Virtual', 'virtual base'],
    ['bad_alloc', 'std::bad_alloc', 'std::bad_alloc'],
    ['system', 'std::system_error', 'open: No such file or directory'],
    ['int', 'int', '42'],
    ['text', 'char const*', 'plain text'],
    ['nothing', 'app::Nothing', undefined],
  ])('throw %s', async (what, type, message) => {
    const client = await start(program, [what], [{ filterId: 'cpp_throw' }]);
    const stop = await told(client);
    expect(stop).toMatchObject({ id: type, details: { typeName: type } });
    expect(stop.details.message).toBe(message);
    expect(stop.text).toBe(`Thrown: ${type}${message === undefined ? '' : `: ${message}`}`);
    expect((await functionsOf(client, stop)).slice(0, 2)).toEqual(['__cxa_throw', 'thrower']);
    expect(await runToEnd(client, stop.threadId)).toMatchObject({ exitCode: 0, output: { stdout: 'caught\n' } });
  });

  test('caught and thrown again', async () => {
    const client = await start(
      program,
      ['derived', 'rethrow'],
      [{ filterId: 'cpp_catch' }, { filterId: 'cpp_rethrow' }],
    );
    const texts: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      const stop = await told(client);
      texts.push(stop.text);
      expect(stop.details.fullTypeName).toBe('app::Failure : std::runtime_error : std::exception');
      expect(await functionsOf(client, stop)).toContain('main');
      await client.request('continue', { threadId: stop.threadId });
    }
    const failure = 'app::Failure: app failed';
    expect(texts).toEqual([`Caught: ${failure}`, `Thrown again: ${failure}`, `Caught: ${failure}`]);
    expect(await runToEnd(client)).toMatchObject({ exitCode: 0 });
  });

  test('thrown again by pointer', async () => {
    const client = await start(program, ['both', 'pointer'], [{ filterId: 'cpp_rethrow' }]);
    const stop = await told(client);
    expect(stop.text).toBe('Thrown again: app::Both: second base');
    expect(await runToEnd(client, stop.threadId)).toMatchObject({ exitCode: 0 });
  });

  test.each([
    ['uncaught', 'thrower'],
    ['thread', 'thrower'],
  ])('%s: stops with the stack of the throw, once', async (how, thrower) => {
    const client = await start(program, ['asked', how]);
    const stop = await told(client);
    expect(stop.text).toBe('Uncaught: app::Asked: code 17');
    expect(await functionsOf(client, stop)).toContain(thrower);
    const ended = await runToEnd(client, stop.threadId);
    expect(ended.exitCode).toBe(128 + 6);
    expect(client.untaken('stopped')).toEqual([]);
  });
});

describe('C++ exceptions', () => {
  test('that leave a noexcept function, and std::terminate without one', async () => {
    const client = await start(throws, ['derived', 'noexcept']);
    expect((await told(client)).text).toBe('Uncaught: app::Failure: app failed');
    const other = await start(throws, ['', 'terminate']);
    expect((await told(other)).text).toMatch(/^std::terminate was called/);
  });

  test.each([
    ['std::runtime_error', true],
    ['app::*', true],
    ['Failure', true],
    ['std::exception', true],
    ['std::logic_error', false],
    ['!app::Failure', false],
    ['std::logic_error, app::Failure', true],
  ])('with the condition %s', async (condition, stops) => {
    const client = await start(throws, ['derived'], [{ filterId: 'cpp_throw', condition }]);
    if (!stops) {
      expect(await runToEnd(client)).toMatchObject({ exitCode: 0 });
      return;
    }
    expect((await told(client)).id).toBe('app::Failure');
  });

  test('are not told where nobody asks', async () => {
    const client = await start(throws, ['derived']);
    expect(await runToEnd(client)).toMatchObject({ exitCode: 0 });
    expect(client.untaken('stopped')).toEqual([]);
  });

  test('a condition that is wrong is answered in words', async () => {
    const client = await start(throws, ['none']);
    const filterOptions = [{ filterId: 'cpp_throw', condition: 'x = 1;' }];
    const ran = runToEnd(client);
    const body = await client.request('setExceptionBreakpoints', { filters: [], filterOptions });
    const message = expect.stringContaining('no name of a type') as string;
    expect(body).toMatchObject({ breakpoints: [{ verified: false, message }] });
    await ran;
  });
});

describe('a Rust panic', () => {
  const program = compile('panics.rs');

  test.each([
    ['static', 'static text', /panics\.rs:\d+:\d+$/],
    ['format', 'formatted format and 42', /panics\.rs:\d+:\d+$/],
    ['any', undefined, /panics\.rs:\d+:\d+$/],
    ['unwrap', 'called `Result::unwrap()` on an `Err` value: "bad"', /panics\.rs:\d+:\d+$/],
    ['index', 'index out of bounds: the len is 3 but the index is 5', /panics\.rs:\d+:\d+$/],
    ['caught', 'caught one', /panics\.rs/],
    ['thread', 'in a thread', /panics\.rs/],
  ])('%s', async (what, message, place) => {
    const client = await start(program, [what]);
    const stop = await told(client);
    expect(stop.id).toBe('panic');
    expect(stop.details.message).toBe(message);
    expect(/^Panicked at (\S+?)(?:: | with )/.exec(stop.text ?? '')?.[1]).toMatch(place);
    const { exitCode } = await runToEnd(client, stop.threadId);
    expect(exitCode).toBe(what === 'caught' || what === 'thread' ? 0 : 101);
  });
});

describe('programs that give themselves up', () => {
  const guards = compile('guards.c', { flags: ['-g', '-O0', '-fstack-protector-all'] });
  const fortified = compile('guards.c', { flags: ['-g', '-O2', '-D_FORTIFY_SOURCE=2'], name: 'fortified' });
  const musl = compile('guards.c', { compiler: 'musl-gcc', flags: ['-g', '-O0', '-static'], name: 'guards-musl' });

  test.each([
    ['glibc', guards],
    ['musl', musl],
  ])('assert of %s', async (_libc, program) => {
    const client = await start(program, ['assert']);
    const stop = await told(client);
    expect(stop.text).toMatch(/^Assertion failed in main at .*guards\.c:\d+: argc == 1 && "one argument"$/);
    expect(await functionsOf(client, stop)).toContain('main');
    expect((await runToEnd(client, stop.threadId)).exitCode).toBe(134);
    expect(client.untaken('stopped')).toEqual([]);
  });

  test('stack smashing, fortify', async () => {
    const client = await start(guards, ['smash']);
    const stop = await told(client);
    expect(stop.text).toBe('Stack smashing: smash has written past the end of one of its arrays on the stack');
    expect((await runToEnd(client, stop.threadId)).exitCode).toBe(134);
    expect(client.untaken('stopped')).toEqual([]);
    const other = await start(fortified, ['fortify']);
    expect((await told(other)).text).toMatch(/^Buffer overflow: |^Fortify: buffer overflow detected/);
  });
});

describe('sanitizer reports', () => {
  const build = (name: string) =>
    compile('sanitized.cpp', { flags: ['-g', '-O0', '-pthread', `-fsanitize=${name}`], name: `sanitized-${name}` });

  test('AddressSanitizer', async () => {
    const client = await start(build('address'), ['freed']);
    const stop = await told(client);
    expect(stop.text).toMatch(/^AddressSanitizer: heap-use-after-free on address 0x/);
    expect(stop.id).toBe('heap-use-after-free');
    expect(stop.full).toMatch(/READ of size 4 at [\s\S]*freed by thread T0/);
    expect(await functionsOf(client, stop)).toContain('use');
    expect((await runToEnd(client, stop.threadId)).exitCode).toBe(1);
    expect(outputs(client)['stderr']).toContain('SUMMARY: AddressSanitizer');
  });

  test('UndefinedBehaviorSanitizer', async () => {
    const client = await start(build('undefined'), ['overflow']);
    const stop = await told(client);
    expect(stop.text).toMatch(/^UndefinedBehaviorSanitizer: signed integer overflow: 2147483647 \+ 2 cannot be/);
    expect(await functionsOf(client, stop)).toContain('main');
    expect((await runToEnd(client, stop.threadId)).exitCode).toBe(0);
  });

  test('ThreadSanitizer', async () => {
    const client = await start(build('thread'), ['race']);
    const stop = await told(client);
    expect(stop.text).toMatch(/^ThreadSanitizer: data race/);
    expect(stop.id).toBe('data race');
    await client.request('disconnect', { terminateDebuggee: true });
  });
});
