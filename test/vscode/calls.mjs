// The run by keyboard through the System Calls view: rows, selection, filters, the stack of a call, rules; in three themes.
import assert from 'node:assert/strict';
import { press, until } from './browser.mjs';
import { command, input, quickOpen } from './workbench.mjs';

/**
 * @param {import('./keys.mjs').Tools} tools
 */
export async function lookAtCalls({ page, say, screenshot }) {
  await page.locator('.monaco-workbench .explorer-viewlet').waitFor({ timeout: 60_000 });
  await quickOpen(page, 'queens.c', 'queens.c', '.tab.active[data-resource-name="queens.c"]');
  await startNamed(page, 'System calls of six queens');
  await until('the program stands in main', () => page.locator('.debug-top-stack-frame-line').count(), 60_000);
  await command(page, 'Focus on System Calls View', () => page.locator('iframe.webview').count());
  const view = await until('the view', () => viewOf(page));
  await until('rows', () => view.locator('.row.call').count());
  await screenshot(page, 'calls');
}

/** Starts a configuration, again while VS Code has not read launch.json yet. */
async function startNamed(page, name) {
  const item = page.locator('.quick-input-widget .monaco-list-row', { hasText: name }).first();
  await until(`the configuration ${name}`, async () => {
    await page.keyboard.press('Escape');
    await press(page, 'Control+P', 'the quick input', () => input(page).isVisible());
    await input(page).fill(`debug ${name}`);
    return item.waitFor({ timeout: 3_000 }).then(
      () => true,
      () => false,
    );
  });
  await page.keyboard.press('Enter');
}

/** The frame of the view: a webview is a frame within a frame. */
async function viewOf(page) {
  for (const frame of page.frames()) {
    try {
      if ((await frame.locator('#rows').count()) > 0) return frame;
    } catch {
      // It has just gone.
    }
  }
  return undefined;
}
