// Writes a page that runs a program built for wasm32-wasip1 and shows what it prints:
// `node page.mjs PROGRAM.wasm > PAGE.html`, then `chromium --headless --dump-dom PAGE.html`.
import { readFile } from "node:fs/promises";
import { argv, stdout } from "node:process";

/** Runs in the page, as text: the few calls of WASI that such a program makes. */
function run(program) {
  let memory;
  let printed = "";
  const view = () => new DataView(memory.buffer);
  const bytes = (at, length) => new Uint8Array(memory.buffer, at, length);
  const none = (count, size) => {
    view().setUint32(count, 0, true);
    view().setUint32(size, 0, true);
    return 0;
  };
  const calls = {
    fd_write(_file, pieces, count, written) {
      let total = 0;
      for (let at = pieces; at < pieces + 8 * count; at += 8) {
        const length = view().getUint32(at + 4, true);
        printed += new TextDecoder().decode(bytes(view().getUint32(at, true), length));
        total += length;
      }
      view().setUint32(written, total, true);
      return 0;
    },
    clock_time_get(_clock, _precision, at) {
      view().setBigUint64(at, BigInt(Math.round(performance.now() * 1e6)), true);
      return 0;
    },
    random_get(at, length) {
      crypto.getRandomValues(bytes(at, length));
      return 0;
    },
    environ_sizes_get: none,
    args_sizes_get: none,
    environ_get: () => 0,
    args_get: () => 0,
    proc_exit(code) {
      throw new Error(`ended with ${code}`);
    },
  };
  const notSupported = 52;
  const every = new Proxy(calls, { get: (known, name) => known[name] ?? (() => notSupported) });
  try {
    const octets = Uint8Array.from(atob(program), (letter) => letter.charCodeAt(0));
    const module = new WebAssembly.Module(octets);
    const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: every });
    memory = instance.exports.memory;
    instance.exports._start();
  } catch (trouble) {
    printed += `\n${trouble}`;
  }
  document.body.textContent = printed;
}

const program = (await readFile(argv[2])).toString("base64");
stdout.write(`<!doctype html><body style="white-space: pre"><script>(${run})("${program}")</script>`);
