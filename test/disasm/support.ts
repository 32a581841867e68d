/** Real code to disassemble: the text of libc, read with readelf and nm. */
import { readFileSync } from 'node:fs';
import { virtAddr, type VirtAddr } from '../../src/common/addresses';
import type { MemoryReader } from '../../src/common/readers';
import type { FunctionBounds } from '../../src/disasm/walk';
import { runTool } from '../support/debuggees';

export interface CodeImage {
  readonly bytes: Uint8Array;
  readonly address: number;
}

export const libcPath = runTool('gcc', ['-print-file-name=libc.so.6']).trim();

/** The bytes of .text and where they are linked to lie. */
export function textSection(path: string): CodeImage {
  const listing = runTool('readelf', ['-SW', path]);
  const row = /\.text\s+PROGBITS\s+([0-9a-f]+)\s+([0-9a-f]+)\s+([0-9a-f]+)/.exec(listing);
  if (!row) throw new Error(`no .text in ${path}`);
  const [address, offset, size] = row.slice(1).map((field) => parseInt(field, 16)) as [number, number, number];
  return { bytes: new Uint8Array(readFileSync(path)).subarray(offset, offset + size), address };
}

/** The functions that .dynsym names with a size, sorted, overlaps dropped. */
export function dynamicFunctions(path: string): FunctionBounds[] {
  const lines = runTool('nm', ['-D', '-S', '--defined-only', path]);
  const functions = [...lines.matchAll(/^([0-9a-f]+) ([0-9a-f]+) [TtWi] /gm)]
    .map(([, start, size]) => {
      const from = parseInt(start!, 16);
      return { start: virtAddr(from), end: virtAddr(from + parseInt(size!, 16)) };
    })
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  return functions.filter((f, i) => i === 0 || f.start >= functions[i - 1]!.end);
}

/** Looks bounds up by binary search, as the symbol tables do. */
export function boundsIn(functions: readonly FunctionBounds[]): (address: VirtAddr) => FunctionBounds | undefined {
  return (address) => {
    let low = 0;
    let high = functions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (functions[middle]!.start <= address) low = middle + 1;
      else high = middle;
    }
    return functions[low - 1];
  };
}

/** Memory that consists of one image. */
export function memoryOf({ bytes, address }: CodeImage): MemoryReader {
  return {
    read(at, length) {
      const offset = at - BigInt(address);
      if (offset < 0n || offset >= BigInt(bytes.length)) return new Uint8Array(0);
      return bytes.slice(Number(offset), Number(offset) + length);
    },
  };
}

export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
