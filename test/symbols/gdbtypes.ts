/** Types as gdb sees them, with everything below them: the oracle for reading types. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enumeratorName } from '../../src/symbols/data/typequeries';
import { typeName } from '../../src/symbols/data/typenames';
import { bareType, sizeOfType, type Member, type Type } from '../../src/symbols/data/types';
import { runTool } from '../support/debuggees';

/** Structures and enumerations that are followed from one run's roots. */
const MAX_TYPES = 3000;

const script = (roots: readonly string[], how: 'variables' | 'types', output: string): string => `
import gdb
import json
lines = {}
seen = set()
work = []
def bare(t):
    while t.code in (gdb.TYPE_CODE_TYPEDEF,):
        t = t.strip_typedefs()
    return t.unqualified()
def inner(t):
    t = bare(t)
    while t.code in (gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF, gdb.TYPE_CODE_ARRAY):
        t = bare(t.target())
    return t
def follow(t):
    t = inner(t)
    if t.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION, gdb.TYPE_CODE_ENUM) and t.name and str(t) not in seen:
        seen.add(str(t))
        work.append(t)
def field(f):
    if not hasattr(f, 'bitpos'):
        return 'static %s: %s' % (f.name, str(f.type))
    follow(f.type)
    if f.is_base_class:
        return 'base %s @%s' % (str(f.type), f.bitpos)
    return '%s: %s @%d:%d' % (f.name or '', str(f.type), f.bitpos, f.bitsize)
def describe(t):
    if t.code == gdb.TYPE_CODE_ENUM:
        return ['%s = %d' % (f.name, f.enumval & 0xffffffffffffffff) for f in t.fields()]
    result = []
    for f in t.fields():
        result.append(field(f))
    return result
for root in ${JSON.stringify(roots)}:
    t = ${
      how === 'types'
        ? 'gdb.lookup_type(root)'
        : '(gdb.lookup_global_symbol(root) or gdb.lookup_static_symbol(root)).type'
    }
    # What gdb makes of clang's name, taking \`unsigned\` for a type.
    lines['> ' + root] = [str(t).replace('unsigned int __int128', 'unsigned __int128'), str(t.sizeof)]
    follow(t)
while work and len(seen) < ${MAX_TYPES}:
    t = work.pop()
    lines[str(t)] = [str(t.sizeof)] + describe(t)
with open(${JSON.stringify(output)}, 'w') as out:
    json.dump(lines, out)
`;

/** By type name (\`> x\` for a root): size, then members, bases, static members or enumerators, a line each. */
export type TypeText = Record<string, readonly string[]>;

/** What gdb says of global variables or of types, and of every named type that is reached from them. */
export function gdbTypes(file: string, roots: readonly string[], how: 'variables' | 'types'): TypeText {
  const directory = mkdtempSync(join(tmpdir(), 'gdbtypes-'));
  try {
    const source = join(directory, 'types.py');
    const output = join(directory, 'types.json');
    writeFileSync(source, script(roots, how, output));
    runTool('gdb', ['-batch', '-nx', '-x', source, file]);
    return JSON.parse(readFileSync(output, 'utf8')) as TypeText;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The same of types as they are read here. */
export function ourTypes(roots: ReadonlyMap<string, Type>): TypeText {
  const lines: Record<string, readonly string[]> = {};
  const seen = new Set<string>();
  const work: Type[] = [];
  const follow = (type: Type): void => {
    let inner: Type = bareType(type);
    while (inner.kind === 'pointer' || inner.kind === 'reference' || inner.kind === 'array') {
      inner = bareType(inner.kind === 'array' ? inner.element : inner.target);
    }
    if ((inner.kind !== 'struct' && inner.kind !== 'enum') || inner.name === undefined) return;
    const name = typeName(inner);
    if (seen.has(name)) return;
    seen.add(name);
    work.push(inner);
  };
  for (const [name, type] of roots) {
    // gdb counts what is incomplete as empty.
    lines[`> ${name}`] = [typeName(type), String(sizeOfType(type) ?? 0)];
    follow(type);
  }
  for (let type = work.pop(); type && seen.size < MAX_TYPES; type = work.pop()) {
    lines[typeName(type)] = describe(type, follow);
  }
  return lines;
}

function describe(type: Type, follow: (type: Type) => void): string[] {
  if (type.kind === 'enum') {
    return [
      String(type.size),
      ...type.enumerators.map(
        (enumerator) => `${enumeratorName(type, enumerator)} = ${BigInt.asUintN(64, enumerator.value)}`,
      ),
    ];
  }
  if (type.kind !== 'struct') return [];
  const { discriminant, variants } = type.variantPart ?? { discriminant: undefined, variants: [] };
  const parts = [...type.members, ...(discriminant ? [discriminant] : []), ...variants.map(({ member }) => member)];
  const members = parts.map((member) => {
    follow(member.type);
    return memberText(member);
  });
  const statics = type.staticMembers.map((member) => `static ${member.name}: ${typeName(member.type)}`);
  return [String(type.size ?? 0), ...members, ...statics];
}

function memberText({ name, type, offset, locate, bitField, isBase }: Member): string {
  const position = 8 * offset + (bitField?.offset ?? 0);
  if (isBase) return `base ${typeName(type)} @${locate ? 'None' : position}`;
  // A function of any arguments, as gcc describes what a vtable holds, is one without arguments to gdb.
  const spelled = spelling(type).replace('(...)', '(void)');
  return `${name ?? ''}: ${spelled} @${position}:${bitField?.size ?? 0}`;
}

/** gdb spells every pointer of Rust the same way; we have the program's: `&T`, `*const T`, `Box<T>`. */
function spelling(type: Type): string {
  if (type.kind === 'pointer' && type.name !== undefined) return `*mut ${spelling(type.target)}`;
  if (type.kind !== 'function' || type.parameters?.[0]?.kind !== 'integer') return typeName(type);
  const result = type.result ? spelling(type.result) : '()';
  return `fn (${type.parameters.map(spelling).join(', ')}) -> ${result}`;
}
