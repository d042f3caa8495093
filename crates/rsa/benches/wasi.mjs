// Runs a program built for wasm32-wasip1: `node wasi.mjs PROGRAM.wasm [ARGUMENT…]`. Cargo takes it for a runner.
import { readFile } from "node:fs/promises";
import { argv } from "node:process";
import { WASI } from "node:wasi";

const wasi = new WASI({ version: "preview1", args: argv.slice(2), env: {}, returnOnExit: false });
const module = await WebAssembly.compile(await readFile(argv[2]));
wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
