/** What a core file that was cut short lacks, in sentences. */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import { segmentAt, type CoreFile } from '../../symbols/core/corefile';

/** Threads that are named one by one. */
const MAX_NAMED = 5;

/** Undefined when the file has all that its headers announce. */
export function describeMissingPart(core: CoreFile, stackPointers: ReadonlyMap<number, VirtAddr>): string | undefined {
  const { name, source, announcedSize, loads } = core;
  if (source.size >= announcedSize) return undefined;
  const isMissing = (address: VirtAddr): boolean => {
    const segment = segmentAt(loads, address);
    if (!segment) return false;
    const within = Number(address - segment.address);
    return within < segment.fileSize && segment.offset + within >= source.size;
  };
  const tids = [...stackPointers].filter(([, sp]) => isMissing(sp)).map(([tid]) => tid);
  const lost = loads.filter(({ offset, fileSize }) => fileSize > 0 && offset + fileSize > source.size);
  const first = lost.reduce<(typeof lost)[number] | undefined>(
    (a, b) => (a && a.offset <= b.offset ? a : b),
    undefined,
  );
  const from = first && virtAddr(first.address + BigInt(Math.max(0, source.size - first.offset)));
  const parts = [
    `${name} is cut short: it has ${sizeText(source.size)} of ${sizeText(announcedSize)} (a full disk, or a limit: see ulimit -c).`,
    ...(from === undefined
      ? []
      : [
          `Missing is memory of ${lost.length} mapping${lost.length === 1 ? '' : 's'}, the first of it at 0x${from.toString(16)}.`,
        ]),
    ...(tids.length === 0 ? [] : [`The ${stacksText(tids)} among it, so that their callers cannot be shown.`]),
  ];
  return parts.join(' ');
}

function stacksText(tids: readonly number[]): string {
  if (tids.length === 1) return `stack of thread ${tids[0]} is`;
  const named = tids.slice(0, MAX_NAMED).join(', ');
  const more = tids.length > MAX_NAMED ? ` and ${tids.length - MAX_NAMED} more` : '';
  return `stacks of threads ${named}${more} are`;
}

/** `512 bytes`, `1.2 MiB`. */
function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}
