#!/usr/bin/env node
// The `sceau` command over wasm: the same forms, files, codes and exit codes as the native one.

import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

/** What comes from outside and means something to the command. */
const VARIABLES = /^(SCEAU_\w+|NO_COLOR|TERM|COLUMNS)$/;
/** `path_open` may make a file, and it must be new (WASI preview 1, `oflags`). */
const EXCLUSIVE = 4;

// Node 20 collects garbage inside a fast call from wasm, where V8 forbids it, and crashes with inputs of some megabytes.
setFlagsFromString('--no-turbo-fast-api-calls');

const { WASI } = await importedQuietly('node:wasi');
const wasi = new WASI({
  version: 'preview1',
  args: ['sceau', ...process.argv.slice(2)],
  env: {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => VARIABLES.test(name))),
    PWD: process.cwd(),
  },
  preopens: { '/': '/' },
  returnOnExit: true,
});
const imports = wasi.getImportObject();
const { path_open: open } = imports.wasi_snapshot_preview1;
imports.wasi_snapshot_preview1.path_open = privately(open);

const module = new WebAssembly.Module(readFileSync(new URL('../wasm/sceau.wasm', import.meta.url)));
process.exitCode = wasi.start(new WebAssembly.Instance(module, imports));

/**
 * WASI knows no permissions. The command makes keys and states as files that must be new, and nothing else so: those are
 * for their owner only.
 */
function privately(call) {
  return (...given) => {
    if ((given[4] & EXCLUSIVE) === 0) return call(...given);
    const before = process.umask(0o077);
    try {
      return call(...given);
    } finally {
      process.umask(before);
    }
  };
}

/** Imports a module without the one warning that it is experimental; every other warning is heard. */
async function importedQuietly(name) {
  const { emitWarning } = process;
  process.emitWarning = (warning, ...rest) => {
    if (rest[0] !== 'ExperimentalWarning' && rest[0]?.type !== 'ExperimentalWarning') emitWarning.call(process, warning, ...rest);
  };
  try {
    return await import(name);
  } finally {
    process.emitWarning = emitWarning;
  }
}
