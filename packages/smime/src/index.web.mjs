import { readBy } from './modules.mjs';

// Written out, so that bundlers find both files.
const ADDRESSES = {
  core: new URL('../wasm/core_bg.wasm', import.meta.url),
  complete: new URL('../wasm/complete_bg.wasm', import.meta.url),
};

readBy((name) => fetch(ADDRESSES[name]));

export * from './api.mjs';
