/** `ptrace/maps` and `ptrace/describeAddress`: the address space, and what an address in it is. */
import * as v from 'valibot';
import { formatAddress, type VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import { describeRegions, locate, readRegions, waitingStacks, type DescribedRegion } from '../engine/addressspace';
import type { Target } from '../engine/target';
import type { DescribeAddressResponse, MapsResponse, Region } from '../protocol/procrequests';
import { parseAddress } from './memory';
import { request } from './request';
import type { Session } from './session';
import { text } from './validation';

/** Frames looked at in search of the one that an address lies in. */
const MAX_FRAMES = 1000;

function regionsOf(target: Target): DescribedRegion[] {
  const { pid } = target;
  const stacks = waitingStacks(pid);
  for (const { id, running } of target.threads()) {
    if (running) continue;
    try {
      stacks.set(id, target.registers(id).sp);
    } catch (error) {
      // A thread that has not stopped with the others.
      if (!(error instanceof UserError)) throw error;
    }
  }
  return describeRegions(readRegions(pid), {
    pid,
    modules: target.modules.modules,
    stacks,
    own: ({ start }) => target.ownsMemory(start),
  });
}

function regionBody(region: DescribedRegion): Region {
  const { start, end, permissions, path, offset, deleted, rss, swap, kind, what, tid } = region;
  return {
    start: formatAddress(start),
    end: formatAddress(end),
    size: Number(end - start),
    permissions,
    ...(path.startsWith('/') && { file: path, offset }),
    ...(deleted && { deleted }),
    ...(rss !== undefined && { rss }),
    ...(swap !== undefined && { swap }),
    kind,
    what,
    ...(tid !== undefined && { threadId: tid }),
  };
}

export const maps = request('live', v.unknown(), (session): MapsResponse => ({
  regions: regionsOf(session.live).map(regionBody),
}));

/** The frame of a stopped thread that an address on its stack belongs to. */
function frameAround(target: Target, tid: number, address: VirtAddr): { index: number; name: string } | undefined {
  if (target.running) return undefined;
  const stack = target.stack(tid);
  for (let index = 0; index < MAX_FRAMES; index++) {
    const frame = stack.frame(index);
    if (!frame) return undefined;
    // Below the innermost frame is the red zone, or memory that is free.
    if (index === 0 && address < target.registers(tid).sp - 128n) return undefined;
    if (address < frame.cfa) return { index, name: frame.functionName ?? formatAddress(frame.pc) };
  }
  return undefined;
}

function describe(session: Session, address: VirtAddr): DescribeAddressResponse {
  const target = session.live;
  const { region, below, above } = locate(regionsOf(target), address);
  const common = { address: formatAddress(address) };
  if (!region) return { ...common, ...unmapped(address, below, above) };
  const found = { ...common, region: regionBody(region) };
  if (region.tid !== undefined && region.kind === 'stack') {
    const frame = frameAround(target, region.tid, address);
    const where = frame ? `, frame ${frame.index} (${frame.name})` : '';
    return {
      ...found,
      text: `${region.what}${where}`,
      threadId: region.tid,
      ...(frame && { frame: frame.index }),
    };
  }
  const module = target.modules.at(address);
  if (!module) {
    const distance = address - region.start;
    return {
      ...found,
      text: distance === 0n ? region.what : `${region.what}, ${formatAddress(distance)} from its start`,
    };
  }
  const symbol = target.symbolize(address);
  const section = module.sectionAt(module.toFile(address))?.name;
  const place = region.kind === 'code' ? target.lineAt(address) : undefined;
  const line = place && `${place.path}:${place.line}`;
  const offset = symbol && symbol.offset > 0n ? `+${symbol.offset}` : '';
  const name = symbol ? `${symbol.name}${offset}` : `${formatAddress(address - module.start)} from its start`;
  return {
    ...found,
    text: `${module.name}${section ? ` ${section}` : ''}, ${name}${line ? `, ${line}` : ''}`,
    module: module.path,
    ...(section !== undefined && { section }),
    ...(symbol && { symbol: symbol.name, symbolOffset: Number(symbol.offset) }),
    ...(line !== undefined && { line }),
  };
}

function unmapped(
  address: VirtAddr,
  below: DescribedRegion | undefined,
  above: DescribedRegion | undefined,
): Pick<DescribeAddressResponse, 'text' | 'below' | 'above'> {
  const after = below && formatAddress(address - below.end + 1n);
  const before = above && formatAddress(above.start - address);
  const near = [
    ...(below ? [`${after} past the end of ${below.what}`] : []),
    ...(above ? [`${before} before ${above.what}`] : []),
  ];
  const isNull = address < 0x10000n;
  return {
    text: `not mapped${isNull ? `: ${address} bytes past null` : ''}${near.length > 0 ? `; ${near.join(', ')}` : ''}`,
    ...(below && { below: { region: regionBody(below), distance: after! } }),
    ...(above && { above: { region: regionBody(above), distance: before! } }),
  };
}

export const describeAddress = request('live', v.object({ address: text }), (session, { address }) =>
  describe(session, parseAddress(address)),
);
