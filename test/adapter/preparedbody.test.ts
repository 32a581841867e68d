import { describe, expect, it } from 'vitest';
import { encodePrepared, messageJson, PreparedBody, quoted } from '../../src/adapter/preparedbody';

describe('messageJson', () => {
  const head = { seq: 4, type: 'response', request_seq: 2, command: 'disassemble', success: true };

  it('puts a prepared body in as it is', () => {
    const json = messageJson({ ...head, body: new PreparedBody('{"instructions":[{"address":"0x10"}]}') });
    expect(JSON.parse(json)).toEqual({ ...head, body: { instructions: [{ address: '0x10' }] } });
  });

  it('writes every other message as JSON.stringify does', () => {
    for (const message of [head, { ...head, body: undefined }, { ...head, body: { text: 'ä"\\' } }])
      expect(messageJson(message)).toBe(JSON.stringify(message));
  });

  it('shows what was prepared in the log', () => {
    expect(JSON.stringify(new PreparedBody('{"a":[1]}'))).toBe('{"a":[1]}');
  });
});

describe('encodePrepared', () => {
  const head = { seq: 3, type: 'response', request_seq: 7, command: 'disassemble', success: true };
  const long = (text: string) => new PreparedBody(JSON.stringify({ instructions: [text.repeat(5000)] }));

  it('writes what the usual way writes', () => {
    const message = { ...head, body: long('nop ') };
    const json = messageJson(message);
    expect(encodePrepared(message)?.toString('utf8')).toBe(`Content-Length: ${json.length}\r\n\r\n${json}`);
  });

  it('leaves short bodies, other bodies and characters beyond ASCII to it', () => {
    expect(encodePrepared({ ...head, body: new PreparedBody('{}') })).toBeUndefined();
    expect(encodePrepared({ ...head, body: { data: 'x'.repeat(50_000) } })).toBeUndefined();
    expect(encodePrepared({ ...head, body: long('größe') })).toBeUndefined();
    expect(encodePrepared({ ...head, command: 'größe', body: long('nop ') })).toBeUndefined();
  });
});

it.each(['mov    rax, rbx', 'operator""_x', 'a\\b', 'tab\there', 'größe', '\ud800', '\u{1f600}', '\u007f', ''])(
  'quoted(%j) is what JSON.stringify writes',
  (text) => expect(JSON.parse(quoted(text))).toBe(JSON.parse(JSON.stringify(text))),
);
