import { expect, test } from 'vitest';
import { DapClient } from './dapclient';
import { isAlive } from './processes';

/** A program that frames what it is told to say, and may start a child that outlives it. */
function scripted(body: string): string[] {
  const frame = `const send = (m) => { const s = JSON.stringify(m);
    process.stdout.write('Content-Length: ' + Buffer.byteLength(s) + '\\r\\n\\r\\n' + s); };`;
  return [process.execPath, '-e', `${frame}\n${body}`];
}

const answerAll = `process.stdin.on('data', (d) => { for (const m of String(d).matchAll(/"seq":(\\d+)/g))
  send({ seq: 1, type: 'response', request_seq: +m[1], success: true, command: 'x' }); });
  process.stdin.on('end', () => process.exit());`;

test('events that came before anybody asked are kept, in order, and given out once', async () => {
  const client = DapClient.start(
    scripted(`${answerAll} for (const n of [1, 2, 3]) send({ seq: n, type: 'event', event: 'stopped', body: { n } });`),
  );
  await client.request('x');
  const seen = [];
  for (let i = 0; i < 3; i++) seen.push((await client.waitFor('stopped')).body as unknown);
  expect(seen).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  await expect(client.waitFor('stopped', undefined, { timeout: 50 })).rejects.toThrow(/nothing within 50 ms/);
  await client.dispose();
});

test('a wait ends with the adapter, and shows what was said', async () => {
  const client = DapClient.start(scripted(`process.stderr.write('out of luck'); process.exit(3);`));
  await expect(client.waitFor('stopped')).rejects.toThrow(/waiting for the event stopped: .*\n.*out of luck/);
  expect(await client.exited()).toBe(3);
  await client.dispose();
});

test('a failed response rejects with its sentence, the variables put in', async () => {
  const error = `{ id: 1, format: 'no {what} here', variables: { what: 'luck' } }`;
  const client = DapClient.start(
    scripted(`process.stdin.once('data', () => { send({ seq: 1, type: 'response', request_seq: 1, success: false,
      command: 'x', message: 'short', body: { error: ${error} } }); ${answerAll} });`),
  );
  await expect(client.request('x')).rejects.toThrow('no luck here');
  await client.dispose();
});

test('dispose fails when a child outlives the adapter, and ends it', async () => {
  const client = DapClient.start(
    scripted(`${answerAll} const child = require('node:child_process').spawn('sleep', ['60'], { detached: true,
      stdio: 'ignore' }); send({ seq: 1, type: 'event', event: 'started', body: { pid: child.pid } });`),
  );
  const { pid } = (await client.waitFor('started')).body as { pid: number };
  await expect(client.dispose()).rejects.toThrow(`sleep (pid ${pid}, state S) outlived the adapter`);
  expect(isAlive(pid)).toBe(false);
});

test('a large message survives being cut anywhere', async () => {
  const text = 'ä'.repeat(300_000);
  const client = DapClient.start(
    scripted(`${answerAll} send({ seq: 1, type: 'event', event: 'big', body: { text: 'ä'.repeat(300000) } });`),
  );
  expect(((await client.waitFor('big')).body as { text: string }).text).toBe(text);
  await client.dispose();
});
