// The authority of a practice: its key lies on a machine of its own, here a folder outside the relay's.

import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sceauCommand } from './relay.mjs';

const run = promisify(execFile);
/** Key files here guard nothing: few rounds of key derivation keep an unoptimised build quick. */
const FEW_ITERATIONS = ['--danger-iterations', '1000'];
/** A certificate that has ended was good for this long, from the first moment of its authority's. */
const ENDED_AFTER_MS = 60_000;

/** Makes an authority for a mail domain in a folder. */
export async function newAuthority(folder, domain, name = 'Autorité d’essai') {
  await mkdir(folder, { recursive: true });
  const at = (file) => join(folder, file);
  const key = at('ca.p12');
  const password = at('password');
  await writeFile(password, 'phrase de l’autorité\n', { mode: 0o600 });
  const withKey = ['--ca', key, '--password-file', password];
  await sceauCommand('ca', 'new', '--name', name, '--domain', domain, '--out', key, '--cert', at('ca.pem'), '--password-file', password, ...FEW_ITERATIONS);
  const authority = {
    key,
    folder,
    certificate: at('ca.pem'),
    /** As the enrolment letter prints it. */
    fingerprint: new X509Certificate(await readFile(at('ca.pem'))).fingerprint256,
    /** Answers a PKCS#10 request (a file), as the authority's own machine would. */
    async issue(request, email, usage) {
      const [csr, out] = [at(`${email}-${usage}.csr`), at(`${email}-${usage}.pem`)];
      await copyFile(request, csr);
      await sceauCommand('ca', 'issue', ...withKey, '--csr', csr, '--email', email, '--usage', usage, '--out', out);
      return out;
    },
    /** The same, but the certificate has ended. `sceau ca` does not date back, so OpenSSL uses the authority's key. */
    issueEnded: (request, email, usage) => issueEnded({ at, key, password }, request, email, usage),
    async revocations() {
      await sceauCommand('ca', 'crl', ...withKey, '--out', at('ca.crl'));
      return at('ca.crl');
    },
    /** A key file with both keys of somebody; `ended` names the usages whose certificate is over. */
    keyFile: (who, options) => keyFile(authority, folder, who, options),
  };
  return authority;
}

async function keyFile(authority, folder, { address, name }, { ended = [], passPhrase = 'fichier de clés', label = address } = {}) {
  const at = (ending) => join(folder, `${label}.${ending}`);
  await writeFile(at('password'), `${passPhrase}\n`, { mode: 0o600 });
  const protection = ['--password-file', at('password'), ...FEW_ITERATIONS];
  await sceauCommand('key', 'new', '--name', name, '--email', address, '--out', at('keys.p12'), '--csr', at('csr'), ...protection);
  const requests = (await readFile(at('csr'), 'utf8')).match(/-----BEGIN[^]*?-----END[^\n]*\n/g);
  const certificates = {};
  for (const [place, usage] of ['sign', 'encrypt'].entries()) {
    const request = at(`${usage}.csr`);
    await writeFile(request, requests[place]);
    const issued = ended.includes(usage) ? authority.issueEnded(request, address, usage) : authority.issue(request, address, usage);
    certificates[usage] = at(`${usage}.pem`);
    await copyFile(await issued, certificates[usage]);
  }
  const parts = [certificates.sign, certificates.encrypt, authority.certificate].flatMap((file) => ['--cert', file]);
  await sceauCommand('key', 'certify', '--key', at('keys.p12'), ...parts, '--out', at('p12'), ...protection);
  return { file: at('p12'), passwordFile: at('password'), passPhrase, certificates };
}

async function issueEnded({ at, key, password }, request, email, usage) {
  const from = new Date(new X509Certificate(await readFile(at('ca.pem'))).validFrom);
  const until = new Date(from.getTime() + ENDED_AFTER_MS);
  const [config, out, plain] = [at('openssl.cnf'), at(`${email}-${usage}-ended.pem`), at('ca.key')];
  await run('openssl', ['pkcs12', '-in', key, '-passin', `file:${password}`, '-nodes', '-nocerts', '-out', plain]);
  await writeFile(at('index.txt'), '');
  await writeFile(config, opensslConfig(at('index.txt'), email, usage));
  await run('openssl', [
    'ca', '-batch', '-notext', '-config', config, '-cert', at('ca.pem'), '-keyfile', plain, '-in', request, '-out', out,
    '-outdir', at('.'), '-startdate', stamp(from), '-enddate', stamp(until),
  ]);
  return out;
}

const KEY_USAGE = { sign: 'digitalSignature,nonRepudiation', encrypt: 'keyAgreement' };

function opensslConfig(index, email, usage) {
  return `[ca]
default_ca=here
[here]
database=${index}
rand_serial=yes
default_md=sha256
unique_subject=no
email_in_dn=no
policy=any
x509_extensions=person
[any]
commonName=supplied
[person]
basicConstraints=critical,CA:FALSE
keyUsage=critical,${KEY_USAGE[usage]}
extendedKeyUsage=emailProtection
subjectAltName=email:${email}
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
`;
}

/** A moment as ASN.1's GeneralizedTime. */
function stamp(moment) {
  return `${moment.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
}
