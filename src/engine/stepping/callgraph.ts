/**
 * Whether code that the user skips can lead to code that the user does not skip, by the calls that its instructions
 * state. What cannot is run over at full speed: std::sort of integers is millions of instructions without a callback.
 */
import { endOf } from '../../disasm/decoder';
import type { VirtAddr } from '../../common/addresses';
import type { CodeMap } from './codemap';
import type { SkipRules } from './skiprules';

/** Instructions looked at before the answer is taken to be yes. */
const MAX_INSTRUCTIONS = 200_000;

export class CallGraph {
  private readonly answers = new Map<VirtAddr, boolean>();
  private left = 0;

  constructor(
    private readonly code: CodeMap,
    private readonly skip: SkipRules,
  ) {}

  /** Whether the function that begins at `start` may call, however indirectly, one that has lines and is not skipped. */
  mayReach(start: VirtAddr): boolean {
    let answer = this.answers.get(start);
    if (answer === undefined) {
      this.left = MAX_INSTRUCTIONS;
      const visited = new Set<VirtAddr>([start]);
      const queue = [start];
      answer = false;
      for (let next = queue.pop(); next !== undefined && !answer; next = queue.pop()) {
        answer = this.leadsOut(next, (callee) => {
          if (visited.has(callee)) return;
          visited.add(callee);
          queue.push(callee);
        });
      }
      this.answers.set(start, answer);
      // What a function that leads nowhere calls leads nowhere either.
      if (!answer) for (const each of visited) this.answers.set(each, false);
    }
    return answer;
  }

  /** Whether a function's own instructions lead to code that is not skipped; skipped callees go to `visit`. */
  private leadsOut(start: VirtAddr, visit: (callee: VirtAddr) => void): boolean {
    const { code, skip } = this;
    const bounds = code.functionBounds(start);
    if (!bounds) return true;
    let row = code.row(start);
    for (let at = start; at < bounds.end;) {
      const instruction = code.instruction(at);
      if (!instruction || --this.left < 0) return true;
      if (at === start || (row && at >= row.end)) {
        row = code.row(at);
        // Calls that were inlined are code of their own.
        if (row && !code.isPassed(at, skip)) return true;
      }
      const { flow, target, isIndirect } = instruction;
      const leaves = flow === 'call' || (flow === 'jump' && (isIndirect || !inside(bounds, target)));
      if (leaves) {
        // Through a pointer: it can be anything.
        const callee = target === undefined || !code.isPlt(target) ? target : code.pltTarget(target);
        if (callee === undefined) return true;
        if (code.hasLines(callee)) {
          if (!code.isPassedFunction(callee, skip)) return true;
          visit(callee);
        }
      }
      at = endOf(instruction);
    }
    return false;
  }
}

function inside({ start, end }: { start: VirtAddr; end: VirtAddr }, address: VirtAddr | undefined): boolean {
  return address !== undefined && address >= start && address < end;
}
