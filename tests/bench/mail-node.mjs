// In Node: reads mail beside the peer that runs only there, and tells each job's figures as lines of JSON.
//
//     node mail-node.mjs MODULE FIXTURES JOB...

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { simpleParser } from 'mailparser';
import { mailJobs, mailsOf, measure } from './mail-jobs.mjs';
import { mailparser } from './mail-parties.mjs';

const [modules, fixtures, ...wanted] = process.argv.slice(2);

async function library(name) {
  const glue = await import(pathToFileURL(join(modules, `${name}.js`)));
  const { memory } = await glue.default({ module_or_path: await readFile(join(modules, `${name}_bg.wasm`)) });
  return { glue, memory };
}

const libraries = [await library('complete'), await library('shipped')];
const jobs = mailJobs(await mailsOf(async (name) => new Uint8Array(await readFile(join(fixtures, name)))));
for (const name of wanted) {
  const rows = await measure(jobs[name], libraries, [['mailparser', mailparser(simpleParser)]]);
  console.log(JSON.stringify({ job: jobs[name].title, rows }));
}
