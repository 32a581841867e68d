/** Debugging information entries as llvm-dwarfdump prints them. */
import { runTool } from '../support/debuggees';

export interface DumpedAttribute {
  /** `DW_AT_name` */
  readonly name: string;
  /** `DW_FORM_strp` */
  readonly form: string;
  /** What stands in the parentheses, continuation lines included. */
  readonly text: string;
}

export interface DumpedEntry {
  /** `.debug_info`, `.debug_types`, `.debug_info.dwo`… */
  readonly section: string;
  readonly offset: number;
  readonly tag: string;
  readonly hasChildren: boolean;
  readonly parent: number | undefined;
  readonly attributes: readonly DumpedAttribute[];
}

const entryLine = /^0x([0-9a-f]+): +(DW_TAG_\w+) \[\d+\] (\*| ) ?(?: *\(0x([0-9a-f]+)\))?/;
const attributeLine = /^ +(DW_AT_\w+) \[(DW_FORM_\w+)\]\t\((.*)$/;

/** Every entry of the sections that have any, in their order. */
export function dumpedEntries(file: string): DumpedEntry[] {
  const entries: DumpedEntry[] = [];
  let section = '';
  let attributes: { name: string; form: string; text: string }[] = [];
  for (const line of runTool('llvm-dwarfdump', ['-v', '--debug-info', '--debug-types', file]).split('\n')) {
    const title = /^(\.\S+) contents:/.exec(line);
    const entry = entryLine.exec(line);
    const attribute = attributeLine.exec(line);
    if (title) {
      section = title[1]!;
    } else if (entry) {
      attributes = [];
      const [, offset, tag, star, parent] = entry;
      entries.push({
        section,
        offset: parseInt(offset!, 16),
        tag: tag!,
        hasChildren: star === '*',
        parent: parent === undefined ? undefined : parseInt(parent, 16),
        attributes,
      });
    } else if (attribute) {
      attributes.push({ name: attribute[1]!, form: attribute[2]!, text: attribute[3]!.replace(/\)$/, '') });
    } else if (/^ +(\[0x|DW_LLE|DW_RLE)/.test(line) && attributes.length > 0) {
      attributes[attributes.length - 1]!.text += `\n${line.trim()}`;
    }
  }
  return entries;
}

/** Bounds of the lists of ranges or locations of each attribute, by `section offset attribute`, base added. */
export function dumpedBounds(file: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let section = '';
  let entry = '';
  let bounds: string[] | undefined;
  for (const line of runTool('llvm-dwarfdump', ['--debug-info', '--debug-types', file]).split('\n')) {
    const title = /^(\.\S+) contents:/.exec(line);
    const start = /^0x([0-9a-f]+): +DW_TAG/.exec(line);
    const attribute = /^ +(DW_AT_\w+)\t/.exec(line);
    const range = /^ +\[0x([0-9a-f]+), 0x([0-9a-f]+)\)/.exec(line);
    if (title) section = title[1]!;
    if (start) entry = `${section} ${parseInt(start[1]!, 16)}`;
    if (attribute) found.set(`${entry} ${attribute[1]!}`, (bounds = []));
    if (range) bounds?.push(`${parseInt(range[1]!, 16).toString(16)}-${parseInt(range[2]!, 16).toString(16)}`);
  }
  return found;
}
