import { readFile } from 'node:fs/promises';
import { readBy } from './modules.mjs';

readBy((name) => readFile(new URL(`../wasm/${name}_bg.wasm`, import.meta.url)));

export * from './api.mjs';
