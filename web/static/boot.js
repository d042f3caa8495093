// Starts the page. Everything that runs is fetched with the integrity that index.html names: docs/design/loading.md.

const page = document.documentElement;
/** Every file of this build, by its digest's name. */
const FILES = [...document.querySelectorAll('head [href], head [src], head [data-integrity]')]
  .map((element) => element.getAttribute('href') ?? element.getAttribute('src') ?? element.content);

/** The page's worker, which may start others at the first question: the reference, for what the browser does not compute, and the one
 * that reads what letters bring. */
function pageWorker() {
  const starts = ['reference', 'reading'].map((name) => {
    const files = JSON.stringify(workerFiles(`sceau-${name}`, String(runWorker)));
    return `${name}: (${reach})(async () => new Worker(await (${checkedWorker})(${files}), { name: 'sceau-${name}' }))`;
  });
  const parts = `...(${inTwoParts})(${JSON.stringify(checked('sceau-worker-secondary'))})`;
  const run = `(init, wasm) => { self.sceau = { ${parts}, ${starts.join(', ')} }; self.sceau.join((${runWorker})(init, wasm)); }`;
  return checkedWorker(workerFiles('sceau-worker', run));
}

/** The files of a worker by their names in the page, and what runs them. */
function workerFiles(name, run) {
  return { glue: checked(`${name}-js`), wasm: checked(`${name}-wasm`), run };
}

/** `new Worker(url)` takes no integrity: so a worker is a blob made of the glue we have checked. */
async function checkedWorker({ glue, wasm, run }) {
  const response = await fetch(glue.url, { integrity: glue.integrity });
  const start = `;(${run})(wasm_bindgen, ${JSON.stringify(wasm)});`;
  return URL.createObjectURL(new Blob([await response.text(), start], { type: 'text/javascript' }));
}

/** Where a file lies, and its digest; absolute, because a blob has no place of its own. */
function checked(name) {
  const meta = document.querySelector(`meta[name="${name}"]`);
  return { url: new URL(meta.content, location.href).href, integrity: meta.dataset.integrity };
}

/** Whether the relay's page names other files than this one did: a newer build is served. */
async function isOutdated() {
  const served = await (await fetch('/', { cache: 'no-cache' })).text();
  // Whatever else answers there, a proxy's error for one, is no build.
  return served.includes('name="sceau-web-wasm"') && FILES.some((name) => !served.includes(name));
}

/** Runs inside the worker, as text: it may name nothing from outside itself. */
function runWorker(init, wasm) {
  // A defect inside a job ends as a rejected promise; the page learns of a stopped worker only through an error.
  self.addEventListener('unhandledrejection', (event) => setTimeout(() => { throw event.reason; }));
  // Messages that come before the wasm is there wait here.
  const early = [];
  const keep = ({ data, ports }) => early.push({ data, ports });
  self.addEventListener('message', keep);
  const started = init({ module_or_path: fetch(wasm.url, { integrity: wasm.integrity }) });
  started.then(() => {
    self.removeEventListener('message', keep);
    for (const message of early) self.dispatchEvent(new MessageEvent('message', message));
  });
  return started;
}

/** Runs inside the page's worker, as text: its module comes in two parts, the second when it is first asked for. */
function inTwoParts(secondary) {
  let primary, loading = null;
  const load = async () => {
    // First the wait: were the file refused meanwhile, nobody would hear of it, and the worker be stopped for it.
    const given = await primary;
    await WebAssembly.instantiateStreaming(fetch(secondary.url, { integrity: secondary.integrity }), { primary: given });
  };
  return {
    /** Takes what the first part gives out, once it runs. */
    join(started) { primary = started; },
    /** Who asks again after a failure has it fetched again. */
    loadSecondary() {
      loading ??= load().catch((error) => { loading = null; throw error; });
      return loading;
    },
    /** Stands for a function of the second part until that is there; whoever asks for it first makes sure that nobody calls it. */
    placeholder: new Proxy({}, { get: () => () => { throw new Error('a function was called before it was there'); } }),
  };
}

/** Runs inside the page's worker, as text: how it asks another worker, which is started at the first question. */
function reach(start) {
  let running = null;
  const begin = () => {
    const begun = start().then((worker) => {
      let stop;
      const stopped = new Promise((_, reject) => { stop = reject; });
      worker.onerror = (event) => { worker.terminate(); stop(event); };
      return { worker, stop, stopped };
    });
    // Whoever asks after that starts another.
    begun.then(({ stopped }) => stopped).catch(() => { if (running === begun) running = null; });
    return begun;
  };
  return {
    async ask(question, transfer) {
      running ??= begin();
      const { worker, stopped } = await running;
      const { port1, port2 } = new MessageChannel();
      const answer = new Promise((resolve) => { port1.onmessage = (event) => resolve(event.data); });
      worker.postMessage(question, [port2, ...transfer]);
      return Promise.race([answer, stopped]).finally(() => port1.close());
    },
    /** Ends the worker; who waits for an answer is told that there will be none. */
    forget() {
      running?.then(({ worker, stop }) => { worker.terminate(); stop(new Error('forgotten')); }, () => {});
      running = null;
    },
  };
}

/** `modulepreload` checks the page's glue; the wasm is fetched with its digest. */
async function startPage() {
  const glue = document.querySelector('link[rel="modulepreload"]');
  const wasm = checked('sceau-web-wasm');
  const body = fetch(wasm.url, { integrity: wasm.integrity });
  const [worker, { default: init }] = await Promise.all([pageWorker(), import(glue.href)]);
  // The page starts a worker by this, and another when it restarts it.
  globalThis.sceau = Object.freeze({ startWorker: () => new Worker(worker, { name: 'sceau' }), isOutdated });
  await init({ module_or_path: body });
}

startPage().then(
  () => { page.dataset.boot = 'ready'; },
  (error) => {
    page.dataset.boot = 'failed';
    document.getElementById('boot-failed')?.removeAttribute('hidden');
    console.error(`the page could not be started: ${error.message}`);
  },
);
