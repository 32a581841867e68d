/**
 * Starts the debug adapter as a process of its own: it traces, and only one thread of one process may do that. It runs
 * on the JavaScript runtime that runs this extension, so nothing has to be installed.
 */
import * as vscode from 'vscode';
import type { AttachArguments, ChildKeys } from '../protocol/arguments';
import { startAsRoot } from './rootadapter';

export class AdapterFactory implements vscode.DebugAdapterDescriptorFactory {
  constructor(
    /** Path of dist/ptrace-dap.js. */
    private readonly adapter: string,
  ) {}

  createDebugAdapterDescriptor(session: vscode.DebugSession): vscode.ProviderResult<vscode.DebugAdapterDescriptor> {
    // A followed child: the process that traces its parent traces it too, and listens on a socket of its own.
    const { __adapter: socket } = session.configuration as Partial<ChildKeys>;
    if (typeof socket === 'string') return new vscode.DebugAdapterNamedPipeServer(socket);
    const { asRoot } = session.configuration as Pick<AttachArguments, 'asRoot'>;
    if (asRoot !== undefined && asRoot !== false && process.getuid?.() !== 0) {
      return startAsRoot(session, this.adapter, asRoot === 'pkexec' ? 'pkexec' : 'sudo');
    }
    // Desktop VS Code runs extensions in Electron, which is Node when told so; remote and browser servers run Node.
    const env: Record<string, string> = process.versions['electron'] ? { ELECTRON_RUN_AS_NODE: '1' } : {};
    return new vscode.DebugAdapterExecutable(process.execPath, [this.adapter], { env });
  }
}
