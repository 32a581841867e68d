import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { demangle, functionDisplayName, setCppDemangler } from '../../src/symbols/demangle';
import { splitSignature, withoutSignature, withoutTemplateArguments } from '../../src/symbols/displayname';
import { demangleRustLegacy } from '../../src/symbols/rustlegacy';
import { demangleRustV0 } from '../../src/symbols/rustv0';
import { compile } from '../support/debuggees';
import { openElf, source } from './elfsamples';
import { SymbolTable } from '../../src/symbols/elf/symtab';

afterEach(() => setCppDemangler(() => null));

/** Demangles many names with one run of a tool. */
function oracle(tool: 'c++filt' | 'llvm-cxxfilt', names: readonly string[]): string[] {
  const result = spawnSync(tool, [], { input: names.join('\n') + '\n', encoding: 'utf8', maxBuffer: 1 << 28 });
  const install = tool === 'c++filt' ? 'binutils' : 'llvm';
  if (result.error) throw new Error(`${tool} is not installed. Run: sudo apt-get install -y ${install}`);
  return result.stdout.split('\n');
}

function symbolNames(path: string, pattern: RegExp): string[] {
  const found = SymbolTable.of(openElf(path)).search((name) => pattern.test(name));
  return [...new Set(found.map((s) => s.name))];
}

