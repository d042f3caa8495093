// Inside Chromium's worker: loads the modules, reads mail beside the peer that runs there, tells each job's figures.

import { mailJobs, mailsOf, measure } from './mail-jobs.mjs';
import { postalMime } from './mail-parties.mjs';

const file = async (name) => {
  const answer = await fetch(`/fixtures/${name}`);
  if (!answer.ok) throw new Error(`${name} is not there`);
  return new Uint8Array(await answer.arrayBuffer());
};

async function library(name) {
  const glue = await import(`/module/${name}.js`);
  const { memory } = await glue.default({ module_or_path: fetch(`/module/${name}_bg.wasm`) });
  return { glue, memory };
}

addEventListener('message', async ({ data: wanted }) => {
  try {
    const libraries = [await library('complete'), await library('shipped')];
    const jobs = mailJobs(await mailsOf(file));
    for (const name of wanted) {
      postMessage({ job: jobs[name].title, rows: await measure(jobs[name], libraries, [['postal-mime', postalMime()]]) });
    }
    postMessage({ done: true });
  } catch (error) {
    postMessage({ error: String(error?.stack ?? error) });
  }
}, { once: true });
