// People without a browser: accounts of a relay, each driven by a client from elsewhere (the package `jmap-jam`) with a program's token,
// and real letters between them.

import { readFile, writeFile } from 'node:fs/promises';
import JamClient from 'jmap-jam';
import { newAuthority } from './authority.mjs';
import { newFolder, relayCommand, sceauCommand, startRelay } from './relay.mjs';

const DOMAIN = 'clients.sceau.example';
/** What the package does not know by itself. */
const CAPABILITIES = {
  Blob: 'urn:ietf:params:jmap:blob',
  Quota: 'urn:ietf:params:jmap:quota',
  Letter: 'urn:sceau:jmap:letter',
};

/** A relay and two people with their clients. */
export async function twoClients() {
  const folder = await newFolder('clients');
  const at = (name) => `${folder.path}/${name}`;
  const relay = await startRelay({ data: at('relay'), logs: folder.path });
  const authority = await newAuthority(at('authority'), DOMAIN);
  const person = async (name) => {
    const address = `${name}@${DOMAIN}`;
    const token = JSON.parse(await relayCommand('token', 'create', address, '--data', at('relay'), '--json'));
    const client = clientOf(relay, token.token);
    return { address, account: token.accountId, token: token.token, client, keys: await authority.keyFile({ address, name }) };
  };
  const [anne, bruno] = [await person('anne'), await person('bruno')];
  return {
    relay,
    anne,
    bruno,
    /** A letter from Anne to Bruno, sealed by the command line. */
    letter: (subject) => seal(at, anne, bruno, subject),
    close: async () => {
      await relay.stop();
      await folder.remove();
    },
  };
}

/** A client that signs in with a token. */
export const clientOf = (relay, bearerToken) =>
  new JamClient({ sessionUrl: `${relay.url}/.well-known/jmap`, bearerToken, customCapabilities: CAPABILITIES });

async function seal(at, from, to, subject) {
  const [clear, sealed] = [at('clear.eml'), at('sealed.eml')];
  const headers = [`From: ${from.address}`, `To: ${to.address}`, `Subject: ${subject}`, 'Content-Type: text/plain'];
  await writeFile(clear, [...headers, '', 'Bonjour.', ''].join('\r\n'));
  const { file, passwordFile } = from.keys;
  await sceauCommand('seal', '--from', file, '--password-file', passwordFile, '--to', to.keys.certificates.encrypt, '--in', clear, '--out', sealed);
  return readFile(sealed);
}
