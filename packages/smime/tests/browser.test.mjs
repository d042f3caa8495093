// The package in Chromium, in a page and in a worker.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import test from 'node:test';
import { openBrowser } from '../../../tests/browser/support/browser.mjs';
import { folder, inAFolder } from './package.mjs';

const TYPES = { '.html': 'text/html', '.mjs': 'text/javascript', '.js': 'text/javascript', '.wasm': 'application/wasm' };
const OWN = {
  '/favicon.ico': '',
  '/': '<!doctype html><title>sceau</title>',
  '/worker.mjs': `import * as sceau from '/package/src/index.web.mjs'; postMessage(await (${exchange})(sceau));`,
};

/** Seals by one backend and opens by the other, in whatever place it runs. */
async function exchange(sceau) {
  const me = { name: 'Éloïse', email: 'eloise@cabinet.example' };
  const keys = await sceau.Keys.generate(me);
  const container = await keys.toPkcs12('phrase d’essai');
  const certificate = new TextEncoder().encode(await keys.certificates());
  const trust = new sceau.TrustSettings();
  await trust.addAnchors(certificate);
  const [, own] = (await keys.certificates()).split(/(?<=-----END CERTIFICATE-----\n)/);
  const held = new sceau.Keys();
  await held.addPkcs12(container, 'phrase d’essai');
  const recipients = [{ address: me.email, certificate: new TextEncoder().encode(own) }];
  const text = 'Bonjour.\n'.repeat(5_000);
  const found = [];
  for (const [by, other] of [['webcrypto', 'rust'], ['rust', 'webcrypto'], [undefined, undefined]]) {
    const sealed = await sceau.seal({ from: me, to: [me], subject: 'Été', text, recipients }, { keys: held, backend: by });
    const letter = await sceau.open(sealed.outgoing[0].eml, { keys: held, trust, self: [me.email], backend: other });
    found.push(letter.trust, letter.report.subject, letter.text === text);
    letter.free();
  }
  await held.free();
  return found;
}

/** Reads a mail. */
async function mail(sceau) {
  const { subject, text, headers: [field] } = await sceau.readMail(new TextEncoder().encode(
    'Subject: Été 🎈\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nl’été, 25 €\r\n'));
  return [subject, text, field.name, field.value];
}

test('a letter is sealed and opened in a page and in a worker', async (t) => {
  const asked = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    asked.push(pathname);
    const body = OWN[pathname] ?? await readFile(join(folder, pathname.replace('/package/', ''))).catch(() => null);
    response.writeHead(body === null ? 404 : 200, { 'content-type': TYPES[extname(pathname)] ?? 'text/html' });
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  await inAFolder(async (profile) => {
    const browser = await openBrowser(profile);
    try {
      await browser.page.goto(`http://localhost:${server.address().port}/`);
      const expected = [1, 2, 3].flatMap(() => ['sealed_signed', 'Été', true]);
      const inPage = await browser.page.evaluate(`import('/package/src/index.web.mjs').then(${exchange})`);
      assert.deepEqual(inPage, expected);
      const inWorker = await browser.page.evaluate(() => new Promise((resolve, reject) => {
        const worker = new Worker('/worker.mjs', { type: 'module' });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
      }));
      assert.deepEqual(inWorker, expected);
      const read = await browser.page.evaluate(`import('/package/src/index.web.mjs').then(${mail})`);
      assert.deepEqual(read, ['Été 🎈', 'l’été, 25 €\n', 'Subject', 'Été 🎈']);
      assert.deepEqual(browser.said, []);
      assert.ok(asked.includes('/package/wasm/core_bg.wasm'));
    } finally {
      await browser.close();
    }
  });
});
