import { EventEmitter } from 'node:events';
import { beforeEach, expect, test } from 'vitest';
import { virtAddr } from '../../src/common/addresses';
import type { MemoryReader } from '../../src/common/readers';
import { DisassemblyPages } from '../../src/adapter/disassemblypages';
import { PreparedBody } from '../../src/adapter/preparedbody';

let bytes: number[];
let made: number;
let pages: DisassemblyPages;
let target: Parameters<DisassemblyPages['get']>[0];

/** The bytes that memory has from 0x1000, as text; two reads, the second of which may find nothing. */
function make(memory: MemoryReader): Promise<PreparedBody> {
  made++;
  const all = [memory.read(virtAddr(0x1000), 2), memory.read(virtAddr(0x1002), 2)].flatMap((each) => [...each]);
  return Promise.resolve(new PreparedBody(JSON.stringify(all)));
}

const ask = async (name = 'page') => (await pages.get(target, name, make)).json;

function process(): typeof target {
  const memory: MemoryReader = {
    read: (address, length) =>
      Uint8Array.from(bytes.slice(Number(address) - 0x1000, Number(address) - 0x1000 + length)),
  };
  return Object.assign(new EventEmitter(), { memory }) as unknown as typeof target;
}

beforeEach(() => {
  bytes = [1, 2, 3];
  made = 0;
  pages = new DisassemblyPages();
  target = process();
});

test('a page is made once while memory is the same', async () => {
  expect([await ask(), await ask(), await ask('another'), await ask()]).toEqual(Array(4).fill('[1,2,3]'));
  expect(made).toBe(2);
});

test('a byte that changed, came or went makes it anew', async () => {
  expect(await ask()).toBe('[1,2,3]');
  bytes = [1, 2, 4];
  expect(await ask()).toBe('[1,2,4]');
  bytes = [1, 2, 4, 5];
  expect(await ask()).toBe('[1,2,4,5]');
  bytes = [];
  expect(await ask()).toBe('[]');
  bytes = [1, 2, 3];
  expect(await ask()).toBe('[1,2,3]');
});

test('so do modules that come, go or become known, also while it is being made', async () => {
  await ask();
  target.emit('modules', { added: [], removed: [] });
  await ask();
  expect(made).toBe(2);
  await pages.get(target, 'slow', async (memory) => {
    const body = await make(memory);
    target.emit('modules', { added: [], removed: [] });
    return body;
  });
  await ask('slow');
  expect(made).toBe(4);
});

test('another process has pages of its own', async () => {
  await ask();
  target = process();
  await ask();
  expect(made).toBe(2);
});

test('the one that was asked for longest ago is forgotten', async () => {
  for (let i = 0; i < 33; i++) {
    await ask(`page ${i}`);
    await ask('page 0');
  }
  expect(made).toBe(33);
  await ask('page 1');
  expect(made).toBe(34);
});
