// The run by keyboard through the data of a C++ program: variables, hover, watch, console, data breakpoints.
import assert from 'node:assert/strict';
import { press, until } from './browser.mjs';
import { collapse, command, currentLine, input, lineOf, quickOpen } from './workbench.mjs';

/**
 * @param {import('./keys.mjs').Tools} tools
 */
export async function lookByKeys({ page, lines, say, screenshot }) {
  const line = lineOf(lines, 'total += cost');
  await page.locator('.monaco-workbench .explorer-viewlet').waitFor({ timeout: 60_000 });
  await quickOpen(page, 'delivery.cpp', 'delivery.cpp', '.tab.active[data-resource-name="delivery.cpp"]');
  await quickOpen(page, `:${line}`, `line ${line}`, `.line-numbers.active-line-number:text-is("${line}")`);
  await press(page, 'F9', 'a breakpoint in the margin', () => page.locator('.codicon-debug-breakpoint').count());
  await startNamed(page, 'Delivery');
  await until(`the current line is ${line}`, async () => (await currentLine(page)) === line);
  for (const title of ['Watch', 'Loaded Scripts', 'Breakpoints', 'Call Stack']) await collapse(page, title);
  await widenSidebar(page);
  await expandScope(page, 'Locals');

  await until('the locals', () => variable(page, 'kilometres'));
  assert.equal((await variable(page, 'total')).value, '0');
  assert.equal((await variable(page, 'cost')).value, '27.5');
  await expandScope(page, 'Arguments');
  await expand(page, 'fleet');
  await expand(page, 'route');
  assert.match((await until('a member', () => variable(page, 'name'))).value, /"market"/);
  const fleet = await variable(page, 'fleet');
  assert.match(fleet.value, /^\[2\]/);
  await until('the elements of the vector', () => variable(page, '[1]'));
  say(`the Variables view shows fleet = ${fleet.value}`);
  await screenshot(page, 'variables');

  await press(page, 'F10', `the current line is ${line + 1}`, async () => (await currentLine(page)) === line + 1);
  await until('the new total, highlighted', async () => {
    const total = await variable(page, 'total');
    return total?.value === '27.5' && total.isChanged;
  });
  assert.ok(await variable(page, '[1]'), 'the vector is still open');
  assert.equal((await variable(page, 'kilometres')).isChanged, false);
  say('F10: total = 27.5, highlighted; what was open is open');
  await screenshot(page, 'variables-stepped');

  await row(page, 'total').click();
  const box = pane(page, 'Variables').locator('input');
  await press(page, 'F2', 'the box for a new value', () => box.isVisible());
  await box.fill('100.25');
  await page.keyboard.press('Enter');
  await until('the value is set', async () => (await variable(page, 'total'))?.value === '100.25');
  say('F2: total set to 100.25');

  const word = page
    .locator('.view-line', { hasText: 'length(route)' })
    .locator('span span', { hasText: 'route' })
    .last();
  const hover = page.locator('.debug-hover-widget');
  await until('the hover', async () => {
    await page.mouse.move(1200, 700);
    const { x, y, width, height } = await word.boundingBox();
    const text = await word.innerText();
    await page.mouse.move(x + (width * (text.indexOf('route') + 2)) / text.length, y + height / 2);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return hover.isVisible();
  });
  say(`hover: ${(await hover.innerText()).replace(/\s+/g, ' ').slice(0, 100)}`);
  await screenshot(page, 'hover');
  await page.keyboard.press('Escape');

  await expandPane(page, 'Watch');
  await pane(page, 'Watch').locator('.pane-header').hover();
  await pane(page, 'Watch').locator('.pane-header .action-label[aria-label^="Add Expression"]').click();
  await until('the box of a watch', () => pane(page, 'Watch').locator('input').isVisible());
  await pane(page, 'Watch').locator('input').fill('route->next->kilometres');
  await page.keyboard.press('Enter');
  await until('the watch', async () => {
    const text = await pane(page, 'Watch').innerText();
    return /route->next->kilometres[^]*7/.test(text);
  });
  say('a watch: route->next->kilometres = 7');

  await consoleAnswer(page, 'fleet.size()', /^2$/m);
  say('the Debug Console calls fleet.size()');
  await screenshot(page, 'console');
  await collapse(page, 'Watch');

  await row(page, 'total').click({ button: 'right' });
  const item = page.locator('.monaco-menu .action-item', { hasText: 'Break on Value Change' });
  await item.waitFor();
  await screenshot(page, 'menu');
  await item.click();
  await page.locator('.view-line', { hasText: 'rounds++' }).click();
  await expandPane(page, 'Breakpoints');
  await until('the data breakpoint', async () => {
    // The list is drawn as far as it is seen, and begins with the exception filters.
    await pane(page, 'Breakpoints').locator('.monaco-list').hover();
    await page.mouse.wheel(0, 10_000);
    return /total/.test(await pane(page, 'Breakpoints').innerText());
  });
  await press(page, 'F5', 'another line', async () => (await currentLine(page)) !== line + 1);
  await press(page, 'F5', 'the change', async () => {
    await expandPane(page, 'Call Stack');
    return /total changed from 100\.25 to 103\.32/.test(await pane(page, 'Call Stack').innerText());
  });
  say(`the call stack: ${(await pane(page, 'Call Stack').innerText()).replace(/\s+/g, ' ').slice(0, 200)}`);
  await screenshot(page, 'changed');
  await press(page, 'Shift+F5', 'no debug toolbar', async () => !(await page.locator('.debug-toolbar').isVisible()));
}

