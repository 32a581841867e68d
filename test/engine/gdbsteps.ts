/** gdb as the oracle of stops and steps: where each of them ends, with the frames that are shown there. */
import { runTool } from '../support/debuggees';
import type { StepKind } from '../../src/engine/types';

const COMMANDS: Record<StepKind, string> = { over: 'next', into: 'step', out: 'finish' };

/** Prints `innermost*:9 < middle*:15 < main:49`: an asterisk marks frames of inlined calls. */
const SHOW = `
def show():
    shown = []
    frame = gdb.newest_frame()
    while frame is not None:
        star = "*" if frame.type() == gdb.INLINE_FRAME else ""
        shown.append("%s%s:%d" % (frame.name(), star, frame.find_sal().line))
        if frame.name() == "main": break
        frame = frame.older()
    print("@" + " < ".join(shown))
`;

/** The frames at a breakpoint on a line and after each of some steps. */
export function gdbFrames(program: string, breakpoint: string, steps: readonly StepKind[]): string[] {
  const definition = `python exec(${JSON.stringify(SHOW)})`;
  const script = ['set confirm off', definition, `break ${breakpoint}`, 'run', 'delete', 'python show()'];
  for (const kind of steps) script.push(COMMANDS[kind], 'python show()');
  const output = runTool('gdb', ['-q', '-nx', '-batch', ...script.flatMap((each) => ['-ex', each]), program]);
  return [...output.matchAll(/^@(.*)$/gm)].map((match) => match[1]!);
}
