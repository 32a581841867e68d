/** Steps as tables: from a marker, by moves, to markers. Where a table would only repeat gdb, gdb itself is asked. */
import { describe, expect, test } from 'vitest';
import { compile, line, type CompileOptions } from '../support/debuggees';
import { launchUntilStopped, outputs, runToEnd, startAdapter, topFrame } from '../support/session';
import { gdbWalk, move, walk, type Move } from '../support/walk';

interface Chain {
  readonly what: string;
  readonly source: string;
  readonly options?: CompileOptions;
  readonly args?: readonly string[];
  readonly from: string;
  /** Move, where it must end. */
  readonly moves: readonly (readonly [Move, string])[];
}

const chains: readonly Chain[] = [
  {
    what: 'over calls',
    source: 'stepping.c',
    from: 'call_square',
    moves: [
      ['next', 'call_one_line'],
      ['next', 'call_choose1'],
      ['next', 'call_choose5'],
      ['next', 'call_loops'],
      ['next', 'call_nested'],
      ['next', 'call_callback'],
    ],
  },
  {
    what: 'into a function, past its prologue, and out',
    source: 'stepping.c',
    from: 'call_square',
    moves: [
      ['stepIn', 'square_body'],
      ['next', 'square_return'],
      ['next', 'square_end'],
      ['stepOut', 'call_square'],
      ['next', 'call_one_line'],
      ['stepIn', 'one_line'],
      ['stepOut', 'call_one_line'],
    ],
  },
  {
    what: 'branches',
    source: 'stepping.c',
    from: 'call_choose1',
    moves: [
      ['stepIn', 'if'],
      ['next', 'else'],
      ['next', 'switch'],
      ['next', 'case1'],
      ['next', 'break1'],
      ['next', 'choose_return'],
      ['next', 'choose_end'],
    ],
  },
  {
    what: 'loops over several lines',
    source: 'stepping.c',
    from: 'call_loops',
    moves: [
      ['stepIn', 'loops_body'],
      ['next', 'for'],
      ['next', 'for_body'],
      ['next', 'for_step'],
      ['next', 'for'],
      ['next', 'for_body'],
    ],
  },
  {
    what: 'into the inner call of nested ones first',
    source: 'stepping.c',
    from: 'nested_body',
    moves: [
      ['stepIn', 'one_line'],
      ['stepOut', 'nested_body'],
      ['stepIn', 'square_body'],
      ['stepOut', 'nested_body'],
    ],
  },
  { what: 'into an indirect call', source: 'stepping.c', from: 'indirect', moves: [['stepIn', 'square_body']] },
  {
    what: 'into a library without lines steps over it',
    source: 'caller.c',
    from: 'call',
    moves: [['stepIn', 'call_with_callback']],
  },
  {
    what: 'into a library without lines steps over what it calls back, as gdb does',
    source: 'caller.c',
    from: 'call_with_callback',
    moves: [['stepIn', 'main_return']],
  },
  {
    what: 'over a recursive call does not stop in it',
    source: 'recursion.c',
    from: 'inner',
    moves: [
      ['next', 'product'],
      ['next', 'factorial_end'],
    ],
  },
  {
    what: 'over a call that a longjmp leaves',
    source: 'longjmp.c',
    from: 'call_middle',
    moves: [
      ['next', 'check'],
      ['next', 'landed'],
    ],
  },
  { what: 'over the longjmp itself', source: 'longjmp.c', from: 'longjmp', moves: [['next', 'check']] },
  { what: 'out of what a longjmp leaves', source: 'longjmp.c', from: 'call_thrower', moves: [['stepOut', 'setjmp']] },
  {
    what: 'over a call that throws',
    source: 'exceptions.cpp',
    from: 'thrown',
    moves: [
      ['stepIn', 'call_middle'],
      ['next', 'catch'],
      ['next', 'caught'],
    ],
  },
  { what: 'over the throw itself', source: 'exceptions.cpp', from: 'throw', moves: [['next', 'catch']] },
  {
    what: 'out of a tail call to who called the first of them',
    source: 'tailcall.c',
    options: { flags: ['-g', '-O2'] },
    from: 'inner_body',
    moves: [['stepOut', 'after']],
  },
  {
    what: 'through a virtual call, a lambda and a static',
    source: 'stepping.cpp',
    from: 'call_measure',
    moves: [
      ['stepIn', 'virtual'],
      ['stepIn', 'area_body'],
      ['stepOut', 'measure_end'],
      ['stepOut', 'call_measure'],
      ['next', 'lambda_end'],
    ],
  },
  {
    what: 'into a lambda',
    source: 'stepping.cpp',
    from: 'call_lambda',
    moves: [
      ['stepIn', 'lambda'],
      ['next', 'lambda_body'],
    ],
  },
  { what: 'into a trait object', source: 'rust/main.rs', from: 'call_area', moves: [['stepIn', 'area']] },
  { what: 'off the end of main', source: 'hello.c', from: 'main_return', moves: [['continue', 'terminated']] },
];

