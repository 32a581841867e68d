/** Modules as the client sees them. */
import * as v from 'valibot';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { formatAddress } from '../common/addresses';
import type { Module } from '../symbols/module';
import { request } from './request';
import type { Session } from './session';
import { natural } from './validation';

const statuses = {
  'debug-info': 'Debug information loaded',
  symbols: 'Symbols loaded, no debug information',
  exports: 'Only exported symbols',
  none: 'No symbols',
} as const;

/** What costs nothing to tell: the symbol status, which opens a module's debug file, is for who asks. */
export function describeModule(session: Session, module: Module): DebugProtocol.Module {
  return {
    id: module.id,
    name: module.name,
    path: module.kind === 'vdso' ? module.path : session.client.path(module.path),
    isUserCode: !module.isSystem,
    addressRange: `${formatAddress(module.start)}-${formatAddress(module.end)}`,
    ...(module.buildId !== undefined && { version: `build id ${module.buildId}` }),
  };
}

/** With the first of what is missing, as far as somebody has looked. */
function statusOf({ symbolStatus, problems: [problem] }: Module): string {
  return problem === undefined ? statuses[symbolStatus] : `${statuses[symbolStatus]}; ${problem}`;
}

export const modules = request(
  'process',
  v.object({ startModule: v.optional(natural), moduleCount: v.optional(natural) }),
  (session, { startModule = 0, moduleCount = 0 }) => {
    const all = session.target.modules.modules;
    const page = all.slice(startModule, moduleCount === 0 ? undefined : startModule + moduleCount);
    const described = page.map((module) => ({
      ...describeModule(session, module),
      symbolStatus: statusOf(module),
    }));
    return { modules: described, totalModules: all.length };
  },
);
