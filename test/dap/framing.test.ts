/** Bytes that are no DAP: one bad body loses one message, a bad header ends the session, and nothing is orphaned. */
import { describe, expect, test } from 'vitest';
import { compile } from '../support/debuggees';
import { encode } from '../support/framing';
import { eventually, isAlive } from '../support/processes';
import { debuggeePid, initialize, initializeArguments, launch, outputs, startAdapter } from '../support/session';

describe('a body that is no request loses only itself', () => {
  test.each([
    ['broken JSON', '{"seq":1,'],
    ['an array', '[1,2]'],
    ['a string', '"hello"'],
    ['null', 'null'],
    ['bytes that are no UTF-8', '\xff\xfe'],
    ['a request without a command', '{"seq":5,"type":"request"}'],
    ['a request without a seq', '{"type":"request","command":"threads"}'],
    ['a response to nothing', '{"seq":5,"type":"response","request_seq":99,"success":true,"command":"x"}'],
    ['an unknown type', '{"seq":5,"type":"question"}'],
    ['nothing', ''],
  ])('%s', async (_what, body) => {
    const client = startAdapter();
    await initialize(client);
    client.sendBytes(Buffer.from(`Content-Length: ${body.length}\r\n\r\n${body}`, 'latin1'));
    await expect(client.request('threads', undefined)).rejects.toThrow(/launch or attach/);
  });
});

describe('a header that cannot be followed ends the session', () => {
  test.each([
    ['another protocol', 'GET / HTTP/1.1\r\n\r\n'],
    ['a length that is no number', 'Content-Length: many\r\n\r\n{}'],
    ['a negative length', 'Content-Length: -1\r\n\r\n'],
    ['a length beyond all sense', 'Content-Length: 99999999999999\r\n\r\n'],
    ['a header without end', 'x'.repeat(100_000)],
  ])('%s', async (_what, bytes) => {
    const client = startAdapter();
    await launch(client, { program: compile('spin.c') });
    const pid = await debuggeePid(client);
    client.sendBytes(bytes);
    expect(await client.exited()).not.toBe(0);
    expect(client.stderr + (outputs(client)['important'] ?? '')).toMatch(/Debug Adapter Protocol|Content-Length/);
    await eventually(() => !isAlive(pid), 'the debuggee has ended with the session');
  });
});

test('messages may come a byte at a time, or many at once', async () => {
  const client = startAdapter();
  const requests = [1000, 1001, 1002].map((seq) =>
    encode({ seq, type: 'request', command: 'initialize', arguments: initializeArguments }),
  );
  for (const byte of requests[0]!) client.sendBytes(Buffer.of(byte));
  client.sendBytes(Buffer.concat(requests.slice(1)));
  await expect(client.request('threads', undefined)).rejects.toThrow(/launch or attach/);
  const answered = client.transcript
    .map(({ message }) => (message as { request_seq?: number }).request_seq)
    .filter((seq) => seq !== undefined && seq >= 1000);
  expect(answered).toEqual([1000, 1001, 1002]);
});

test('the end of the stream in the middle of a message ends the adapter', async () => {
  const client = startAdapter();
  await initialize(client);
  client.sendBytes('Content-Length: 50\r\n\r\n{"seq"');
  client.hangUp();
  await client.exited();
});
