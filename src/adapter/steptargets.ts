/** `stepInTargets`: the calls on the line where a thread stands, for a step into one of them. */
import * as v from 'valibot';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { disassemble } from '../disasm/listing';
import type { StepCandidate } from '../engine/stepping/steptargets';
import { request } from './request';
import type { Session } from './session';
import { integer } from './validation';

/** `*rax`, `*qword ptr [rax+18h]`: what an indirect call goes through. */
async function operandOf(session: Session, { address }: StepCandidate): Promise<string> {
  const { target, configuration } = session.alive;
  const [instruction] = await disassemble({
    memory: target.memory,
    address,
    instructionCount: 1,
    resolve: (at) => target.symbolize(at),
    flavor: configuration.disassemblyFlavor,
  });
  return `*${(instruction?.text ?? '?').replace(/^\S+\s+\*?/, '')}`;
}

export const stepInTargets = request('live', v.object({ frameId: integer }), async (session, { frameId }) => {
  const { tid, depth } = session.frames.place(frameId);
  // The other frames wait for a call to return: they can enter nothing.
  if (depth > 0) return { targets: [] };
  const candidates = session.live.stepCandidates(tid);
  const names = await Promise.all(
    candidates.map(async (candidate) => candidate.name ?? (await operandOf(session, candidate))),
  );
  const { client } = session;
  const targets = candidates.map(({ target, column }, i): DebugProtocol.StepInTarget => {
    const name = names[i]!;
    const before = names.slice(0, i).filter((each) => each === name).length;
    const isRepeated = before > 0 || names.indexOf(name, i + 1) >= 0;
    return {
      id: session.stepTargets.add(target),
      label: `${name}${target.kind === 'inlined' ? ' (inlined)' : ''}${isRepeated ? ` #${before + 1}` : ''}`,
      ...(column > 0 && { column: client.column(column) }),
    };
  });
  return { targets };
});
