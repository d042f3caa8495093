// Weighs the page: a fresh profile, a fresh relay, the browser's own count of bytes received per request.

import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { openBrowser } from './browser.mjs';
import { newFolder, startRelay } from './relay.mjs';

/** Opens the page in a browser that has never seen it. */
export async function measure() {
  const folder = await newFolder('size');
  const data = join(folder.path, 'relay');
  const profile = join(folder.path, 'profile');
  await Promise.all([mkdir(data), mkdir(profile)]);
  const relay = await startRelay({ data });
  const browser = await openBrowser(profile);
  try {
    const log = await recordNetwork(browser);
    await browser.page.goto(relay.url);
    await browser.page.waitForLoadState('networkidle');
    return { files: log.files(), upTo: 'the log-in page' };
  } finally {
    await browser.close();
    await relay.stop();
    await folder.remove();
  }
}

/** The DevTools protocol's `encodedDataLength` is what crossed the wire: compressed body and headers. */
async function recordNetwork({ context, page }) {
  const session = await context.newCDPSession(page);
  const names = new Map();
  const bytes = new Map();
  session.on('Network.requestWillBeSent', ({ requestId, request }) => names.set(requestId, new URL(request.url).pathname));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const name = names.get(requestId) ?? requestId;
    bytes.set(name, (bytes.get(name) ?? 0) + encodedDataLength);
  });
  await session.send('Network.enable');
  return {
    files: () => [...bytes].map(([name, size]) => ({ name, bytes: size })).sort((a, b) => b.bytes - a.bytes),
  };
}
