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
  say(`the view shows ${await view.locator('#count').innerText()}`);

  await view.locator('#list').focus();
  await press(page, 'Home', 'the first row, selected', () => view.locator('#row-0[aria-selected="true"]').count());
  assert.match(await view.locator('#row-0 .call').innerText(), /^execve\(/);
  assert.equal(await view.locator('#list').getAttribute('aria-activedescendant'), 'row-0');
  assert.equal(await view.locator('#follow').isChecked(), false);
  await page.keyboard.press('ArrowDown');
  await until('the second row, selected', () => view.locator('#row-1[aria-selected="true"]').count());
  await page.keyboard.press('Enter');
  await until('its stack', () => view.locator('#stack li').count());
  say(`Enter: a stack of ${await view.locator('#stack li').count()} frames`);
  await screenshot(page, 'calls');

  await view.locator('#calls').fill('openat');
  await until('the calls of the filter', async () => {
    const names = await view.locator('.row .name').allInnerTexts();
    return names.length > 0 && names.every((name) => name === 'openat');
  });
  await view.locator('#calls').fill('opnat');
  await until('what is wrong with the filter', () => view.locator('#problem:has-text("opnat")').isVisible());
  await view.locator('#calls').fill('');
  await view.locator('#failed').check();
  await until('the calls that failed', async () => {
    const count = await view.locator('.row').count();
    return count > 0 && (await view.locator('.row.failed').count()) === count;
  });
  say(`failed only: ${await view.locator('#count').innerText()}`);
  await view.locator('#failed').uncheck();
  await until('all calls', async () => (await view.locator('.row').count()) > 1);

  await view.locator('.row.call').last().click({ button: 'right' });
  const menu = page.locator('.monaco-menu .action-label', { hasText: 'Make Calls Like This Fail' });
  await until('the menu', () => menu.isVisible());
  await screenshot(page, 'calls-menu');
  await menu.click();
  await until('the errors', () => page.locator('.quick-input-widget .monaco-list-row', { hasText: 'ENOENT' }).count());
  await input(page).fill('EIO');
  await page.keyboard.press('Enter');
  await until('how often', () =>
    page.locator('.quick-input-widget .monaco-list-row', { hasText: 'Every call' }).count(),
  );
  await page.keyboard.press('Enter');
  await until('the rule in the view', () => view.locator('.chip:has-text("error=EIO")').count());
  say(`a rule: ${await view.locator('.chip').first().innerText()}`);

  for (const theme of ['Light 2026', 'Dark High Contrast']) {
    await chooseTheme(page, theme);
    await screenshot(page, `calls-${theme.split(' ').at(-1).toLowerCase()}`);
  }
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

async function chooseTheme(page, name) {
  await page.locator('.editor-instance .view-line').last().click();
  await page.keyboard.press('Control+K');
  await page.keyboard.press('Control+T');
  const item = page.locator('.quick-input-widget .monaco-list-row', { hasText: name }).first();
  await until('the themes', () => input(page).isVisible());
  await input(page).fill(name);
  await item.click();
  await until('the list of themes is closed', async () => !(await input(page).isVisible()));
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
