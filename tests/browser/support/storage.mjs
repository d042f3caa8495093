// What a page has left in the browser's own storage.

import assert from 'node:assert/strict';

const LEFT = { local: ['sceau-preferences'], session: [], databases: [], caches: [], files: [], workers: 0, cookies: '' };

/** Nothing is left but language and appearance, which name nobody. */
export async function holdsPreferencesOnly(page) {
  const found = await page.evaluate(async () => {
    const files = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) files.push(name);
    return {
      local: Object.keys(localStorage),
      session: Object.keys(sessionStorage),
      databases: await indexedDB.databases(),
      caches: await caches.keys(),
      files,
      workers: (await navigator.serviceWorker.getRegistrations()).length,
      cookies: document.cookie,
    };
  });
  assert.deepEqual(found, LEFT);
  assert.match(await page.evaluate(() => localStorage.getItem('sceau-preferences')), /^(fr|en) (machine|light|dark) (on|off) (browser|rust)$/);
}
