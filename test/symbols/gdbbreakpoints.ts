/** Where gdb puts a breakpoint on every line of a file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runTool } from '../support/debuggees';
import { inTemporaryDirectory } from './linesamples';

const script = `
import gdb, re
gdb.execute('set breakpoint pending off')
for line in range(1, LINES + 1):
  try:
    breakpoint = gdb.Breakpoint('NAME:%d' % line)
  except gdb.error:
    print('@ %d' % line)
    continue
  table = gdb.execute('info breakpoints %d' % breakpoint.number, to_string=True)
  print('@ %d %s' % (line, ' '.join(re.findall(r'0x[0-9a-f]{16}', table))))
  breakpoint.delete()
`;

/** By line, from 1 to one past the last, the addresses in ascending order; empty where gdb refuses. */
export function gdbBreakpoints(file: string, source: string): Map<number, number[]> {
  const count = readFileSync(source, 'utf8').split('\n').length;
  const output = inTemporaryDirectory((directory) => {
    const path = join(directory, 'breakpoints.py');
    writeFileSync(path, script.replace('LINES', String(count)).replace('NAME', basename(source)));
    return runTool('gdb', ['-nx', '-batch', '-x', path, file]);
  });
  const found = new Map<number, number[]>();
  for (const match of output.matchAll(/^@ (\d+)(.*)$/gm)) {
    const addresses = new Set((match[2]!.match(/0x[0-9a-f]+/g) ?? []).map((text) => parseInt(text, 16)));
    found.set(
      Number(match[1]),
      [...addresses].sort((a, b) => a - b),
    );
  }
  return found;
}
