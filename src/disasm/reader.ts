/**
 * Reads instructions at any offset of a window of bytes. Their parts are found by the layout scanner; iced-x86 is asked
 * only for what has not been seen before, since calls into WebAssembly cost more than all the rest.
 */
import type { Instruction as IcedInstruction } from 'iced-x86';
import type { VirtAddr } from '../common/addresses';
import { branchDistance } from './decoder';
import { InstructionFormatter, type DisassemblyFlavor } from './formatter';
import type { IcedModule } from './iced';
import { hexOf, KnownInstructions, type KnownInstruction } from './knowninstructions';
import { emptyLayout, scanInstruction } from './layout';
import { badByte, type Line } from './line';
import type { Bitness } from './types';

/** What is kept from one listing to the next, for as long as the process lives. */
interface Tools {
  readonly known: KnownInstructions;
  readonly formatter: InstructionFormatter;
}

const toolsByFlavor = new Map<DisassemblyFlavor, Tools>();

function toolsFor(iced: IcedModule, flavor: DisassemblyFlavor): Tools {
  let tools = toolsByFlavor.get(flavor);
  if (!tools) {
    tools = { known: new KnownInstructions(), formatter: new InstructionFormatter(iced, flavor) };
    toolsByFlavor.set(flavor, tools);
  }
  return tools;
}

export interface ReaderOptions {
  /** What windows are placed by. */
  readonly address: VirtAddr;
  readonly iced: IcedModule;
  readonly bitness: Bitness;
  readonly flavor: DisassemblyFlavor;
}

const layout = emptyLayout();

/** Holds WebAssembly memory once it has met something new: `free` it. */
export class InstructionReader {
  private readonly tools: Tools;
  private decoder: InstanceType<IcedModule['Decoder']> | undefined;
  private instruction: IcedInstruction | undefined;

  constructor(
    private readonly options: ReaderOptions,
    readonly bytes: Uint8Array,
    /** Where the window begins, from the address of the options, bytes. */
    private readonly delta: number,
  ) {
    this.tools = toolsFor(options.iced, options.flavor);
  }

  /** The instruction at `offset`, or a bad byte where there is none or the window ends within it. */
  lineAt(offset: number): Line {
    const { bytes } = this;
    const delta = this.delta + offset;
    // Whatever iced-x86 can decode has this length; a few reserved encodings have one and are no instruction all the same.
    if (!scanInstruction(bytes, offset, layout)) return badByte(delta, bytes, offset);
    const { length, immediateOffset } = layout;
    const distance = branchDistance(layout, bytes, offset);
    const own = distance === undefined ? length : immediateOffset;
    const known = this.tools.known.find(bytes, offset, own) ?? this.learn(offset, own, distance !== undefined);
    if (!known) return badByte(delta, bytes, offset);
    const hex = own === length ? known.hex : `${known.hex} ${hexOf(bytes, offset + own, length - own)}`;
    return { delta, length, kind: 'instruction', hex, known, distance };
  }

  /** Bytes of the instruction at `offset`, 0 when there is none: for places whose text may never be asked for. */
  lengthAt(offset: number): number {
    const { bytes } = this;
    if (!scanInstruction(bytes, offset, layout)) return 0;
    const { length, immediateOffset } = layout;
    const own = branchDistance(layout, bytes, offset) === undefined ? length : immediateOffset;
    return this.tools.known.find(bytes, offset, own) || this.decode(offset) ? length : 0;
  }

  free(): void {
    this.decoder?.free();
    this.instruction?.free();
  }

  /** Expects the instruction to have been scanned last. */
  private learn(offset: number, length: number, isNearBranch: boolean): KnownInstruction | undefined {
    const { known, formatter } = this.tools;
    const instruction = this.decode(offset);
    return instruction && known.keep(this.bytes, offset, length, formatter.describe(instruction, layout, isNearBranch));
  }

  private decode(offset: number): IcedInstruction | undefined {
    const { Code, Decoder, DecoderOptions, Instruction } = this.options.iced;
    this.decoder ??= new Decoder(this.options.bitness, this.bytes, DecoderOptions.None);
    this.instruction ??= new Instruction();
    this.decoder.position = offset;
    this.decoder.decodeOut(this.instruction);
    return this.instruction.code === Code.INVALID ? undefined : this.instruction;
  }
}
