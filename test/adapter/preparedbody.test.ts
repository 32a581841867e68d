import { describe, expect, it } from 'vitest';
import { messageJson, PreparedBody } from '../../src/adapter/preparedbody';

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
