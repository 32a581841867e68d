// Drives a VS Code in Debian's Chromium: opens it, finds things in it, presses keys and looks at what became of it.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

/** The path of Chromium: CHROMIUM, or what is on PATH. */
export function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      try {
        const path = join(folder, name);
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // not here
      }
    }
  }
  throw new Error(
    'Chromium is needed to drive VS Code and is not on PATH: apt-get install -y chromium fonts-dejavu-core (or set CHROMIUM)',
  );
}

/**
 * Opens a page of a fresh profile. Everything that VS Code writes to its console is kept for when something fails.
 * @returns {Promise<{ page: import('playwright-core').Page, log: string[], close(): Promise<void> }>}
 */
export async function openBrowser() {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    headless: true,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync'],
    ],
  });
  const context = await browser.newContext({ viewport: { width: 1360, height: 850 }, deviceScaleFactor: 1.5 });
  const page = await context.newPage();
  const log = [];
  page.on('console', (message) => log.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => log.push(`page error: ${error.message}`));
  return { page, log, close: () => browser.close() };
}

/** Waits until `probe` returns something true, looking every 100 ms; fails with `what` after `timeout` ms. */
export async function until(what, probe, timeout = 30_000) {
  const end = Date.now() + timeout;
  for (;;) {
    const result = await probe();
    if (result) return result;
    if (Date.now() > end) throw new Error(`waited ${timeout / 1000} s in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * Presses a key until `probe` says that it was heard: the workbench loses a key now and then while it moves its focus.
 */
export async function press(page, key, what, probe) {
  for (let attempt = 0; attempt < 4; attempt++) {
    await page.keyboard.press(key);
    try {
      return await until(what, probe, 10_000);
    } catch {
      // Pressed once more.
    }
  }
  throw new Error(`${key} was pressed four times and there was still not: ${what}`);
}
