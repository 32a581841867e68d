/** Values in one line: tables of bytes and the text they are shown as. */
import { describe, expect, it, test } from 'vitest';
import type { Type } from '../../src/symbols/data/types';
import {
  address,
  array,
  at,
  BYTE,
  CHAR,
  enumeration,
  float,
  INT,
  integer,
  le,
  member,
  object,
  pointer,
  space,
  struct,
  text,
  type Showing,
} from './presentationsupport';

const CHAR16 = integer('char16_t', 2, false, 'unicode');
const CHAR32 = integer('char32_t', 4, false, 'unicode');
const WCHAR = integer('wchar_t', 4, true, 'character');
const RUST_CHAR = integer('char', 4, false, 'unicode');
const BOOL = integer('bool', 1, false, 'boolean');

describe('integers', () => {
  test.each<[string, Type, number[], string, Showing['format']?]>([
    ['an int', INT, le(-5, 4), '-5'],
    ['in hexadecimal', INT, le(-5, 4), '0xfffffffb', { number: 'x' }],
    ['in octal', INT, le(8, 4), '010', { number: 'o' }],
    ['in binary', INT, le(5, 4), '0b101', { number: 'b' }],
    ['unsigned', INT, le(-1, 4), '4294967295', { number: 'u' }],
    ['as a float of its size', INT, le(0x3fc00000, 4), '1.5', { number: 'f' }],
    ['an __int128', integer('__int128', 16, true), le(-(2n ** 100n), 16), '-1267650600228229401496703205376'],
    ['a bool', BOOL, [1], 'true'],
    ['a bool that is none', BOOL, [5], 'true (5)'],
    ['a char', CHAR, [97], "97 'a'"],
    ['a control character', CHAR, [10], "10 '\\n'"],
    ['a quote', CHAR, [39], "39 '\\''"],
    ['a byte beyond ASCII', CHAR, [0xc3], "-61 '\\xc3'"],
    ['NUL', CHAR, [0], "0 '\\0'"],
    ['a char as number', CHAR, [97], '97', { number: 'd' }],
    ['a char16_t', CHAR16, le(0xe9, 2), "233 u'é'"],
    ['a lone surrogate', CHAR16, le(0xd800, 2), "55296 u'\\ud800'"],
    ['a char32_t', CHAR32, le(0x1f600, 4), "128512 U'😀'"],
    ['a wchar_t', WCHAR, le(0x20ac, 4), "8364 L'€'"],
    ['a wchar_t that is no character', WCHAR, le(-1, 4), "-1 L'\\Uffffffff'"],
    ['a Rust char', RUST_CHAR, le(0xe9, 4), "'é'"],
    ['a character that turns the text around', CHAR32, le(0x202e, 4), "8238 U'\\u202e'"],
    ['Rust’s unit', integer('()', 0, false), [], '()'],
    ['as character', INT, le(65, 4), "'A'", { number: 'c' }],
  ])('%s', (_name, type, bytes, expected, format) => {
    expect(text(object(type, bytes), format && { format })).toBe(expected);
  });

  test('a bit-field has its own width', () => {
    const flags = struct('F', 4, [member('f', INT, 0, { bitField: { offset: 3, size: 3 } })]);
    const value = object(flags, le(0b101_000, 4));
    expect(text(value)).toBe('{f = -3}');
    expect(text(value, { format: { number: 'x' } })).toBe('{f = 0x5}');
  });
});

