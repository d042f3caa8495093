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
    const files = recordNetwork(browser.page);
    await browser.page.goto(relay.url);
    await browser.page.waitForLoadState('networkidle');
    return { files: await files(), upTo: 'the log-in page' };
  } finally {
    await browser.close();
    await relay.stop();
    await folder.remove();
  }
}

/** What crossed the wire, the worker's own requests included: compressed bodies and headers. */
function recordNetwork(page) {
  const requests = [];
  page.on('requestfinished', (request) => requests.push(request));
  return async () => {
    const weighed = requests.filter((request) => request.url().startsWith('http')).map(async (request) => {
      const { responseBodySize, responseHeadersSize } = await request.sizes();
      return { name: new URL(request.url()).pathname, bytes: responseBodySize + responseHeadersSize };
    });
    return (await Promise.all(weighed)).sort((a, b) => b.bytes - a.bytes);
  };
}
