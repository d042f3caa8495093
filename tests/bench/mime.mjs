// Reading mail and sanitising HTML, ours beside the peers: in a worker of Chromium, in a page of it where a peer needs one, and in
// Node where a peer runs only there. `./x bench mime` runs it and makes tables of what it prints.
//
//     node mime.mjs MODULE CACHE [JOB...]

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mails } from './fixtures/mail.mjs';
import { onStage, tell, tellVersions } from './stage.mjs';

const [moduleFolder, cache, ...words] = process.argv.slice(2);
const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const READING = ['mail-10mb', 'mail-1000'];
const SANITISING = 'sanitise';
const known = [...READING, SANITISING];
const unknown = words.find((word) => !known.includes(word));
if (unknown) throw new Error(`there is no job ${unknown}; these are: ${known.join(' ')}`);
const wanted = words.length > 0 ? words : known;
const reading = READING.filter((job) => wanted.includes(job));
const fixtures = await mails(cache);

/** In the page: starts the worker and gives what it tells. */
function read(jobs) {
  return new Promise((done, failed) => {
    const told = [];
    const worker = new Worker('/mail-worker.js', { type: 'module' });
    worker.onerror = (event) => failed(new Error(event.message));
    worker.onmessage = ({ data }) => {
      if (data.error) failed(new Error(data.error));
      else if (data.done) done(told);
      else told.push(data);
    };
    worker.postMessage(jobs);
  });
}

async function inNode() {
  const script = [join(here, 'mail-node.mjs'), moduleFolder, fixtures, ...reading];
  const { stdout } = await promisify(execFile)(process.execPath, script, { maxBuffer: 1 << 24 });
  return stdout.trim().split('\n').map((said) => JSON.parse(said));
}

await tellVersions(['postal-mime', 'mailparser', 'dompurify']);
console.log(['version', 'Node', process.versions.node].join('\t'));
await onStage(['mail-worker.mjs', 'html-page.mjs'], { '/fixtures/': fixtures, '/module/': moduleFolder }, async (page) => {
  if (reading.length > 0) for (const { job, rows } of await page.evaluate(read, reading)) tell('worker', job, rows);
  if (!wanted.includes(SANITISING)) return;
  const { job, rows } = await page.evaluate(async () => (await import('/html-page.js')).sanitizing());
  tell('page', job, rows);
});
if (reading.length > 0) {
  // The glue is written for the web: a folder says that its scripts are modules.
  await writeFile(join(moduleFolder, 'package.json'), '{"type":"module"}\n');
  for (const { job, rows } of await inNode()) tell('node', job, rows);
}
