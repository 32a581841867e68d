/** Instruction lengths against a real disassembler, over all the code of libc and much of the node binary. */
import { readFileSync } from 'node:fs';
import { Decoder, DecoderOptions, Code, Instruction } from 'iced-x86';
import { expect, it } from 'vitest';
import { BufferSource } from '../../src/common/bytes';
import { ElfFile } from '../../src/symbols/elf/elffile';
import { decodeInstruction } from '../../src/symbols/unwind/instruction';

for (const [file, limit] of [
  ['/lib/x86_64-linux-gnu/libc.so.6', Infinity],
  [process.execPath, 8_000_000],
] as const) {
  it(`agrees with iced on ${file}`, () => {
    const text = ElfFile.parse(new BufferSource(readFileSync(file)), file).sectionData('.text')!;
    const bytes = text.subarray(0, Math.min(text.length, limit));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const decoder = new Decoder(64, bytes, DecoderOptions.None);
    const instruction = new Instruction();
    const wrong: string[] = [];
    let count = 0;
    while (decoder.canDecode) {
      const at = decoder.position;
      decoder.decodeOut(instruction);
      if (instruction.code === Code.INVALID) continue;
      count++;
      const ours = decodeInstruction(view, at)?.length;
      if (ours !== instruction.length) {
        wrong.push(`${Buffer.from(bytes.subarray(at, at + instruction.length)).toString('hex')}: ${ours}`);
      }
    }
    instruction.free();
    decoder.free();
    expect(count).toBeGreaterThan(100_000);
    expect(wrong.slice(0, 20)).toEqual([]);
  });
}
