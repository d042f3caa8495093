// What a browser writes into its profile of what is typed. Chromium keeps the text of plain fields in its session
// files, so that a tab can be restored; it writes them every few seconds and whenever a page goes somewhere.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { hitsBelow } from './canaries.mjs';

/** How often the profile is looked at while waiting for the browser to write. */
const LOOK_MS = 100;
/** A browser that has not written a plain field by then does not write them at all: a watchdog, not a measurement. */
const WRITE_MS = 60_000;
const PLAIN_PAGE = '<!doctype html><title>Contrôle</title><form><input id="plain" type="text"><textarea id="area"></textarea></form>';

/** A page of nobody's, whose fields ask for nothing: the control of the search. */
export async function openPlainPage(context) {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(PLAIN_PAGE);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  return {
    /** Types a word into each field and goes on within the page, as the tests do with ours. */
    async type(word) {
      await page.bringToFront();
      await page.locator('#plain').fill(`${word}-champ`);
      await page.locator('#area').fill(`${word}-texte`);
      await moveOn(page);
    },
    async close() {
      await page.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A step within the page: the browser notes the state of every field it leaves, and the address stays. */
export function moveOn(page) {
  return page.evaluate(() => history.pushState(null, '', location.href));
}

/** Waits until the browser has written a word typed into the plain page's fields; what was typed before is written by then. */
export async function written(profile, word) {
  const end = Date.now() + WRITE_MS;
  for (;;) {
    const hits = await hitsBelow(profile, [`${word}-champ`, `${word}-texte`]);
    if (['champ', 'texte'].every((field) => hits.some((hit) => hit.includes(`${word}-${field}`)))) return;
    if (Date.now() > end) throw new Error(`the browser never wrote "${word}": the search in its profile would prove nothing`);
    await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
  }
}
