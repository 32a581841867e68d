import { expect, test } from 'vitest';
import { virtAddr } from '../../src/common/addresses';
import { disassemble } from '../../src/disasm/listing';
import { preparation } from '../../src/disasm/preparation';
import { hex, memoryOf } from './support';

/** Calls a task now and then, as the idle queue does; how often it was called. */
async function runToTheEnd(task: () => boolean): Promise<number> {
  for (let calls = 1; ; calls++) {
    if (!task()) return calls;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test.each(['intel', 'att'] as const)('what is prepared for %s changes no listing', async (flavor) => {
  expect(await runToTheEnd(preparation(flavor))).toBeGreaterThan(2);
  const memory = memoryOf({ bytes: hex('8b0500000000 c5f458c2 7500'), address: 0x1000 });
  const listing = await disassemble({ memory, address: virtAddr(0x1000), instructionCount: 3, flavor });
  expect(listing.map(({ text }) => text)).toEqual(
    flavor === 'intel'
      ? ['mov    eax, dword ptr [rip]  # 0x1006', 'vaddps ymm0, ymm1, ymm2', 'jne    0x100c']
      : ['mov    (%rip),%eax  # 0x1006', 'vaddps %ymm2,%ymm1,%ymm0', 'jne    0x100c'],
  );
});
