import { describe, expect, it } from 'vitest';
import { encodeMemory } from '../../src/adapter/memorymessage';
import { Decoder } from '../support/framing';

const response = (data: string, command = 'readMemory') => ({
  seq: 3,
  type: 'response',
  request_seq: 2,
  success: true,
  command,
  body: { address: '0x10', unreadableBytes: 5, data },
});

describe('encodeMemory', () => {
  it.each([16 * 1024, 1_398_104])('writes %d characters as any other message would be', (length) => {
    const message = response('Az+/'.repeat(length / 4));
    const received: unknown[] = [];
    new Decoder((each) => received.push(each)).push(encodeMemory(message)!);
    expect(received).toEqual([message]);
  });

  it.each([response('AAAA'), response('A'.repeat(20_000), 'evaluate'), { seq: 1, type: 'event', event: 'x' }])(
    'leaves others alone',
    (message) => {
      expect(encodeMemory(message)).toBeUndefined();
    },
  );
});
