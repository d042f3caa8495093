#!/usr/bin/env node
// Runs a WASI program such as cargo's tests, with all files and variables of this machine.

import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { WASI } from 'node:wasi';

// As packages/smime/bin/sceau.mjs says.
setFlagsFromString('--no-turbo-fast-api-calls');

const [program, ...rest] = process.argv.slice(2);
const wasi = new WASI({
  version: 'preview1',
  args: [program, ...rest],
  env: process.env,
  // One alone: WASI takes `/` and `.` for the same.
  preopens: { '/': '/' },
  returnOnExit: true,
});
const module = new WebAssembly.Module(readFileSync(program));
process.exitCode = wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
