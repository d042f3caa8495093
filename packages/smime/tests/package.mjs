// The package as it was built, and keys and letters to use it on.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const folder = process.env.SCEAU_PACKAGE;
if (!folder) throw new Error('SCEAU_PACKAGE is not set: run these tests through ./x test');

export const command = join(folder, 'bin', 'sceau.mjs');

/** What the package exports to Node. */
export const sceau = await import(pathToFileURL(join(folder, 'src', 'index.node.mjs')));

const world = new URL('../../../crates/smime/tests/world/', import.meta.url);

/** A file of the library's test world. */
export const file = (name) => readFile(new URL(name, world));

/** 2026-12-01T08:17:00Z, when the certificates of that world are valid. */
export const NOW = 1_796_113_020;

/** A person's keys. */
export async function keysOf(name) {
  const keys = new sceau.Keys();
  for (const use of ['sign', 'encrypt']) await keys.addKey(await file(`${name}.${use}.key`), await file(`${name}.${use}.crt`));
  return keys;
}

/** Trust in that world's authority. */
export async function trustInTheWorld() {
  const trust = new sceau.TrustSettings();
  await trust.addAnchors(await file('ca.crt'));
  return trust;
}

/** A letter from Amélie to Bruno. */
export async function letter(more = {}) {
  return {
    from: { name: 'Amélie Roche', email: 'amelie.roche@cabinet.example' },
    to: [{ name: null, email: 'bruno.keller@cardio.example' }],
    subject: 'Écho — été',
    text: 'Bonjour.\n',
    now: NOW,
    parts: [{ name: 'bilan.bin', type: 'application/octet-stream', bytes: new Uint8Array([0, 13, 10, 255]) }],
    recipients: [{ address: 'bruno.keller@cardio.example', certificate: await file('bruno.encrypt.crt') }],
    ...more,
  };
}

/** Lets a test work in a folder of its own. */
export async function inAFolder(work) {
  const path = await mkdtemp(join(tmpdir(), 'sceau-package-'));
  try {
    return await work(path);
  } finally {
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
  }
}
