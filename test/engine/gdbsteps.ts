/** gdb as the oracle of stops and steps: where each of them ends, with the frames that are shown there. */
import type { StepKind } from '../../src/engine/types';
import { runTool } from '../support/debuggees';

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

/** A run: to a breakpoint, which is then taken away, and on by steps. */
export interface Walk {
  /** `file:line` */
  readonly from: string;
  readonly steps: readonly StepKind[];
}

/** For each walk, the frames at its breakpoint and after each step. */
export function gdbWalks(program: string, walks: readonly Walk[]): string[][] {
  const script = ['set confirm off', `python exec(${JSON.stringify(SHOW)})`];
  for (const { from, steps } of walks) {
    script.push('echo \\n@@\\n', `break ${from}`, 'run', 'delete', 'python show()');
    for (const kind of steps) script.push(COMMANDS[kind], 'python show()');
  }
  const output = runTool('gdb', ['-q', '-nx', '-batch', ...script.flatMap((each) => ['-ex', each]), program]);
  return output
    .split(/^@@$/m)
    .slice(1)
    .map((part) => [...part.matchAll(/^@(.*)$/gm)].map((match) => match[1]!));
}
