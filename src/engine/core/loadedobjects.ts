/**
 * What was mapped where, for cores without NT_FILE (kernels before 3.7, other programs' cores): the program from its own
 * file and the auxiliary vector, the libraries from the loader's list.
 */
import { virtAddr } from '../../common/addresses';
import { FileSource } from '../../common/filesource';
import { PT_LOAD } from '../../symbols/elf/constants';
import { ElfFile } from '../../symbols/elf/elffile';
import { AT_ENTRY, linkMaps, readRendezvous } from '../../symbols/rendezvous';
import type { CoreFile } from '../../symbols/core/corefile';
import type { CoreMapping } from '../../symbols/core/notes';
import type { CoreMemory } from './corememory';

const PAGE = 4096;

/** @param program its path; nothing can be inferred without */
export function inferMappings(core: CoreFile, memory: CoreMemory, program: string | undefined): CoreMapping[] {
  const entry = core.auxv.get(AT_ENTRY);
  if (program === undefined || entry === undefined) return [];
  const source = FileSource.open(program);
  try {
    const elf = ElfFile.parse(source, program);
    const mappings = mappingsOf(elf, program, entry - BigInt(elf.entry));
    // The list is reached through the program's headers, which the core may have left out.
    memory.backBy(mappings.map((mapping) => ({ ...mapping, source: () => source })));
    const rendezvous = readRendezvous(memory, core.auxv);
    const objects = rendezvous ? linkMaps(memory, rendezvous) : [];
    return [...mappings, ...objects.flatMap(({ name, base }) => (name === '' ? [] : libraryMappings(name, base)))];
  } finally {
    source.close();
  }
}

function libraryMappings(path: string, bias: bigint): CoreMapping[] {
  let source: FileSource | undefined;
  try {
    source = FileSource.open(path);
    return mappingsOf(ElfFile.parse(source, path), path, bias);
  } catch {
    return []; // the vdso has a name and no file; others are not on this machine
  } finally {
    source?.close();
  }
}

function mappingsOf(elf: ElfFile, path: string, bias: bigint): CoreMapping[] {
  return elf.segments
    .filter(({ type, fileSize }) => type === PT_LOAD && fileSize > 0)
    .map(({ address, offset, fileSize }) => {
      const skipped = address % PAGE;
      const size = Math.ceil((skipped + fileSize) / PAGE) * PAGE;
      const start = virtAddr(BigInt(address - skipped) + bias);
      return { start, end: virtAddr(start + BigInt(size)), offset: offset - skipped, path, deleted: false };
    });
}