/** Starts a configuration of launch.json by its name. */
async function startNamed(page, name) {
  await press(page, 'Control+P', 'the quick input', () => input(page).isVisible());
  await input(page).fill(`debug ${name}`);
  await page.locator('.quick-input-widget .monaco-list-row', { hasText: name }).first().waitFor();
  await page.keyboard.press('Enter');
}

/** Values are long. */
async function widenSidebar(page) {
  const { x, y, width } = await page.locator('.part.sidebar').boundingBox();
  await page.mouse.move(x + width, y + 300);
  await page.mouse.down();
  await page.mouse.move(x + width + 170, y + 300, { steps: 5 });
  await page.mouse.up();
}

function pane(page, title) {
  return page.locator('.pane', { has: page.locator('.pane-header', { hasText: title }) });
}

async function expandPane(page, title) {
  const header = page.locator('.pane-header', { hasText: title });
  if ((await header.getAttribute('aria-expanded')) !== 'true') await header.click({ position: { x: 40, y: 10 } });
}

/** The row of the Variables view with that name. */
function row(page, name) {
  const label = page.locator('.name', { hasText: new RegExp(`^\\s*${escaped(name)}(\\s*[=:])?\\s*$`) });
  return pane(page, 'Variables').locator('.monaco-list-row', { has: label }).first();
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** What a row says; undefined when it is not there. */
async function variable(page, name) {
  const found = row(page, name);
  if ((await found.count()) === 0) return undefined;
  const value = found.locator('.value').first();
  return { value: await value.innerText(), isChanged: /\bchanged\b/.test((await value.getAttribute('class')) ?? '') };
}

async function expand(page, name) {
  await open(row(page, name), name);
}

async function expandScope(page, name) {
  await open(pane(page, 'Variables').locator('.monaco-list-row', { hasText: name }).first(), name);
}

async function open(found, name) {
  await until(`${name} is open`, async () => {
    if ((await found.getAttribute('aria-expanded')) === 'true') return true;
    await found.locator('.monaco-tl-twistie').click();
    return (await found.getAttribute('aria-expanded')) === 'true';
  });
}

async function consoleAnswer(page, expression, expected) {
  await command(page, 'Debug Console: Focus on Debug Console View', () => page.locator('.repl').isVisible());
  await page.locator('.repl-input-wrapper .view-lines').click();
  await page.keyboard.type(expression);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await until(`the answer to ${expression}`, async () => expected.test(await page.locator('.repl-tree').innerText()));
}
