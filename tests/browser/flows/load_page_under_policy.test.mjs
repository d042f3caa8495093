// The page is served under the policy of the design, and nothing altered ever runs: docs/design/loading.md.

import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBrowser } from '../support/browser.mjs';
import { environment } from '../support/environment.mjs';
import { newFolder, startRelay } from '../support/relay.mjs';

const POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'", "'wasm-unsafe-eval'"],
  'style-src': ["'self'"],
  'connect-src': ["'self'"],
  'worker-src': ['blob:'],
  'frame-ancestors': ["'none'"],
  'base-uri': ["'none'"],
};
const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

describe('the page', () => {
  let folder;
  let relay;
  let names;

  before(async () => {
    folder = await newFolder('page');
    await mkdir(join(folder.path, 'data'));
    relay = await startRelay({ data: join(folder.path, 'data') });
    names = await runnables(environment.dist);
  });
  after(async () => {
    await relay?.stop();
    await folder?.remove();
  });

  it('answers every file with the policy and the headers of the design', async () => {
    for (const name of ['', ...Object.values(names)]) {
      const response = await fetch(`${relay.url}/${name}`);
      assert.equal(response.status, 200, name);
      const policy = directives(response.headers.get('content-security-policy'));
      for (const [directive, values] of Object.entries(POLICY)) assert.deepEqual(policy[directive], values, `${directive} of /${name}`);
      assert.ok(!JSON.stringify(policy).includes('unsafe-inline'), name);
      assert.ok(!JSON.stringify(policy).includes("'unsafe-eval'"), name);
      for (const [header, value] of Object.entries(HEADERS)) assert.equal(response.headers.get(header), value, `${header} of /${name}`);
    }
  });

  it('sends what was compressed beforehand, and lets the browser keep only what is named by its digest', async () => {
    const wasm = await fetch(`${relay.url}/${names.pageWasm}`, { headers: { 'accept-encoding': 'br' } });
    assert.equal(wasm.headers.get('content-encoding'), 'br');
    assert.equal(wasm.headers.get('content-type'), 'application/wasm');
    assert.match(wasm.headers.get('cache-control') ?? '', /immutable/);
    const index = await fetch(relay.url);
    assert.match(index.headers.get('cache-control') ?? '', /no-cache/);
  });

  it('starts without a word of complaint', async () => {
    const profile = join(folder.path, 'profile-clean');
    const browser = await openBrowser(profile);
    try {
      await browser.page.goto(relay.url);
      await browser.page.waitForSelector('html[data-boot=ready]');
      await started(browser.page);
      assert.deepEqual(browser.said, []);
    } finally {
      await browser.close();
    }
  });

  it('starts the reference without a word of complaint', async () => {
    const browser = await openBrowser(join(folder.path, 'profile-reference'));
    try {
      await browser.page.goto(relay.url);
      await browser.page.waitForSelector('html[data-boot=ready]');
      assert.deepEqual(await askReference(browser.page), { parts: 1 });
      assert.deepEqual(browser.said, []);
    } finally {
      await browser.close();
    }
  });

  it('tells who waits for the reference that it was ended, and starts another for the next', async () => {
    const browser = await openBrowser(join(folder.path, 'profile-ended'));
    try {
      await browser.page.goto(relay.url);
      await browser.page.waitForSelector('html[data-boot=ready]');
      await askReference(browser.page);
      const worker = browser.page.workers()[0];
      assert.equal(await worker.evaluate(async () => {
        // RSA of 4096 bits takes seconds to make.
        const waiting = self.sceau.reference.ask(['generate', 2, []], []).then(() => 'made', () => 'ended');
        await new Promise((resolve) => { setTimeout(resolve); });
        self.sceau.reference.forget();
        return waiting;
      }), 'ended');
      assert.deepEqual(await askReference(browser.page), { parts: 1 });
    } finally {
      await browser.close();
    }
  });

  it('joins the second part of its worker to the first, once', async () => {
    const browser = await openBrowser(join(folder.path, 'profile-secondary'));
    try {
      await browser.page.goto(relay.url);
      await browser.page.waitForSelector('html[data-boot=ready]');
      let fetched = 0;
      browser.page.on('request', (request) => { if (request.url().endsWith(names.workerSecondary)) fetched += 1; });
      assert.deepEqual([await joinSecondary(browser.page), await joinSecondary(browser.page)], ['joined', 'joined']);
      assert.equal(fetched, 1);
      assert.deepEqual(browser.said, []);
    } finally {
      await browser.close();
    }
  });

  for (const part of ['boot', 'pageGlue', 'pageWasm', 'workerGlue', 'workerWasm', 'workerSecondary', 'referenceGlue', 'referenceWasm']) {
    it(`refuses ${part} when one byte of it was changed`, async () => {
      const page = join(folder.path, `page-${part}`);
      await cp(environment.dist, page, { recursive: true });
      await changeOneByte(page, names[part]);
      const browser = await openBrowser(join(folder.path, `profile-${part}`));
      await mkdir(join(folder.path, `data-${part}`));
      const altered = await startRelay({ data: join(folder.path, `data-${part}`), page });
      try {
        await browser.page.goto(altered.url);
        if (part === 'workerWasm') {
          await browser.page.waitForSelector('html[data-boot=ready]');
          assert.equal(await failure(browser.page), 'stopped');
        } else if (part === 'workerSecondary') {
          await browser.page.waitForSelector('html[data-boot=ready]');
          assert.equal(await joinSecondary(browser.page), 'refused');
          assert.equal(await joinEarly(browser.page, names.workerWasm), 'refused');
        } else if (part.startsWith('reference')) {
          await browser.page.waitForSelector('html[data-boot=ready]');
          assert.deepEqual(await askReference(browser.page), { refused: true });
        } else if (part === 'boot') {
          await complaint(browser, names[part]);
          assert.equal(await browser.page.getAttribute('html', 'data-boot'), null);
        } else {
          await browser.page.waitForSelector('html[data-boot=failed]');
          assert.ok(await browser.page.locator('#boot-failed').isVisible());
        }
      } finally {
        await browser.close();
        await altered.stop();
      }
    });
  }
});

