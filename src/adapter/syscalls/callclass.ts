/** The class by which a call is coloured in views: the most telling of those it belongs to. */
import { classMembers } from '../../syscalls/classes';

const CLASSES = ['file', 'network', 'desc', 'process', 'memory', 'signal', 'ipc', 'creds', 'clock'] as const;

const known = new Map<string, string>();

/** `file`, `network`, `desc`, `process`, `memory`, `signal`, `ipc`, `creds`, `clock` or `other`. */
export function classOf(name: string): string {
  let found = known.get(name);
  if (found === undefined) {
    found = CLASSES.find((each) => classMembers(each)?.has(name)) ?? 'other';
    known.set(name, found);
  }
  return found;
}
