/** What gdb prints for expressions at a place of a program: the oracle of the expression language. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool } from '../support/debuggees';

export interface Printed {
  /** After `$1 = `; undefined when gdb refused. */
  readonly value?: string;
  readonly type?: string;
  readonly error?: string;
}

/** Runs a program to a line and prints each expression there, with pretty-printers off. */
export function gdbPrint(program: string, place: string, expressions: readonly string[]): Printed[] {
  const directory = mkdtempSync(join(tmpdir(), 'gdbprint-'));
  try {
    const [input, output, script] = ['in', 'out', 'run.py'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(input, JSON.stringify(expressions));
    writeFileSync(
      script,
      `
import gdb, json
def one(expression):
    try:
        value = gdb.execute("print " + expression, to_string=True)
        kind = gdb.execute("whatis " + expression, to_string=True)
        return {"value": value.split(" = ", 1)[1].strip(), "type": kind.split(" = ", 1)[1].strip()}
    except gdb.error as error:
        return {"error": str(error)}
with open(${JSON.stringify(input)}) as f:
    expressions = json.load(f)
with open(${JSON.stringify(output)}, "w") as f:
    json.dump([one(each) for each in expressions], f)
`,
    );
    runTool('gdb', [
      ...['-nx', '-batch', '-ex', 'set disable-randomization on', '-ex', 'set print pretty off'],
      ...['-ex', 'set unwindonsignal on', '-ex', 'disable pretty-printer', '-ex', 'set print object off'],
      ...['-ex', 'set print static-members off'],
      ...['-ex', `break ${place}`, '-ex', 'run > /dev/null', '-x', script, '-ex', 'kill', program],
    ]);
    return JSON.parse(readFileSync(output, 'utf8')) as Printed[];
  } finally {
    rmSync(directory, { recursive: true });
  }
}