describe('floating point', () => {
  const dv = new DataView(new ArrayBuffer(8));
  const f64 = (value: number): number[] => {
    dv.setFloat64(0, value);
    return le(dv.getBigUint64(0), 8);
  };
  const f32 = (value: number): number[] => {
    dv.setFloat32(0, value);
    return le(dv.getUint32(0), 4);
  };
  test.each<[Type, number[], string, Showing['format']?]>([
    [float('binary64', 8), f64(0.1), '0.1'],
    [float('binary64', 8), f64(1e20), '1e+20'],
    [float('binary64', 8), f64(1.5e-7), '1.5e-07'],
    [float('binary64', 8), f64(-0), '-0'],
    [float('binary64', 8), f64(123456), '123456'],
    [float('binary64', 8), f64(Infinity), 'inf'],
    [float('binary64', 8), f64(NaN), 'nan(0x8000000000000)'],
    [float('binary64', 8), f64(5e-324), '5e-324'],
    [float('binary64', 8), f64(150), '1.5e+02', { number: 'e' }],
    [float('binary64', 8), f64(1), '0x3ff0000000000000', { number: 'x' }],
    [float('binary64', 8), f64(1), '1', { number: 'h' }],
    [float('binary32', 4), f32(0.1), '0.1'],
    [float('binary32', 4), f32(16777216), '16777216'],
    [float('binary32', 4), f32(3.4028235e38), '3.4028235e+38'],
    [float('binary16', 2), le(0x3555, 2), '0.3333'],
    [float('binary16', 2), le(0x7bff, 2), '65500'],
    [float('bfloat16', 2), le(0x4049, 2), '3.14'],
    [float('x87', 16), [...le(0x4000c90fdaa22168c235n, 10), ...le(0, 6)], '3.1415926535897932385'],
    [float('binary128', 16), le(0x3fff8000000000000000000000000000n, 16), '1.5'],
    [float('binary128', 16), le(0x3ffd5555555555555555555555555555n, 16), '0.3333333333333333333333333333333333'],
    [float('decimal64', 8), le(0x31a000000000007bn, 8), '12.3'],
  ])('%# %j %j is %s', (type, bytes, expected, format) => {
    expect(text(object(type, bytes), format && { format })).toBe(expected);
  });

  test('every double is written so that it reads back as itself, and a float with the fewest digits', () => {
    for (let i = 0; i < 3000; i++) {
      dv.setUint32(0, (i * 2654435761) >>> 0);
      dv.setUint32(4, (i * 40503 * 65537) >>> 0);
      const double = dv.getFloat64(0);
      if (Number.isFinite(double)) expect(Number(text(object(float('binary64', 8), f64(double))))).toBe(double);
      const single = dv.getFloat32(0);
      if (!Number.isFinite(single)) continue;
      const shown = text(object(float('binary32', 4), f32(single)));
      expect(Math.fround(Number(shown))).toBe(single);
      const digits = shown
        .replace(/e.*/, '')
        .replace(/[-.]/g, '')
        .replace(/^0+|0+$/g, '').length;
      if (digits > 1) expect(Math.fround(Number(single.toPrecision(digits - 1)))).not.toBe(single);
    }
  });

  test('a complex number', () => {
    const type: Type = {
      kind: 'complex',
      name: 'complex double',
      size: 16,
      part: { kind: 'float', name: 'double', size: 8, format: 'binary64' },
    };
    expect(text(object(type, [...f64(1), ...f64(2)]))).toBe('1 + 2i');
  });
});

describe('enums', () => {
  const color = enumeration('Color', { RED: 0n, GREEN: 1n, BLUE: 2n, GREY: 3n });
  const mode = enumeration('Mode', { NONE: 0n, READ: 1n, WRITE: 2n, EXEC: 4n, ALL: 7n });
  test.each<[Type, bigint, string]>([
    [color, 1n, 'GREEN'],
    [color, 7n, '(Color) 7'],
    [mode, 0n, 'NONE'],
    [mode, 3n, 'READ | WRITE'],
    [mode, 7n, 'ALL'],
    [mode, 0x45n, 'READ | EXEC | 0x40'],
    [mode, 0x40n, '(Mode) 64'],
    [mode, -1n, '(Mode) -1'],
    [enumeration(undefined, { A: 1n }), 2n, '2'],
    [enumeration('Kind', { A: 1n, B: 2n, C: 3n }), 5n, '(Kind) 5'],
  ])('%#: %s', (type, value, expected) => {
    expect(text(object(type, le(value, 4)))).toBe(expected);
  });

  test('scoped ones are named through their type, Rust’s are not', () => {
    const scoped = enumeration('Color', { Red: 1n, Blue: 2n }, { isScoped: true, language: 'c++' });
    expect(text(object(scoped, le(1, 4)))).toBe('Color::Red');
    expect(text(object(scoped, le(3, 4)))).toBe('Color::Red | Color::Blue');
    expect(text(object(scoped, le(1, 4)), { language: 'rust' })).toBe('Red');
    expect(text(object(scoped, le(1, 4)), { format: { number: 'd' } })).toBe('1');
  });
});

