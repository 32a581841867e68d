/** What gdb says of every variable in every frame at markers of a program: the oracle of the tests of variables. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { line, runTool } from '../support/debuggees';

/** A variable as gdb has it. */
export interface GdbVariable {
  readonly name: string;
  readonly isArgument: boolean;
  /** Of the block that declares it: 0 is the innermost. */
  readonly depth: number;
  /** Undefined for what has none. */
  readonly address: number | undefined;
  /** Offset in the object → hexadecimal little-endian bytes, or null where gdb says optimized out, or why it fails. */
  readonly leaves: Readonly<Record<string, string | null>>;
  readonly error?: string;
}

export interface GdbFrame {
  readonly function: string | null;
  readonly isInlined: boolean;
  readonly variables: readonly GdbVariable[];
}

const SCRIPT = `
import gdb, json, struct
result = {}
def put(leaves, offset, value):
    t = value.type.strip_typedefs()
    code = t.code
    if code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        for f in t.fields():
            if not hasattr(f, 'bitpos') or f.bitsize or (f.is_base_class and 'virtual' in str(f)): continue
            # gdb 13 aborts on a reference that is a piece.
            if value.address is None and f.type.strip_typedefs().code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF): continue
            put(leaves, offset + f.bitpos // 8, value[f])
    elif code == gdb.TYPE_CODE_ARRAY:
        low, high = t.range()
        for i in range(low, min(high, low + 64) + 1):
            put(leaves, offset + (i - low) * t.target().sizeof, value[i])
    elif value.is_optimized_out: leaves[str(offset)] = None
    elif code == gdb.TYPE_CODE_FLT:
        number = float(value)
        size = t.sizeof
        if size in (4, 8): leaves[str(offset)] = struct.pack('<f' if size == 4 else '<d', number).hex()
        else: leaves[str(offset)] = 'number ' + repr(number)
    elif code == gdb.TYPE_CODE_COMPLEX or (code == gdb.TYPE_CODE_INT and t.sizeof > 8):
        if value.address is not None:
            leaves[str(offset)] = bytes(gdb.selected_inferior().read_memory(int(value.address), t.sizeof)).hex()
    elif code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
        leaves[str(offset)] = int(value.referenced_value().address).to_bytes(8, 'little').hex()
    elif code in (gdb.TYPE_CODE_METHODPTR, gdb.TYPE_CODE_MEMBERPTR): pass
    elif code in (gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_METHOD): pass
    else:
        leaves[str(offset)] = (int(value) & ((1 << (8 * t.sizeof)) - 1)).to_bytes(t.sizeof, 'little').hex()
def variables(frame):
    found = []
    try: block = frame.block()
    except RuntimeError: return found
    depth = 0
    while block is not None and not block.is_global and not block.is_static:
        for symbol in block:
            if not (symbol.is_variable or symbol.is_argument or symbol.is_constant): continue
            if symbol.addr_class in (gdb.SYMBOL_LOC_UNRESOLVED, gdb.SYMBOL_LOC_TYPEDEF): continue
            entry = {'name': symbol.name, 'isArgument': symbol.is_argument, 'depth': depth, 'leaves': {}}
            try:
                value = symbol.value(frame)
                if value.address is not None and not value.is_optimized_out: entry['address'] = int(value.address)
                if value.type.strip_typedefs().code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF): entry.pop('address', None)
                put(entry['leaves'], 0, value)
            except Exception as error:
                entry['error'] = str(error)
            found.append(entry)
        if block.function is not None: break
        block = block.superblock
        depth += 1
    return found
def stop():
    frames = []
    frame = gdb.newest_frame()
    while frame is not None:
        frames.append({'function': frame.name(), 'isInlined': frame.type() == gdb.INLINE_FRAME, 'variables': variables(frame)})
        if frame.name() == 'main' and frame.type() != gdb.INLINE_FRAME: break
        frame = frame.older()
    return frames
class Marker(gdb.Breakpoint):
    def stop(self):
        key = self.marker
        if key not in result: result[key] = stop()
        return False
for marker, place in MARKERS.items():
    try:
        Marker(place).marker = marker
    except Exception: pass
gdb.execute('run')
open(OUTPUT, 'w').write(json.dumps(result))
`;

/** gdb's view of all frames up to main, at the first hit of each marker. */
export function gdbVariables(
  program: string,
  source: string,
  markers: readonly string[],
): Readonly<Record<string, readonly GdbFrame[]>> {
  const directory = mkdtempSync(join(tmpdir(), 'gdbvariables-'));
  try {
    const script = join(directory, 'script.py');
    const output = join(directory, 'output.json');
    const places = Object.fromEntries(markers.map((marker) => [marker, `${source}:${line(source, marker)}`]));
    writeFileSync(script, `MARKERS = ${JSON.stringify(places)}\nOUTPUT = ${JSON.stringify(output)}\n${SCRIPT}`);
    const setup = [
      'set pagination off',
      'set breakpoint pending off',
      'set debuginfod enabled off',
      'set startup-with-shell off',
      'unset environment',
      'set environment PATH=/usr/bin:/bin',
      'set print object off',
      'cd /',
    ];
    runTool('gdb', ['-nx', '-batch', ...setup.flatMap((each) => ['-ex', each]), '-x', script, program]);
    return JSON.parse(readFileSync(output, 'utf8')) as Record<string, GdbFrame[]>;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
