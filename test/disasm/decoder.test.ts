import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import * as iced from 'iced-x86';
import { afterAll, describe, expect, it } from 'vitest';
import { virtAddr } from '../../src/common/addresses';
import { decodeInstruction, decodeRange, type FlowKind, type Instruction } from '../../src/disasm/decoder';
import { hex, libcPath, textSection } from './support';

const BASE = virtAddr(0x401000);
const decode = (text: string): Instruction | undefined => decodeInstruction(hex(text), BASE);

const icedInstruction = new iced.Instruction();
afterAll(() => icedInstruction.free());

const { Code, FlowControl, OpKind, Mnemonic } = iced;

/** What iced-x86 says about the same bytes, in our words; undefined when it cannot decode them. */
function oracle(bytes: Uint8Array, address: bigint): Omit<Instruction, 'bytes' | 'address'> | undefined {
  const decoder = new iced.Decoder(64, bytes, iced.DecoderOptions.None);
  try {
    decoder.ip = address;
    decoder.decodeOut(icedInstruction);
    const i = icedInstruction;
    if (i.code === Code.INVALID) return undefined;
    const direct = [OpKind.NearBranch16, OpKind.NearBranch32, OpKind.NearBranch64].includes(i.op0Kind);
    return {
      length: i.length,
      flow: oracleFlow(i),
      target: direct ? virtAddr(i.nearBranchTarget) : undefined,
      isIndirect: [FlowControl.IndirectBranch, FlowControl.IndirectCall].includes(i.flowControl),
      isRep: i.isStringInstruction && (i.hasRepPrefix || i.hasRepnePrefix),
      isFar: i.isJmpFar || i.isCallFar || i.isJmpFarIndirect || i.isCallFarIndirect || i.mnemonic === Mnemonic.Retf,
      ripTarget: i.isIpRelMemoryOperand ? virtAddr(i.ipRelMemoryAddress) : undefined,
    };
  } finally {
    decoder.free();
  }
}

function oracleFlow(i: iced.Instruction): FlowKind {
  switch (i.mnemonic) {
    case Mnemonic.Syscall:
    case Mnemonic.Sysenter:
      return 'syscall';
    case Mnemonic.Iret:
    case Mnemonic.Iretd:
    case Mnemonic.Iretq:
    case Mnemonic.Sysret:
    case Mnemonic.Sysretq:
    case Mnemonic.Sysexit:
    case Mnemonic.Sysexitq:
    case Mnemonic.Uiret:
    case Mnemonic.Eretu:
    case Mnemonic.Erets:
    case Mnemonic.Rsm:
      return 'interrupt-return';
    case Mnemonic.Int:
      return i.immediate8 === 0x80 ? 'syscall' : 'trap';
    case Mnemonic.Hlt:
      return 'trap';
    case Mnemonic.Xbegin:
      return 'conditional-jump';
    case Mnemonic.Xabort:
    case Mnemonic.Xend:
    case Mnemonic.Vmcall:
    case Mnemonic.Vmlaunch:
    case Mnemonic.Vmresume:
    case Mnemonic.Vmmcall:
    case Mnemonic.Vmrun:
    case Mnemonic.Vmgexit:
    case Mnemonic.Tdcall:
    case Mnemonic.Seamcall:
    case Mnemonic.Seamret:
      return 'next';
    default:
  }
  switch (i.flowControl) {
    case FlowControl.UnconditionalBranch:
    case FlowControl.IndirectBranch:
      return 'jump';
    case FlowControl.ConditionalBranch:
      return 'conditional-jump';
    case FlowControl.Return:
      return 'return';
    case FlowControl.Call:
    case FlowControl.IndirectCall:
      return 'call';
    case FlowControl.Interrupt:
    case FlowControl.Exception:
      return 'trap';
    default:
      return 'next';
  }
}

/** True when both agree; iced may know that reserved bytes are none, never the other way round. */
function expectAgreement(bytes: Uint8Array, address: bigint): void {
  const expected = oracle(bytes, address);
  if (!expected) return;
  const actual = decodeInstruction(bytes, virtAddr(address));
  const where = Buffer.from(bytes).toString('hex');
  if (!actual) expect.fail(`iced decodes ${where}, the length decoder does not`);
  const { bytes: own, ...rest } = actual;
  expect({ where, ...rest }).toEqual({ where, address, ...expected });
  expect(own.length).toBe(expected.length);
}

