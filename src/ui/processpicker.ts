/** Chooses a process to attach to, from those of /proc: behind `${command:ptrace.pickProcess}` in a launch.json. */
import * as vscode from 'vscode';
import { listProcesses, type ProcessEntry } from '../common/procfs';

interface ProcessItem extends vscode.QuickPickItem {
  readonly pid: number;
}

const refreshButton: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('refresh'), tooltip: 'Refresh' };

/** The chosen process id in decimal, as launch.json variables are texts; undefined when the user gave up. */
export function pickProcess(wanted: (entry: ProcessEntry) => boolean = () => true): Promise<string | undefined> {
  const picker = vscode.window.createQuickPick<ProcessItem>();
  picker.title = 'Attach to a process';
  picker.placeholder = 'Type a name, a process id, a user or a part of the command line';
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.buttons = [refreshButton];
  picker.items = items(wanted);
  picker.onDidTriggerButton(() => (picker.items = items(wanted)));
  return new Promise((resolve) => {
    picker.onDidAccept(() => {
      const [chosen] = picker.selectedItems;
      if (!chosen) return;
      resolve(String(chosen.pid));
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(undefined);
      picker.dispose();
    });
    picker.show();
  });
}

/** The command "Attach to a Process…": no launch.json needed. */
export async function attachToProcess(): Promise<void> {
  const pid = await pickProcess();
  if (pid === undefined) return;
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  await vscode.debug.startDebugging(folder, { type: 'ptrace', request: 'attach', name: `Attach to ${pid}`, pid });
}

function items(wanted: (entry: ProcessEntry) => boolean): ProcessItem[] {
  const own = new Set([process.pid, process.ppid]);
  return listProcesses()
    .filter((entry) => !own.has(entry.pid) && wanted(entry))
    .sort((a, b) => rank(a) - rank(b) || b.pid - a.pid)
    .map(({ pid, name, user, commandLine }) => ({
      label: name,
      description: `${pid}  ${user}`,
      detail: commandLine,
      pid,
    }));
}

/** The user's own processes first: the others need privileges. Within them, the latest started first. */
function rank({ uid }: ProcessEntry): number {
  return uid === process.getuid?.() ? 0 : 1;
}
