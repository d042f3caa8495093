// A page of Chromium with what is measured in it, and how figures are told: one line each, fields apart by tabs: table, job,
// contender, median, least and most in milliseconds; before them `version`, what, which. `./x bench` makes tables of them.

import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { build } from 'esbuild';
import { openBrowser } from '../browser/support/browser.mjs';
import { environment } from '../browser/support/environment.mjs';

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

const line = (...fields) => console.log(fields.join('\t'));

export function tell(table, job, rows) {
  for (const { name, median, least, most } of rows) {
    line(table, job, name, ...[median, least, most].map((ms) => ms.toFixed(3)));
  }
}

export async function tellVersions(peers) {
  const [, version] = execFileSync(environment.chromium, ['--version'], { encoding: 'utf8' }).match(/([\d.]+)/);
  line('version', 'Chromium', version);
  const { packages } = JSON.parse(await readFile(join(here, 'package-lock.json'), 'utf8'));
  for (const name of peers) line('version', name, packages[`node_modules/${name}`].version);
}

/** One script with all it imports, but for our modules. */
async function bundled(name) {
  const made = await build({
    entryPoints: [join(here, name)], bundle: true, format: 'esm', platform: 'browser', minify: true, write: false,
    external: ['/module/*'], define: { global: 'globalThis' },
  });
  return made.outputFiles[0].contents;
}

/** Answers with the scripts by their names, and the files of folders by theirs. */
async function serve(scripts, places) {
  const ready = new Map([['/', '<!doctype html><title>bench</title>']]);
  for (const script of scripts) ready.set(`/${script.replace('.mjs', '.js')}`, await bundled(script));
  const find = async (path) => {
    if (ready.has(path)) return ready.get(path);
    const place = Object.keys(places).find((start) => path.startsWith(start));
    return place && !path.includes('..') ? readFile(join(places[place], path.slice(place.length))).catch(() => null) : null;
  };
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(request.url);
    const body = await find(path);
    const type = path === '/' ? 'text/html' : TYPES[extname(path)] ?? 'application/octet-stream';
    response.writeHead(body === null ? 404 : 200, { 'content-type': type });
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Does `work` with a page that can load the scripts; what `places` names are folders. */
export async function onStage(scripts, places, work) {
  const folder = await mkdtemp(join(tmpdir(), 'sceau-bench-'));
  const server = await serve(scripts, places);
  const browser = await openBrowser(join(folder, 'profile'));
  try {
    await browser.page.goto(`http://localhost:${server.address().port}/`);
    await work(browser.page);
  } finally {
    await browser.close();
    server.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
