// The relay as a person starts it: its own process, its own data folder, on a port the system picks.

import { spawn, execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environment } from './environment.mjs';
import { prepareStore } from './postgres.mjs';

const run = promisify(execFile);
const LISTENING = /listening on (http:\/\/\S+)/;
/** A relay that says nothing for this long will not start: a watchdog, not a measurement. */
const START_MS = 30_000;
/** What a relay may take to write its last words when asked to stop. */
const STOP_MS = 10_000;

/** Starts a relay over a folder; what it prints goes to `relay.log` inside `logs`. */
export async function startRelay({ data, logs = data, page = environment.dist, listen = '127.0.0.1:0' }) {
  await prepareStore(data);
  const child = spawn(environment.relay, ['serve', '--data', data, '--listen', listen, '--page', page]);
  const log = createWriteStream(join(logs, 'relay.log'), { flags: 'a' });
  child.stderr.pipe(log, { end: false });
  child.stdout.pipe(log, { end: false });
  const url = await listening(child);
  return {
    // WebAuthn and secure contexts know `localhost`, not 127.0.0.1.
    url: url.replace('127.0.0.1', 'localhost'),
    port: Number(new URL(url).port),
    stop: () => stop(child, 'SIGTERM'),
    kill: () => stop(child, 'SIGKILL'),
  };
}

/** A data folder of its own, removed by the caller when it is done. */
export async function newFolder(name) {
  const path = await mkdtemp(join(tmpdir(), `sceau-${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** `sceau-relay …`, for an administrator's commands; hands back what it printed. */
export async function relayCommand(...args) {
  const data = args[args.indexOf('--data') + 1];
  await prepareStore(data);
  const { stdout } = await run(environment.relay, args);
  return stdout;
}

/** `sceau …`, the command line. */
export async function sceauCommand(...args) {
  const { stdout } = await run(environment.sceau, args, { maxBuffer: 256 * 1024 * 1024, encoding: 'buffer' });
  return stdout;
}

function listening(child) {
  return new Promise((resolve, reject) => {
    let said = '';
    const watchdog = setTimeout(() => reject(new Error(`the relay does not listen; it said: ${said}`)), START_MS);
    const settle = (act, value) => {
      clearTimeout(watchdog);
      act(value);
    };
    const collect = (chunk) => {
      said += chunk;
      const found = said.match(LISTENING);
      if (found) settle(resolve, found[1]);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', (chunk) => { said += chunk; });
    child.once('error', (error) => settle(reject, error));
    child.once('exit', (code) => settle(reject, new Error(`the relay ended with ${code}; it said: ${said}`)));
  });
}

async function stop(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  const watchdog = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(watchdog);
}
