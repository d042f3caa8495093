// Sealing and opening in Chromium's worker, by the library the page's worker is made of. `./x bench` puts these figures beside
// those of crates/smime/benches/letters.rs, which does the same jobs natively: one line per measurement, fields apart by tabs:
// operation, keys, bytes, median, least and most of RUNS runs in milliseconds.
//
//     node bench.mjs GLUE WASM      (wasm-bindgen's no-modules output of sceau-wasm)

import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser } from './support/browser.mjs';
import { sceauCommand } from './support/relay.mjs';

const [gluePath, wasmPath] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'sceau-bench-'));
const email = 'eloise@cabinet.example';
process.env.SCEAU_PASSWORD = 'phrase de mesure';
const files = { '/': '<!doctype html><title>bench</title>', '/bench.wasm': await readFile(wasmPath) };
for (const algorithm of ['p256', 'rsa3072']) {
  const key = join(folder, `${algorithm}.p12`);
  await sceauCommand('key', 'new', '--name', 'Éloïse', '--email', email, '--out', key, '--single', '--algorithm', algorithm);
  files[`/${algorithm}.p12`] = await readFile(key);
  files[`/${algorithm}.pem`] = execFileSync('openssl', ['pkcs12', '-in', key, '-nokeys', '-passin', 'env:SCEAU_PASSWORD'], { stdio: ['ignore', 'pipe', 'ignore'] });
}
files['/worker.js'] = Buffer.concat([await readFile(gluePath), Buffer.from(`\n;(${work})(wasm_bindgen, ${JSON.stringify(email)});`)]);
const types = { '/': 'text/html', '/bench.wasm': 'application/wasm', '/worker.js': 'text/javascript' };

const server = createServer((request, response) => {
  const body = files[request.url];
  response.writeHead(body ? 200 : 404, { 'content-type': types[request.url] ?? 'application/octet-stream' });
  response.end(body);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const browser = await openBrowser(join(folder, 'profile'));
try {
  await browser.page.goto(`http://localhost:${server.address().port}/`);
  const rows = await browser.page.evaluate(() => new Promise((resolve, reject) => {
    const worker = new Worker('/worker.js');
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.rows));
    worker.onerror = (event) => reject(new Error(event.message));
  }));
  for (const { operation, keys, bytes, times } of rows) {
    const sorted = times.toSorted((a, b) => a - b);
    const figures = [sorted[Math.floor(sorted.length / 2)], sorted[0], sorted.at(-1)].map((ms) => ms.toFixed(1));
    console.log([operation, keys, bytes, ...figures].join('\t'));
  }
} finally {
  await browser.close();
  server.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Runs inside the worker, as text: it may name nothing from outside itself. */
async function work(library, email) {
  const RUNS = 5;
  const INBOX = 1000;
  /** Cards really opened where one takes long; the time is that of them, times INBOX / SAMPLE. */
  const SAMPLE = 50;
  const SIZES = [20 * 1024, 20 * 1024 * 1024];
  const rows = [];
  const measure = (operation, keys, bytes, timesMore, job) => {
    const times = [];
    for (let run = 0; run < RUNS; run += 1) {
      const start = performance.now();
      job();
      times.push((performance.now() - start) * timesMore);
    }
    rows.push({ operation, keys, bytes, times });
  };
  const file = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
  const measureKeys = async (algorithm) => {
    const keys = new library.Keys();
    keys.addPkcs12(await file(`/${algorithm}.p12`), 'phrase de mesure');
    const certificate = await file(`/${algorithm}.pem`);
    const trust = new library.TrustSettings();
    trust.addAnchors(certificate, undefined);
    const now = Math.floor(Date.now() / 1000);
    const me = { name: 'Éloïse', email };
    const letter = (size) => ({
      from: me, to: [me], cc: [], bcc: [], subject: 'Mesure', text: 'Mesure.', references: [], now, offsetMinutes: 60,
      parts: [{ name: 'mesure.bin', type: 'application/octet-stream', bytes: new Uint8Array(size).fill(65) }],
      recipients: [{ address: email, certificate }],
    });
    const open = (bytes) => {
      const opened = library.open(bytes, keys, trust, { now, self: [email] });
      if (opened.trust !== 'sealed_signed') throw new Error(`measured something else: ${opened.trust}`);
      opened.free();
    };
    for (const size of SIZES) {
      const draft = letter(size);
      const sealed = library.seal(keys, draft).sent;
      measure('seal', algorithm, size, 1, () => library.seal(keys, draft));
      measure('open', algorithm, size, 1, () => open(sealed.eml));
    }
    const { card } = library.seal(keys, letter(SIZES[0])).sent;
    const opened = algorithm === 'p256' ? INBOX : SAMPLE;
    measure(`list ${INBOX}`, algorithm, card.length * INBOX, INBOX / opened, () => { for (let i = 0; i < opened; i += 1) open(card); });
  };
  try {
    await library({ module_or_path: fetch('/bench.wasm') });
    for (const algorithm of ['p256', 'rsa3072']) await measureKeys(algorithm);
    postMessage({ rows });
  } catch (error) {
    postMessage({ error: String(error?.message ?? error) });
  }
}
