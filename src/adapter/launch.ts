/** Beginnings: launch, attach, restart and the client's word that the process may go. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { UserError, messageOf } from '../common/errors';
import { FOLLOW_PARENT, type FollowPolicy } from '../engine/family';
import { Target } from '../engine/target';
import type { DebugTarget } from '../engine/targetinterface';
import { SourcePaths } from '../symbols/sourcepaths';
import {
  attachConfiguration,
  launchConfiguration,
  type AttachConfiguration,
  type CommonConfiguration,
  type Configuration,
  type LaunchConfiguration,
} from './arguments';
import { processToAttach } from './attaching';
import { breakpointsSettled } from './awaitednames';
import { childToken, claimChild, offerChild, type ChildOffer } from './childsessions';
import { openCore } from './corefile';
import { Debuggee } from './debuggee';
import { debugFileDirectories, downloadDebugFiles } from './debugfiles';
import { parseEnvFile } from './envfile';
import { formattingOf } from './formatsettings';
import { resolveProgram, shellQuote } from './program';
import { request, type RequestContext } from './request';
import type { Session } from './session';
import { skipRulesOf } from './skip';
import { applySettings, feedSyscalls } from './syscalls/feed';
import { startTrace } from './trace';

/** Set by whoever starts the adapter, for the adapter alone. */
const ownVariables = ['ELECTRON_RUN_AS_NODE'];

/** What `env` and `envFile` change; null unsets. Throws UserError. */
function environmentChanges({ env, envFile, cwd }: LaunchConfiguration): Record<string, string | null> {
  if (envFile === undefined) return { ...env };
  const path = resolve(cwd ?? '.', envFile);
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`envFile ${path} cannot be read: ${messageOf(error)}.`, { code: 'bad-env-file' });
  }
  return { ...parseEnvFile(content, path), ...env };
}

function withChanges(changes: Readonly<Record<string, string | null>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && changes[name] !== null && !ownVariables.includes(name)) result[name] = value;
  }
  for (const [name, value] of Object.entries(changes)) if (value !== null) result[name] = value;
  return result;
}

/** A way to run `argv` in a terminal of the client, with the redirections that only a shell there can make. */
function inTerminal(
  session: Session,
  configuration: LaunchConfiguration,
  cwd: string,
  env: Record<string, string | null>,
): ((argv: string[]) => Promise<void>) | undefined {
  if (configuration.console === 'internalConsole') return undefined;
  if (!session.client.supportsRunInTerminal) {
    throw new UserError(
      `This client cannot run programs in a terminal: set "console" to "internalConsole", not "${configuration.console}".`,
      { code: 'no-terminal' },
    );
  }
  return async (argv) => {
    const redirections = configuration.stdio
      .map((path, i) => (path === null ? '' : ` ${['<', '>>', '2>>'][i]}${shellQuote(path)}`))
      .join('');
    const args = redirections === '' ? argv : ['/bin/sh', '-c', `exec "$0" "$@"${redirections}`, ...argv];
    await session.ask('runInTerminal', {
      kind: configuration.console === 'externalTerminal' ? 'external' : 'integrated',
      title: configuration.program,
      cwd,
      args,
      env,
    });
  };
}

function cwdOf(configuration: Configuration): string | undefined {
  return configuration.request === 'attach' ? undefined : configuration.cwd;
}

/** Where the files of the workspace are looked for. */
function folderOf(configuration: Configuration): string {
  return resolve(cwdOf(configuration) ?? '.');
}

function sourcePathsOf(configuration: Configuration): SourcePaths {
  const cwd = cwdOf(configuration);
  return new SourcePaths({
    sourceMap: configuration.sourceMap,
    ...(cwd !== undefined && { base: resolve(cwd), roots: [resolve(cwd)] }),
  });
}

