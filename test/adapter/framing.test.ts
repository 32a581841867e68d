import { describe, expect, it } from 'vitest';
import { MessageReader } from '../../src/adapter/framing';
import { encode } from '../support/framing';

function read(chunks: readonly (Buffer | string)[]): { messages: unknown[]; malformed: string[] } {
  const messages: unknown[] = [];
  const malformed: string[] = [];
  const reader = new MessageReader({
    message: (m) => messages.push(m),
    malformed: (problem) => malformed.push(problem),
  });
  for (const chunk of chunks) reader.push(Buffer.from(chunk as string, 'utf8'));
  return { messages, malformed };
}

const sample = [{ seq: 1, text: 'ä✓𝄞' }, { seq: 2 }, { seq: 3, long: 'x'.repeat(10_000) }];
const wire = Buffer.concat(sample.map(encode));

describe('MessageReader', () => {
  it.each([1, 2, 3, 7, 20, 21, 22, 4096, 1 << 20])('cuts messages out of chunks of %d bytes', (size) => {
    const chunks = [];
    for (let at = 0; at < wire.length; at += size) chunks.push(wire.subarray(at, at + size));
    expect(read(chunks).messages).toEqual(sample);
  });

  it('accepts other headers and any case', () => {
    const text = 'content-length:2\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n{}';
    expect(read([text]).messages).toEqual([{}]);
  });

  it.each([
    ['Content-Length: 5\r\n\r\n{"a":', 'no JSON'],
    ['Content-Length: 0\r\n\r\n', 'no JSON'],
    ['Content-Length: 4\r\n\r\nnull', 'no JSON object'],
    ['Content-Length: 2\r\n\r\n[]', 'no JSON object'],
  ])('loses only the message of %j', (text, problem) => {
    const { messages, malformed } = read([text, encode({ seq: 9 })]);
    expect(malformed).toEqual([expect.stringContaining(problem)]);
    expect(messages).toEqual([{ seq: 9 }]);
  });

  it.each([
    ['Content-Length: abc\r\n\r\n', 'Content-Length is no number: "abc"'],
    ['Content-Length: -1\r\n\r\n', 'Content-Length is no number: "-1"'],
    ['Content-Length: 1e3\r\n\r\n', 'Content-Length is no number'],
    ['Content-Length:\r\n\r\n', 'Content-Length is no number'],
    ['Content-Length: 10000000000\r\n\r\n', 'Content-Length 10000000000 is more than the limit'],
    ['Content-Length: 99999999999999999999999999\r\n\r\n', 'more than the limit'],
    ['Content-Type: x\r\n\r\n{}', 'a header without Content-Length'],
    ['{"seq":1}', 'expected a Content-Length header, found "{'],
    ['\r\n\r\n', 'expected a Content-Length header'],
    ['hello there\r\n', 'expected a Content-Length header, found "hello'],
    ['Content-Length: 2\n\n{}', 'header lines must end with'],
    ['X'.repeat(5000), 'no end of the header'],
    [`X: ${'y'.repeat(5000)}\r\n\r\n`, 'no end of the header'],
  ])('refuses %j at once', (text, problem) => {
    expect(() => read([text])).toThrow(problem);
  });

  it('waits for a header that may still become a good one', () => {
    expect(read(['Content-Len']).messages).toEqual([]);
    expect(read(['Content-Length: 12\r']).messages).toEqual([]);
    expect(read(['Content-Length: 12\r\n', '\r\n']).messages).toEqual([]);
  });
});