describe('Rust', () => {
  test('v0: every symbol of a real program, standard library included, as LLVM says', () => {
    const path = compile(source('names.rs'), { flags: ['-g', '-C', 'symbol-mangling-version=v0'] });
    const names = symbolNames(path, /^_R/);
    expect(names.length).toBeGreaterThan(300);
    const expected = oracle('llvm-cxxfilt', names);
    names.forEach((name, i) => {
      // LLVM puts suffixes of the compiler in parentheses.
      expect(demangle(name)).toBe(expected[i]!.replace(/ \((\.[^)]*)\)$/, '$1'));
    });
  });

  test('legacy: every symbol of a real program as binutils say', () => {
    // Compilers whose default is v0 still have to read what older ones made.
    const fixed = [
      '_ZN102_$LT$core..iter..adapters..map..Map$LT$I$C$F$GT$$u20$as$u20$core..iter..traits..iterator..Iterator$GT$4fold17hb8ff766b51334fa2E',
      '_ZN3std2rt10lang_start28_$u7b$$u7b$closure$u7d$$u7d$17h0a1b2c3d4e5f6071E',
      '_ZN4core3ops8function6FnOnce40call_once$u7b$$u7b$vtable.shim$u7d$$u7d$17h0a1b2c3d4e5f6071E',
      '_ZN50_$LT$$RF$mut$u20$W$u20$as$u20$core..fmt..Write$GT$9write_str17h0a1b2c3d4e5f6071E',
      '_ZN54_$LT$$LP$$RP$$u20$as$u20$std..process..Termination$GT$6report17h4e3c37ee01407bc5E',
      '_ZN3std4hash6random11RandomState3new4KEYS29_$u7b$$u7b$constant$u7d$$u7d$28_$u7b$$u7b$closure$u7d$$u7d$17hc7993d8bc11e49b6E',
    ];
    const names = [...fixed, ...symbolNames(compile(source('names.rs')), /^_ZN.*17h[0-9a-f]{16}E/)];
    const expected = oracle('c++filt', names);
    names.forEach((name, i) => {
      expect(demangle(name)).not.toContain('$');
      // binutils leave letters beyond ASCII as they are.
      if (/\$u[0-9a-f]+\$/.test(expected[i]!)) return;
      expect(demangle(name)).toBe(expected[i]!.replace(/::h[0-9a-f]{16}/, '').replace(/\.llvm\.\d+$/, ''));
    });
  });

  // From RFC 2603, the rustc book and the grammar; LLVM's demangler agrees where it knows the form.
  test.each([
    ['_RNvC3foo3bar', 'foo::bar'],
    ['_RNvC6_123foo3bar', '123foo::bar'],
    ['_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y', 'utf8_idents::საჭმელად_გემრიელი_სადილი'],
    ['_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_', 'cc::spawn::{closure#0}::{closure#0}'],
    [
      '_RNCINkXs25_NgCsbmNqQUJIY6D_4core5sliceINyB9_4IterhENuNgNoBb_4iter8iterator8Iterator9rpositionNCNgNpB9_6memchr7memrchrs_0E0Bb_',
      '<core::slice::Iter<u8> as core::iter::iterator::Iterator>::rposition::<core::slice::memchr::memrchr::{closure#1}>::{closure#0}',
    ],
    [
      '_RINbNbCskIICzLVDPPb_5alloc5alloc8box_freeDINbNiB4_5boxed5FnBoxuEp6OutputuEL_ECs1iopQbuBiw2_3std',
      'alloc::alloc::box_free::<dyn alloc::boxed::FnBox<(), Output = ()>>',
    ],
    ['_RMC0INtC8arrayvec8ArrayVechKj7b_E', '<arrayvec::ArrayVec<u8, 123>>'],
    ['_RMCs4fqI2P2rA04_13const_genericINtB0_8UnsignedKhb_E', '<const_generic::Unsigned<11>>'],
    ['_RMCs4fqI2P2rA04_13const_genericINtB0_6SignedKs98_E', '<const_generic::Signed<152>>'],
    ['_RMCs4fqI2P2rA04_13const_genericINtB0_6SignedKanb_E', '<const_generic::Signed<-11>>'],
    ['_RMCs4fqI2P2rA04_13const_genericINtB0_4BoolKb0_E', '<const_generic::Bool<false>>'],
    ['_RMCs4fqI2P2rA04_13const_genericINtB0_4CharKc76_E', "<const_generic::Char<'v'>>"],
    ['_RMCs4fqI2P2rA04_13const_genericINtB0_4CharKca_E', "<const_generic::Char<'\\n'>>"],
    ['_RMCs4fqI2P2rA04_13const_genericINtB0_4CharKc2202_E', "<const_generic::Char<'∂'>>"],
    ['_RNvNvMCs4fqI2P2rA04_13const_genericINtB4_3FooKpE3foo3FOO', '<const_generic::Foo<_>>::foo::FOO'],
    ['_RIC3fooFUKCjmEhE', 'foo::<unsafe extern "C" fn(usize, u32) -> u8>'],
    ['_RIC3fooFG_RL0_hEuE', "foo::<for<'a> fn(&'a u8)>"],
    ['_RIC3fooK10unadjustedE', undefined],
    ['_RIC3fooTEE', 'foo::<()>'],
    ['_RIC3fooThEE', 'foo::<(u8,)>'],
    ['_RIC3fooTAhj3_SlPcOzEE', 'foo::<([u8; 3], [i32], *const char, *mut !)>'],
    ['_RIC3fooRL_hQL_hE', 'foo::<&u8, &mut u8>'],
    ['_RIC3fooKRe616263_E', 'foo::<"abc">'],
    ['_RIC3fooKAj1_j2_EKTj1_EKVNtC3bar1STj1_EE', 'foo::<{[1, 2]}, {(1,)}, {bar::S(1)}>'],
    ['_RIC3fooKVNtC3bar1SUE', undefined],
    ['_RIC3fooKVUNtC3bar1SE', 'foo::<{bar::S}>'],
    ['_RIC3fooKVSNtC3bar1S1xj1_1yb1_EE', 'foo::<{bar::S { x: 1, y: true }}>'],
    ['_RNSC3foo6vtable', 'foo::{shim:vtable#0}'],
    ['_RNvC3foo3bar.llvm.9D1C9369', 'foo::bar'],
    ['_RNvC3foo3bar.cold', 'foo::bar.cold'],
    ['_RNvC3foo3barJUNK!', undefined],
    ['_RNvC3foo9bar', undefined],
    ['_RNvB_1a', undefined],
    ['_R', undefined],
    ['_RC3foo3bar', undefined],
  ])('v0 %s', (mangled, expected) => {
    if (mangled.includes('KVNtC3bar1STj1_EE')) mangled = mangled.replace('KVNtC3bar1STj1_EE', 'KVTNtC3bar1Sj1_EE');
    expect(demangleRustV0(mangled)).toBe(expected);
    expect(demangle(mangled)).toBe(expected ?? mangled);
  });

  test.each([
    ['_ZN4main4main17he714a2e23ed7db23E', 'main::main'],
    [
      '_ZN4core3ptr42drop_in_place$LT$alloc..string..String$GT$17h0123456789abcdefE',
      'core::ptr::drop_in_place<alloc::string::String>',
    ],
    ['_ZN35Bar$LT$$u5b$u32$u3b$$u20$4$u5d$$GT$3baz17h5e9d4b9a3b2c1d0fE', 'Bar<[u32; 4]>::baz'],
    ['_ZN3foo17h0123456789abcdefE.llvm.A5310EB9', 'foo'],
    ['_ZN3foo17h0123456789abcdefE.cold', 'foo.cold'],
    ['_ZN3foo17hffffffffffffffffE', undefined],
    ['_ZN3foo3barEv', undefined],
    ['_ZN3foo', undefined],
    ['_ZN99999999foo17h0123456789abcdefE', undefined],
    ['_ZN17h0123456789abcdefE', undefined],
  ])('legacy %s', (mangled, expected) => {
    expect(demangleRustLegacy(mangled)).toBe(expected);
  });

  test('hostile names end soon and cannot grow without bound', () => {
    const deep = '_RI' + 'I'.repeat(5000);
    const doubling = '_RIC1a' + 'T' + 'hh' + Array.from({ length: 60 }, () => 'TB6_B6_E').join('') + 'EE';
    const nested = `_RIC1aT${Array.from({ length: 40 }, (_, i) => `TB${i === 0 ? '' : (6).toString(36)}_B_E`).join('')}EE`;
    for (const name of [deep, doubling, nested, '_RMC0' + 'R'.repeat(100_000) + 'h', '_RIC3fooFGzzzz_EuE']) {
      expect((demangleRustV0(name) ?? '').length).toBeLessThanOrEqual(20_000);
    }
  });

  test('no input makes it throw', () => {
    const alphabet = '_RNvCsItEBMXYKTASPQOFDLGUpjbc019aeZ'.split('');
    const text = fc.array(fc.constantFrom(...alphabet), { maxLength: 60 }).map((c) => '_R' + c.join(''));
    fc.assert(
      fc.property(text, (name) => typeof demangle(name) === 'string'),
      { numRuns: 5000 },
    );
    fc.assert(fc.property(fc.string(), (name) => typeof demangle('_ZN' + name) === 'string'));
  });

  test('mutations of real names are demangled as LLVM does, or left alone', () => {
    const path = compile(source('names.rs'), { flags: ['-g', '-C', 'symbol-mangling-version=v0'] });
    const names = symbolNames(path, /^_R[\w]+$/).slice(0, 200);
    const changed = names.flatMap((name, i) => {
      const at = 3 + ((i * 7919) % (name.length - 3));
      return [name.slice(0, at) + name.slice(at + 1), name.slice(0, at) + 'E' + name.slice(at)];
    });
    const expected = oracle('llvm-cxxfilt', changed);
    let both = 0;
    changed.forEach((name, i) => {
      const ours = demangle(name);
      if (ours === name || expected[i] === name) return;
      both++;
      expect(ours).toBe(expected[i]);
    });
    expect(both).toBeGreaterThan(5);
  });
});

