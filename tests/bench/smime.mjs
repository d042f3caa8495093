// Ours beside the peers, in a worker of Chromium: `./x bench smime` runs it and makes tables of what it prints, one line per
// figure, fields apart by tabs: table, job, contender, median, least and most in milliseconds; before them `version`, what, which.
// What we seal is opened with OpenSSL once.
//
//     node smime.mjs MODULE CACHE [JOB...]      (wasm-bindgen's web output under `core` and `complete`; a folder for what is made)

import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { build } from 'esbuild';
import { openBrowser } from '../browser/support/browser.mjs';
import { environment } from '../browser/support/environment.mjs';
import { fixtures, openedByOpenssl } from './fixtures.mjs';

const [moduleFolder, cache, ...wanted] = process.argv.slice(2);
const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const PEERS = ['pkijs', 'asn1js', 'node-forge', 'openpgp', 'postal-mime'];
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

const letters = await fixtures(cache);
const folder = await mkdtemp(join(tmpdir(), 'sceau-bench-'));
const bundled = await build({
  entryPoints: [join(here, 'worker.mjs')], bundle: true, format: 'esm', platform: 'browser', minify: true, write: false,
  external: ['/module/*'], define: { global: 'globalThis' },
});
const places = { '/fixtures/': letters, '/module/': moduleFolder };

async function find(path) {
  if (path === '/') return '<!doctype html><title>bench</title>';
  if (path === '/worker.js') return bundled.outputFiles[0].contents;
  const place = Object.keys(places).find((start) => path.startsWith(start));
  return place && !path.includes('..') ? readFile(join(places[place], path.slice(place.length))).catch(() => null) : null;
}

const server = createServer(async (request, response) => {
  const path = decodeURIComponent(request.url);
  const body = await find(path);
  response.writeHead(body === null ? 404 : 200, { 'content-type': path === '/' ? 'text/html' : TYPES[extname(path)] ?? 'application/octet-stream' });
  response.end(body);
}).listen(0, '127.0.0.1');
await once(server, 'listening');

/** The message that OpenSSL found inside what we sealed carries the file. */
async function check(table, job, { name, made, file }) {
  const message = await openedByOpenssl(letters, `${table}-${job}-${name}`.replaceAll(/\W+/g, '-'), Buffer.from(made, 'base64'), 'r3');
  const inner = Buffer.from(file, 'base64');
  const found = message.includes(inner) || message.toString('latin1').replaceAll(/[\r\n]/g, '').includes(inner.toString('base64'));
  if (!found) throw new Error(`OpenSSL did not find the file in what ${name} sealed (${job})`);
}

async function told({ job, table, rows, made }) {
  for (const one of made) await check(table, job, one);
  for (const { name, median, least, most } of rows) {
    console.log([table, job, name, ...[median, least, most].map((ms) => ms.toFixed(3))].join('\t'));
  }
}

/** In the page: starts the worker and hands on what it tells. */
function measured(jobs) {
  return new Promise((done, failed) => {
    const worker = new Worker('/worker.js', { type: 'module' });
    worker.onerror = (event) => failed(new Error(event.message));
    worker.onmessage = async ({ data }) => {
      if (data.error) return failed(new Error(data.error));
      if (data.done) return done();
      const made = data.made.map((one) => ({ ...one, made: one.made.toBase64(), file: one.file.toBase64() }));
      await window.tell({ ...data, made });
      return worker.postMessage('next');
    };
    worker.postMessage(jobs);
  });
}

const browser = await openBrowser(join(folder, 'profile'));
try {
  const [, version] = execFileSync(environment.chromium, ['--version'], { encoding: 'utf8' }).match(/([\d.]+)/);
  console.log(['version', 'Chromium', version].join('\t'));
  const { packages } = JSON.parse(await readFile(join(here, 'package-lock.json'), 'utf8'));
  for (const name of PEERS) console.log(['version', name, packages[`node_modules/${name}`].version].join('\t'));
  await browser.page.goto(`http://localhost:${server.address().port}/`);
  const failures = [];
  await browser.page.exposeFunction('tell', (said) => told(said).catch((error) => failures.push(error)));
  await browser.page.evaluate(measured, wanted);
  if (failures.length > 0) throw failures[0];
} finally {
  await browser.close();
  server.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
