/** What objects really are whose classes are declared inside of functions. */
import { expect, it } from 'vitest';
import { typeName } from '../../src/symbols/data/typenames';
import type { StructType } from '../../src/symbols/data/types';
import { line, sourcePath } from '../support/debuggees';
import { Driver } from './harness';

it.each(['g++', 'clang++'] as const)('%s', async (compiler) => {
  const source = 'localclasses.cpp';
  const driver = await Driver.launch(source, { compile: { compiler } });
  const { target } = driver;
  target.breakpoints.setSource(sourcePath(source), [{ line: line(source, 'use') }]);
  await driver.start().stop();
  const [executable] = target.modules.modules;
  await executable!.data.index();
  const frame = target.stack(driver.tid).frame(0);
  const { scope } = frame!;
  const context = target.evaluationContext(frame, 'read');
  const members = scope!.variables.map((variable) => {
    const place = variable.locate(context.frame!);
    if (place.kind !== 'memory') throw new Error(`${variable.name} is not in memory`);
    const object = Buffer.from(target.memory.read(place.address, 8)).readBigUInt64LE();
    const vtable = Buffer.from(target.memory.read(object as never, 8)).readBigUInt64LE();
    const type = executable!.data.typeOfVtable(executable!.toFile(vtable as never)) as StructType | undefined;
    return [type && typeName(type).replace(/^.*::/, ''), type?.members.at(-1)?.name];
  });
  expect(members).toEqual([
    ['Square', 'side'],
    ['Square', 'edge'],
    ['Inner', 'depth'],
  ]);
});
