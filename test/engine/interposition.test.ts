/** Variables that more than one module defines are read from the one that the program uses, as the program itself says. */
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileExpression, evaluate, ExpressionError } from '../../src/expr/expression';
import { compile, line, sourcePath } from '../support/debuggees';
import { Driver } from './harness';

const counter = (flags: readonly string[] = []) =>
  compile('interposition/counter.c', { flags: ['-g', '-O0', '-shared', '-fPIC', ...flags], name: 'libcounter.so' });

function program(library: string, flags: readonly string[]): string {
  const folder = dirname(library);
  return compile('interposition/program.c', {
    flags: ['-g', '-O0', ...flags, `-L${folder}`, `-Wl,-rpath,${folder}`, '-lcounter', '-ldl'],
    name: 'program',
  });
}

async function stopAt(file: string, marker: string, path: string, args: string[] = []): Promise<Driver> {
  const driver = await Driver.launchProgram(path, file, { args });
  driver.target.breakpoints.setSource(sourcePath(file), [{ line: line(file, marker) }]);
  driver.start();
  await driver.stop();
  return driver;
}

function read(driver: Driver, text: string): string {
  const { target } = driver;
  const compiled = compileExpression(text);
  if (compiled instanceof ExpressionError) throw compiled;
  const value = evaluate(compiled, target.evaluationContext(target.stack(driver.tid).frame(0), 'read'));
  if (value instanceof ExpressionError) return value.message;
  return 'bits' in value ? String(value.bits) : JSON.stringify(value);
}

const names = ['shared_count', 'overridden', 'guarded', 'hidden', 'own_count', 'unused_here'];

describe('in a library, external variables are those that it uses', () => {
  const expected = ['42', '8', '4', '5', '6', '6'];

  it.each([
    ['copied into the executable', ['-no-pie', '-fno-pie']],
    ['copied into a position-independent executable', ['-pie', '-fPIE']],
    ['used from where they are', ['-pie', '-fPIC']],
  ])('%s', async (_how, flags) => {
    const driver = await stopAt('interposition/counter.c', 'counted', program(counter(), flags));
    expect(names.map((name) => read(driver, name))).toEqual(expected);
    // The program sees what it and the library share, too.
    driver.breakAt();
    driver.target.breakpoints.setSource(sourcePath('interposition/program.c'), [
      { line: line('interposition/program.c', 'end') },
    ]);
    await driver.resume().stop();
    expect(['shared_count', 'overridden'].map((name) => read(driver, name))).toEqual(['42', '8']);
  });

  it('bound to its own by -Bsymbolic', async () => {
    const library = counter(['-Wl,-Bsymbolic']);
    const driver = await stopAt('interposition/counter.c', 'counted', program(library, ['-pie', '-fPIC']));
    // The executable has its own `overridden`, which the library does not use.
    expect(names.map((name) => read(driver, name))).toEqual(['42', '3', '4', '5', '6', '6']);
  });
});

it('plugins with a scope of their own use their own variables', async () => {
  const file = 'interposition/plugin.c';
  const plugin = (start: number) =>
    compile(file, { flags: ['-g', '-shared', '-fPIC', `-DSTART=${start}`], name: `plugin${start}.so` });
  const driver = await stopAt(file, 'plugin', program(counter(), ['-pie', '-fPIC']), [plugin(100), plugin(200)]);
  expect(read(driver, 'plugin_state')).toBe('101');
  await driver.resume().stop();
  expect(read(driver, 'plugin_state')).toBe('202');
});