describe('decodeInstruction', () => {
  it.each<[string, string, FlowKind]>([
    ['nop', '90', 'next'],
    ['endbr64', 'f3 0f 1e fa', 'next'],
    ['mov rbp, rsp', '48 89 e5', 'next'],
    ['movabs rax, imm64', '48 b8 88 77 66 55 44 33 22 11', 'next'],
    ['jmp rel8', 'eb fe', 'jump'],
    ['jmp rax', 'ff e0', 'jump'],
    ['notrack jmp rax', '3e ff e0', 'jump'],
    ['je rel8', '74 02', 'conditional-jump'],
    ['jne rel32', '0f 85 00 01 00 00', 'conditional-jump'],
    ['jrcxz', 'e3 02', 'conditional-jump'],
    ['jecxz', '67 e3 02', 'conditional-jump'],
    ['loop', 'e2 fe', 'conditional-jump'],
    ['xbegin', 'c7 f8 00 00 00 00', 'conditional-jump'],
    ['call rel32', 'e8 00 00 00 00', 'call'],
    ['call [rip+x]', 'ff 15 00 00 00 00', 'call'],
    ['data16 rex.w call (TLS)', '66 66 48 e8 00 00 00 00', 'call'],
    ['ret', 'c3', 'return'],
    ['bnd ret', 'f2 c3', 'return'],
    ['ret imm16', 'c2 08 00', 'return'],
    ['retf', 'cb', 'return'],
    ['syscall', '0f 05', 'syscall'],
    ['sysenter', '0f 34', 'syscall'],
    ['int 0x80', 'cd 80', 'syscall'],
    ['int 0x21', 'cd 21', 'trap'],
    ['int3', 'cc', 'trap'],
    ['int1', 'f1', 'trap'],
    ['ud2', '0f 0b', 'trap'],
    ['hlt', 'f4', 'trap'],
    ['iretq', '48 cf', 'interrupt-return'],
    ['rep movsb', 'f3 a4', 'next'],
    ['pushfq', '9c', 'next'],
    ['vzeroupper', 'c5 f8 77', 'next'],
    ['vpshufd', 'c5 f9 70 c0 1b', 'next'],
    ['vmovdqu64 zmm', '62 f1 fe 48 6f 00', 'next'],
  ])('%s', (_name, bytes, flow) => {
    const instruction = decode(bytes);
    expect(instruction).toMatchObject({ flow, length: hex(bytes).length, address: BASE });
  });

  it('gives direct branches their targets and indirect ones none', () => {
    expect(decode('eb fe')?.target).toBe(BASE);
    expect(decode('e8 fb ff ff ff')?.target).toBe(BASE);
    expect(decode('0f 84 10 00 00 00')?.target).toBe(0x401016n);
    expect(decode('ff e0')).toMatchObject({ target: undefined, isIndirect: true });
    expect(decode('ff 25 10 00 00 00')).toMatchObject({ target: undefined, isIndirect: true, ripTarget: 0x401016n });
  });

  it('wraps targets at 2^64', () => {
    expect(decodeInstruction(hex('eb 10'), virtAddr(0xffffffffffffffffn))?.target).toBe(0x11n);
  });

  it('resolves rip-relative operands over an immediate', () => {
    // mov dword [rip+0x10], 1
    expect(decode('c7 05 10 00 00 00 01 00 00 00')?.ripTarget).toBe(0x40101an);
  });

  it('tells a repeated string instruction, and a rep that repeats nothing', () => {
    expect(decode('f3 48 ab')).toMatchObject({ isRep: true, length: 3 });
    expect(decode('f3 c3')).toMatchObject({ isRep: false, flow: 'return' });
    expect(decode('f3 90')).toMatchObject({ isRep: false });
  });

  it.each([
    '',
    '0f',
    '48',
    '06',
    '9a 00 00 00 00 00 00',
    'ea',
    'e8 00 00',
    '66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 90',
    'd6',
    'ff f8',
  ])('refuses %j', (bytes) => {
    expect(decode(bytes)).toBeUndefined();
  });

  it('agrees with iced-x86 on every instruction of libc', () => {
    const { bytes, address } = textSection(libcPath);
    const end = Math.min(bytes.length, 1 << 19);
    let count = 0;
    for (let offset = 0; offset < end; count++) {
      const window = bytes.subarray(offset, offset + 15);
      expectAgreement(window, BigInt(address + offset));
      offset += oracle(window, 0n)?.length ?? 1;
    }
    expect(count).toBeGreaterThan(100_000);
  });

  it('agrees with iced-x86 on every opcode of every map, with every prefix and ModRM class', () => {
    const prefixes = ['', '66', 'f2', 'f3', '48', '6648', 'f248', 'f348', '67', '66f3', 'f0', '64', '41'];
    const escapes = [
      '',
      '0f',
      '0f38',
      '0f3a',
      'c5f8',
      'c5f9',
      'c4e279',
      'c4e3f9',
      '62f17c48',
      '62f2fd48',
      '62f37d08',
      '62f57c48',
      '8fe878',
      '8fe978',
      '8fea78',
    ];
    const modrms = [
      '00',
      '05',
      '04 25',
      '44 24',
      '84 8b',
      'c0',
      'f8',
      'd0',
      'e3',
      '08',
      '10',
      '18',
      '20',
      '28',
      '30',
      '38',
      '45',
      '8d',
      'ca',
      'd8',
      'df',
      'ec',
      'ed',
      'fa',
    ];
    for (const prefix of prefixes)
      for (const escape of escapes)
        for (let opcode = 0; opcode < 256; opcode++)
          for (const modrm of modrms) {
            const text = prefix + escape + opcode.toString(16).padStart(2, '0') + modrm + '11223344556677881122';
            expectAgreement(hex(text).subarray(0, 15), 0x401000n);
          }
  });

  it('agrees with iced-x86 on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 15 }), (bytes) => expectAgreement(bytes, 0x7f0000401000n)),
      { numRuns: 20_000 },
    );
  });
});

describe('the disassembler', () => {
  it('is imported in one place only, and there lazily, so that stepping never loads it', () => {
    const folder = join(import.meta.dirname, '../../src/disasm');
    const imports = readdirSync(folder).flatMap((file) => {
      const lines = readFileSync(join(folder, file), 'utf8').split('\n');
      return lines.filter((line) => line.includes("'iced-x86'")).map((line) => [file, line.trim()] as const);
    });
    const real = imports.filter(([, line]) => !line.startsWith('import type '));
    expect(real.map(([file]) => file)).toEqual(['iced.ts']);
    expect(real[0]![1]).toContain("import('iced-x86')");
  });
});

describe('decodeRange', () => {
  it('decodes in a row and stops at what it cannot decode', () => {
    const instructions = decodeRange(hex('55 48 89 e5 c3 06 90'), BASE);
    expect(instructions.map((i) => [i.address - BASE, i.length])).toEqual([
      [0n, 1],
      [1n, 3],
      [4n, 1],
    ]);
  });

  it('stops at the limit', () => {
    expect(decodeRange(hex('90 90 90'), BASE, 2)).toHaveLength(2);
  });
});
