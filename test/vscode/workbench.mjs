// The workbench's parts that the runs by keyboard use.
import assert from 'node:assert/strict';
import { press, until } from './browser.mjs';

/** The 1-based line of a sample that contains a text. */
export function lineOf(lines, text) {
  const index = lines.findIndex((line) => line.includes(text));
  assert.notEqual(index, -1, `the sample has no line with ${text}`);
  return index + 1;
}

/** Opens a file or goes to a line through the quick input, again when the workbench did not hear it. */
export async function quickOpen(page, text, hint, selector) {
  for (let attempt = 1; ; attempt++) {
    await press(page, 'Control+P', 'the quick input', () => input(page).isVisible());
    await input(page).fill(text);
    await page.locator('.quick-input-widget .monaco-list-row', { hasText: hint }).first().waitFor();
    await page.keyboard.press('Enter');
    try {
      return await until(`what ${text} leads to`, () => page.locator(selector).count(), 5_000);
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

/** Runs a command by its title. */
export async function command(page, title, done) {
  await press(page, 'F1', 'the quick input', () => input(page).isVisible());
  await input(page).fill(`>${title}`);
  await page.locator('.quick-input-widget .monaco-list-row', { hasText: title }).first().waitFor();
  await page.keyboard.press('Enter');
  await until(`what "${title}" leads to`, done);
}

/** The box of the quick input. */
export function input(page) {
  return page
    .locator('.quick-input-widget .quick-input-filter input, .quick-input-widget .quick-input-box input')
    .first();
}

/** The number of the line with the yellow arrow; undefined when there is none. */
export async function currentLine(page) {
  return page.evaluate(() => {
    const arrow = document.querySelector(
      '.editor-instance .codicon-debug-stackframe, .editor-instance .codicon-debug-breakpoint-stackframe',
    );
    const top = document.querySelector('.editor-instance .debug-top-stack-frame-line');
    const mark = arrow ?? top;
    if (!mark) return undefined;
    const y = mark.getBoundingClientRect().top;
    for (const number of document.querySelectorAll('.editor-instance .line-numbers')) {
      if (Math.abs(number.getBoundingClientRect().top - y) < 4) return Number(number.textContent);
    }
    return undefined;
  });
}

/** Closes a view of the sidebar. */
export async function collapse(page, title) {
  const header = page.locator('.pane-header', { hasText: title });
  if ((await header.getAttribute('aria-expanded')) !== 'true') return;
  await header.click({ position: { x: 40, y: 10 } });
  await until(`${title} is closed`, async () => (await header.getAttribute('aria-expanded')) === 'false');
}