async function launchTarget(
  session: Session,
  configuration: LaunchConfiguration,
  sourcePaths: SourcePaths,
): Promise<Target> {
  const changes = environmentChanges(configuration);
  const env = withChanges(changes);
  const { program, cwd, note } = resolveProgram({
    program: configuration.program,
    cwd: configuration.cwd,
    path: env['PATH'],
  });
  if (note !== undefined) session.print(note);
  return Target.launch({
    program,
    args: [...configuration.args],
    env,
    cwd,
    stdio: configuration.stdio.map((path) => path && resolve(cwd, path)) as [
      string | null,
      string | null,
      string | null,
    ],
    disableAslr: configuration.disableAslr,
    stopOnEntry: configuration.stopOnEntry,
    noDebug: configuration.noDebug,
    runInTerminal: inTerminal(session, configuration, cwd, changes),
    sourcePaths,
    debugFileDirectories: debugFileDirectories(configuration),
    follow: followPolicyOf(session, configuration),
  });
}

/** What becomes of children, as far as the client can have them. */
function followPolicyOf(session: Session, { followFork, followExecRegex }: CommonConfiguration): FollowPolicy {
  if (followFork === 'both' && !session.client.supportsStartDebugging) {
    session.print(
      'Children are not followed: "followFork": "both" needs a client that can start sessions (startDebugging).',
      'important',
    );
    return FOLLOW_PARENT;
  }
  return { fork: followFork, ...(followExecRegex && { exec: followExecRegex }) };
}

async function attachTarget(
  session: Session,
  configuration: AttachConfiguration,
  sourcePaths: SourcePaths,
  context: RequestContext,
): Promise<Target> {
  const pid = await processToAttach(session, configuration, context);
  return Target.attach({
    pid,
    stopOnEntry: configuration.stopOnEntry,
    sourcePaths,
    debugFileDirectories: debugFileDirectories(configuration),
    follow: followPolicyOf(session, configuration),
  });
}

/** What the configuration asks for: a process, or what one has left behind. */
async function targetOf(
  configuration: Configuration,
  session: Session,
  paths: SourcePaths,
  context: RequestContext,
): Promise<DebugTarget> {
  switch (configuration.request) {
    case 'launch':
      return launchTarget(session, configuration, paths);
    case 'attach':
      return attachTarget(session, configuration, paths, context);
    case 'core':
      return openCore(configuration, paths);
  }
}

/** Takes over what a configuration says of the session itself. */
function prepare(session: Session, configuration: Configuration): SourcePaths {
  startTrace(session, configuration.trace);
  session.threadNumbers.begin(configuration.threadNumbers);
  session.sourceFiles.reset(configuration.hiddenSources);
  session.formatting = formattingOf(
    configuration.format,
    configuration.formatters,
    folderOf(configuration),
    (problem) => session.print(problem, 'important'),
  );
  return sourcePathsOf(configuration);
}

/** Makes the process and the session's face of it. */
async function create(session: Session, configuration: Configuration, context: RequestContext): Promise<void> {
  const sourcePaths = prepare(session, configuration);
  await adopt(session, await targetOf(configuration, session, sourcePaths, context), configuration, sourcePaths);
}

/** Makes a process the session's. The breakpoints known so far are in it before it runs. */
async function adopt(
  session: Session,
  target: DebugTarget,
  configuration: Configuration,
  sourcePaths: SourcePaths,
): Promise<void> {
  target.skip = skipRulesOf(configuration, sourcePaths);
  if (target instanceof Target) session.exceptionFilters.begin(target, configuration.signals);
  const debuggee = new Debuggee(session, target, configuration, sourcePaths);
  session.debuggee = debuggee;
  if (session.leaving) {
    // The client left while the process was being made.
    await debuggee.leave(configuration.request === 'launch');
    return;
  }
  if (configuration.request !== 'core') {
    target.on('child', (child) => {
      if (child.replaces) void goOnWith(session, debuggee, child.target);
      else offerChild(session, debuggee, child);
    });
  }
  session.watchables.imageChanged();
  debuggee.announce();
  debuggee.cancelDownloads = downloadDebugFiles(session, target, configuration);
  session.breakpoints.apply(target);
  if (configuration.request !== 'core') traceSyscalls(session, target.live, configuration);
}

function traceSyscalls(session: Session, target: Target, configuration: Configuration): void {
  feedSyscalls(session, target);
  const notes = applySettings(target, configuration.syscalls, folderOf(configuration));
  for (const note of notes) session.print(note);
}