/** caller.c is linked with a library that has no lines, by its path. */
function build(source: string, options?: CompileOptions): string {
  if (source !== 'caller.c') return compile(source, options);
  const library = compile('nodebug.c', { flags: ['-shared', '-fPIC'], name: 'nodebug.so' });
  return compile([source, library], { ...options, name: 'caller' });
}

describe('steps', () => {
  test.each(chains)('$what', async ({ source, options, args, from, moves }) => {
    const client = startAdapter();
    const program = build(source, options);
    const { threadId } = await launchUntilStopped(client, { program, args }, { breakpoints: { [source]: [from] } });
    // The breakpoint would stop a step that runs past it once more, and so hide where the step itself ends.
    await client.request('setBreakpoints', { source: (await topFrame(client, threadId)).source!, breakpoints: [] });
    const places = await walk(client, threadId, source, moves.map(([how]) => how)); // prettier-ignore
    expect(places).toEqual(moves.map(([, to]) => to));
  });
});

describe('the same lines as gdb', () => {
  const plain: CompileOptions = {};
  const walks: readonly [
    source: string,
    options: CompileOptions,
    start: string,
    how: Move,
    command: 'next' | 'step',
  ][] = [
    ['stepping.c', plain, 'main', 'next', 'next'],
    ['stepping.c', plain, 'main', 'stepIn', 'step'],
    ['stepping.c', { compiler: 'clang' }, 'main', 'next', 'next'],
    ['stepping.c', { compiler: 'clang' }, 'main', 'stepIn', 'step'],
    ['stepping.c', { flags: ['-g', '-O0', '-gdwarf-4'] }, 'main', 'next', 'next'],
    ['stepping.c', { flags: ['-g', '-O0', '-gdwarf-4'] }, 'main', 'stepIn', 'step'],
    ['stepping.cpp', plain, 'main', 'next', 'next'],
    ['stepping.cpp', plain, 'call_lambda', 'stepIn', 'step'],
    ['recursion.c', plain, 'main', 'next', 'next'],
    // Not by gcc: gdb forgets a second row of a line that has discriminators, and passes the end of the call's line.
    ['recursion.c', { compiler: 'clang' }, 'main', 'stepIn', 'step'],
    ['longjmp.c', plain, 'main', 'next', 'next'],
    ['exceptions.cpp', plain, 'main', 'next', 'next'],
    ['exceptions.cpp', plain, 'main', 'stepIn', 'step'],
    ['tailcall.c', plain, 'main', 'next', 'next'],
    ['tailcall.c', plain, 'main', 'stepIn', 'step'],
    ['templates.cpp', plain, 'main', 'next', 'next'],
  ];

  test.each(walks)('%s %o, from %s: %s as gdb’s %s', async (source, options, start, how, command) => {
    const program = compile(source, options);
    const [place, setup] =
      start === 'main'
        ? ['main', { functions: ['main'] }]
        : [`${source}:${line(source, start)}`, { breakpoints: { [source]: [start] } }];
    const expected = gdbWalk(program, place, command, 80);
    expect(expected.length, 'gdb walked nowhere').toBeGreaterThan(2);
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program }, setup);
    // C++ functions have more than one name (templates, lambdas); their lines are compared.
    const show = (at: string) => (source.endsWith('.cpp') ? at.replace(/.*:/, '') : at.replace(/\(.*\)/, ''));
    const seen: string[] = [];
    for (let i = 0; i < expected.length; i++) {
      const top = await topFrame(client, threadId);
      seen.push(show(`${top.name}:${top.line}`));
      if (i + 1 < expected.length && (await move(client, threadId, how, source, 'line')) === 'terminated') break;
    }
    expect(seen).toEqual(expected.map(show));
  });
});

