/** A second zstd decoder for comparison: the runtime's own where there is one, else the command. */
import { spawnSync } from 'node:child_process';
import * as zlib from 'node:zlib';

export function zstdDecompressSync(frame: Uint8Array): Uint8Array {
  const own = (zlib as unknown as { zstdDecompressSync?: (frame: Uint8Array) => Uint8Array }).zstdDecompressSync;
  if (own) return own(frame);
  const result = spawnSync('zstd', ['-dc'], { input: frame, maxBuffer: 1 << 28 });
  if (result.error) throw new Error('zstd is not installed. Run: sudo apt-get install -y zstd');
  if (result.status !== 0) throw new Error(`zstd -d failed: ${result.stderr.toString()}`);
  return result.stdout;
}