/** Runs `work` with other requests waiting for its end. */
function starting(session: Session, work: () => Promise<void>): Promise<void> {
  const done = work();
  const settled: Promise<void> = done
    .catch(() => undefined)
    .then(() => {
      if (session.starting === settled) session.starting = undefined;
    });
  session.starting = settled;
  return done;
}

/** The session goes on with a child in place of the process that made it, which is let go. */
async function goOnWith(session: Session, old: Debuggee, child: Target): Promise<void> {
  await starting(session, async () => {
    const { configuration, sourcePaths } = old;
    const { pid } = old.target;
    old.silence();
    child.takeOutput(old.live);
    await old.live.detach();
    session.resetStop();
    session.print(`Process ${child.pid} is followed, and process ${pid} runs on without the debugger.`);
    await adopt(session, child, configuration, sourcePaths);
    await child.breakpoints.settled;
    if (!session.leaving) child.start();
  }).catch((error: unknown) => session.report(error instanceof Error ? (error.stack ?? error.message) : String(error)));
}

function beginChild(session: Session, { target, configuration, isLaunched }: ChildOffer): Promise<void> {
  const own: AttachConfiguration = {
    ...configuration,
    request: 'attach',
    pid: target.pid,
    program: undefined,
    stopOnEntry: false,
    waitFor: false,
    newest: false,
    child: { launched: isLaunched },
  };
  return begin(session, () => adopt(session, target, own, prepare(session, own)));
}

async function begin(session: Session, make: () => Promise<void>): Promise<void> {
  const { debuggee } = session;
  if (debuggee?.ending !== undefined) {
    throw new UserError(`${debuggee.ending}, and this session with it: start another one.`, { code: 'session-over' });
  }
  if (debuggee) {
    throw new UserError(`${debuggee.target.program} (process ${debuggee.target.pid}) is being debugged already.`, {
      code: 'already-debugging',
    });
  }
  await starting(session, async () => {
    await make();
    session.emitEvent('initialized');
    if (!session.configured) return;
    const { target } = session;
    await target.breakpoints.settled;
    target.start();
  });
}

export const launch = request('initialized', v.unknown(), (session, args, context) => {
  const configuration = launchConfiguration(args);
  return begin(session, () => create(session, configuration, context));
});

export const attach = request('initialized', v.unknown(), (session, args, context) => {
  const token = childToken(args);
  if (token !== undefined) return beginChild(session, claimChild(token));
  const configuration = attachConfiguration(args);
  return begin(session, () => create(session, configuration, context));
});

export const configurationDone = request('initialized', v.unknown(), async (session, _args, context) => {
  if (session.configured) {
    throw new UserError('configurationDone has been sent already.', { code: 'already-configured' });
  }
  session.configured = true;
  const { debuggee } = session;
  // Sent ahead of launch, it counts as soon as there is something to start.
  if (!debuggee || debuggee.ending !== undefined) return;
  context.holdEvents();
  await breakpointsSettled(session, context);
  debuggee.target.start();
});

/** The configuration that a restart runs with: the client may send a new one. */
function nextConfiguration(current: Configuration, args: unknown): Configuration {
  const given = (args as { arguments?: unknown } | undefined)?.arguments;
  if (typeof given !== 'object' || given === null) return current;
  return current.request === 'launch' ? launchConfiguration(given) : attachConfiguration(given);
}

async function restartWith(session: Session, args: unknown, context: RequestContext): Promise<void> {
  const old = session.alive;
  if (old.configuration.request === 'attach' && old.configuration.child) {
    throw new UserError('A followed child cannot be started again by itself: restart the session that it came from.', {
      code: 'no-restart',
    });
  }
  const configuration = nextConfiguration(old.configuration, args);
  context.holdEvents();
  await starting(session, async () => {
    old.silence();
    await old.leave(old.configuration.request === 'launch');
    session.resetStop();
    try {
      await create(session, configuration, context);
    } catch (error) {
      // The old process is gone and there is no new one: the session has nothing left to debug.
      old.ending = 'The program has been ended by a restart that failed';
      session.emitEvent('terminated');
      throw error;
    }
    session.configured = true;
    session.target.start();
  });
}

export const restart = request('process', v.unknown(), restartWith);