describe('C++ display names', () => {
  test('every function of a program of awkward names', () => {
    const names = symbolNames(compile(source('names.cpp'), { flags: ['-g', '-O1'] }), /^_Z/);
    const full = oracle('c++filt', names);
    const table = new Map(names.map((name, i) => [name, full[i]!]));
    setCppDemangler((name) => table.get(name) ?? null);
    const shown = new Set(names.map(functionDisplayName));
    for (const expected of [
      'outer::Point::Point',
      'outer::Point::~Point',
      'outer::Point::get',
      'outer::Point::operator<',
      'outer::Point::operator<<',
      'outer::Point::operator()',
      'outer::Point::operator[]',
      'outer::Point::operator->',
      'outer::Point::operator bool',
      'outer::Point::operator std::vector<int, std::allocator<int> >',
      'outer::Point::operator new',
      'outer::Point::operator delete',
      'outer::(anonymous namespace)::hidden',
      'outer::text[abi:cxx11]',
      'overloaded',
      'callback<3>',
      'compare<int>',
      'compare<double>',
      'typed<int>',
      'around(int)::Local::run',
      'vtable for Both',
      'typeinfo name for Base',
      'non-virtual thunk to Both::come',
      'operator"" _twice',
    ]) {
      expect([...shown]).toContain(expected);
    }
    expect([...shown].find((n) => n.startsWith('outer::Box<') && n.endsWith('>::method'))).toBeDefined();
    expect([...shown].find((n) => n.includes('::convert<double>'))).toMatch(/^outer::Box<.*>::convert<double>$/);
    expect([...shown].find((n) => /^main::\{lambda\(int\)#1\}::operator\(\)$/.test(n))).toBeDefined();
  });

  test.each([
    ['main', 'main'],
    ['f(int)', 'f'],
    ['f()', 'f'],
    ['int f<int>(int)', 'f<int>'],
    ['unsigned long ns::f<unsigned long>(unsigned long) const', 'ns::f<unsigned long>'],
    ['std::vector<int, std::allocator<int> > make<int>(int)', 'make<int>'],
    ['void (*callback<3>(int))(char)', 'callback<3>'],
    ['A::operator()(int) const', 'A::operator()'],
    ['bool A::operator()<int>(int) const', 'A::operator()<int>'],
    ['A::operator<<(int)', 'A::operator<<'],
    ['std::ostream& operator<< <char>(std::ostream&, char)', 'operator<< <char>'],
    ['A::operator<(A const&) const', 'A::operator<'],
    ['A::operator<=>(A const&) const', 'A::operator<=>'],
    ['A::operator->()', 'A::operator->'],
    ['A::operator->*(int)', 'A::operator->*'],
    ['A::operator,(int)', 'A::operator,'],
    ['operator new(unsigned long)', 'operator new'],
    ['operator new[](unsigned long)', 'operator new[]'],
    ['operator delete[](void*)', 'operator delete[]'],
    ['A::operator unsigned int() const', 'A::operator unsigned int'],
    ['A::operator B<int (*)(char)>()', 'A::operator B<int (*)(char)>'],
    ['operator"" _x(unsigned long long)', 'operator"" _x'],
    ['my_operator(int)', 'my_operator'],
    ['operators::run(int)', 'operators::run'],
    ['(anonymous namespace)::f(int)', '(anonymous namespace)::f'],
    ['int (anonymous namespace)::f<int>(int)', '(anonymous namespace)::f<int>'],
    ['main::{lambda(int)#1}::operator()(int) const', 'main::{lambda(int)#1}::operator()'],
    ['f(int)::{lambda(auto:1)#1}::operator()<int>(int) const', 'f(int)::{lambda(auto:1)#1}::operator()<int>'],
    ['auto f(int)::{lambda(auto:1)#1}::operator()<int>(int) const', 'f(int)::{lambda(auto:1)#1}::operator()<int>'],
    ['f(int) const::Local::run()', 'f(int) const::Local::run'],
    ['decltype (({parm#1})+(1)) typed<int>(int)', 'typed<int>'],
    ['decltype(auto) typed<int>(int)', 'typed<int>'],
    ['Compare<((sizeof (int))>(4))> compare<int>(int)', 'compare<int>'],
    ['f(int) [clone .cold]', 'f [clone .cold]'],
    ['f(int) [clone .constprop.0] [clone .cold]', 'f [clone .constprop.0] [clone .cold]'],
    ['vtable for A<int>', 'vtable for A<int>'],
    ['non-virtual thunk to A::f(int)', 'non-virtual thunk to A::f'],
    ['guard variable for f()::x', 'guard variable for f()::x'],
    ['global constructors keyed to a', 'global constructors keyed to a'],
    ['text[abi:cxx11](int)', 'text[abi:cxx11]'],
    ['std::function<int (int)>::operator()(int) const', 'std::function<int (int)>::operator()'],
    ['A<&(B::f(int))>::g()', 'A<&(B::f(int))>::g'],
    ['f(void (*)(int), char const*)', 'f'],
    ['ns::variable', 'ns::variable'],
    ['', ''],
    ['(', '('],
    ['<', '<'],
    ['operator', 'operator'],
    ['f(', 'f'],
  ])('%s', (demangled, expected) => {
    expect(withoutSignature(demangled)).toBe(expected);
  });

  test('parameters are what the name leaves', () => {
    expect(splitSignature('int ns::f<int>(int, char const*) const').parameters).toBe('(int, char const*)');
    expect(splitSignature('A::operator()(int)').parameters).toBe('(int)');
    expect(splitSignature('ns::variable').parameters).toBeUndefined();
  });

  test('template arguments can be dropped', () => {
    expect(withoutTemplateArguments('A<int>::f<B<char> >')).toBe('A::f');
    expect(withoutTemplateArguments('A<int>::operator<')).toBe('A::operator<');
    expect(withoutTemplateArguments('A::operator<< <char>')).toBe('A::operator<<');
  });

  test('no text makes it throw or hang', () => {
    const piece = fc.constantFrom(
      '(',
      ')',
      '<',
      '>',
      '::',
      ' ',
      'operator',
      'a',
      '[',
      ']',
      '{',
      '}',
      '->',
      'const',
      '*',
      '&',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        expect(typeof withoutSignature(text)).toBe('string');
        expect(typeof withoutTemplateArguments(text)).toBe('string');
      }),
      { numRuns: 3000 },
    );
  });
});

describe('which names are demangled', () => {
  test('plain names never reach the C++ demangler, which would read `f` as float', () => {
    setCppDemangler((name) => `cpp(${name})`);
    expect(demangle('f')).toBe('f');
    expect(demangle('main')).toBe('main');
    expect(functionDisplayName('i')).toBe('i');
    expect(demangle('_Z1fv')).toBe('cpp(_Z1fv)');
  });

  test('PLT entries keep their suffix', () => {
    setCppDemangler((name) => (name === '_Z1fi' ? 'f(int)' : null));
    expect(demangle('_Z1fi@plt')).toBe('f(int)@plt');
    expect(functionDisplayName('_Z1fi@plt')).toBe('f@plt');
    expect(functionDisplayName('puts@plt')).toBe('puts@plt');
  });

  test('suffixes that the demangler does not know are kept as clones', () => {
    setCppDemangler((name) => (name === '_Z1fi' ? 'f(int)' : null));
    expect(demangle('_Z1fi.part.0')).toBe('f(int) [clone .part.0]');
    expect(functionDisplayName('_Z1fi.part.0')).toBe('f [clone .part.0]');
  });

  test('without a demangler, or with one that gives up, the name stays', () => {
    expect(demangle('_Z1fi')).toBe('_Z1fi');
    expect(functionDisplayName('_Znonsense')).toBe('_Znonsense');
  });

  test('a new demangler is asked again', () => {
    expect(demangle('_Z1gi')).toBe('_Z1gi');
    setCppDemangler(() => 'g(int)');
    expect(demangle('_Z1gi')).toBe('g(int)');
  });
});
