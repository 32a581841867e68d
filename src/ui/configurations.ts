/**
 * Fills in what a launch configuration leaves open: F5 without a launch.json, a missing program, a missing process.
 * What VS Code does itself (variables, tasks, schema) is left to it, and what is wrong with a program is said by the
 * adapter, in one place for all clients.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, isAbsolute, relative } from 'node:path';
import * as vscode from 'vscode';
import type { AttachArguments, DisassemblyFlavor, LaunchArguments } from '../protocol/arguments';
import { listProcesses, type ProcessEntry } from '../common/procfs';
import { findExecutables } from './executables';
import { pickProcess } from './processpicker';

const RECENT = 'ptrace.recentPrograms';
const RECENT_LIMIT = 8;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type Configuration = vscode.DebugConfiguration & Writable<LaunchArguments & AttachArguments>;

export class Configurations implements vscode.DebugConfigurationProvider {
  constructor(
    /** Where the recent programs are kept. */
    private readonly state: vscode.Memento,
  ) {}

  /** The entries below "Ptrace Debugger…" in the launch drop-down, from where they can be put into launch.json. */
  async provideDebugConfigurations(folder: vscode.WorkspaceFolder | undefined): Promise<vscode.DebugConfiguration[]> {
    const programs = await this.candidates(folder);
    return [
      ...programs.map((program) => launchOf(program, folder)),
      { type: 'ptrace', request: 'attach', name: 'Attach to a process', pid: '${command:ptrace.pickProcess}' },
    ];
  }

  async resolveDebugConfiguration(
    folder: vscode.WorkspaceFolder | undefined,
    given: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | null | undefined> {
    let configuration: Configuration = given;
    // F5 with no launch.json comes as a configuration without type, request and name.
    if (!given.type && !given.request && !given.name) {
      const program = await this.chooseProgram(folder);
      if (!program) return undefined;
      configuration = { ...given, ...launchOf(program, folder) };
    } else if (configuration.coreFile ?? configuration.coreDumpPath) {
      // Nothing is started, and the core names its program.
    } else if (given.request === 'attach') {
      const { program, processName } = configuration;
      const pid = configuration.pid ?? configuration.processId ?? (await pidOf(configuration, program ?? processName));
      // The user has closed the list of several that run the program.
      if (pid === null) return undefined;
      configuration.pid = pid;
    } else if (!configuration.program) {
      const answer = await askForProgram(given.name);
      if (answer !== 'choose') return answer === 'open' ? null : undefined;
      configuration.program = await this.chooseProgram(folder);
      if (!configuration.program) return undefined;
    }
    configuration.disassemblyFlavor ??= vscode.workspace
      .getConfiguration('ptrace', folder)
      .get<DisassemblyFlavor>('disassemblyFlavor');
    return configuration;
  }

  resolveDebugConfigurationWithSubstitutedVariables(
    _folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): vscode.DebugConfiguration {
    const { request, program } = configuration as Configuration;
    if (request === 'launch' && program && isAbsolute(program)) void this.remember(program);
    return configuration;
  }

  /** Asks for a program: those found in the folder and the recent ones, or any file. Undefined: the user gave up. */
  async chooseProgram(folder: vscode.WorkspaceFolder | undefined): Promise<string | undefined> {
    const browse: vscode.QuickPickItem = { label: '$(folder-opened) Browse…' };
    const search = this.candidates(folder).then((programs) => {
      const recent = new Set(this.recent());
      const items = programs.map((program): vscode.QuickPickItem & { program: string } => ({
        label: display(program),
        description: recent.has(program) ? 'recent' : undefined,
        program,
      }));
      return [...items, browse];
    });
    const picked = await vscode.window.showQuickPick<vscode.QuickPickItem & { program?: string }>(search, {
      title: 'Debug a program',
      placeHolder: 'Choose an executable (compile with -g to see source lines and variables)',
    });
    if (!picked) return undefined;
    if (picked.program) return picked.program;
    const files = await vscode.window.showOpenDialog({
      title: 'Debug a program',
      openLabel: 'Debug',
      defaultUri: folder?.uri ?? vscode.Uri.file(homedir()),
    });
    return files?.[0]?.fsPath;
  }

  /** The command "Debug a Program…". */
  async debugProgram(): Promise<void> {
    const editor = vscode.window.activeTextEditor?.document.uri;
    const folder = (editor && vscode.workspace.getWorkspaceFolder(editor)) ?? vscode.workspace.workspaceFolders?.[0];
    const program = await this.chooseProgram(folder);
    if (program) await vscode.debug.startDebugging(folder, launchOf(program, folder));
  }

  private async candidates(folder: vscode.WorkspaceFolder | undefined): Promise<string[]> {
    const editor = vscode.window.activeTextEditor?.document.uri;
    const hint = editor?.scheme === 'file' ? editor.fsPath : undefined;
    const folders = folder ? [folder] : (vscode.workspace.workspaceFolders ?? []);
    const local = folders.filter(({ uri }) => uri.scheme === 'file');
    const found = await Promise.all(local.map(({ uri }) => findExecutables(uri.fsPath, hint)));
    return [...new Set([...this.recent(), ...found.flat().map(({ path }) => path)])];
  }

  private recent(): string[] {
    return this.state.get<string[]>(RECENT, []).filter((path) => existsSync(path));
  }

  private async remember(program: string): Promise<void> {
    const others = this.recent().filter((path) => path !== program);
    await this.state.update(RECENT, [program, ...others].slice(0, RECENT_LIMIT));
  }
}

