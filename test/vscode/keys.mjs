// The runs by keyboard: what a user presses and sees, in a browser.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import { press, until } from './browser.mjs';
import { collapse, command, currentLine, input, lineOf, quickOpen } from './workbench.mjs';

/**
 * @typedef {{ page: import('playwright-core').Page, lines: string[], say: (line: string) => void,
 *   screenshot: (page: import('playwright-core').Page, name: string) => Promise<void> }} Tools `lines` are those of the
 *   sample
 */

/**
 * F9, F5, the Registers view, F10, a register set by hand, the Disassembly view, restart, stop.
 * @param {Tools} tools
 */
export async function stepByKeys({ page, lines, say, screenshot }) {
  const line = lineOf(lines, 'board->tried++');
  await page.locator('.monaco-workbench .explorer-viewlet').waitFor({ timeout: 60_000 });

  await quickOpen(page, 'queens.c', 'queens.c', '.tab.active[data-resource-name="queens.c"]');
  await quickOpen(page, `:${line}`, `line ${line}`, `.line-numbers.active-line-number:text-is("${line}")`);
  await press(page, 'F9', 'a breakpoint in the margin', () => page.locator('.codicon-debug-breakpoint').count());
  say(`F9: a breakpoint on line ${line}`);

  await press(page, 'F5', `the current line is ${line}`, async () => (await currentLine(page)) === line);
  say(`F5: stopped on line ${line}`);

  await command(page, 'Debug: Focus on Registers View', () => registersPane(page).count());
  // Rows out of sight are not in the page, so the view needs room.
  for (const title of ['Watch', 'Loaded Scripts', 'Breakpoints', 'Variables']) await collapse(page, title);
  const first = await until('rip in the Registers view', () => register(page, 'rip'));
  assert.match(first.value, /^0x[0-9a-f]+$/);
  assert.equal(first.highlighted, '', 'nothing is highlighted at the first stop');
  say(`the Registers view shows rip = ${first.value}`);

  await press(page, 'F10', `the current line is ${line + 1}`, async () => (await currentLine(page)) === line + 1);
  const second = await until('another rip, highlighted', async () => {
    const rip = await register(page, 'rip');
    return rip && rip.value !== first.value && rip.highlighted === rip.value ? rip : undefined;
  });
  say(`F10: line ${line + 1}, rip = ${second.value}, highlighted`);
  const stack = await register(page, 'rsp');
  assert.equal(stack?.highlighted, '', 'rsp has not changed');
  await screenshot(page, 'stepped');

  await row(page, 'rbx').click();
  await press(page, 'F2', 'the input box for rbx', () => input(page).isVisible());
  await input(page).fill('no such thing');
  await page.keyboard.press('Enter');
  await until('a sentence about the wrong value', () => page.locator('.quick-input-message').innerText());
  await input(page).fill('0x1234');
  await page.keyboard.press('Enter');
  await until('rbx is 0x1234', async () => (await register(page, 'rbx'))?.value === '0x1234');
  say('F2: rbx set to 0x1234, after a refusal of nonsense');

  await command(page, 'Open Disassembly View', () => page.locator('.disassembly-view .monaco-list-row').count());
  const text = await until('instructions in the Disassembly view', async () => {
    const all = await page.locator('.disassembly-view').innerText();
    return /\bcall\b[^]*\b(mov|lea)\b|\b(mov|lea)\b[^]*\bcall\b/.test(all) ? all : undefined;
  });
  assert.match(text, /attacked/, 'the call names its target');
  await screenshot(page, 'disassembly');
  say('the Disassembly view shows instructions with the names of what they call');
  await page.locator('.tab[data-resource-name="queens.c"]').click();
  await until('the source in front', () => page.locator('.tab.active[data-resource-name="queens.c"]').count());

  await press(page, 'Control+Shift+F5', `stopped on line ${line} anew`, async () => (await currentLine(page)) === line);
  say('Ctrl+Shift+F5: restarted, stopped at the breakpoint');
  await press(page, 'Shift+F5', 'no debug toolbar', async () => !(await page.locator('.debug-toolbar').isVisible()));
  say('Shift+F5: the session has ended');
}

/**
 * A folder with a program and no launch.json: F5 offers the program. Then a process, chosen from the list.
 * @param {Tools} tools
 */
