/**
 * The bytes of the units that are being read. A unit is read as a whole, as its entries refer to each other all over
 * it, and let go when others need the room.
 */
import { LruCache } from '../lines-cache';
import type { Section } from './section';
import type { UnitHeader } from './units';

/** Bytes of units kept; the latest is kept whatever its size. */
const KEPT = 32 * 1024 * 1024;

export class UnitBytes {
  private readonly kept = new LruCache<string, Uint8Array>(KEPT, (bytes) => bytes.length);
  private lastHeader: UnitHeader | undefined;
  private lastBytes: Uint8Array = new Uint8Array(0);

  /**
   * From the unit's header to its end; short where the file ends.
   * @param file the key of the file
   */
  of(file: string, section: Section, header: UnitHeader): Uint8Array {
    if (header === this.lastHeader) return this.lastBytes;
    const key = `${file} ${header.section}${header.offset}`;
    let bytes = this.kept.get(key);
    if (!bytes) {
      bytes = section.bytes(header.offset, header.end - header.offset);
      this.kept.set(key, bytes);
    }
    this.lastHeader = header;
    this.lastBytes = bytes;
    return bytes;
  }
}
