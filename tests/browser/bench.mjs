// Sealing and opening in Chromium's worker, by the library the page's worker is made of: medians of RUNS runs.
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
const key = join(folder, 'me.p12');
process.env.SCEAU_PASSWORD = 'phrase de mesure';
await sceauCommand('key', 'new', '--name', 'Éloïse', '--email', email, '--out', key, '--single');
const certificate = execFileSync('openssl', ['pkcs12', '-in', key, '-nokeys', '-passin', 'env:SCEAU_PASSWORD'], { stdio: ['ignore', 'pipe', 'ignore'] });
const files = { '/': '<!doctype html><title>bench</title>', '/bench.wasm': await readFile(wasmPath), '/me.p12': await readFile(key), '/me.pem': certificate };
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
  console.log('operation                    median ms    min ms    max ms   (Chromium worker, wasm, P-256)');
  for (const { name, times } of rows) {
    const sorted = times.toSorted((a, b) => a - b);
    const figures = [sorted[Math.floor(sorted.length / 2)], sorted[0], sorted.at(-1)];
    console.log(name.padEnd(28) + figures.map((ms) => ms.toFixed(1).padStart(9)).join(' '));
  }
} finally {
  await browser.close();
  server.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Runs inside the worker, as text: it may name nothing from outside itself. */
async function work(library, email) {
  const RUNS = 7;
  const INBOX = 1000;
  const MEBIBYTE = 1024 * 1024;
  const measured = (name, job) => {
    const times = [];
    for (let run = 0; run < RUNS; run += 1) {
      const start = performance.now();
      job();
      times.push(performance.now() - start);
    }
    return { name, times };
  };
  try {
    await library({ module_or_path: fetch('/bench.wasm') });
    const file = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
    const keys = new library.Keys();
    keys.addPkcs12(await file('/me.p12'), 'phrase de mesure');
    const certificate = await file('/me.pem');
    const trust = new library.TrustSettings();
    trust.addAnchors(certificate, undefined);
    const now = Math.floor(Date.now() / 1000);
    const me = { name: 'Éloïse', email };
    const letter = (size) => ({
      from: me, to: [me], cc: [], bcc: [], subject: 'Mesure', text: 'Mesure.', references: [], now, offsetMinutes: 60,
      parts: [{ name: 'mesure.bin', type: 'application/octet-stream', bytes: new Uint8Array(size).fill(65) }],
      recipients: [{ address: email, certificate }],
    });
    const open = (bytes) => library.open(bytes, keys, trust, { now, self: [email] }).free();
    const [small, large] = [letter(20 * 1024), letter(20 * MEBIBYTE)];
    const sealedSmall = library.seal(keys, small).sent;
    const sealedLarge = library.seal(keys, large).sent;
    const rows = [
      measured('seal 20 KB', () => library.seal(keys, small)),
      measured('open 20 KB', () => open(sealedSmall.eml)),
      measured('seal 20 MB', () => library.seal(keys, large)),
      measured('open 20 MB', () => open(sealedLarge.eml)),
      measured(`list ${INBOX} (open their cards)`, () => { for (let i = 0; i < INBOX; i += 1) open(sealedSmall.card); }),
    ];
    postMessage({ rows });
  } catch (error) {
    postMessage({ error: String(error?.message ?? error) });
  }
}
