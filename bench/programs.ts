/** The small debuggees of the cases and the addresses in them: linked at fixed addresses, so nm says where things are. */
import { compile, line, runTool, sourcePath, type CompileOptions } from '../test/support/debuggees';

const fixed: CompileOptions = { flags: ['-g', '-O0', '-no-pie'] };

export interface Program {
  readonly binary: string;
  /** Absolute path of the source, as the line table has it. */
  readonly source: string;
  /** The 1-based line of a marker. */
  at(marker: string): { readonly path: string; readonly line: number };
  /** The address of a symbol. */
  address(symbol: string): number;
  /** Sorted addresses of its functions. */
  functions(): number[];
}

interface NmLine {
  readonly address: number;
  readonly kind: string;
  readonly name: string;
}

function nm(binary: string): NmLine[] {
  return runTool('nm', ['--defined-only', binary])
    .trim()
    .split('\n')
    .map((text) => text.split(' '))
    .map(([address, kind, name]) => ({ address: parseInt(address!, 16), kind: kind!, name: name! }));
}

function program(source: string, options: CompileOptions): Program {
  const binary = compile(source, options);
  const symbols = nm(binary);
  const path = sourcePath(source);
  return {
    binary,
    source: path,
    at: (marker) => ({ path, line: line(source, marker) }),
    address(symbol) {
      const found = symbols.find(({ name }) => name === symbol);
      if (!found) throw new Error(`${source} has no symbol ${symbol}`);
      return found.address;
    },
    functions: () =>
      symbols
        .filter(({ kind }) => /[tT]/.test(kind))
        .map(({ address }) => address)
        .sort((a, b) => a - b),
  };
}

export const hello = () => program('hello.c', fixed);
export const spin = () => program('spin.c', fixed);
export const count = () => program('count.s', { flags: ['-g', '-nostdlib', '-static', '-no-pie'] });
export const memory = () => program('memory.c', fixed);
export const recursion = () => program('recursion.c', fixed);
export const manyThreads = () => program('many_threads.c', fixed);
/** libc inside, so there is a lot of code at fixed addresses. */
export const statically = () => program('static.c', { flags: ['-g', '-O0', '-static', '-no-pie'] });
