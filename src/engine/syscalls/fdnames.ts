/** What the descriptors of a process stand for: `/etc/passwd`, `pipe:[42]`, `socket:[7]`. */
import { readlinkSync } from 'node:fs';

/** The link of /proc/TID/fd for a descriptor; undefined when it is not open. proc(5). */
export function describeFd(tid: number, fd: number): string | undefined {
  if (fd < 0) return undefined;
  try {
    return readlinkSync(`/proc/${tid}/fd/${fd}`);
  } catch {
    return undefined;
  }
}
