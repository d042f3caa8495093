// The two wasm modules: the core, which reads and writes what every letter needs, and the complete one.

const GLUE = {
  core: () => import('../wasm/core.js'),
  complete: () => import('../wasm/complete.js'),
};

let octetsOf;
const loading = new Map();

/** Says how the octets of a module are come by; each entry of the package has its way. */
export function readBy(reader) {
  octetsOf = reader;
}

/** Loads a module, once. What failed is tried again the next time. */
export function load(name) {
  if (!loading.has(name)) {
    const started = start(name);
    started.catch(() => loading.delete(name));
    loading.set(name, started);
  }
  return loading.get(name);
}

/** Which modules were asked for so far. */
export function loaded() {
  return [...loading.keys()];
}

async function start(name) {
  const [glue, module_or_path] = await Promise.all([GLUE[name](), octetsOf(name)]);
  const { memory } = await glue.default({ module_or_path });
  const engines = new Map();
  return {
    glue,
    memory,
    isComplete: name === 'complete',
    /** By whose primitives: `webcrypto` where nothing is said, which is `rust` where there is no WebCrypto. */
    engine(backend = 'webcrypto') {
      if (!engines.has(backend)) engines.set(backend, new glue.Engine(backend));
      return engines.get(backend);
    },
    /** Drops what the engines kept of private keys. */
    forget() {
      for (const engine of engines.values()) engine.forget();
    },
  };
}
