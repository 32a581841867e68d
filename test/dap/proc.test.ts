/** What /proc tells, through our own requests, and globals and memory: all of it while the program runs. */
import { spawn } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { DescribeAddressResponse, OpenFile, Region } from '../../src/protocol/procrequests';
import { adapterCommand } from '../support/adapter';
import { DapClient } from '../support/dapclient';
import { compile } from '../support/debuggees';
import { breakAt, initialize, startAdapter, stopped } from '../support/session';

const program = compile('proc.c', { flags: ['-g', '-O0', '-pthread'] });

interface Running {
  readonly client: DapClient;
  readonly pid: number;
  readonly value: (expression: string) => Promise<string>;
  readonly describe: (expression: string) => Promise<DescribeAddressResponse>;
}

/** Attached to, and it runs. */
async function running(): Promise<Running> {
  const child = spawn(program, ['argument'], { stdio: ['ignore', 'pipe', 'ignore'], env: { NAME: 'a=b', EMPTY: '' } });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const client = startAdapter();
  await initialize(client);
  await client.request('attach', { pid: child.pid });
  await client.request('configurationDone', {});
  const value = async (expression: string) => (await client.request('evaluate', { expression })).result;
  const address = async (expression: string) => (await value(`${expression},x`)).split(' ')[0]!;
  return {
    client,
    pid: child.pid!,
    value,
    describe: async (expression) =>
      (await client.request('ptrace/describeAddress', {
        address: await address(expression),
      })) as DescribeAddressResponse,
  };
}

