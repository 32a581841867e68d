/** Names of types as they are shown: without what the standard libraries put in by default. */
import { describe, expect, it } from 'vitest';
import { shortTypeName } from '../../src/expr/presentation/typetexts';

const STRING = 'std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >';

describe('a type name to show', () => {
  it.each([
    ['std::vector<int, std::allocator<int> >', 'std::vector<int>'],
    [STRING, 'std::string'],
    [`const ${STRING} &`, 'const std::string &'],
    ['std::basic_string_view<wchar_t, std::char_traits<wchar_t> >', 'std::wstring_view'],
    [
      `std::map<${STRING}, int, std::less<${STRING} >, std::allocator<std::pair<${STRING} const, int> > >`,
      'std::map<std::string, int>',
    ],
    [
      'std::__1::map<int, char, std::__1::less<int>, std::__1::allocator<std::__1::pair<const int, char>>>',
      'std::map<int, char>',
    ],
    [
      'std::vector<std::unique_ptr<Car, std::default_delete<Car> >, std::allocator<std::unique_ptr<Car, std::default_delete<Car> > > > *',
      'std::vector<std::unique_ptr<Car>> *',
    ],
    ['std::vector<int, std::allocator<int> >::const_iterator', 'std::vector<int>::const_iterator'],
    ['int (*)(std::vector<int, std::allocator<int> >)', 'int (*)(std::vector<int>)'],
    ['alloc::vec::Vec<i32, alloc::alloc::Global>', 'alloc::vec::Vec<i32>'],
    [
      'std::collections::hash::map::HashMap<i32, u8, std::hash::random::RandomState, alloc::alloc::Global>',
      'std::collections::hash::map::HashMap<i32, u8>',
    ],
  ])('%s', (name, short) => expect(shortTypeName(name)).toBe(short));

  it.each([
    ['std::set<int, std::greater<int>, std::allocator<int> >', 'std::set<int, std::greater<int>>'],
    ['std::vector<int, Arena<int> >', 'std::vector<int, Arena<int>>'],
    ['mine::vector<int, std::allocator<int> >', 'mine::vector<int, std::allocator<int>>'],
  ])('keeps what is not the default: %s', (name, short) => expect(shortTypeName(name)).toBe(short));

  it.each(['std::vector<int', 'a>b', 'operator<', 'f<(char)60>(', '<'.repeat(5000), 'x<'.repeat(50) + '>'.repeat(49)])(
    'leaves alone what does not match up: %s',
    (name) => expect(shortTypeName(name)).toBe(name),
  );
});
