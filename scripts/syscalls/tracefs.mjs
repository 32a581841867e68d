/** Argument names and types of system calls from tracefs (CONFIG_FTRACE_SYSCALLS), which only root can read. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmdirSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the kernel's function has another name than the number. */
const renamed = {
  newstat: 'stat',
  newfstat: 'fstat',
  newlstat: 'lstat',
  newuname: 'uname',
  sendfile64: 'sendfile',
  umount: 'umount2',
};

/** `{ provenance, signatures: { openat: 'int dfd, const char * filename, …' } }`, or undefined without tracefs. */
export function readSignatures() {
  const mounted = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'].find((path) =>
    existsSync(join(path, 'events/syscalls')),
  );
  if (mounted) return read(mounted);
  const place = mkdtempSync(join(tmpdir(), 'tracefs-'));
  try {
    execFileSync('mount', ['-t', 'tracefs', 'none', place], { stdio: 'ignore' });
  } catch {
    rmdirSync(place);
    return undefined;
  }
  try {
    return existsSync(join(place, 'events/syscalls')) ? read(place) : undefined;
  } finally {
    execFileSync('umount', [place]);
    rmdirSync(place);
  }
}

function read(tracing) {
  const folder = join(tracing, 'events/syscalls');
  const signatures = {};
  for (const event of readdirSync(folder)
    .filter((name) => name.startsWith('sys_enter_'))
    .sort()) {
    const format = readFileSync(join(folder, event, 'format'), 'utf8');
    const fields = [...format.matchAll(/field:([^;]*);/g)].map(([, field]) => field.trim());
    const own = fields.filter((field) => !/\bcommon_|__syscall_nr\b/.test(field));
    const name = event.slice('sys_enter_'.length);
    signatures[renamed[name] ?? name] = own.join(', ');
  }
  return { provenance: `tracefs events/syscalls of Linux ${release().replace(/-.*/, '')}`, signatures };
}
