/** Whether anything of a debugger's is in a process's code. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { expect } from 'vitest';
import { parseMaps } from '../../src/common/procfs';

/** Compares the executable mappings of a program's file in a process with the file. */
export function expectAsInFile(pid: number, program: string): void {
  const file = readFileSync(program);
  const regions = parseMaps(readFileSync(`/proc/${pid}/maps`, 'utf8')).filter(
    ({ permissions, inode, offset, path }) =>
      permissions.includes('x') && inode !== 0 && offset < file.length && path.endsWith(program.split('/').at(-1)!),
  );
  expect(regions.length).toBeGreaterThan(0);
  const fd = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const { start, end, offset } of regions) {
      const length = Math.min(Number(end - start), file.length - offset);
      const bytes = Buffer.alloc(length);
      readSync(fd, bytes, 0, length, start);
      const inFile = file.subarray(offset, offset + length);
      const patched = [...bytes.keys()]
        .filter((i) => bytes[i] !== inFile[i])
        .map((i) => `0x${(offset + i).toString(16)}`);
      expect(patched).toEqual([]);
    }
  } finally {
    closeSync(fd);
  }
}