/** The names of everything that runs, as a build gave them. */
async function runnables(dist) {
  const all = [...await readdir(dist), ...(await readdir(join(dist, 'lazy'))).map((name) => `lazy/${name}`)];
  const one = (pattern) => {
    const found = all.filter((name) => pattern.test(name));
    assert.equal(found.length, 1, `${pattern}: ${found}`);
    return found[0];
  };
  return {
    boot: one(/^boot-[0-9a-f]+\.js$/),
    pageGlue: one(/^sceau-web-[0-9a-f]+\.js$/),
    pageWasm: one(/^sceau-web-[0-9a-f]+_bg\.wasm$/),
    workerGlue: one(/^sceau-worker-[0-9a-f]+\.js$/),
    workerWasm: one(/^sceau-worker-[0-9a-f]+_bg\.wasm$/),
    workerSecondary: one(/^lazy\/sceau-worker-secondary-[0-9a-f]+_bg\.wasm$/),
    referenceGlue: one(/^lazy\/sceau-reference-[0-9a-f]+\.js$/),
    referenceWasm: one(/^lazy\/sceau-reference-[0-9a-f]+_bg\.wasm$/),
  };
}

function directives(policy) {
  assert.ok(policy, 'no policy');
  return Object.fromEntries(policy.split(';').map((part) => part.trim().split(/\s+/)).map(([name, ...values]) => [name, values]));
}

/** The last byte but one; harmless to the file's syntax where it lies in a comment or a custom section, and still refused. */
async function changeOneByte(folder, name) {
  const path = join(folder, name);
  const bytes = await readFile(path);
  bytes[bytes.length - 2] ^= 1;
  await writeFile(path, bytes);
  await rm(`${path}.br`, { force: true });
}

/** Resolves once a worker started as the page does has run its wasm: it then answers to messages without an error. */
async function started(page) {
  assert.equal(await page.evaluate(async () => {
    const worker = globalThis.sceau.startWorker();
    const stopped = new Promise((resolve) => { worker.onerror = (event) => resolve(`stopped: ${event.message}`); });
    const fetched = (async () => {
      const { content } = document.querySelector('meta[name=sceau-worker-wasm]');
      await fetch(content);
      return 'running';
    })();
    const outcome = await Promise.race([stopped, fetched]);
    worker.terminate();
    return outcome;
  }), 'running');
}

/** What becomes of the second part of the page's worker. */
function joinSecondary(page) {
  return page.workers()[0].evaluate(() => self.sceau.loadSecondary().then(() => 'joined', () => 'refused'));
}

/** The same, asked for half a second before the first part is there. */
async function joinEarly(page, first) {
  const answer = new Promise((resolve) => {
    page.route(`**/${first}`, async (route) => {
      resolve(joinSecondary(page));
      await sleep(500);
      await route.continue();
    }, { times: 1 });
  });
  await page.reload();
  return answer;
}

/** What becomes of a worker that must not start. */
function failure(page) {
  return page.evaluate(() => new Promise((resolve) => {
    globalThis.sceau.startWorker().onerror = () => resolve('stopped');
  }));
}

/** Waits for the browser's own complaint about a file. */
async function complaint(browser, name) {
  const heard = () => browser.said.some((line) => line.includes('integrity') && line.includes(name));
  while (!heard()) await browser.page.waitForEvent('console');
}

/** Has the page's worker ask the reference for a key on P-384, the fifth of the algorithms. */
async function askReference(page) {
  const worker = page.workers()[0] ?? await page.waitForEvent('worker');
  return worker.evaluate(() => self.sceau.reference.ask(['generate', 4, []], []).then(
    (parts) => ({ parts: parts.length }),
    () => ({ refused: true }),
  ));
}