describe('instruction by instruction', () => {
  const freestanding = { flags: ['-g', '-nostdlib', '-static'] };

  /** Places of `count` instruction steps, a repeated one (the turns of rep) once. */
  async function places(from: string, how: Move, last: string): Promise<string[]> {
    const client = startAdapter();
    const setup = { breakpoints: { 'odd.s': [from] } };
    const { threadId } = await launchUntilStopped(client, { program: compile('odd.s', freestanding) }, setup);
    const seen: string[] = [from];
    for (let i = 0; i < 100 && seen.at(-1) !== last; i++) {
      const place = await move(client, threadId, how, 'odd.s', 'instruction');
      if (place !== seen.at(-1)) seen.push(place);
    }
    expect(await runToEnd(client, threadId), 'the program sees nothing of being stepped').toMatchObject({
      exitCode: 0,
    });
    return seen;
  }

  test('syscall', async () => {
    expect(await places('getpid', 'stepIn', 'after_syscall')).toEqual(['getpid', 'syscall', 'after_syscall']);
  });

  test('rep, and rep with nothing to do', async () => {
    const seen = await places('before_rep', 'stepIn', 'rep_zero');
    expect(seen.filter((place) => !place.includes(':'))).toEqual(['before_rep', 'rep', 'after_rep', 'rep_zero']);
    expect((await places('rep_zero', 'stepIn', 'pushf')).slice(0, 2)).toEqual(['rep_zero', 'pushf']);
  });

  test('pushf does not see the trap flag', async () => {
    expect(await places('pushf', 'stepIn', 'pushf_again')).toEqual([
      'pushf',
      'pop_flags',
      'trap_flag',
      'branch',
      'pushf_again',
    ]);
  });

  test('popf', async () => {
    expect(await places('pushf_again', 'stepIn', 'after_popf')).toEqual(['pushf_again', 'popf', 'after_popf']);
  });

  test('call and ret: into, and over', async () => {
    expect(await places('call', 'stepIn', 'after_call')).toEqual(['call', 'callee', 'ret', 'after_call']);
    expect(await places('call', 'next', 'after_call')).toEqual(['call', 'after_call']);
    expect(await places('call_indirect', 'next', 'after_indirect')).toEqual(['call_indirect', 'after_indirect']);
  });

  test('a return to a pushed address', async () => {
    expect(await places('pushed_return', 'stepIn', 'back')).toEqual(['pushed_return', 'callee', 'ret', 'back']);
  });

  test('a jump to itself is executed, again and again', async () => {
    const client = startAdapter();
    const program = compile('selfjmp.s', freestanding);
    const { threadId } = await launchUntilStopped(client, { program }, { breakpoints: { 'selfjmp.s': ['start'] } });
    const seen: string[] = [];
    for (let i = 0; i < 4; i++) seen.push(await move(client, threadId, 'stepIn', 'selfjmp.s', 'instruction'));
    expect(seen).toEqual(['spin', 'spin', 'spin', 'spin']);
    const burst = await client.request('ptrace/stepInstructions', { threadId, count: 1000 });
    expect(burst).toMatchObject({ instructionsExecuted: 1000, reason: 'steps' });
  });
});

