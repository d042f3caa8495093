// Inside Chromium's worker: loads the module, does the jobs that were asked for, tells each one's figures.

import { bounds } from './bounds.mjs';
import { jobs } from './jobs.mjs';
import { compare } from './measure.mjs';
import { ours } from './ours.mjs';
import { nodeForge, openPgp, pkiJs } from './peers.mjs';
import { PEOPLE } from './sizes.mjs';

const file = async (name) => {
  const answer = await fetch(`/fixtures/${name}`);
  if (!answer.ok) throw new Error(`${name} is not there`);
  return new Uint8Array(await answer.arrayBuffer());
};

async function everybody() {
  const [signer, ...recipients] = await Promise.all(PEOPLE.map(async (name) =>
    ({ name, key: await file(`${name}.key.der`), certificate: await file(`${name}.crt.der`) })));
  return { authority: await file('ca.crt'), signer, recipients };
}

/** The package's core, its complete module, which alone has the pure-Rust backend, and the core built for size. */
async function libraries() {
  return Promise.all(['core', 'complete', 'shipped'].map(async (name) => {
    const library = await import(`/module/${name}.js`);
    await library.default({ module_or_path: fetch(`/module/${name}_bg.wasm`) });
    return library;
  }));
}

/** Each contender is made when first asked for. */
function parties([core, complete, shipped], people) {
  const once = (make) => {
    let made;
    return () => (made ??= make());
  };
  return {
    webcrypto: once(() => ours(core, 'webcrypto', people)),
    shipped: once(() => ours(shipped, 'webcrypto', people)),
    rust: once(() => ours(complete, 'rust', people)),
    pkijs: once(() => pkiJs(people)),
    forge: once(() => nodeForge(people)),
    openpgp: once(openPgp),
    bounds: once(() => bounds(people)),
  };
}

/** The next message of the page. */
const answer = () => new Promise((resolve) => addEventListener('message', ({ data }) => resolve(data), { once: true }));

const start = async () => {
  const wanted = await answer();
  try {
    const all = jobs(parties(await libraries(), await everybody()), file);
    const unknown = wanted.find((name) => !(name in all));
    if (unknown) throw new Error(`there is no job ${unknown}; these are: ${Object.keys(all).join(' ')}`);
    for (const [name, { table, title, how, contenders }] of Object.entries(all)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      const group = await contenders();
      const made = group.filter((one) => one.made).map(({ name, made, letter }) => ({ name, made, file: letter.file }));
      postMessage({ job: title, table, rows: await compare(group, how), made });
      // What was made is looked at before the next job is measured.
      await answer();
    }
    postMessage({ done: true });
  } catch (error) {
    postMessage({ error: String(error?.stack ?? error) });
  }
};
start();
