/** The `disassemble` request: exactly as many instructions as asked for, with symbols and source lines. */
import * as v from 'valibot';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { formatAddress, offsetBy } from '../common/addresses';
import { disassemble as list, type ListedInstruction } from '../disasm/listing';
import { parseAddress } from './memory';
import { request } from './request';
import type { Session } from './session';
import { fileSource } from './sources';
import { flag, integer, natural, text } from './validation';

function hexBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += (text === '' ? '' : ' ') + (byte < 16 ? '0' : '') + byte.toString(16);
  return text;
}

/** Adds source lines: the file where it changes, the line on every instruction that has one. */
function withLocations(
  session: Session,
  instructions: readonly ListedInstruction[],
): DebugProtocol.DisassembledInstruction[] {
  const { client, target } = session;
  let file: string | undefined;
  return instructions.map(({ address, bytes, text, kind, symbol }) => {
    const described: DebugProtocol.DisassembledInstruction = {
      address: formatAddress(address),
      instruction: text,
      ...(bytes.length > 0 && { instructionBytes: hexBytes(bytes) }),
      ...(symbol !== undefined && { symbol }),
    };
    if (kind !== 'instruction') return { ...described, presentationHint: 'invalid' };
    const place = target.lineAt(address);
    if (!place || place.line === 0 || !session.sourceFiles.exists(place.path)) return described;
    if (place.path !== file) described.location = fileSource(session, place.path);
    file = place.path;
    described.line = client.line(place.line);
    if (place.column > 0) described.column = client.column(place.column);
    return described;
  });
}

export const disassemble = request(
  'process',
  v.object({
    memoryReference: text,
    offset: v.optional(integer),
    instructionOffset: v.optional(integer),
    instructionCount: natural,
    resolveSymbols: v.optional(flag),
  }),
  async (session, { memoryReference, offset = 0, instructionOffset, instructionCount, resolveSymbols }) => {
    const { target, configuration } = session.alive;
    const instructions = await list({
      memory: target.memory,
      address: offsetBy(parseAddress(memoryReference), offset),
      instructionOffset,
      instructionCount,
      bounds: (address) => target.functionBounds(address),
      ...(resolveSymbols !== false && { resolve: (address) => target.symbolize(address) }),
      flavor: configuration.disassemblyFlavor,
    });
    return { instructions: withLocations(session, instructions) };
  },
);
