/** What a step keeps of a function that it has returned from: which one it was, and the registers with its value. */
import type { VirtAddr } from '../../common/addresses';
import type { RegisterReader } from '../../common/readers';
import type { Thread } from '../thread';
import type { Returned } from '../types';
import type { CodeMap } from './codemap';

/** DWARF number and name of the registers that return values (psABI x86-64 §3.2.3, figure 3.36). */
const RETURNING = new Map([
  [0, 'rax'],
  [1, 'rdx'],
  [17, 'xmm0'],
  [18, 'xmm1'],
  [33, 'st0'],
  [34, 'st1'],
]);

/** Takes the registers of a thread that has just returned from the function around `address`. */
export function takeReturned(code: CodeMap, thread: Thread, address: VirtAddr): Returned {
  let { scope } = code.inlines.at(address);
  while (scope && scope.kind !== 'function') scope = scope.parent;
  return {
    address,
    name: code.modules.at(address)?.symbolAt(address)?.displayName,
    function: scope?.function,
    registers: snapshot(thread),
  };
}

function snapshot(thread: Thread): RegisterReader {
  const values = new Map([...RETURNING.values()].map((name) => [name, thread.registers.get(name)]));
  return {
    dwarf: (register) => {
      const name = RETURNING.get(register);
      return name === undefined ? undefined : values.get(name);
    },
    named: (name) => values.get(name),
  };
}
