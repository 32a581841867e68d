/** Makes the first listing of a session as quick as the next ones: loads the disassembler before anybody asks for it. */
import type { VirtAddr } from '../common/addresses';
import type { IdleTask } from '../common/idle';
import type { DisassemblyFlavor } from './formatter';
import { loadIced, type IcedModule } from './iced';
import { InstructionReader } from './reader';

/** `mov eax, dword ptr [rip]`, `vaddps ymm0, ymm1, ymm2`, `jne`: with them iced-x86 makes the tables it decodes by. */
const SAMPLE = Uint8Array.of(0x8b, 0x05, 0, 0, 0, 0, 0xc5, 0xf4, 0x58, 0xc2, 0x75, 0);
const STARTS = [0, 6, 10];

/**
 * The work in three pieces of 10 to 25 ms, for WebAssembly cannot be cut into smaller ones: the scripts, the formatter
 * with its tables, and the decoder with its own. A failure ends it; the first listing will report it.
 */
export function preparation(flavor: DisassemblyFlavor): IdleTask {
  let iced: IcedModule | undefined;
  let reader: InstructionReader | undefined;
  let failed = false;
  let asked = false;
  return () => {
    if (!asked) {
      asked = true;
      loadIced().then(
        (loaded) => (iced = loaded),
        () => (failed = true),
      );
      return true;
    }
    if (!iced) return !failed;
    if (!reader) {
      reader = new InstructionReader({ address: 0n as VirtAddr, iced, bitness: 64, flavor }, SAMPLE, 0);
      return true;
    }
    for (const start of STARTS) reader.lineAt(start);
    reader.free();
    return false;
  };
}
