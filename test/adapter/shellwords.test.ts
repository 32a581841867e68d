import { describe, expect, it } from 'vitest';
import { splitShellWords } from '../../src/adapter/shellwords';
import { runTool } from '../support/debuggees';

const lines: [string, string[]][] = [
  ['', []],
  ['   \t\n', []],
  ['a', ['a']],
  ['a  b\tc\nd', ['a', 'b', 'c', 'd']],
  [`'a b' "c d"`, ['a b', 'c d']],
  [`a'b'"c"d`, ['abcd']],
  [`'' "" x`, ['', '', 'x']],
  [String.raw`a\ b \'c \"d \\`, ['a b', `'c`, `"d`, '\\']],
  [String.raw`"a\"b" "a\\b" "a\nb" "\a"`, ['a"b', 'a\\b', 'a\\nb', '\\a']],
  [String.raw`'a\b' 'a"b' "a'b"`, ['a\\b', 'a"b', "a'b"]],
  ['a\\\nb "c\\\nd"', ['ab', 'cd']],
  [`--name='ümlaut ✓'`, ['--name=ümlaut ✓']],
  [`-DX="a b"c`, ['-DX=a bc']],
];

describe('splitShellWords', () => {
  it.each(lines)('splits %j', (text, words) => {
    expect(splitShellWords(text)).toEqual(words);
  });

  it.each(lines.filter(([text]) => text.trim() !== ''))('agrees with sh on %j', (text, words) => {
    const printed = runTool('sh', ['-c', `printf '%s\\0' ${text.replace(/\n(?<!\\\n)/g, ' ')}`]);
    expect(printed.split('\0').slice(0, -1)).toEqual(words);
  });

  it('expands nothing', () => {
    expect(splitShellWords('$HOME ~ * `id` $(id) "${X}" a>b &')).toEqual([
      '$HOME',
      '~',
      '*',
      '`id`',
      '$(id)',
      '${X}',
      'a>b',
      '&',
    ]);
  });

  it.each([
    [`a 'b c`, 'single quote that is never closed, at position 3'],
    [`a "b c`, 'double quote that is never closed, at position 3'],
    [String.raw`"a\"`, 'double quote that is never closed, at position 1'],
    ['a\\', 'lone backslash'],
  ])('refuses %j', (text, message) => {
    expect(() => splitShellWords(text)).toThrow(message);
  });
});
