/** The command that steps a number of instructions in one request. */
import * as vscode from 'vscode';
import { messageOf } from '../common/errors';
import type { StepInstructionsArguments, StepInstructionsResponse } from '../protocol/requests';

const MAX_COUNT = 2 ** 31 - 1;

/** Asks how many, unless told; the `stopped` event that follows moves the views. */
export async function stepInstructions(given?: number): Promise<StepInstructionsResponse | undefined> {
  const item = vscode.debug.activeStackItem;
  if (item?.session.type !== 'ptrace' || item.threadId === undefined) {
    void vscode.window.showInformationMessage('Select a stopped thread of a Ptrace session first.');
    return undefined;
  }
  const count = given ?? (await askForCount());
  if (count === undefined) return undefined;
  const step: StepInstructionsArguments = { threadId: item.threadId, count };
  try {
    const done = (await item.session.customRequest('ptrace/stepInstructions', step)) as StepInstructionsResponse;
    if (done.reason !== 'steps') {
      const why = done.text ?? done.reason;
      void vscode.window.showInformationMessage(
        `${done.instructionsExecuted} of ${count} instructions executed: ${why}`,
      );
    }
    return done;
  } catch (error) {
    void vscode.window.showErrorMessage(messageOf(error));
    return undefined;
  }
}

async function askForCount(): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title: 'Step instructions',
    prompt: 'How many instructions? Breakpoints and signals end the burst early.',
    value: '100',
    validateInput: (value) =>
      /^[0-9]+$/.test(value.trim()) && Number(value) >= 1 && Number(value) <= MAX_COUNT
        ? undefined
        : `A whole number from 1 to ${MAX_COUNT}.`,
  });
  return text === undefined ? undefined : Number(text);
}
