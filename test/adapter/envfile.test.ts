import { describe, expect, it } from 'vitest';
import { parseEnvFile } from '../../src/adapter/envfile';

describe('parseEnvFile', () => {
  it.each<[string, Record<string, string>]>([
    ['', {}],
    ['# only a comment\n\n   \n', {}],
    ['A=1\nB=2', { A: '1', B: '2' }],
    ['\uFEFFA=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['export A=1\n  B = 2  ', { A: '1', B: '2' }],
    ['A=', { A: '' }],
    ['A=b c # comment', { A: 'b c' }],
    ['A=#comment', { A: '' }],
    ['COLOUR=x#fff', { COLOUR: 'x#fff' }],
    ['A=1=2', { A: '1=2' }],
    [`A='b # c' # d`, { A: 'b # c' }],
    [String.raw`A='b\nc'`, { A: '\\nc'.replace('\\nc', 'b\\nc') }],
    [String.raw`A="b\nc\t\"d\" \\ \x \$E"`, { A: 'b\nc\t"d" \\ \\x $E' }],
    ['A="one\ntwo"\nB=3', { A: 'one\ntwo', B: '3' }],
    ['A=$HOME', { A: '$HOME' }],
    ['A=1\nA=2', { A: '2' }],
  ])('reads %j', (text, expected) => {
    expect(parseEnvFile(text, 'x.env')).toEqual(expected);
  });

  it.each([
    ['A=1\nnonsense\n', 'envFile x.env, line 2: expected NAME=value, found "nonsense"'],
    ['=1', 'line 1: expected NAME=value'],
    ['\n\nA="b', "line 3: the value's double quote is never closed"],
    [`A='b\nc\nd`, "line 1: the value's single quote is never closed"],
    ['A="x\ny"\nB="z" w', 'line 3: unexpected "w" after the closing quote'],
  ])('names the wrong line of %j', (text, message) => {
    expect(() => parseEnvFile(text, 'x.env')).toThrow(message);
  });
});