describe('strings', () => {
  const at2000 = { '8192': 'hello\0rest' };
  it('are shown behind the pointer', () => {
    expect(text(object(pointer(CHAR), le(8192, 8), at2000))).toBe('0x2000 "hello"');
    expect(text(object(pointer({ kind: 'qualified', qualifier: 'const', target: CHAR }), le(8192, 8), at2000))).toBe(
      '0x2000 "hello"',
    );
    expect(text(object(pointer(CHAR), le(8192, 8), at2000), { format: { number: 'x' } })).toBe('0x2000');
  });
  it('say where memory ends', () => {
    expect(text(object(pointer(CHAR), le(0x10, 8)))).toBe('0x10 <cannot read memory at 0x10>');
    expect(text(object(pointer(CHAR), le(8192, 8), { '8192': 'abc' }))).toBe(
      '0x2000 "abc" <cannot read memory at 0x2003>',
    );
    expect(text(object(pointer(CHAR), le(0, 8)))).toBe('0x0');
  });
  it('are cut at the limit, and only what is longer is marked', () => {
    const shown = (content: string) =>
      text(object(pointer(CHAR), le(8192, 8), { '8192': `${content}\0` }), { limits: { stringLength: 5 } });
    expect(shown('12345')).toBe('0x2000 "12345"');
    expect(shown('123456')).toBe('0x2000 "12345"...');
    expect(shown('ääääää'.replace(/ä/g, '\u00c3\u00a4'))).toBe('0x2000 "äääää"...');
  });
  it('hold no control characters, and no bytes that are no text', () => {
    expect(text(object(array(CHAR, 12), 'a\n\x1b[31m\xff"\\\u007fz'))).toBe('"a\\n\\e[31m\\xff\\"\\\\\\x7fz"');
    expect(text(object(array(CHAR, 6), '\xe2\x80\xaex\0\0'))).toBe('"\\u202ex"');
    expect(text(object(array(CHAR, 5), '\xed\xa0\x80\xc0\x80'))).toBe('"\\xed\\xa0\\x80\\xc0\\x80"');
  });
  it('in arrays end at their NUL; an array without one is shown whole', () => {
    expect(text(object(array(CHAR, 8), 'abc\0\0\0\0\0'))).toBe('"abc"');
    expect(text(object(array(CHAR, 3), 'abc'))).toBe('"abc"');
    expect(text(object(array(CHAR, 4), '\0\0\0\0'))).toBe('""');
    expect(text(object(array(CHAR, 3), 'abc'), { format: { number: 'd' } })).toBe('{97, 98, 99}');
  });
  it('of bytes are text only where they look like it', () => {
    expect(text(object(array(BYTE, 4), [1, 2, 3, 0]))).toBe("{1 '\\x01', 2 '\\x02', 3 '\\x03', 0 '\\0'}");
    expect(text(object(array(BYTE, 4), 'abc\0'))).toBe('"abc"');
    expect(text(object(array(BYTE, 4), [1, 2, 3, 0]), { format: { number: 's' } })).toBe('"\\x01\\x02\\x03"');
  });
  it('of wide characters have their prefixes', () => {
    expect(text(object(array(CHAR16, 3), [...le(0xd83d, 2), ...le(0xde00, 2), 0, 0]))).toBe('u"😀"');
    expect(text(object(array(CHAR32, 2), [...le(0x1f600, 4), ...le(0, 4)]))).toBe('U"😀"');
    expect(text(object(array(WCHAR, 2), [...le(0x110000, 4), ...le(0, 4)]))).toBe('L"\\U00110000"');
  });
});

