/** The ELF files that the readers are held against readelf, nm and objdump with: as many linkers' habits as there are. */
import { compile } from '../support/debuggees';
import { FileSource } from '../../src/common/filesource';
import { ElfFile } from '../../src/symbols/elf/elffile';

/** The C library of this system: stripped, versioned, IFUNCs. */
export const libc = '/lib/x86_64-linux-gnu/libc.so.6';
/** A stripped program. */
export const stripped = '/bin/ls';

export function source(name: string): string {
  return `${import.meta.dirname}/sources/${name}`;
}

/** By what makes them different. */
export const samples: Readonly<Record<string, () => string>> = {
  'gcc, PIE': () => compile('hello.c', { flags: ['-g', '-O0', '-fPIE', '-pie'] }),
  'gcc, not PIE': () => compile('hello.c', { flags: ['-g', '-O0', '-fno-pie', '-no-pie'] }),
  'gcc, static': () => compile('static.c', { flags: ['-g', '-static'] }),
  'gcc, static PIE': () => compile('static.c', { flags: ['-g', '-static-pie'] }),
  'gcc, bound at start': () => compile('hello.c', { flags: ['-g', '-Wl,-z,now'] }),
  'gcc, bound lazily': () => compile('hello.c', { flags: ['-g', '-Wl,-z,lazy'] }),
  'gcc, IBT': () => compile('hello.c', { flags: ['-g', '-fcf-protection=full', '-Wl,-z,ibtplt,-z,lazy'] }),
  'clang, PIE': () => compile('hello.c', { compiler: 'clang' }),
  'clang, lld': () => compile('hello.c', { compiler: 'clang', flags: ['-g', '-fuse-ld=lld'] }),
  'clang, lld, IBT': () =>
    compile('hello.c', { compiler: 'clang', flags: ['-g', '-fuse-ld=lld', '-fcf-protection', '-Wl,-z,force-ibt'] }),
  'musl-gcc': () => compile('hello.c', { compiler: 'musl-gcc' }),
  'g++': () => compile(source('names.cpp'), { flags: ['-g', '-O1'] }),
  rustc: () => compile(source('names.rs')),
  assembler: () => compile(source('labels.s'), { compiler: 'as' }),
  'shared library': () => compile('plugin.c', { flags: ['-g', '-shared', '-fPIC'] }),
  'system libc': () => libc,
  'stripped /bin/ls': () => stripped,
  node: () => process.execPath,
};

export function openElf(path: string): ElfFile {
  return ElfFile.parse(FileSource.open(path), path);
}
