// A practice from nothing: an authority whose key lies outside the relay's folder, a relay, accounts by invitation.

import { X509Certificate } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newFolder, relayCommand, sceauCommand, startRelay } from './relay.mjs';

export const DOMAIN = 'cabinet.sceau.example';

/** `folder` holds `authority/`, `relay/` (the data folder), `logs/`, and whatever a test adds. */
export async function newPractice() {
  const folder = await newFolder('practice');
  const at = (name) => join(folder.path, name);
  await Promise.all(['authority', 'relay', 'logs'].map((name) => mkdir(at(name))));
  const authority = await newAuthority(at('authority'));
  await relayCommand('authority', 'add', '--data', at('relay'), authority.certificate, '--domain', DOMAIN);
  await renewRevocations(authority, at('relay'));
  let relay = await startRelay({ data: at('relay'), logs: at('logs') });

  return {
    folder: folder.path,
    at,
    authority,
    get relay() { return relay; },
    /** An account and its one-time enrolment code. */
    async invite(address, name) {
      const said = await relayCommand('account', 'add', address, '--data', at('relay'), '--name', name, '--json');
      return JSON.parse(said).enrolmentCode;
    },
    /** Stops the relay and starts it again at the same place, perhaps with another build of the page. */
    async restart(options = {}) {
      await relay.stop();
      relay = await startRelay({ data: at('relay'), logs: at('logs'), listen: `127.0.0.1:${relay.port}`, ...options });
    },
    async close() {
      await relay.stop();
      await folder.remove();
    },
  };
}

async function newAuthority(folder) {
  const key = join(folder, 'ca.p12');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, 'phrase de l’autorité\n', { mode: 0o600 });
  await sceauCommand('ca', 'new', '--name', 'Autorité d’essai', '--domain', DOMAIN, '--out', key, '--cert', join(folder, 'ca.pem'), '--password-file', passwordFile);
  return {
    key,
    folder,
    certificate: join(folder, 'ca.pem'),
    /** As the enrolment letter prints it. */
    fingerprint: new X509Certificate(await readFile(join(folder, 'ca.pem'))).fingerprint256,
    /** Answers a PKCS#10 request (a file), as the authority's own machine would. */
    async issue(request, email, usage) {
      const csr = join(folder, `${email}-${usage}.csr`);
      const out = join(folder, `${email}-${usage}.pem`);
      await copyFile(request, csr);
      await sceauCommand('ca', 'issue', '--ca', key, '--csr', csr, '--email', email, '--usage', usage, '--out', out, '--password-file', passwordFile);
      return out;
    },
    async revocations() {
      const out = join(folder, 'ca.crl');
      await sceauCommand('ca', 'crl', '--ca', key, '--out', out, '--password-file', passwordFile);
      return out;
    },
  };
}

async function renewRevocations(authority, data) {
  await relayCommand('crl', 'add', '--data', data, await authority.revocations());
}