export async function startByKeys({ page, lines, say, screenshot }) {
  const line = lineOf(lines, 'place(&board, 0)');
  await page.locator('.monaco-workbench .explorer-viewlet').waitFor({ timeout: 60_000 });
  await quickOpen(page, 'queens.c', 'queens.c', '.tab.active[data-resource-name="queens.c"]');
  await quickOpen(page, `:${line}`, `line ${line}`, `.line-numbers.active-line-number:text-is("${line}")`);
  await press(page, 'F9', 'a breakpoint in the margin', () => page.locator('.codicon-debug-breakpoint').count());

  const offer = page.locator('.quick-input-widget .monaco-list-row', { hasText: 'queens' }).first();
  await press(page, 'F5', 'the list of programs', () => offer.isVisible());
  await screenshot(page, 'programs');
  await page.keyboard.press('Enter');
  await until(`the current line is ${line}`, async () => (await currentLine(page)) === line);
  say(`F5 without launch.json: chose the program, stopped on line ${line}`);
  await press(page, 'Shift+F5', 'no debug toolbar', async () => !(await page.locator('.debug-toolbar').isVisible()));

  const sleeper = spawn('sleep', ['1000'], { stdio: 'ignore' });
  try {
    const status = () => readFileSync(`/proc/${sleeper.pid}/status`, 'utf8');
    const row = page.locator('.quick-input-widget .monaco-list-row', { hasText: 'sleep 1000' }).first();
    await command(page, 'Ptrace: Attach to a Process', () =>
      page.locator('.quick-input-title', { hasText: 'Attach' }).count(),
    );
    await input(page).fill(String(sleeper.pid));
    await row.waitFor();
    await screenshot(page, 'processes');
    await page.keyboard.press('Enter');
    await until('it is traced', () => !/^TracerPid:\t0$/m.test(status()));
    await until('the debug toolbar', () => page.locator('.debug-toolbar').isVisible());
    assert.match(status(), /^State:\tS/m, 'attaching does not stop it');
    say(`attached to ${sleeper.pid}, chosen from the list; it runs on`);
    await press(page, 'Shift+F5', 'no debug toolbar', async () => !(await page.locator('.debug-toolbar').isVisible()));
    await until('it is traced no more', () => /^TracerPid:\t0$/m.test(status()));
    assert.match(status(), /^State:\tS/m, 'detaching does not stop it');
    say('detached from it; it runs on');
  } finally {
    sleeper.kill('SIGKILL');
  }
}

/**
 * The README's picture: stopped deep in the recursion, with source, disassembly and registers in sight.
 * @param {Tools} tools
 */
export async function poseForPicture({ page, lines, screenshot }) {
  const line = lineOf(lines, 'printf("solution');
  await page.locator('.monaco-workbench .explorer-viewlet').waitFor({ timeout: 60_000 });
  await quickOpen(page, 'queens.c', 'queens.c', '.tab.active[data-resource-name="queens.c"]');
  await quickOpen(page, `:${line}`, `line ${line}`, `.line-numbers.active-line-number:text-is("${line}")`);
  await press(page, 'F9', 'a breakpoint in the margin', () => page.locator('.codicon-debug-breakpoint').count());
  await press(page, 'F5', `the current line is ${line}`, async () => (await currentLine(page)) === line);
  await command(page, 'Debug: Focus on Registers View', () => registersPane(page).count());
  await press(page, 'Control+J', 'no panel', async () => !(await page.locator('.part.panel').isVisible()));
  for (const title of ['Watch', 'Loaded Scripts', 'Breakpoints', 'Variables']) await collapse(page, title);
  await until('rip in the Registers view', () => register(page, 'rip'));
  await command(
    page,
    'View: Split Editor Down',
    async () => (await page.locator('.editor-group-container').count()) === 2,
  );
  await command(page, 'Open Disassembly View', () => page.locator('.disassembly-view .monaco-list-row').count());
  await page.locator('.tab[data-resource-name="queens.c"]').first().click();
  const step = async () => (await currentLine(page)) === line + 1;
  await press(page, 'F10', `the current line is ${line + 1}`, step);
  await until('rip is highlighted', async () => (await register(page, 'rip'))?.highlighted);
  await page.mouse.move(700, 780);
  // The disassembly scrolls to the instruction some time after everything else is in place.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await screenshot();
}

function registersPane(page) {
  return page.locator('.pane', { has: page.locator('.pane-header', { hasText: 'Registers' }) });
}

function row(page, name) {
  return registersPane(page)
    .locator('.monaco-list-row', { hasText: new RegExp(`^\\s*${name} = `) })
    .first();
}

/** A row of the Registers view: the value, and the part of the row that is highlighted. Undefined: not there. */
async function register(page, name) {
  const found = row(page, name);
  if ((await found.count()) === 0) return undefined;
  const label = await found.locator('.label-name').first().innerText();
  const highlighted = (await found.locator('.highlight').allInnerTexts()).join('');
  return { value: label.replace(/^.* = /, ''), highlighted };
}