/**
 * Without a pid: the list of processes, of those that run the program where there are several. Undefined leaves it to
 * the adapter, which knows what to say; null when nothing was chosen.
 */
async function pidOf(
  { waitFor, newest }: Configuration,
  program: string | undefined,
): Promise<string | null | undefined> {
  if (!program) return '${command:ptrace.pickProcess}';
  if (waitFor || newest || program.includes('${')) return undefined;
  const isNamed = ({ name, commandLine }: ProcessEntry) =>
    name === basename(program).slice(0, 15) || basename(commandLine.split(' ')[0] ?? '') === basename(program);
  if (listProcesses().filter(isNamed).length < 2) return undefined;
  return (await pickProcess(isNamed)) ?? null;
}

/** A launch configuration for one program, as it may stand in a launch.json. */
function launchOf(program: string, folder: vscode.WorkspaceFolder | undefined): Configuration {
  const name = `Debug ${display(program)}`;
  if (!folder) return { type: 'ptrace', request: 'launch', name, program };
  const inside = relative(folder.uri.fsPath, program);
  const portable = inside.startsWith('..') ? program : `\${workspaceFolder}/${inside}`;
  return { type: 'ptrace', request: 'launch', name, program: portable, cwd: '${workspaceFolder}' };
}

/** Says that a configuration of launch.json has no program, and asks what to do about it. */
async function askForProgram(name: string): Promise<'choose' | 'open' | undefined> {
  const choose = 'Choose a Program…';
  const open = 'Open launch.json';
  const answer = await vscode.window.showErrorMessage(
    `The launch configuration "${name}" has no "program": the path of the executable to debug.`,
    { modal: true },
    choose,
    open,
  );
  return answer === choose ? 'choose' : answer === open ? 'open' : undefined;
}

/** A path as short as it stays clear: relative to its workspace folder, or with `~`. */
function display(path: string): string {
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path));
  if (folder) {
    const inside = relative(folder.uri.fsPath, path);
    return (vscode.workspace.workspaceFolders?.length ?? 0) > 1 ? `${folder.name}/${inside}` : inside;
  }
  const home = homedir() + '/';
  return path.startsWith(home) ? '~/' + path.slice(home.length) : path;
}
