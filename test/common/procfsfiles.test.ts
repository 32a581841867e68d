/** Parsers of procfs: the formats of proc(5), damaged text, and what this very process has. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openFlags, parseFdinfo, parseInetSockets, parseUnixSockets } from '../../src/common/procfsfiles';
import { parseSmaps } from '../../src/common/procfsmemory';
import { parseCgroup, parseEnviron, parseFields, parseLimits } from '../../src/common/procfsprocess';

describe('open files', () => {
  it('spells flags', () => {
    expect(openFlags(0)).toBe('O_RDONLY');
    expect(openFlags(0o2102002)).toBe('O_RDWR|O_APPEND|O_CLOEXEC');
    expect(openFlags(0o4010001)).toBe('O_WRONLY|O_SYNC');
    expect(openFlags(0o10001)).toBe('O_WRONLY|O_DSYNC');
    expect(openFlags(0o1000000000)).toBe('O_RDONLY|01000000000');
  });

  it('reads fdinfo of the kinds of files', () => {
    expect(parseFdinfo('pos:\t12\nflags:\t0100002\nmnt_id:\t9\nino:\t5\n')).toEqual({
      offset: 12,
      flags: 0o100002,
      details: [],
      watched: [],
    });
    const epoll = 'pos:\t0\nflags:\t02\ntfd:        5 events:       19 data:                5  pos:0 ino:2 sdev:f\n';
    expect(parseFdinfo(epoll)?.watched).toEqual([{ fd: 5, events: '0x19' }]);
    expect(parseFdinfo('pos:\t0\nflags:\t02\neventfd-count:                5\n')?.details).toEqual([
      { name: 'eventfd-count', value: '5' },
    ]);
    expect(parseFdinfo('nothing of it')).toBeUndefined();
  });

  it('reads socket tables', () => {
    const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0
   1: 0100007F:18EB 0100007F:9C54 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 0 20 4 30 10 -1
`;
    expect(parseInetSockets(tcp, 'tcp')).toEqual([
      { inode: 4242, protocol: 'tcp', local: '127.0.0.1:6379', state: 'LISTEN' },
      { inode: 4243, protocol: 'tcp', local: '127.0.0.1:6379', remote: '127.0.0.1:40020', state: 'ESTABLISHED' },
    ]);
    const tcp6 = (address: string) =>
      parseInetSockets(`0: ${address}:0050 ${'0'.repeat(32)}:0000 0A 0:0 0:0 0 0 0 7 1`, 'tcp6')[0]?.local;
    expect(tcp6('00000000000000000000000001000000')).toBe('[::1]:80');
    expect(tcp6('00000000000000000000000000000000')).toBe('[::]:80');
    expect(tcp6('0000000000000000FFFF00000100007F')).toBe('[::ffff:127.0.0.1]:80');
    expect(tcp6('B80D0120000000000000000001000000')).toBe('[2001:db8::1]:80');
    const unix = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 900 /run/x y.sock
0000000000000000: 00000003 00000000 00000000 0002 03 901
0000000000000000: 00000002 00000000 00010000 0005 01 902 @abstract
`;
    expect(parseUnixSockets(unix)).toEqual([
      { inode: 900, protocol: 'unix stream', local: '/run/x y.sock', state: 'LISTEN' },
      { inode: 901, protocol: 'unix datagram', local: '', state: 'CONNECTED' },
      { inode: 902, protocol: 'unix seqpacket', local: '@abstract', state: 'LISTEN' },
    ]);
  });
});

describe('the process', () => {
  it('reads smaps, and maps as far as it goes', () => {
    const text = `00400000-00401000 r-xp 00000000 08:01 42    /bin/a b
Size:                  4 kB
Rss:                   8 kB
Private_Dirty:         4 kB
Swap:                 12 kB
VmFlags: rd ex mr
7ffc0000-7ffc1000 rw-p 00000000 00:00 0     [stack]
`;
    const [code, stack] = parseSmaps(text);
    expect(code).toMatchObject({ path: '/bin/a b', rss: 8192, privateDirty: 4096, swap: 12288 });
    expect(stack).toMatchObject({ path: '[stack]' });
    expect(stack).not.toHaveProperty('rss');
    const own = parseSmaps(readFileSync('/proc/self/smaps', 'utf8'));
    expect(own.some(({ path, rss }) => path === '[stack]' && rss! > 0)).toBe(true);
  });

  it('reads limits', () => {
    const limits = parseLimits(readFileSync('/proc/self/limits', 'utf8'));
    expect(limits.map(({ name }) => name)).toContain('Max realtime priority');
    const text =
      'Limit  Soft Limit  Hard Limit  Units\nMax cpu time              unlimited            10                   seconds   \n';
    expect(parseLimits(text)).toEqual([{ name: 'Max cpu time', soft: undefined, hard: 10, unit: 'seconds' }]);
  });

  it('reads cgroups, status and environments', () => {
    expect(parseCgroup('0::/user.slice/a:b\n4:cpu,cpuacct:/x\n')).toEqual([
      { hierarchy: 0, controllers: [], path: '/user.slice/a:b' },
      { hierarchy: 4, controllers: ['cpu', 'cpuacct'], path: '/x' },
    ]);
    expect(parseFields('Name:\ta:b\nrubbish\nPid:\t1\n')).toEqual([
      { name: 'Name', value: 'a:b' },
      { name: 'Pid', value: '1' },
    ]);
    expect(parseEnviron('A=b=c\0EMPTY=\0odd\0')).toEqual([
      { name: 'A', value: 'b=c' },
      { name: 'EMPTY', value: '' },
      { name: 'odd', value: '' },
    ]);
  });

  it('takes any text', () => {
    const pieces = [
      '7f00-',
      '-',
      ' r-xp ',
      '0 ',
      '00:00 ',
      'Rss: ',
      ' kB',
      '\n',
      ':',
      '\t',
      'pos:',
      'flags:',
      '0A',
      '\0',
      '=',
      'unlimited',
      '   ',
    ];
    const texts = fc
      .array(fc.oneof(fc.constantFrom(...pieces), fc.string()), { maxLength: 60 })
      .map((each) => each.join(''));
    fc.assert(
      fc.property(texts, (text) => {
        for (const parse of [parseSmaps, parseLimits, parseCgroup, parseFields, parseEnviron, parseUnixSockets]) {
          expect(Array.isArray(parse(text))).toBe(true);
        }
        parseFdinfo(text);
        parseInetSockets(text, 'tcp6');
      }),
    );
  });
});
