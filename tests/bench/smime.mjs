// Ours beside the peers, in a worker of Chromium: `./x bench smime` runs it and makes tables of what it prints. What we seal is
// opened with OpenSSL once.
//
//     node smime.mjs MODULE CACHE [JOB...]      (wasm-bindgen's web output under `core` and `complete`; a folder for what is made)

import { fixtures, openedByOpenssl } from './fixtures/smime.mjs';
import { onStage, tell, tellVersions } from './stage.mjs';

const [moduleFolder, cache, ...wanted] = process.argv.slice(2);
const letters = await fixtures(cache);

/** The message that OpenSSL found inside what we sealed carries the file. */
async function check(table, job, { name, made, file }) {
  const message = await openedByOpenssl(letters, `${table}-${job}-${name}`.replaceAll(/\W+/g, '-'), Buffer.from(made, 'base64'), 'r3');
  const inner = Buffer.from(file, 'base64');
  const found = message.includes(inner) || message.toString('latin1').replaceAll(/[\r\n]/g, '').includes(inner.toString('base64'));
  if (!found) throw new Error(`OpenSSL did not find the file in what ${name} sealed (${job})`);
}

async function told({ job, table, rows, made }) {
  for (const one of made) await check(table, job, one);
  tell(table, job, rows);
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

await tellVersions(['pkijs', 'asn1js', 'node-forge', 'openpgp', 'postal-mime']);
await onStage(['worker.mjs'], { '/fixtures/': letters, '/module/': moduleFolder }, async (page) => {
  const failures = [];
  await page.exposeFunction('tell', (said) => told(said).catch((error) => failures.push(error)));
  await page.evaluate(measured, wanted);
  if (failures.length > 0) throw failures[0];
});
