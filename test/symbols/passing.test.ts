/** How objects of classes are passed, as the compiler states it. */
import { expect, it } from 'vitest';
import { isPassedByReference } from '../../src/symbols/data/callingconvention';
import type { StructType } from '../../src/symbols/data/types';
import { compile } from '../support/debuggees';
import { open, source } from './typesamples';

// gcc states it rarely.
it('is what clang states', () => {
  const flags = ['-g', '-fstandalone-debug', '-shared', '-fPIC'];
  const { data } = open(compile(source('passing.cpp'), { compiler: 'clang++', flags, name: 'passing.so' }));
  const passed = ['Defaulted', 'Moved', 'Owning'].map((name) => {
    const [type] = data.findTypes(name, undefined);
    return [(type as StructType).passing, isPassedByReference(type as StructType)];
  });
  expect(passed).toEqual([
    ['value', false],
    ['reference', true],
    ['reference', true],
  ]);
});
