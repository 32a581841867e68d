/** The `disassemble` request: exactly as many instructions as asked for, with symbols and source lines. */
import * as v from 'valibot';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { formatAddress, offsetBy, type VirtAddr } from '../common/addresses';
import { disassemble as list, type ListedInstruction } from '../disasm/listing';
import type { Module } from '../symbols/module';
import type { LineEntry } from '../symbols/types';
import { parseAddress } from './memory';
import { request } from './request';
import type { Session } from './session';
import { fileSource } from './sources';
import { flag, integer, natural, text } from './validation';

/** Line-table entries of ascending addresses, each read once however many instructions it has. */
class LineCursor {
  private module: Module | undefined;
  private entries: Iterator<LineEntry> | undefined;
  private entry: LineEntry | undefined;

  constructor(
    private readonly session: Session,
    private readonly last: VirtAddr,
  ) {}

  /** The entry that covers an address; undefined where there is none. */
  at(address: VirtAddr): LineEntry | undefined {
    if (!this.module?.contains(address)) this.enter(address);
    if (!this.module) return undefined;
    const place = this.module.toFile(address);
    while (this.entry && this.entry.end <= place) this.advance();
    return this.entry && this.entry.address <= place ? this.entry : undefined;
  }

  private enter(address: VirtAddr): void {
    const module = this.session.target.modules.at(address);
    this.module = module;
    this.entry = undefined;
    if (!module) return;
    const end = this.last < module.end ? offsetBy(this.last, 1) : module.end;
    this.entries = module.lines.entriesIn(module.toFile(address), module.toFile(end))[Symbol.iterator]();
    this.advance();
  }

  private advance(): void {
    const next = this.entries?.next();
    this.entry = next && !next.done ? next.value : undefined;
  }
}

/** Adds source lines: the file where it changes, the line on every instruction that has one. */
function withLocations(
  session: Session,
  instructions: readonly ListedInstruction[],
): DebugProtocol.DisassembledInstruction[] {
  const { client } = session;
  const { sourcePaths } = session.alive;
  const lines = new LineCursor(session, (instructions.at(-1)?.address ?? 0n) as VirtAddr);
  let file: string | undefined;
  let entry: LineEntry | undefined;
  let path: string | undefined;
  return instructions.map(({ address, hex, text, kind, symbol }) => {
    const described: DebugProtocol.DisassembledInstruction = { address: formatAddress(address), instruction: text };
    if (hex !== '') described.instructionBytes = hex;
    if (symbol !== undefined) described.symbol = symbol;
    if (kind !== 'instruction') {
      described.presentationHint = 'invalid';
      return described;
    }
    const found = lines.at(address);
    if (!found || found.line === 0) return described;
    if (found !== entry) {
      entry = found;
      const local = sourcePaths.toLocal(found.file);
      path = session.sourceFiles.exists(local) ? local : undefined;
    }
    if (path === undefined) return described;
    if (path !== file) described.location = fileSource(session, path);
    file = path;
    described.line = client.line(found.line);
    if (found.column > 0) described.column = client.column(found.column);
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
