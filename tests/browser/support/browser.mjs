// Chromium as a person has it: a profile folder of its own, everything it says kept.

import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { environment } from './environment.mjs';
import { killTree } from './processes.mjs';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

const FONTS = fileURLToPath(new URL('fonts.conf', import.meta.url));

/** Opens a browser over a profile folder, with `flags` beside ours. `said` collects console errors and uncaught exceptions of every page. */
export async function openBrowser(profile, { flags = [], ...options } = {}) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: environment.chromium,
    args: [...FLAGS, ...flags],
    env: { ...process.env, FONTCONFIG_FILE: FONTS },
    locale: 'fr-FR',
    timezoneId: 'Europe/Paris',
    viewport: { width: 1280, height: 800 },
    acceptDownloads: true,
    ...options,
  });
  const said = [];
  const listen = (page) => {
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') said.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => said.push(`exception: ${error.message}`));
  };
  context.pages().forEach(listen);
  context.on('page', listen);
  return {
    context,
    page: context.pages()[0] ?? (await context.newPage()),
    said,
    close: () => context.close(),
    /** Ends the browser and all its processes without a word to any of them. */
    async kill() {
      const closed = context.waitForEvent('close');
      await killTree(`--user-data-dir=${profile}`);
      await closed;
    },
  };
}
