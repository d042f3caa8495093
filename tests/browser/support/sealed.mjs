// Somebody with letters of every kind at hand, sealed and signed for her by a colleague, as files.

import { mkdir, writeFile } from 'node:fs/promises';
import { kinds } from './kinds.mjs';
import { enrolWithKeyFile } from './person.mjs';
import { DOMAIN } from './practice.mjs';
import { sceauCommand } from './relay.mjs';

export const READER = { address: `nadia.benali@${DOMAIN}`, name: 'Nadia Benali', passPhrase: 'bergamote plumier cascade fanfare' };
export const WRITER = { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine' };

/** The reader at her machine, and `files[kind]`, where each letter lies. */
export async function readerOfAllKinds(practice) {
  const reader = await enrolWithKeyFile(practice, practice.relay.url, READER);
  await mkdir(practice.at('files'));
  const seal = await sealer(practice, reader.keys);
  const files = {};
  for (const [kind, mail] of Object.entries(kinds(WRITER, READER))) {
    // Machines that report sign nothing.
    files[kind] = kind === 'report' ? await keep(practice, kind, mail) : await seal(kind, mail);
  }
  return { reader, files };
}

/** Seals and signs a mail under a name; gives the file. */
export async function sealer(practice, readersKeys) {
  const keys = await practice.authority.keyFile(WRITER);
  return async (name, mail) => {
    const clear = await keep(practice, name, mail);
    const sealed = practice.at(`files/${name}-scelle.eml`);
    await sceauCommand('seal', '--from', keys.file, '--password-file', keys.passwordFile, '--to', readersKeys.certificates.encrypt, '--in', clear, '--out', sealed);
    return sealed;
  };
}

async function keep(practice, name, mail) {
  const path = practice.at(`files/${name}.eml`);
  await writeFile(path, mail);
  return path;
}
