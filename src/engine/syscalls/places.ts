/** The places that bound the tracing of system calls, as a user names them: functions, lines, addresses. */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import type { BreakpointResolver } from '../breakpointresolver';
import type { CodeMap } from '../stepping/codemap';
import type { ScopePlaces } from './tracescope';

/** Where system calls are looked at, as it was asked for. */
export type ScopeSpec =
  | { readonly kind: 'process' }
  | { readonly kind: 'main' }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'between'; readonly from: string; readonly to: string };

/** Finds the addresses of a place: none while no module that is loaded knows it. */
export type FindPlace = (place: string) => readonly VirtAddr[];

/** Looks places up as breakpoints are; of a function its first instruction, where its return address is on top of the stack. */
export function placeFinder(resolver: BreakpointResolver, code: CodeMap): FindPlace {
  return (place) => {
    if (/^0x[0-9a-f]+$/i.test(place)) return [virtAddr(BigInt(place))];
    const line = /^(.+):(\d+)$/.exec(place);
    if (line && !line[1]!.endsWith(':')) return resolver.source(line[1]!, Number(line[2]), undefined).addresses;
    const entries = resolver.function(place).addresses.map((address) => code.functionBounds(address)?.start ?? address);
    return [...new Set(entries)];
  };
}

/** The addresses of a scope; undefined while a place is not known. */
export function resolveScope(spec: ScopeSpec, find: FindPlace): ScopePlaces | undefined {
  switch (spec.kind) {
    case 'process':
      return spec;
    case 'main':
    case 'function': {
      const entries = find(spec.kind === 'main' ? 'main' : spec.name);
      return entries.length > 0 ? { kind: spec.kind, entries } : undefined;
    }
    case 'between': {
      const [from, to] = [find(spec.from), find(spec.to)];
      return from.length > 0 && to.length > 0 ? { kind: 'between', from, to } : undefined;
    }
  }
}