describe('pointers', () => {
  const symbols = { symbolAt: (a: bigint) => (a === 0x2004n ? { name: 'table', offset: 4n } : undefined) };
  it('name what they point into, and show the structure there', () => {
    expect(text(object(pointer(INT), le(0x2004, 8), {}, symbols))).toBe('0x2004 <table+4>');
    const point = struct('Point', 8, [member('x', INT, 0), member('y', INT, 4)]);
    const value = object(pointer(point), le(0x2000, 8), { '8192': [...le(1, 4), ...le(2, 4)] });
    expect(text(value)).toBe('0x2000 {x = 1, y = 2}');
    expect(text(object(pointer(point), le(0x10, 8)))).toBe('0x10 <cannot read memory at 0x10>');
    expect(text(object(pointer(point), le(0, 8)))).toBe('0x0');
  });
  it('to functions say where these are in the sources', () => {
    const code = { symbolAt: () => ({ name: 'add', offset: 0n }) };
    const value = object(pointer({ kind: 'function' }), le(0x401136, 8), {}, code);
    expect(text(value, { placeOf: () => 'calc.c:12' })).toBe('0x401136 <add> (calc.c:12)');
    expect(text(object(pointer({ kind: 'function' }), le(0, 8)), { placeOf: () => 'calc.c:12' })).toBe('0x0');
  });
  it('with a count are arrays', () => {
    const value = object(pointer(INT), le(0x2000, 8), { '8192': [...le(1, 4), ...le(2, 4), ...le(3, 4)] });
    expect(text(value, { format: { count: 3 } })).toBe('{1, 2, 3}');
    expect(text(value, { format: { count: 4 } })).toContain('<cannot read 4 bytes at 0x200c>');
  });
  it('of Rust’s reference types are the object', () => {
    const value = object(pointer(INT, '&i32'), le(0x2000, 8), { '8192': le(7, 4) });
    expect(text(value)).toBe('7');
  });
  it('to members are named by them', () => {
    const point = struct('Point', 8, [member('x', INT, 0), member('y', INT, 4)]);
    const type: Type = { kind: 'memberPointer', target: INT, container: point, size: 8 };
    expect(text(object(type, le(4, 8)))).toBe('&Point::y');
    expect(text(object(type, le(-1, 8)))).toBe('nullptr');
    const method: Type = { kind: 'memberPointer', target: { kind: 'function' }, container: point, size: 16 };
    const code = { symbolAt: () => ({ name: 'Point::area()', offset: 0n }) };
    expect(text(object(method, [...le(0x401000, 8), ...le(0, 8)], {}, code))).toBe('0x401000 <Point::area()>');
    expect(text(object(method, [...le(17, 8), ...le(8, 8)]))).toBe('<virtual function 2 of Point>, this + 8');
  });
  it('are references as the object, which a reference to itself survives', () => {
    const reference = (target: Type): Type => ({ kind: 'reference', target, isRvalue: false });
    expect(text(object(reference(INT), le(0x2000, 8), { '8192': le(5, 4) }))).toBe('5');
    expect(text(object(reference(INT), le(0x10, 8)))).toBe('0x10 <cannot read memory at 0x10>');
    const own: { kind: 'reference'; target: Type; isRvalue: boolean } = {
      kind: 'reference',
      target: INT,
      isRvalue: false,
    };
    own.target = own;
    expect(text(object(own, le(0x1000, 8)))).toBe('{...}');
  });
});

