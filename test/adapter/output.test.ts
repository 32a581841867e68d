import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutputDecoder } from '../../src/adapter/output';

function decode(...chunks: (string | number[])[]): string {
  const decoder = new OutputDecoder();
  return chunks.map((chunk) => decoder.decode(Buffer.from(chunk as string))).join('') + decoder.flush();
}

describe('OutputDecoder', () => {
  it.each<[string, (string | number[])[], string]>([
    ['plain text', ['hello\n'], 'hello\n'],
    [
      'a character cut in two',
      [
        [0x61, 0xc3],
        [0xa4, 0x62],
      ],
      'aäb',
    ],
    ['a character cut in four', [[0xf0], [0x9d], [0x84], [0x9e]], '𝄞'],
    ['a byte order mark', [[0xef, 0xbb, 0xbf, 0x61]], '\uFEFFa'],
    ['a stray byte', [[0x61, 0xff, 0x62]], 'a\\xffb'],
    ['a continuation byte alone', [[0x80]], '\\x80'],
    ['an overlong form', [[0xc0, 0xaf]], '\\xc0\\xaf'],
    ['a surrogate', [[0xed, 0xa0, 0x80]], '\\xed\\xa0\\x80'],
    ['a code point beyond U+10FFFF', [[0xf4, 0x90, 0x80, 0x80]], '\\xf4\\x90\\x80\\x80'],
    ['a lead byte with no follower', [[0xc3, 0x41]], '\\xc3A'],
    ['a lead byte with no follower, across chunks', [[0xe2, 0x9c], [0x41]], '\\xe2\\x9cA'],
    ['an unfinished end', [[0x61, 0xe2, 0x9c]], 'a\\xe2\\x9c'],
    ['NUL and control characters', [[0, 7, 0x1b]], '\0\x07\x1b'],
  ])('decodes %s', (_name, chunks, text) => {
    expect(decode(...chunks)).toBe(text);
  });

  it('gives what TextDecoder gives for well-formed text, however it is cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat(8)), (text, cuts) => {
        const bytes = Buffer.from(text, 'utf8');
        const decoder = new OutputDecoder();
        let result = '';
        let at = 0;
        for (const cut of cuts) result += decoder.decode(bytes.subarray(at, (at += cut)));
        result += decoder.decode(bytes.subarray(at)) + decoder.flush();
        expect(result).toBe(bytes.toString('utf8'));
      }),
    );
  });

  it('loses no byte of anything, however it is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (bytes, cut) => {
        const decoder = new OutputDecoder();
        const text = decoder.decode(bytes.subarray(0, cut)) + decoder.decode(bytes.subarray(cut)) + decoder.flush();
        const parts = text.split(/(\\x[0-9a-f]{2})/);
        const back = parts.map((part, i) => (i % 2 ? Buffer.from(part.slice(2), 'hex') : Buffer.from(part, 'utf8')));
        // Text that happens to hold `\xNN` itself is not told apart: keep it out of the property.
        fc.pre(!Buffer.from(bytes).toString('latin1').includes('\\x'));
        expect(Buffer.concat(back)).toEqual(Buffer.from(bytes));
      }),
    );
  });
});
