/** The command that saves a core file of the stopped process. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../common/errors';
import type { SaveCoreArguments, SaveCoreResponse } from '../protocol/requests';

/** Asks where it goes, unless told. */
export async function saveCore(given?: string): Promise<SaveCoreResponse | undefined> {
  const session = vscode.debug.activeDebugSession;
  if (session?.type !== 'ptrace') {
    void vscode.window.showInformationMessage('There is no Ptrace session to save a core file of.');
    return undefined;
  }
  const path = typeof given === 'string' ? given : await askForPath(session);
  if (path === undefined) return undefined;
  const core: SaveCoreArguments = { path };
  try {
    const saved = (await session.customRequest('ptrace/saveCore', core)) as SaveCoreResponse;
    void vscode.window.showInformationMessage(`Saved ${saved.path}.`);
    return saved;
  } catch (error) {
    void vscode.window.showErrorMessage(messageOf(error));
    return undefined;
  }
}

async function askForPath({ workspaceFolder, name }: vscode.DebugSession): Promise<string | undefined> {
  const folder = workspaceFolder?.uri.fsPath ?? homedir();
  const file = await vscode.window.showSaveDialog({
    title: 'Save a core file',
    saveLabel: 'Save',
    defaultUri: vscode.Uri.file(join(folder, `core.${name.replace(/[^\w.-]+/g, '_')}`)),
  });
  return file?.fsPath;
}
