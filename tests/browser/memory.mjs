// A letter of so many MiB sealed and opened in a worker of Chromium, and how much memory wasm took for it. Prints one line:
// what, MiB of the letter, MiB of wasm memory, seconds.

import { once } from 'node:events';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { openBrowser } from './support/browser.mjs';

const TYPES = { '.mjs': 'text/javascript', '.js': 'text/javascript', '.wasm': 'application/wasm' };
const [folder, mebibytes] = [process.env.SCEAU_PACKAGE, Number(process.argv[2])];

/** Runs in the worker. The letters are Blobs, which the browser keeps where it likes. */
async function exchange(sceau, load, mebibytes) {
  const me = { name: 'Éloïse', email: 'eloise@cabinet.example' };
  const keys = await sceau.Keys.generate(me);
  const container = await keys.toPkcs12('phrase');
  const held = new sceau.Keys();
  await held.addPkcs12(container, 'phrase');
  const certificates = await keys.certificates();
  const trust = new sceau.TrustSettings();
  await trust.addAnchors(new TextEncoder().encode(certificates));
  const [, own] = certificates.split(/(?<=-----END CERTIFICATE-----\n)/);
  const recipients = [{ address: me.email, certificate: new TextEncoder().encode(own) }];
  const { memory } = await load('complete');
  const said = [];
  const measure = async (what, job) => {
    const begin = performance.now();
    const done = await job();
    said.push([what, mebibytes, memory.buffer.byteLength / 2 ** 20, (performance.now() - begin) / 1000].join('\t'));
    return done;
  };
  const block = new Blob([randomLines(1024 * 1024)]);
  const mail = new Blob([
    `From: <${me.email}>\r\nTo: <${me.email}>\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n`,
    '--b\r\nContent-Type: text/plain\r\n\r\nVoici.\r\n--b\r\nContent-Type: image/png; name="r.png"\r\n',
    'Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n',
    ...Array(mebibytes).fill(block), '--b--\r\n',
  ]);
  const collected = () => {
    let blob = new Blob([]);
    let waiting = [];
    let octets = 0;
    const settle = () => { blob = new Blob([blob, ...waiting]); waiting = []; octets = 0; };
    return {
      write: async (chunk) => { waiting.push(chunk); octets += chunk.length; if (octets > 2 ** 23) settle(); },
      blob: () => { settle(); return blob; },
    };
  };
  const sink = collected();
  await measure('seal', () => sceau.sealBig(mail, { keys: held, recipients, sink }));
  const letter = await measure('open', () => sceau.openBig(sink.blob(), { keys: held, trust, self: [me.email] }));
  let octets = 0;
  await measure('deliver', () => letter.writePart(0, { write: async (chunk) => { octets += chunk.length; } }));
  if (letter.trust !== 'sealed_signed' || octets !== letter.report.parts[0].bytes) throw new Error(`${letter.trust} ${octets}`);
  return said;
}

function randomLines(octets) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const lines = [];
  for (let line = 0; line * 78 < octets; line += 1) {
    const values = crypto.getRandomValues(new Uint8Array(76));
    lines.push(Array.from(values, (value) => alphabet[value & 63]).join(''), '\r\n');
  }
  return lines.join('');
}

const OWN = {
  '/': '<!doctype html><title>sceau</title>',
  '/favicon.ico': '',
  '/worker.mjs': `import * as sceau from '/package/src/index.web.mjs'; import { load } from '/package/src/modules.mjs';
    ${randomLines}
    try { postMessage({ said: await (${exchange})(sceau, load, ${mebibytes}) }); }
    catch (error) { postMessage({ failed: String(error.code ?? '') + ' ' + error }); }`,
};

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  const body = OWN[pathname] ?? await readFile(join(folder, pathname.replace('/package/', ''))).catch(() => null);
  response.writeHead(body === null ? 404 : 200, { 'content-type': TYPES[extname(pathname)] ?? 'text/html' });
  response.end(body);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const profile = await mkdtemp(join(tmpdir(), 'sceau-memory-'));
const browser = await openBrowser(profile);
try {
  await browser.page.goto(`http://localhost:${server.address().port}/`);
  const { said, failed } = await browser.page.evaluate(() => new Promise((resolve, reject) => {
    const worker = new Worker('/worker.mjs', { type: 'module' });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  }));
  if (failed) throw new Error(failed);
  console.log(said.join('\n'));
} finally {
  await browser.close();
  server.close();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
}
