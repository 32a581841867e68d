/** The extension's composition: what exists, and who gets what. */
import * as vscode from 'vscode';
import { AdapterFactory } from './ui/adapterfactory';
import { Configurations } from './ui/configurations';
import { attachToProcess, pickProcess } from './ui/processpicker';
import { RegistersView } from './ui/registersview';
import { forgetRootAdapter } from './ui/rootadapter';
import { saveCore } from './ui/savecore';
import { replaceSignal, sendSignal, suppressSignal } from './ui/signals';
import { stepInstructions } from './ui/stepinstructions';
import { syscallCommands } from './ui/syscalls/commands';
import { SyscallsView } from './ui/syscalls/view';

/** What other extensions, and the tests, may use. */
export interface Api {
  /** The data behind the Registers view. */
  readonly registers: RegistersView;
  /** What the System Calls view shows. */
  readonly syscalls: SyscallsView;
}

export function activate(context: vscode.ExtensionContext): Api {
  const configurations = new Configurations(context.workspaceState);
  const registers = new RegistersView();
  const syscalls = new SyscallsView(context.extensionUri);
  context.subscriptions.push(
    registers,
    syscalls,
    syscallCommands(syscalls),
    vscode.debug.registerDebugAdapterDescriptorFactory(
      'ptrace',
      new AdapterFactory(context.asAbsolutePath('dist/ptrace-dap.js')),
    ),
    vscode.debug.onDidTerminateDebugSession(forgetRootAdapter),
    // Registered once: the methods that resolve would otherwise be called once for each kind.
    vscode.debug.registerDebugConfigurationProvider(
      'ptrace',
      configurations,
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
    vscode.commands.registerCommand('ptrace.pickProcess', () => pickProcess()),
    vscode.commands.registerCommand('ptrace.attach', attachToProcess),
    vscode.commands.registerCommand('ptrace.debugProgram', () => configurations.debugProgram()),
    vscode.commands.registerCommand('ptrace.stepInstructions', stepInstructions),
    vscode.commands.registerCommand('ptrace.sendSignal', sendSignal),
    vscode.commands.registerCommand('ptrace.suppressSignal', suppressSignal),
    vscode.commands.registerCommand('ptrace.replaceSignal', replaceSignal),
    vscode.commands.registerCommand('ptrace.saveCore', saveCore),
  );
  return { registers, syscalls };
}
