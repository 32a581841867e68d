# What gdb knows at every stop of a program, as JSON: the oracle of the differential suite. Read by oracle.ts, which
# sets STOPS, STEPS, HITS, EXPECTED, OUTPUT and the limits before; shapes.ts describes what is written.
import gdb
import json
import re

AGGREGATES = (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION)
REFERENCES = (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF)
SCALARS = (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_CHAR, gdb.TYPE_CODE_BOOL, gdb.TYPE_CODE_FLT, gdb.TYPE_CODE_ENUM)


def whole(value, kind):
    """The bits of a scalar as an unsigned hexadecimal number; None when the compiler dropped it."""
    if value.is_optimized_out:
        return None
    if kind.code in REFERENCES:
        address = value.referenced_value().address
        if address is None:
            raise gdb.error('<synthetic pointer>')
        return '%x' % int(address)
    if kind.code in (gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_METHOD):
        return '%x' % int(value.address)
    if kind.code == gdb.TYPE_CODE_FLT or kind.sizeof > 8:
        try:
            text = value.format_string(format='x', raw=True)
        except gdb.error:
            # gdb 13 has no way to show such an integer that is not in memory.
            return '?'
        if text.startswith('<') or text.startswith('{'):
            raise gdb.error(text)
        number = int(text, 16)
        # Of the 16 bytes of a long double 10 count.
        return '%x' % (number & ((1 << 80) - 1) if kind.name == 'long double' else number)
    return '%x' % (int(value) & ((1 << (8 * kind.sizeof)) - 1))


def flatten(value, path, leaves):
    if len(leaves) > MAX_LEAVES:
        return
    kind = value.type.strip_typedefs()
    try:
        if kind.code in AGGREGATES:
            for field in kind.fields():
                if not hasattr(field, 'bitpos'):
                    continue
                name = '.<%s>' % field.name if field.is_base_class else '.%s' % field.name if field.name else ''
                try:
                    part = value[field]
                except gdb.error as error:
                    leaves[path + name] = '!%s' % error
                    continue
                if field.bitsize and part.type.strip_typedefs().code not in AGGREGATES:
                    leaves[path + name] = None if part.is_optimized_out else '%x' % (int(part) & ((1 << field.bitsize) - 1))
                else:
                    flatten(part, path + name, leaves)
        elif kind.code == gdb.TYPE_CODE_ARRAY:
            low, high = kind.range()
            for i in range(low, min(high, low + MAX_ELEMENTS - 1) + 1):
                flatten(value[i], '%s[%d]' % (path, i), leaves)
        elif kind.code == gdb.TYPE_CODE_COMPLEX:
            # gdb's Python cannot take apart one that is not in memory.
            if value.address is None:
                leaves[path] = '?'
            else:
                part = kind.target().pointer()
                flatten(value.address.cast(part).dereference(), path + '[0]', leaves)
                flatten((value.address.cast(part) + 1).dereference(), path + '[1]', leaves)
        elif kind.code in (gdb.TYPE_CODE_METHODPTR, gdb.TYPE_CODE_MEMBERPTR, gdb.TYPE_CODE_VOID) or kind.sizeof == 0:
            pass
        else:
            leaves[path] = whole(value, kind)
    except gdb.error as error:
        leaves[path] = '!%s' % error


def variable(symbol, frame):
    entry = {'name': symbol.name, 'isArgument': symbol.is_argument, 'type': str(symbol.type), 'leaves': {}}
    try:
        value = symbol.value(frame)
        kind = value.type.strip_typedefs()
        if value.address is not None and not value.is_optimized_out and kind.code not in REFERENCES:
            entry['address'] = '%x' % int(value.address)
        flatten(value, '', entry['leaves'])
        if kind.code in SCALARS and kind.sizeof > 0 and not value.is_optimized_out:
            entry['text'] = value.format_string(raw=True, symbols=False)
    except gdb.error as error:
        entry['leaves'][''] = '!%s' % error
    return entry


def is_variable(symbol):
    # Labels are among the symbols too, of this type where the compiler dropped them.
    if symbol.addr_class in (gdb.SYMBOL_LOC_UNRESOLVED, gdb.SYMBOL_LOC_LABEL) or symbol.type.name == '__CORE_ADDR':
        return False
    if symbol.is_constant and symbol.type.code == gdb.TYPE_CODE_ENUM:
        # Not the enumerators of a local enumeration, which gdb has in the same list.
        return all(field.name.rsplit('::', 1)[-1] != symbol.name for field in symbol.type.fields())
    return symbol.is_variable or symbol.is_argument or symbol.is_constant


def scopes(frame):
    found = []
    try:
        block = frame.block()
    except RuntimeError:
        return found
    while block is not None and not block.is_global and not block.is_static:
        listed = []
        for symbol in block:
            if is_variable(symbol):
                listed.append(variable(symbol, frame))
        found.append(listed)
        if block.function is not None:
            break
        block = block.superblock
    return found


def frames():
    found = []
    frame = gdb.newest_frame()
    while frame is not None and sum(not each['isTailCall'] for each in found) < MAX_FRAMES:
        # Types are spelled in the language of the selected frame.
        frame.select()
        place = frame.find_sal()
        found.append({
            'name': frame.name(),
            'file': place.symtab.filename.rsplit('/', 1)[-1] if place.symtab else None,
            'line': place.line if place.symtab else 0,
            'isInlined': frame.type() == gdb.INLINE_FRAME,
            'isTailCall': frame.type() == gdb.TAILCALL_FRAME,
            'pc': '%x' % frame.pc(),
            'scopes': scopes(frame),
        })
        if re.match(r'^(\w+::)?main$', frame.name() or '') and frame.type() != gdb.INLINE_FRAME:
            break
        frame = frame.older()
    gdb.newest_frame().select()
    return found


def is_alive():
    return gdb.selected_inferior().pid != 0 and gdb.selected_thread() is not None


def run(steps):
    """The stop, and what is seen after some of the instructions that follow."""
    shown = [{'after': 0, 'frames': frames()}]
    taken = 0
    for step in steps:
        while taken < step and is_alive():
            gdb.execute('stepi', to_string=True)
            taken += 1
        if not is_alive():
            break
        shown.append({'after': taken, 'frames': frames()})
    return shown


# Breakpoints that both debuggers have: EXPECTED has the other one's addresses by line.
result = {'lines': {}, 'stops': []}
hits = {}
try:
    gdb.execute('starti', to_string=True)
    for place in STOPS:
        # gdb looks for functions by their names in all modules; the program's is meant.
        line = place.rsplit(':', 1)[-1]
        try:
            point = gdb.Breakpoint(place)
        except gdb.error:
            result['lines'][line] = []
            continue
        found = [('%x' % each.address, gdb.find_pc_line(each.address).line) for each in point.locations]
        result['lines'][line] = [{'address': address, 'line': at} for address, at in found]
        if sorted(address for address, at in found) != sorted(EXPECTED.get(line, [])):
            point.delete()
    gdb.execute('continue', to_string=True)
    while is_alive():
        pc = '%x' % gdb.newest_frame().pc()
        hits[pc] = hits.get(pc, 0) + 1
        if hits[pc] in HITS:
            result['stops'].append({'pc': pc, 'hit': hits[pc], 'shown': run(STEPS if hits[pc] == HITS[0] else [])})
        if is_alive():
            gdb.execute('continue', to_string=True)
finally:
    with open(OUTPUT, 'w') as output:
        json.dump(result, output)
