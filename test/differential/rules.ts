/**
 * Where the two differ and ours is better, with the reason. Each rule is narrow; whatever none of them names is wrong. A
 * fact in which several things differ is better only when each of them is.
 */
import type { Difference } from './compare';

interface Rule {
  readonly name: string;
  readonly reason: string;
  readonly applies: (difference: Difference, what: string) => boolean;
}

const GNU_ALIAS = /^name gdb has (?:__GI_)?_*(?:libc_)?(\w+?)(?:_impl)?, we have _*(?:libc_)?\1$/;

const isDropped = (leaves: Readonly<Record<string, string | null>> | undefined): boolean =>
  leaves !== undefined && Object.values(leaves).every((leaf) => leaf === null);

export const RULES: readonly Rule[] = [
  {
    name: 'public names',
    reason:
      'A function of glibc has several symbols at one address; gdb shows the internal one that its debugging information ' +
      'names, we show the one that programs call and that a breakpoint is set on.',
    applies: ({ kind }, what) => kind === 'frame' && GNU_ALIAS.test(what),
  },
  {
    name: 'lines in cold code',
    reason:
      'gcc puts code that is seldom run before the function it belongs to. gdb takes it for a part of the prologue and ' +
      "moves breakpoints on its lines to another line; we set them on the line's own code.",
    applies: ({ kind, where, cell }, what) => {
      const line = /:(\d+)$/.exec(where)?.[1];
      const [theirs, ours] = what.split(', we have ').map((side) => [...side.matchAll(/of line (\d+)/g)]);
      return (
        kind === 'line' &&
        cell.compiler.startsWith('g') &&
        theirs!.some(([, at]) => at !== line) &&
        ours!.length > 0 &&
        ours!.every(([, at]) => at === line)
      );
    },
  },
  {
    name: 'lines without statements',
    reason:
      'A line without a statement of its own takes its breakpoints to a later one. gdb puts them at the beginning of the ' +
      'function then, we put them past the prologue, where arguments are in their places.',
    applies: ({ kind, where }, what) => {
      const line = /:(\d+)$/.exec(where)?.[1];
      const [theirs, ours] = what.split(', we have ').map((side) => [...side.matchAll(/of line (\d+)/g)]);
      const linesOf = (places: readonly RegExpExecArray[] = []): string =>
        [...new Set(places.map(([, at]) => at))].sort().join();
      return kind === 'line' && linesOf(theirs) !== line && linesOf(theirs) === linesOf(ours);
    },
  },
  {
    name: 'in front of an inlined call',
    reason:
      'Where the code of an inlined call begins, nothing of it has been executed. gdb shows the inside of the function ' +
      'that is called all the same at some of these places; we show the line that the breakpoint was set on.',
    applies: ({ kind, stacks }) =>
      kind === 'depth' &&
      stacks !== undefined &&
      stacks.theirs.length > stacks.ours.length &&
      stacks.theirs.slice(0, stacks.theirs.length - stacks.ours.length).every(({ isInlined }) => isInlined),
  },
  {
    name: 'implicit pointers in split files',
    reason:
      'gdb 13 looks for the target of an implicit pointer at a wrong place when the description is in a .dwo file.',
    applies: ({ cell }, what) => cell.packing === 'split' && /gdb has !Dwarf Error: Cannot find DIE at 0x0/.test(what),
  },
  {
    name: 'empty ranges',
    reason:
      'An entry of a location list whose range is empty is of no effect (DWARF 5 §2.6.2). gdb takes the first of them at ' +
      "a function's first instruction, which is a value that is overtaken there.",
    applies: ({ frames, cell }, what) =>
      cell.level !== '0' &&
      cell.compiler.startsWith('g') &&
      frames?.ours.isAtEntry === true &&
      /^(?:leaf|text|address)/.test(what),
  },
  {
    name: 'lines between statements',
    reason:
      'gdb leaves out rows of the line table that repeat the line before, and goes back to the statement at the ' +
      'address of that one, which may be of another line; we show the line that the table has.',
    applies: ({ kind, frames }, what) =>
      kind === 'frame' &&
      what.startsWith('line ') &&
      frames!.ours.isStatement === false &&
      frames!.ours.file === frames!.theirs.file,
  },
  {
    name: 'tail calls',
    reason:
      'A function that left by a tail call is not on the stack any more. gdb adds a frame where it can guess one, which ' +
      'has no registers of its own; we show the activations there are.',
    applies: ({ kind }) => kind === 'tail call',
  },
  {
    name: 'names out of scope',
    reason:
      'gdb lists variables of inner blocks once more in the function around them, as optimized out, when the function is ' +
      'an instance of an abstract one; the name does not mean them there.',
    applies: ({ kind, variables, frames }) =>
      kind === 'missing' &&
      isDropped(variables?.theirs?.leaves) &&
      frames!.ours.elsewhere!.includes(variables!.theirs!.name),
  },
  {
    name: 'dropped statics',
    reason:
      'A static variable of a function that the compiler dropped is shown as optimized out; gdb does not list it, as if ' +
      'there were no such name.',
    applies: ({ kind, variables }) => kind === 'surplus' && isDropped(variables?.ours?.leaves),
  },
  {
    name: 'values on entry',
    reason:
      'What a register held on entry is known from what the caller says it passed. gdb gives up where the call is ' +
      'described in another file, or through a register.',
    applies: ({ variables }, what) =>
      variables?.ours?.isFromCaller === true && /^(?:leaf .*|text) gdb has (?:null|undefined), we have /.test(what),
  },
  {
    name: 'registers that calls overwrite',
    reason:
      'In an outer frame a register that the callee may overwrite is not known. gdb shows what it holds now, which is ' +
      'right only by luck.',
    applies: ({ frameIndex, variables }, what) =>
      frameIndex > 0 &&
      Object.values(variables?.ours?.leaves ?? {}).some((leaf) =>
        /^!not available: \w+ was not saved/.test(leaf ?? ''),
      ) &&
      /^leaf .* we have !not available: \w+ was not saved|^text gdb has .*, we have undefined$/.test(what),
  },
  {
    name: "Rust's own pointers",
    reason: 'gdb spells all pointers of Rust `*mut T`; we keep the words of the program: `&T`, `*const T`, `fn()`.',
    applies: ({ cell, variables }, what) =>
      cell.compiler === 'rustc' && what.startsWith('type ') && variables?.theirs?.type.startsWith('*mut ') === true,
  },
  {
    name: 'undescribed parts',
    reason:
      'Where a location has pieces for the beginning of an object only, gdb shows zeros for the rest; nothing is known of it.',
    applies: ({ variables }, what) =>
      Object.keys(variables?.theirs?.leaves ?? {}).length > 1 && /^leaf .+ gdb has 0, we have null$/.test(what),
  },
  {
    name: 'implicit pointers',
    reason: 'gdb shows a null pointer, or refuses, where the compiler dropped a pointer and kept what it points to.',
    applies: (_, what) =>
      /^leaf .* gdb has (?:0|!<synth.*), we have !optimized out: only what it points to is known$/.test(what),
  },
  {
    name: 'location lists of LLVM in .dwo files',
    reason:
      'gdb finds no entry in the DWARF 5 location lists that LLVM puts into .dwo files. Of the same program built without ' +
      '.dwo files it shows the values that we show.',
    applies: ({ cell }, what) =>
      !cell.compiler.startsWith('g') &&
      cell.packing === 'split' &&
      cell.version === '5' &&
      /^(?:leaf .* gdb has null|(?:text|address) gdb has undefined), we have /.test(what),
  },
  {
    name: 'variants outside memory',
    reason:
      'gdb does not look at the discriminant of a Rust enum that is in registers or was dropped, and shows the members ' +
      'of some variant. We show those of the one it says, or none.',
    applies: ({ cell, variables }, what) => {
      const path = /^leaf (\S+) gdb has .*, we have undefined$/.exec(what)?.[1];
      if (cell.compiler !== 'rustc' || path === undefined || variables?.theirs?.address !== undefined) return false;
      // Of a scalar there are no members: it is a discriminant.
      return Object.keys(variables?.ours?.leaves ?? {}).some((outer) => path.startsWith(`${outer}.`));
    },
  },
  {
    name: 'wide integers',
    reason: 'gdb 13 does not evaluate locations whose values are wider than 8 bytes.',
    applies: ({ variables }, what) =>
      Object.values(variables?.theirs?.leaves ?? {}).some((leaf) => leaf?.includes('integers of more than 8 bytes')) &&
      /^(?:leaf .*|text) gdb has (?:!That operation|undefined)/.test(what),
  },
  {
    name: 'lengths of arrays',
    reason:
      'gdb 13 shows a variable-length array as one of length 1, or refuses it, where the bound is in a register or not ' +
      'known yet.',
    applies: ({ variables }, what) =>
      variables?.ours?.type.includes('[variable length]') === true &&
      /^(?:leaf .* gdb has (?:undefined|null|!.*|!), we have|type gdb has .*\[1\], we have)/.test(what),
  },
  {
    name: 'virtual bases before construction',
    reason:
      'While the vptr is not set, the place of a virtual base cannot be computed. gdb refuses the whole object then, we ' +
      'show its other parts.',
    applies: ({ variables }, what) => {
      const failed = Object.values(variables?.theirs?.leaves ?? {}).some((leaf) => leaf?.startsWith('!Cannot access'));
      return failed && /^leaf .* gdb has (?:!|undefined)/.test(what);
    },
  },
];

/** The name of the rule that a difference falls under. */
export function reasonFor(difference: Difference): string | undefined {
  const names = difference.what.map((what) => RULES.find(({ applies }) => applies(difference, what))?.name);
  return names.includes(undefined) ? undefined : names[0];
}