describe('arrays', () => {
  const ints = (...values: number[]) => values.flatMap((value) => le(value, 4));
  it('count repetitions and are cut', () => {
    expect(text(object(array(INT, 3), ints(1, 2, 3)))).toBe('{1, 2, 3}');
    expect(text(object(array(INT, 13), ints(1, ...Array<number>(12).fill(0))))).toBe('{1, 0 <repeats 12 times>}');
    const many = Array.from({ length: 50 }, (_, i) => i);
    expect(text(object(array(INT, 50), ints(...many)), { limits: { summaryItems: 3 } })).toBe('{0, 1, 2, ...}');
    expect(text(object(array(array(INT, 2), 2), ints(1, 2, 3, 4)))).toBe('{{1, 2}, {3, 4}}');
    expect(text(object(array(INT, 2), ints(1, 2)), { language: 'rust' })).toBe('[1, 2]');
    expect(text(object(array(INT, 0), []))).toBe('{}');
  });
  it('of absurd sizes cost no more than what is shown', () => {
    const value = object(array(INT, 2 ** 40), ints(...Array<number>(1000).fill(7)));
    expect(text(value)).toMatch(/^\{7 <repeats 1000 times>, <cannot read 4 bytes at 0x1fa0>/);
  });
  it('that cannot be read are one clause', () => {
    expect(text(at(array(INT, 5), { kind: 'memory', address: address(0x10n) }))).toBe('<cannot read memory at 0x10>');
    expect(text(object(array(INT, undefined), []))).toBe('<cannot read memory at 0x1000>');
    expect(text(object(array(INT, undefined), [1]))).toBe('<length not known>');
  });
});

describe('structures', () => {
  const point = struct('Point', 8, [member('x', INT, 0), member('y', INT, 4)]);
  it('are cut by depth, by number, and name their bases', () => {
    const derived = struct('Circle', 12, [member(undefined, point, 0, { isBase: true }), member('r', INT, 8)]);
    const bytes = [...le(1, 4), ...le(2, 4), ...le(3, 4)];
    expect(text(object(derived, bytes))).toBe('{<Point> = {x = 1, y = 2}, r = 3}');
    expect(text(object(derived, bytes), { limits: { depth: 1 } })).toBe('{<Point> = {...}, r = 3}');
    expect(text(object(derived, bytes), { limits: { summaryItems: 1 } })).toBe('{<Point> = {x = 1, ...}, ...}');
    expect(text(object(struct('Empty', 1, []), [0]))).toBe('{}');
    expect(text(object(struct('Other', 0, [], { isIncomplete: true, size: undefined }), [0]))).toBe(
      '<incomplete type>',
    );
  });
  it('with anonymous parts nest them', () => {
    const either = struct(undefined, 4, [member('i', INT, 0), member('c', CHAR, 0)], { tag: 'union' });
    const outer = struct('V', 8, [member('tag', INT, 0), member(undefined, either, 4)]);
    expect(text(object(outer, [...le(1, 4), ...le(65, 4)]))).toBe("{tag = 1, {i = 65, c = 65 'A'}}");
  });
  it('of Rust are written as Rust does', () => {
    const rust = { language: 'rust' } as const;
    const bytes = [...le(1, 4), ...le(2, 4)];
    const rustPoint = struct('Point<i32>', 8, [member('x', INT, 0), member('y', INT, 4)], rust);
    expect(text(object(rustPoint, bytes))).toBe('Point { x: 1, y: 2 }');
    const tuple = (name: string) => struct(name, 8, [member('__0', INT, 0), member('__1', INT, 4)], rust);
    expect(text(object(tuple('(i32, i32)'), bytes))).toBe('(1, 2)');
    expect(text(object(tuple('Pair'), bytes))).toBe('Pair(1, 2)');
    expect(text(object(struct('Unit', 0, [], rust), []))).toBe('Unit');
    const one = struct('(i32,)', 4, [member('__0', INT, 0)], rust);
    expect(text(object(one, le(1, 4)))).toBe('(1,)');
  });
  it('of Rust’s enums show the variant that they are', () => {
    const rust = { language: 'rust' } as const;
    const some = struct('Some', 8, [member('__0', INT, 4)], rust);
    const none = struct('None', 8, [], rust);
    const option = struct('Option<i32>', 8, [], {
      ...rust,
      variantPart: {
        discriminant: member(undefined, integer('u32', 4, false), 0),
        variants: [
          { name: 'None', discriminants: [{ low: 0n, high: 0n }], member: member('None', none, 0) },
          { name: 'Some', discriminants: [{ low: 1n, high: 1n }], member: member('Some', some, 0) },
        ],
      },
    });
    expect(text(object(option, [...le(1, 4), ...le(3, 4)]))).toBe('Some(3)');
    expect(text(object(option, [...le(0, 4), ...le(3, 4)]))).toBe('None');
    expect(text(object(option, [...le(9, 4), ...le(3, 4)]))).toBe('<no variant of Option<i32> has this discriminant>');
  });
  it('that hold themselves end', () => {
    const loop = struct('Loop', 8, []);
    (loop.members as unknown[]).push(member('self', loop, 0));
    expect(text(object(loop, le(0, 8)))).toMatch(/^\{self = .*\{\.\.\.\}\}+$/);
  });
});

describe('what is not there', () => {
  it('is said in a clause', () => {
    expect(text(at(INT, { kind: 'optimizedOut' }))).toBe('<optimized out>');
    expect(text(at(INT, { kind: 'unavailable', reason: 'rbx was not saved' }))).toBe(
      '<not available: rbx was not saved>',
    );
    expect(text(at(INT, { kind: 'memory', address: address(0x10n) }))).toBe('<cannot read 4 bytes at 0x10>');
    expect(text(at({ kind: 'void' }, { kind: 'optimizedOut' }))).toBe('<optimized out>');
  });
  it('a dropped pointer shows what it pointed to', () => {
    const point = struct('Point', 4, [member('x', INT, 0)]);
    const target = { kind: 'bytes', bytes: Uint8Array.from(le(4, 4)) } as const;
    const value = at(pointer(point), { kind: 'implicitPointer', target: () => target, offset: 0 }, space({}));
    expect(text(value)).toBe('<optimized out> {x = 4}');
  });
});
