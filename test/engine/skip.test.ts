/** Stepping into passes through code that the user skips, and ends in the user's own. */
import { describe, expect, it } from 'vitest';
import { SkipRules } from '../../src/engine/stepping/skiprules';
import { Driver } from './harness';

async function stoppedAt(marker: string, skip: SkipRules, flags = ['-g', '-O0']): Promise<Driver> {
  const driver = await Driver.launch('wrappers.cpp', { compile: { flags } });
  driver.target.skip = skip;
  driver.breakAt(marker);
  driver.start();
  await driver.stop();
  driver.breakAt();
  return driver;
}

const LIBRARY = new SkipRules(['/usr/**'], []);

describe('step into through the standard library', () => {
  it.each([
    ['call_function', '#twice'],
    ['sort', '#compare'],
    ['make', '#widget'],
    ['invoke', '#sum'],
    ['each', '#lambda'],
    // Nothing of the user's own is called there.
    ['plain_sort', '#after_sort'],
    ['push', '#plain_sort'],
  ])('from #%s ends at %s', async (from, to) => {
    const driver = await stoppedAt(from, LIBRARY);
    expect(await driver.step('into')).toBe(to);
  });

  it('ends in the library without rules', async () => {
    const driver = await stoppedAt('call_function', SkipRules.NONE);
    await driver.step('into');
    expect(driver.functions(1)[0]).toBe('std::function<int (int)>::operator()');
  });

  it('is also told by the names of functions', async () => {
    const driver = await stoppedAt('invoke', new SkipRules([], ['/^std::/', '*gnu_cxx::*']));
    expect(await driver.step('into')).toBe('#sum');
  });

  it('passes through calls that were inlined', async () => {
    const driver = await Driver.launch('inline.cpp', { compile: { flags: ['-g', '-O2'] } });
    driver.target.skip = new SkipRules([], ['twice']);
    driver.breakAt('lambda_call');
    driver.start();
    await driver.stop();
    expect(driver.functions(1)).toEqual(['lambdas']);
    await driver.step('into');
    expect(driver.where()).toMatch(/^#lambda_(body|return)$/);
  });

  it('steps over a skipped function of the user that calls none of the others', async () => {
    const driver = await stoppedAt('plain', new SkipRules(['/usr/**'], ['plain']));
    expect(await driver.step('into')).toBe('#total');
  });
});

describe('rules', () => {
  const rules = new SkipRules(
    ['/usr/include/**', '**/third_party/*.h', '*.inl', '/a/{b,c}/?.c'],
    ['std::*', 'ns::vector', '/^operator (new|delete)/'],
  );

  it.each([
    ['/usr/include/c++/12/vector', true],
    ['/usr/include', false],
    ['/home/me/third_party/x.h', true],
    ['/home/me/third_party/deep/x.h', false],
    ['/home/me/lib/fast.inl', true],
    ['/a/b/x.c', true],
    ['/a/c/x.c', true],
    ['/a/d/x.c', false],
    ['/a/b/xy.c', false],
  ])('take %s for %j', (path, skipped) => {
    expect(rules.skips(undefined, path)).toBe(skipped);
  });

  it.each([
    ['std::sort<int>', true],
    ['mystd::sort', false],
    ['ns::vector<int, std::allocator<int> >', true],
    ['ns::vector<int>::size', false],
    ['operator new', true],
  ])('take %s for %j', (name, skipped) => {
    expect(rules.skips(name, undefined)).toBe(skipped);
  });

  it('complain of what is no regular expression', () => {
    expect(() => new SkipRules([], ['/(/'])).toThrow(/“skipFunctions” has \/\(\/, which is no regular expression/);
  });
});
