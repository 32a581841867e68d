import { describe, expect, it } from 'vitest';
import { attachConfiguration, launchConfiguration } from '../../src/adapter/arguments';

const program = '/bin/true';

describe('launchConfiguration', () => {
  it('fills in every default', () => {
    expect(launchConfiguration({ program, type: 'ptrace', name: 'x', unknown: { a: 1 } })).toEqual({
      request: 'launch',
      program,
      args: [],
      cwd: undefined,
      env: {},
      envFile: undefined,
      stdio: [null, null, null],
      console: 'internalConsole',
      stopOnEntry: false,
      disableAslr: true,
      noDebug: false,
      sourceMap: {},
      hiddenSources: [],
      disassemblyFlavor: 'intel',
      debugFileDirectories: [],
      skipFiles: [],
      skipFunctions: [],
      followFork: 'parent',
      threadNumbers: false,
      signals: new Map(),
      syscalls: {},
      trace: false,
      format: {},
    });
  });

  it.each<[string, object, object]>([
    ['args as a string', { args: `a 'b c'` }, { args: ['a', 'b c'] }],
    ['args as a list', { args: ['$a', 'b c'] }, { args: ['$a', 'b c'] }],
    ['env', { env: { A: '1', B: null } }, { env: { A: '1', B: null } }],
    ['environment (cppdbg)', { environment: [{ name: 'A', value: '1' }] }, { env: { A: '1' } }],
    ['env over environment', { env: { A: '2' }, environment: [{ name: 'A', value: '1' }] }, { env: { A: '2' } }],
    ['debuginfod true', { debuginfod: true }, { debuginfod: {} }],
    ['debuginfod false', { debuginfod: false }, { debuginfod: undefined }],
    ['debuginfod servers', { debuginfod: { urls: ['http://a'] } }, { debuginfod: { urls: ['http://a'] } }],
    ['stopOnEntry true', { stopOnEntry: true }, { stopOnEntry: 'main' }],
    ['stopOnEntry loader', { stopOnEntry: 'loader' }, { stopOnEntry: 'loader' }],
    ['stopAtEntry (cppdbg)', { stopAtEntry: true }, { stopOnEntry: 'main' }],
    ['stopOnEntry over stopAtEntry', { stopOnEntry: false, stopAtEntry: true }, { stopOnEntry: false }],
    ['externalConsole (cppdbg)', { externalConsole: true }, { console: 'externalTerminal' }],
    ['externalConsole false', { externalConsole: false }, { console: 'internalConsole' }],
    ['terminal (CodeLLDB)', { terminal: 'integrated' }, { console: 'integratedTerminal' }],
    ['terminal console', { terminal: 'console' }, { console: 'internalConsole' }],
    ['runInTerminal (lldb-dap)', { runInTerminal: true }, { console: 'integratedTerminal' }],
    ['console over its aliases', { console: 'internalConsole', externalConsole: true }, { console: 'internalConsole' }],
    ['stdio as one path', { stdio: '/dev/null' }, { stdio: ['/dev/null', '/dev/null', '/dev/null'] }],
    ['stdio as a list', { stdio: [null, 'out'] }, { stdio: [null, 'out', null] }],
    ['stdio null', { stdio: null }, { stdio: [null, null, null] }],
    ['stdin, stdout, stderr', { stdin: 'i', stderr: 'e' }, { stdio: ['i', null, 'e'] }],
    [
      'sourceFileMap (cppdbg)',
      { sourceFileMap: { '/a': '/b', '/c': { editorPath: '/d', useForBreakpoints: true } }, sourceMap: { '/a': null } },
      { sourceMap: { '/c': { editorPath: '/d', useForBreakpoints: true } }, hiddenSources: ['/a'] },
    ],
    ['disableASLR', { disableASLR: false }, { disableAslr: false }],
    ['an empty cwd', { cwd: '' }, { cwd: undefined }],
    ['trace to a file', { trace: '/tmp/log' }, { trace: '/tmp/log' }],
    ['Run Without Debugging', { noDebug: true }, { noDebug: true }],
  ])('understands %s', (_name, given, expected) => {
    expect(launchConfiguration({ program, ...given })).toMatchObject(expected);
  });

  it.each<[object | undefined, string]>([
    [undefined, 'needs "program"'],
    [{}, 'needs "program"'],
    [{ program: '' }, 'needs "program"'],
    [{ program: 5 }, '"program" of the launch configuration must be a string, not 5.'],
    [{ program: 'a\0b' }, '"program" contains a NUL character'],
    [{ program, args: 5 }, '"args" of the launch configuration must be a list of strings, or one string, not 5.'],
    [{ program, args: ['a', 5] }, '"args"'],
    [{ program, args: `a "b` }, 'double quote that is never closed'],
    [{ program, args: ['a\0'] }, '"args[0]" contains a NUL character'],
    [{ program, cwd: [] }, '"cwd" of the launch configuration must be a string, not [].'],
    [{ program, env: { PORT: 8080 } }, '"env.PORT" of the launch configuration must be a string or null, not 8080.'],
    [{ program, env: ['A=1'] }, '"env" of the launch configuration must be an object of names and values'],
    [{ program, env: { 'A=B': 'x' } }, 'a variable named "A=B"'],
    [{ program, env: { '': 'x' } }, 'a variable named ""'],
    [{ program, environment: { A: '1' } }, '"environment" of the launch configuration must be a list of'],
    [{ program, environment: [{ name: 'A' }] }, 'The launch configuration needs "environment[0].value".'],
    [{ program, stdio: [1] }, '"stdio" of the launch configuration must be null, one path, or a list'],
    [{ program, stdio: [null, null, null, null] }, '"stdio"'],
    [{ program, console: 'tty' }, '"console" of the launch configuration must be "internalConsole", '],
    [{ program, stopOnEntry: 'start' }, 'must be true, false, "entry", "loader" or "main", not "start".'],
    [{ program, disableASLR: 'yes' }, '"disableASLR" of the launch configuration must be true or false, not "yes".'],
    [{ program, sourceMap: [] }, '"sourceMap"'],
    [{ program, disassemblyFlavor: 'masm' }, 'must be "intel" or "att", not "masm".'],
    [{ program, trace: 3 }, 'must be true, false or the path of a log file, not 3.'],
  ])('refuses %j', (given, message) => {
    expect(() => launchConfiguration(given)).toThrow(message);
  });
});

