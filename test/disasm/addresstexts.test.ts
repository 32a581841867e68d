import { expect, test } from 'vitest';
import { formatAddress, offsetBy, virtAddr } from '../../src/common/addresses';
import { AddressTexts } from '../../src/disasm/addresstexts';

test.each([0x401126n, 0n, 0xfff0n, 0x7fff_ffff_fff0n, 0x1_0000n, 0xffff_ffff_ff60_0000n, 0xffff_ffff_ffff_fff0n])(
  'texts around %s are what formatAddress writes',
  (base) => {
    const texts = new AddressTexts(virtAddr(base));
    for (const delta of [
      0,
      1,
      15,
      16,
      0xffff,
      0x1_0000,
      -1,
      -16,
      0x123_4567,
      -0x123_4567,
      2 ** 31 - 1,
      -(2 ** 31),
      7,
    ]) {
      expect(texts.at(delta)).toBe(formatAddress(offsetBy(virtAddr(base), delta)));
    }
  },
);
