import { describe, expect, it } from 'vitest';
import { virtAddr } from '../../src/common/addresses';
import type { DisassemblyFlavor, SymbolResolver } from '../../src/disasm/formatter';
import { disassemble } from '../../src/disasm/listing';
import { hex, memoryOf } from './support';

const BASE = virtAddr(0x401126);

const resolve: SymbolResolver = (address) => {
  if (address >= 0x401126n && address < 0x401200n) return { name: 'main', offset: address - 0x401126n };
  if (address >= 0x404010n && address < 0x404018n) return { name: 'stdout', offset: Number(address - 0x404010n) };
  return undefined;
};

const text = async (bytes: string, flavor: DisassemblyFlavor = 'intel', names: SymbolResolver = resolve) => {
  const memory = memoryOf({ bytes: hex(bytes), address: Number(BASE) });
  const [line] = await disassemble({ memory, address: BASE, instructionCount: 1, flavor, resolve: names });
  return line!.text;
};

describe('instruction text', () => {
  it.each([
    ['e8 0b000000', 'call   0x401136 <main+16>', 'call   0x401136 <main+16>'],
    ['eb fe', 'jmp    0x401126 <main>', 'jmp    0x401126 <main>'],
    ['0f84 00000100', 'je     0x41112c', 'je     0x41112c'],
    [
      '488b05 e32e0000',
      'mov    rax, qword ptr [rip+0x2ee3]  # 0x404010 <stdout>',
      'mov    0x2ee3(%rip),%rax  # 0x404010 <stdout>',
    ],
    ['8b05 00000000', 'mov    eax, dword ptr [rip]  # 0x40112c <main+6>', 'mov    (%rip),%eax  # 0x40112c <main+6>'],
    [
      '8b0425 14404000',
      'mov    eax, dword ptr [0x404014]  # 0x404014 <stdout+4>',
      'mov    0x404014,%eax  # 0x404014 <stdout+4>',
    ],
    ['8b0425 00000000', 'mov    eax, dword ptr [0x0]', 'mov    0x0,%eax'],
    ['64488b0425 28000000', 'mov    rax, qword ptr fs:[0x28]', 'mov    %fs:0x28,%rax'],
    ['4883ec10', 'sub    rsp, 0x10', 'sub    $0x10,%rsp'],
    ['c745fc05000000', 'mov    dword ptr [rbp-0x4], 0x5', 'movl   $0x5,-0x4(%rbp)'],
    ['ff25 00100000', 'jmp    qword ptr [rip+0x1000]  # 0x40212c', 'jmpq   *0x1000(%rip)  # 0x40212c'],
    ['ffd0', 'call   rax', 'call   *%rax'],
    ['8a4c90f0', 'mov    cl, byte ptr [rax+rdx*4-0x10]', 'mov    -0x10(%rax,%rdx,4),%cl'],
    ['f30f1efa', 'endbr64', 'endbr64'],
    ['c3', 'ret', 'ret'],
    ['cc', 'int3', 'int3'],
    ['0f05', 'syscall', 'syscall'],
    ['62f1fe486f4001', 'vmovdqu64 zmm0, zmmword ptr [rax+0x40]', 'vmovdqu64 0x40(%rax),%zmm0'],
  ])('%s', async (bytes, intel, att) => {
    expect(await text(bytes)).toBe(intel);
    expect(await text(bytes, 'att')).toBe(att);
  });

  it('goes without symbols where nobody knows them', async () => {
    expect(await text('e8 0b000000', 'intel', () => undefined)).toBe('call   0x401136');
    expect(await text('488b05 e32e0000', 'intel', () => undefined)).toBe(
      'mov    rax, qword ptr [rip+0x2ee3]  # 0x404010',
    );
  });

  it('has no text for bytes that are no instruction', async () => {
    expect(await text('06')).toBe('(bad)');
    expect(await text('0f')).toBe('(bad)');
    expect(await text('')).toBe('(unreadable)');
  });
});
