/**
 * The memory of a process that is gone: what its core file holds, then what the files hold that it had mapped. The
 * kernel leaves out what it takes to be in files still (core(5), coredump_filter: text, read-only data), and a core may
 * have been cut short. Nothing is read before it is asked for, so a core may be larger than this machine's memory.
 */
import { offsetBy, type VirtAddr } from '../../common/addresses';
import type { ByteSource } from '../../common/bytes';
import { UserError } from '../../common/errors';
import type { MemoryAccess } from '../../common/readers';
import { PF_W } from '../../symbols/elf/constants';
import { segmentAt, type CoreFile } from '../../symbols/core/corefile';

/** A part of a file that was mapped, once it is certain that the file is still what it was. */
export interface FileBacking {
  readonly start: VirtAddr;
  /** One past the last byte. */
  readonly end: VirtAddr;
  /** Offset in the file, bytes. */
  readonly offset: number;
  /** Undefined when the file is not to be had after all. */
  readonly source: () => ByteSource | undefined;
}

/** Why nothing can be written. */
export function coreRefusal(): UserError {
  return new UserError('This is a core file: the process is gone, so nothing in it can run or be changed.', {
    code: 'core-file',
  });
}

const NOTHING = new Uint8Array(0);

export class CoreMemory implements MemoryAccess {
  private files: readonly FileBacking[] = [];
  /** Whether private memory was dumped: then writable pages of a file that were left out had never been written to. */
  private readonly hasPrivateMemory: boolean;

  constructor(private readonly core: CoreFile) {
    this.hasPrivateMemory = core.loads.some(
      ({ flags, fileSize, address }) =>
        flags & PF_W && fileSize > 0 && !core.mappings?.some(({ start, end }) => address >= start && address < end),
    );
  }

  /** Answers from these files what the core does not hold. */
  backBy(files: readonly FileBacking[]): void {
    this.files = [...files].sort((a, b) => (a.start < b.start ? -1 : 1));
  }

  read(address: VirtAddr, length: number): Uint8Array {
    if (length <= 0) return NOTHING;
    const first = this.readPart(address, length);
    if (first.length === length || first.length === 0) return first;
    const parts = [first];
    let done = first.length;
    while (done < length) {
      const part = this.readPart(offsetBy(address, done), length - done);
      if (part.length === 0) break;
      parts.push(part);
      done += part.length;
    }
    return Buffer.concat(parts, done);
  }

  write(): never {
    throw coreRefusal();
  }

  /** What one source has from an address on; empty when none has the first byte. */
  private readPart(address: VirtAddr, length: number): Uint8Array {
    const segment = segmentAt(this.core.loads, address);
    if (!segment) return this.readFile(address, length);
    const within = Number(address - segment.address);
    const left = Number(segment.memorySize) - within;
    const isWritable = (segment.flags & PF_W) !== 0;
    if (within < segment.fileSize) {
      const bytes = this.core.source.read(segment.offset + within, Math.min(length, segment.fileSize - within));
      // Cut short: what was writable may have been written to, so its file tells nothing.
      return bytes.length > 0 || isWritable ? bytes : this.readFile(address, Math.min(length, left));
    }
    if (isWritable && !this.hasPrivateMemory) return NOTHING;
    return this.readFile(address, Math.min(length, left));
  }

  private readFile(address: VirtAddr, length: number): Uint8Array {
    const file = this.fileAt(address);
    if (!file) return NOTHING;
    const within = Number(address - file.start);
    const wanted = Math.min(length, Number(file.end - address));
    return file.source()?.read(file.offset + within, wanted) ?? NOTHING;
  }

  private fileAt(address: VirtAddr): FileBacking | undefined {
    let low = 0;
    let high = this.files.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.files[middle]!.start <= address) low = middle + 1;
      else high = middle;
    }
    const found = this.files[low - 1];
    return found && address < found.end ? found : undefined;
  }
}
