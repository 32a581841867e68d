/** Source files as the client sees them, and the text of those that are disassembly. */
import { basename } from 'node:path';
import * as v from 'valibot';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { UserError } from '../common/errors';
import type { Module } from '../symbols/module';
import { request } from './request';
import type { Session } from './session';
import { natural, text } from './validation';

export function fileSource(session: Session, path: string): DebugProtocol.Source {
  return { name: basename(path), path: session.client.path(path) };
}

/** The source files that the modules' line tables name and that are on this machine. */
export function describeSources(session: Session, modules: readonly Module[]): DebugProtocol.Source[] {
  const { sourcePaths } = session.alive;
  const paths = new Set<string>();
  for (const module of modules) {
    for (const recorded of module.lines.sourceFiles()) {
      const path = sourcePaths.toLocal(recorded);
      if (session.sourceFiles.exists(path)) paths.add(path);
    }
  }
  return [...paths].sort().map((path) => fileSource(session, path));
}

export const loadedSources = request('process', v.looseObject({}), (session) => {
  session.wantsLoadedSources = true;
  return { sources: describeSources(session, session.target.modules.modules) };
});

export const source = request(
  'process',
  v.object({
    sourceReference: v.optional(natural),
    source: v.optional(v.object({ sourceReference: v.optional(natural), path: v.optional(text) })),
  }),
  async (session, args) => {
    const reference = args.source?.sourceReference || args.sourceReference || 0;
    if (reference === 0) {
      throw new UserError('A source request needs the sourceReference of a frame; files are read by the client.', {
        code: 'no-source-reference',
      });
    }
    return { content: await session.disassemblySources.content(reference), mimeType: 'text/x-ptrace-disassembly' };
  },
);
