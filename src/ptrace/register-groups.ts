/** The registers as people look at them: in groups, each with its width and kind. For UIs; pure. */
import { laneViews, type LaneView } from './lanes';
import type { XstateLayout } from './native';
import { EFLAGS_FIELDS, MXCSR_FIELDS, type FlagField } from './register-table';

export type RegisterKind = 'integer' | 'flags' | 'float80' | 'vector';
export type RegisterGroupName = 'general' | 'flags' | 'segment' | 'x87' | 'sse' | 'avx' | 'avx512';

export interface RegisterDescription {
  readonly name: string;
  readonly bits: number;
  readonly kind: RegisterKind;
  /** Of a register of kind `flags`. */
  readonly fields?: readonly FlagField[];
  /** Of a register of kind `vector`: the ways to split it, for `splitLanes`. */
  readonly lanes?: readonly LaneView[];
}

export interface RegisterGroup {
  readonly name: RegisterGroupName;
  readonly registers: readonly RegisterDescription[];
}

const AVX = 2;
const HI16_ZMM = 7;

// prettier-ignore
const GENERAL = [
  'rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp', 'rsp', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'rip',
];
const FLAGS = ['cf', 'pf', 'af', 'zf', 'sf', 'tf', 'if', 'df', 'of'];

function integer(name: string, bits: number): RegisterDescription {
  return { name, bits, kind: 'integer' };
}

function vector(name: string, bits: number): RegisterDescription {
  return { name, bits, kind: 'vector', lanes: laneViews(bits) };
}

function series<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** The groups a CPU with this layout has, the narrow forms of wider registers included (xmm0 beside ymm0). */
export function describeRegisterGroups(layout: XstateLayout): RegisterGroup[] {
  const has = (component: number): boolean => layout.components.some(({ index }) => index === component);
  const groups: RegisterGroup[] = [
    { name: 'general', registers: GENERAL.map((name) => integer(name, 64)) },
    {
      name: 'flags',
      registers: [
        { name: 'eflags', bits: 32, kind: 'flags', fields: EFLAGS_FIELDS },
        ...FLAGS.map((name) => integer(name, 1)),
      ],
    },
    {
      name: 'segment',
      registers: [
        ...['cs', 'ss', 'ds', 'es', 'fs', 'gs'].map((name) => integer(name, 16)),
        integer('fs_base', 64),
        integer('gs_base', 64),
      ],
    },
    {
      name: 'x87',
      registers: [
        ...series(8, (i): RegisterDescription => ({ name: `st${i}`, bits: 80, kind: 'float80' })),
        ...['fctrl', 'fstat', 'ftag', 'fop'].map((name) => integer(name, 16)),
        integer('fip', 64),
        integer('fdp', 64),
        ...series(8, (i) => vector(`mm${i}`, 64)),
      ],
    },
    {
      name: 'sse',
      registers: [
        ...series(16, (i) => vector(`xmm${i}`, 128)),
        { name: 'mxcsr', bits: 32, kind: 'flags', fields: MXCSR_FIELDS },
      ],
    },
  ];
  if (has(AVX)) groups.push({ name: 'avx', registers: series(16, (i) => vector(`ymm${i}`, 256)) });
  if (has(HI16_ZMM)) {
    const registers = [...series(32, (i) => vector(`zmm${i}`, 512)), ...series(8, (i) => integer(`k${i}`, 64))];
    groups.push({ name: 'avx512', registers });
  }
  return groups;
}