describe('while it runs', () => {
  test('globals are read and written, memory too', async () => {
    const { client, pid, value } = await running();
    const counter = async () => Number(await value('counter'));
    const before = await counter();
    while ((await counter()) <= before);
    await client.request('evaluate', { expression: 'heap_block[0] = 88', context: 'repl' });
    expect(await value('heap_block[0]')).toContain("'X'");
    const memoryReference = (await value('(long)heap_block,x')).split(' ')[0]!;
    const { data } = (await client.request('readMemory', { memoryReference, count: 1 }))!;
    expect(data).toBe(Buffer.from('X').toString('base64'));
    await client.request('writeMemory', { memoryReference, data: Buffer.from('Y').toString('base64') });
    expect(await value('heap_block[0]')).toContain("'Y'");
    // Locals are those of a frame, and there is none.
    const { success, message } = await client.requestRaw('evaluate', { expression: 'here' });
    expect(success).toBe(false);
    expect(message).toMatch(/here/);
    expect(client.untaken('stopped')).toEqual([]);
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).not.toMatch(/State:\tt/);
  });

  test('maps: every region of the kernel’s list, with what it is', async () => {
    const { client, pid } = await running();
    const { regions } = (await client.request('ptrace/maps', undefined)) as { regions: Region[] };
    const lines = readFileSync(`/proc/${pid}/maps`, 'utf8').trim().split('\n');
    expect(regions).toHaveLength(lines.length);
    regions.forEach(({ start, end, permissions }, i) => {
      const [range, mode] = lines[i]!.split(' ');
      expect([`${start.slice(2)}-${end.slice(2)}`, permissions]).toEqual([range!.replace(/(^|-)0+/g, '$1'), mode]);
    });
    const kinds = new Set(regions.map(({ kind }) => kind));
    for (const kind of ['code', 'data', 'heap', 'stack', 'guard', 'vdso', 'shared', 'debugger'])
      expect(kinds).toContain(kind);
    const text = regions.find(({ file, permissions }) => file === realpathSync(program) && permissions === 'r-xp');
    expect(text).toMatchObject({ kind: 'code', what: expect.stringMatching(/^proc .*\.text/) as string });
    expect(text!.rss).toBeGreaterThan(0);
    expect(regions.find(({ kind }) => kind === 'guard')!.what).toMatch(/^guard of the stack of thread \d+ «worker»$/);
  });

  test('what an address is', async () => {
    const { pid, describe } = await running();
    expect((await describe('heap_block')).text).toMatch(/^heap, 0x[0-9a-f]+ from its start$/);
    expect((await describe('main_place')).text).toBe(`stack of thread ${pid} «proc»`);
    expect((await describe('thread_local_place')).text).toMatch(/^stack of thread \d+ «worker»$/);
    expect(await describe('&counter')).toMatchObject({
      text: 'proc .bss, counter',
      symbol: 'counter',
      section: '.bss',
    });
    expect((await describe('text_place')).text).toBe('proc .rodata, text');
    expect((await describe('(long)&main + 4')).text).toMatch(/^proc \.text, main\+4, .*proc\.c:\d+$/);
    expect((await describe('&malloc')).text).toMatch(/^libc\.so\.6 \.text, .*malloc/);
    expect((await describe('shared_block')).text).toMatch(/^shared zero, which has been removed/);
    const nothing = await describe('16');
    expect(nothing.text).toMatch(/^not mapped: 16 bytes past null; 0x[0-9a-f]+ before proc/);
    expect(nothing.region).toBeUndefined();
    expect(nothing.above?.region.what).toMatch(/^proc/);
  });

  describe('open files', () => {
    let files: readonly OpenFile[];
    let fd: (index: number) => OpenFile;
    let port: string;
    let self: number;

    beforeAll(async () => {
      const child = spawn(program, [], { stdio: ['ignore', 'pipe', 'ignore'] });
      await new Promise((resolve) => child.stdout.once('data', resolve));
      const client = DapClient.start(adapterCommand());
      try {
        await initialize(client);
        await client.request('attach', { pid: child.pid });
        const value = async (expression: string) => (await client.request('evaluate', { expression })).result;
        ({ files } = (await client.request('ptrace/openFiles', undefined)) as { files: OpenFile[] });
        const numbers: number[] = [];
        for (let i = 0; i < 7; i++) numbers.push(Number(await value(`fds[${i}]`)));
        port = await value('port');
        self = child.pid!;
        fd = (index) => files.find((file) => file.fd === numbers[index])!;
        await client.request('disconnect', {});
      } finally {
        child.kill('SIGKILL');
        await client.dispose();
      }
    });

    test('a pipe names its other end', () => {
      expect(fd(0)).toMatchObject({
        kind: 'pipe',
        flags: 'O_RDONLY',
        peers: [{ pid: self, name: 'proc', fd: fd(1).fd }],
      });
    });

    test('sockets have addresses', () => {
      expect(fd(2)).toMatchObject({ kind: 'socket', what: `tcp 127.0.0.1:${port} LISTEN` });
      expect(fd(6)).toMatchObject({ kind: 'socket', what: `unix datagram @proc-test-${self}` });
    });

    test('event descriptors have their counts and what they watch', () => {
      expect(fd(3)).toMatchObject({ kind: 'eventfd', flags: 'O_RDWR|O_NONBLOCK' });
      expect(fd(3).details).toContainEqual({ name: 'eventfd-count', value: '5' });
      expect(fd(4)).toMatchObject({
        kind: 'eventpoll',
        flags: 'O_RDWR|O_CLOEXEC',
        watched: [{ fd: fd(0).fd, events: '0x19' }],
      });
    });

    test('files have paths and offsets', () => {
      expect(fd(5)).toMatchObject({ kind: 'file', what: '/etc/passwd', offset: 3, flags: 'O_RDONLY' });
    });
  });

  test('environment, limits, status, namespaces', async () => {
    const { client, pid } = await running();
    expect(await client.request('ptrace/environment', undefined)).toEqual({
      executable: realpathSync(program),
      directory: process.cwd(),
      arguments: [program, 'argument'],
      environment: [
        { name: 'NAME', value: 'a=b' },
        { name: 'EMPTY', value: '' },
      ],
    });
    const { limits } = (await client.request('ptrace/limits', undefined)) as { limits: object[] };
    expect(limits).toContainEqual(expect.objectContaining({ name: 'Max open files', unit: 'files' }));
    expect(limits.length).toBe(readFileSync(`/proc/${pid}/limits`, 'utf8').trim().split('\n').length - 1);
    const { fields } = (await client.request('ptrace/status', {})) as { fields: object[] };
    expect(fields).toContainEqual({ name: 'Pid', value: String(pid) });
    const wrong = await client.requestRaw('ptrace/status', { threadId: 1 });
    expect(wrong.message).toBe('There is no thread 1 any more.');
    const { namespaces } = (await client.request('ptrace/namespaces', undefined)) as { namespaces: object[] };
    expect(namespaces).toContainEqual(expect.objectContaining({ kind: 'pid', shared: true }));
  });
});

test('at a stop, an address on the stack has its frame', async () => {
  const { client, describe: describeAddress } = await running();
  await breakAt(client, 'proc.c', ['tick']);
  const { threadId } = await stopped(client);
  const found = await describeAddress('thread_local_place');
  expect(found).toMatchObject({ text: `stack of thread ${threadId} «worker», frame 0 (worker)`, threadId, frame: 0 });
});
