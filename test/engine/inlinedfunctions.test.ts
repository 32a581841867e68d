/** Function breakpoints on functions that are inlined, or have inlined copies: one at each, shown inside of it. */
import { describe, expect, it } from 'vitest';
import { line, markerAt, runTool, sourcePath, type CompileOptions } from '../support/debuggees';
import { Driver } from './harness';

const OPTIMIZED = ['-g', '-O2', '-fno-ipa-icf'];

async function launch(source: string, name: string, options: CompileOptions): Promise<Driver> {
  const driver = await Driver.launch(source, { compile: options });
  driver.target.breakpoints.setFunctions([{ name }]);
  await driver.target.breakpoints.settled;
  return driver;
}

/** Addresses in the file at which gdb puts the same breakpoint. */
function gdbAddresses(program: string, name: string): number[] {
  const text = runTool('gdb', ['-nx', '-batch', '-ex', `break ${name}`, '-ex', 'info breakpoints', program]);
  const found = [...text.matchAll(/^\d+(?:\.\d+)?\s.*?(0x[0-9a-f]+) /gm)].map(([, address]) => Number(address));
  return [...new Set(found)].sort((a, b) => a - b);
}

function ownAddresses(driver: Driver, name: string): number[] {
  const [breakpoint] = driver.target.breakpoints.setFunctions([{ name }]);
  const [executable] = driver.target.modules.modules;
  return breakpoint!.addresses.map((address) => executable!.toFile(address) as number).sort((a, b) => a - b);
}

describe.each(['gcc', 'clang'] as const)('%s', (compiler) => {
  const options = { compiler, flags: compiler === 'clang' ? ['-g', '-O2'] : OPTIMIZED };

  it.each(['innermost', 'middle', 'outer', 'empty_first'])('as many places of %s as gdb knows', async (name) => {
    const driver = await launch('inline.c', name, options);
    const { program } = driver.target;
    // Which of several ranges is the entry, DW_AT_entry_pc says; gdb before 16 takes the first one.
    expect(ownAddresses(driver, name)).toHaveLength(gdbAddresses(program, name).length);
  });
});

const cxx = { compiler: 'g++', flags: ['-g', '-O1'] } as const;

describe.each([
  ['dot', 'geo::Point<int>::dot'],
  ['Point::dot', 'geo::Point<int>::dot'],
  ['geo::Point<int>::dot', 'geo::Point<int>::dot'],
  ['geo::Point<int>::dot(geo::Point<int> const&) const', 'geo::Point<int>::dot'],
  ['_ZNK3geo5PointIiE3dotERKS1_', 'geo::Point<int>::dot'],
  ['twice', expect.stringMatching(/^twice</)],
])('%s', (name, shown: unknown) => {
  it('stops inside of the inlined call', async () => {
    const driver = await launch('inline.cpp', name, cxx);
    await driver.start().stop();
    const [innermost] = driver.target.stack(driver.tid).frames(0, 1);
    expect(innermost).toMatchObject({ isInlined: true, functionName: shown });
  });
});

it('every constructor call is one', async () => {
  const driver = await launch('inline.cpp', 'geo::Point<int>::Point', cxx);
  const callers: (string | undefined)[] = [];
  driver.start();
  while (await driver.stopOrExit()) {
    const frames = driver.target.stack(driver.tid).frames(0, 2);
    callers.push(markerAt('inline.cpp', frames[1]!.source!.line));
    driver.resume();
    if (callers.length > 4) break;
  }
  expect(callers).toEqual(['make_a', 'make_b']);
});

it('a name of other arguments is not meant', async () => {
  const driver = await launch('inline.cpp', 'geo::Point<double>::dot', cxx);
  expect(ownAddresses(driver, 'geo::Point<double>::dot')).toEqual([]);
});

it('a condition sees the arguments of the inlined call', async () => {
  const driver = await Driver.launch('inline.cpp', { compile: cxx });
  driver.target.breakpoints.setFunctions([{ name: 'geo::Point<int>::Point', condition: 'x == 3' }]);
  await driver.target.breakpoints.settled;
  await driver.start().stop();
  const [, caller] = driver.target.stack(driver.tid).frames(0, 2);
  expect(caller!.source).toMatchObject({ path: sourcePath('inline.cpp'), line: line('inline.cpp', 'make_b') });
});
