// Starts the page. Everything that runs is fetched with the integrity that index.html names: docs/design/loading.md.

const page = document.documentElement;

/** Starts a new worker, its two files checked; the page calls this, and again when it restarts the worker. */
async function startWorker() {
  workerSource ??= checkedWorker();
  return new Worker(await workerSource, { name: 'sceau' });
}

let workerSource = null;

/** `new Worker(url)` takes no integrity: so the worker is a blob made of the glue we have checked. */
async function checkedWorker() {
  const glue = checked('sceau-worker-js');
  const wasm = checked('sceau-worker-wasm');
  const response = await fetch(glue.url, { integrity: glue.integrity });
  const start = `\nwasm_bindgen({ module_or_path: fetch(${JSON.stringify(wasm.url)}, `
    + `{ integrity: ${JSON.stringify(wasm.integrity)} }) });\n`;
  return URL.createObjectURL(new Blob([await response.text(), start], { type: 'text/javascript' }));
}

/** Where a file of the worker lies, and its digest; absolute, because a blob has no place of its own. */
function checked(name) {
  const meta = document.querySelector(`meta[name="${name}"]`);
  return { url: new URL(meta.content, location.href).href, integrity: meta.dataset.integrity };
}

/** `modulepreload` checks the glue; Chromium does not check `preload as=fetch`, so the wasm is fetched with its digest. */
async function startPage() {
  const glue = document.querySelector('link[rel="modulepreload"]');
  const wasm = document.querySelector('link[rel="preload"][as="fetch"][type="application/wasm"]');
  const { default: init } = await import(glue.href);
  await init({ module_or_path: fetch(wasm.href, { integrity: wasm.integrity, credentials: 'same-origin' }) });
}

globalThis.sceau = Object.freeze({ startWorker });

startPage().then(
  () => { page.dataset.boot = 'ready'; },
  (error) => {
    page.dataset.boot = 'failed';
    document.getElementById('boot-failed')?.removeAttribute('hidden');
    console.error(`the page could not be started: ${error.message}`);
  },
);