describe('ptrace/stepInstructions', () => {
  const freestanding = { flags: ['-g', '-nostdlib', '-static'] };

  test('makes exactly so many steps', async () => {
    const client = startAdapter();
    const program = compile('count.s', freestanding);
    const { threadId } = await launchUntilStopped(client, { program }, { breakpoints: { 'count.s': ['loop'] } });
    await client.request('setBreakpoints', { source: (await topFrame(client, threadId)).source!, breakpoints: [] });
    for (const [count, counter] of [
      [1, 1],
      [1, 1],
      [2000, 1001],
      [7, 1005],
    ] as const) {
      // prettier-ignore
      expect(await client.request('ptrace/stepInstructions', { threadId, count })).toMatchObject({
        instructionsExecuted: count,
        reason: 'steps',
        threadId,
      });
      expect((await client.waitFor('stopped')).body).toMatchObject({ reason: 'step', threadId });
      const { result } = await client.request('evaluate', { expression: '*(int*)&counter', context: 'watch' });
      expect(Number(result)).toBe(counter);
    }
  });

  test('ends at a breakpoint, and where it stands is told', async () => {
    const client = startAdapter();
    const program = compile('count.s', freestanding);
    const { threadId } = await launchUntilStopped(client, { program }, { breakpoints: { 'count.s': ['start'] } });
    await client.request('setBreakpoints', { source: (await topFrame(client, threadId)).source!, breakpoints: [] });
    const setup = [{ name: 'loop', condition: 'counter == 5' }];
    await client.request('setFunctionBreakpoints', { breakpoints: setup });
    const burst = await client.request('ptrace/stepInstructions', { threadId, count: 1000 });
    expect(burst).toMatchObject({ reason: 'breakpoint', instructionsExecuted: 11 });
    expect((await topFrame(client, threadId)).instructionPointerReference).toBe((burst as { address: string }).address);
  });

  test('ends with the process', async () => {
    const client = startAdapter();
    const program = compile('odd.s', freestanding);
    const { threadId } = await launchUntilStopped(client, { program }, { breakpoints: { 'odd.s': ['exit'] } });
    const burst = await client.request('ptrace/stepInstructions', { threadId, count: 1000 });
    expect(burst).toMatchObject({ reason: 'exited' });
    expect((await client.waitFor('exited')).body).toMatchObject({ exitCode: 0 });
  });
});

describe('a signal in the middle of a step', () => {
  test('is delivered, and the step finishes', async () => {
    const client = startAdapter();
    const setup = { breakpoints: { 'signals.c': ['steps_body'] } };
    const program = compile('signals.c');
    const { threadId } = await launchUntilStopped(client, { program, args: ['timer'] }, setup);
    const turn = ['steps_for', 'steps_line', 'steps_next'];
    const seen: string[] = [];
    for (let i = 0; i < 60; i++) seen.push(await move(client, threadId, 'next', 'signals.c'));
    expect(seen).toEqual(Array.from({ length: 60 }, (_, i) => turn[i % 3]));
    const { result } = await client.request('evaluate', { expression: 'handled', context: 'watch' });
    expect(Number(result), 'the handler ran meanwhile').toBeGreaterThan(0);
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
    expect(outputs(client)['important'] ?? '').toBe('');
  });

  test('a step over raise runs the handler and comes back', async () => {
    const client = startAdapter();
    const setup = { breakpoints: { 'signals.c': ['raise'] } };
    const { threadId } = await launchUntilStopped(client, { program: compile('signals.c') }, setup);
    await client.request('setBreakpoints', { source: (await topFrame(client, threadId)).source!, breakpoints: [] });
    expect(await move(client, threadId, 'next', 'signals.c')).toBe('raised');
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
  });
});