describe('attachConfiguration', () => {
  it.each<[object, object]>([
    [{ pid: 12 }, { pid: 12, stopOnEntry: false, program: undefined }],
    [{ pid: '12' }, { pid: 12 }],
    [{ processId: '12' }, { pid: 12 }],
    [{ pid: 12, processId: 13 }, { pid: 12 }],
    [{ pid: 12, stopAtEntry: true }, { stopOnEntry: true }],
    [{ pid: 12, program: '/bin/x' }, { program: '/bin/x' }],
  ])('understands %j', (given, expected) => {
    expect(attachConfiguration(given)).toMatchObject(expected);
  });

  it.each<[object, string]>([
    [{}, 'needs "pid"'],
    [{ pid: '' }, 'needs "pid"'],
    [{ pid: 'abc' }, '"pid" must be the id of a process, a whole number above 0, not "abc".'],
    [{ pid: -1 }, 'not -1.'],
    [{ pid: 0 }, 'not 0.'],
    [{ pid: 1.5 }, 'not 1.5.'],
    [{ pid: 1e12 }, 'not 1000000000000.'],
    [{ pid: true }, '"pid" of the attach configuration must be the id of a process'],
    [{ pid: 1, stopOnEntry: 'main' }, '"stopOnEntry" of the attach configuration must be true or false'],
  ])('refuses %j', (given, message) => {
    expect(() => attachConfiguration(given)).toThrow(message);
  });
});
