// Who computes with keys: the browser, or Sceau's own arithmetic, which is fetched when something is first asked of it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environment } from '../support/environment.mjs';
import { saysInBoth } from '../support/languages.mjs';
import { enrolWithKeyFile } from '../support/person.mjs';
import { DOMAIN, newPractice } from '../support/practice.mjs';
import { sceauCommand } from '../support/relay.mjs';

const run = promisify(execFile);
const READER = { address: `nadia.benali@${DOMAIN}`, name: 'Nadia Benali', passPhrase: 'bergamote plumier cascade fanfare' };
const WRITER = { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine' };
const SUBJECT = 'Ordonnance de sortie';
const TEXT = 'Un comprimé le matin pendant dix jours.';
const OLD_KEY = { passPhrase: 'ancienne clé' };
const SHORT_KEY = { passPhrase: '' };
const SWITCH = 'Chiffrer avec le navigateur';

describe('what computes', { skip: environment.backend ? 'the address chooses already' : false }, () => {
  let practice;
  let reader;
  let files;
  const fetched = [];

  before(async () => {
    practice = await newPractice();
    reader = await enrolWithKeyFile(practice, practice.relay.url, READER);
    reader.page.context().on('request', (request) => fetched.push(new URL(request.url()).pathname));
    await mkdir(practice.at('files'));
    files = await makeFiles(practice, reader.keys);
    await listen(reader.page);
  });
  after(async () => {
    await reader?.close();
    await practice?.close();
  });

  it('is the browser: a letter for a key on a curve asks nobody else', async () => {
    await reads(files.sealed, 'SealedSigned');
    assert.deepEqual(await asked(reader.page), []);
    assert.ok(!fetched.some((name) => name.startsWith('/lazy/')), fetched.join(' '));
  });

  it('is Sceau for what the browser lacks: RSA as older programs use it', async () => {
    await reader.letterFile.drop(files.old);
    await reader.letterFile.openWith(OLD_KEY);
    const letter = await reader.letterFile.read(SUBJECT);
    assert.equal(letter.trust, 'SealedUnverified');
    assert.equal(letter.text, TEXT);
    await reader.letterFile.close();
    assert.deepEqual([...new Set(await asked(reader.page))], ['decrypt_pkcs1v15']);
  });

  it('is Sceau for a key whose file leaves out what can be computed', async () => {
    await reader.letterFile.drop(files.short);
    await reader.letterFile.openWith(SHORT_KEY);
    assert.equal((await reader.letterFile.read(SUBJECT)).text, TEXT);
    await reader.letterFile.close();
    assert.deepEqual([...new Set(await asked(reader.page))], ['read_key']);
  });

  it('is Sceau for everything once the person says so, at once and after a reload', async () => {
    await reader.account.open();
    const box = reader.account.dialog.getByRole('checkbox', { name: SWITCH });
    assert.ok(await box.isChecked());
    await box.uncheck();
    await reader.account.close();
    await reads(files.sealed, 'SealedSigned');
    const names = await asked(reader.page);
    assert.ok(names.includes('agree') && names.includes('verify'), names.join(' '));
    await enterAnew(reader);
    await reader.account.open();
    assert.ok(!(await reader.account.dialog.getByRole('checkbox', { name: SWITCH }).isChecked()));
    await reader.account.close();
  });

  it('and when it cannot be fetched, the letter waits for another try', async () => {
    await enterAnew(reader);
    const away = (route) => route.abort();
    await reader.page.context().route('**/lazy/**', away);
    await reader.letterFile.drop(files.sealed);
    await saysInBoth(reader, reader.letterFile.failure, { fr: /ne répond pas/, en: /does not answer/ });
    await reader.letterFile.close();
    await reader.page.context().unroute('**/lazy/**', away);
    await reads(files.sealed, 'SealedSigned');
    assert.ok((await asked(reader.page)).includes('agree'));
  });

  async function reads(file, trust) {
    await reader.letterFile.drop(file);
    const letter = await reader.letterFile.read(SUBJECT);
    assert.equal(letter.trust, trust);
    assert.equal(letter.text, TEXT);
    await reader.letterFile.close();
  }
});

async function enterAnew({ page, signIn, mailbox }) {
  await page.reload();
  await signIn.signIn(READER.address, READER.passPhrase);
  await mailbox.ready();
  await listen(page);
}

/** Notes what the page's worker asks the reference from now on. */
function listen(page) {
  return worker(page).evaluate(() => {
    const { reference } = self.sceau;
    const { ask } = reference;
    self.asked = [];
    reference.ask = (question, transfer) => {
      self.asked.push(question[0]);
      return ask(question, transfer);
    };
  });
}

/** What it has asked since this was last called. */
function asked(page) {
  return worker(page).evaluate(() => self.asked.splice(0));
}

const worker = (page) => page.workers()[0];

/** A letter for the reader's own key, and one by OpenSSL for an RSA key of the reader's old program. */
async function makeFiles(practice, readersKeys) {
  const at = (name) => join(practice.at('files'), name);
  const keys = await practice.authority.keyFile(WRITER);
  await writeFile(at('clair.eml'), mail());
  await sceauCommand(
    'seal', '--from', keys.file, '--password-file', keys.passwordFile, '--to', readersKeys.certificates.encrypt,
    '--in', at('clair.eml'), '--out', at('scelle.eml'),
  );
  const name = ['-subj', `/CN=${READER.name}`, '-addext', `subjectAltName=email:${READER.address}`];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', at('rsa.key'), '-out', at('rsa.crt'), ...name]);
  OLD_KEY.file = at('rsa.p12');
  await run('openssl', ['pkcs12', '-export', '-inkey', at('rsa.key'), '-in', at('rsa.crt'), '-passout', `pass:${OLD_KEY.passPhrase}`, '-out', OLD_KEY.file]);
  const addresses = ['-from', `${WRITER.name} <${WRITER.address}>`, '-to', READER.address, '-subject', SUBJECT];
  await run('openssl', ['cms', '-encrypt', '-aes256', '-in', at('clair.eml'), '-out', at('ancien.eml'), ...addresses, at('rsa.crt')]);
  await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at('ec.key'), '-out', at('ec.crt'), ...name]);
  await run('openssl', ['pkey', '-in', at('ec.key'), '-outform', 'DER', '-out', at('ec.der')]);
  await run('openssl', ['x509', '-in', at('ec.crt'), '-outform', 'DER', '-out', at('crt.der')]);
  SHORT_KEY.file = at('court.p12');
  await writeFile(SHORT_KEY.file, shortKeyFile(await readFile(at('ec.der')), await readFile(at('crt.der'))));
  await run('openssl', [
    'cms', '-encrypt', '-aes256', '-in', at('clair.eml'), '-out', at('court.eml'), ...addresses,
    '-recip', at('ec.crt'), '-keyopt', 'ecdh_kdf_md:sha256',
  ]);
  return { sealed: at('scelle.eml'), old: at('ancien.eml'), short: at('court.eml') };
}

/** A container (RFC 7292) as Java used to write it: a key on P-256 without its point, which RFC 5915 allows. */
function shortKeyFile(pkcs8, certificate) {
  const der = (tag, ...parts) => {
    const body = Buffer.concat(parts);
    const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
    return Buffer.concat([Buffer.from([tag, ...length]), body]);
  };
  const sequence = (...parts) => der(0x30, ...parts);
  const number = (value) => der(2, Buffer.from([value]));
  const pkcs = (...arcs) => der(6, Buffer.from([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, ...arcs]));
  const [P256, EC] = ['06082a8648ce3d030107', '06072a8648ce3d0201'].map((hex) => Buffer.from(hex, 'hex'));
  // The scalar is the first OCTET STRING of 32 octets.
  const at = pkcs8.indexOf(Buffer.from([4, 32])) + 2;
  const key = sequence(number(0), sequence(EC, P256), der(4, sequence(number(1), der(4, pkcs8.subarray(at, at + 32)))));
  const keyBag = sequence(pkcs(12, 10, 1, 1), der(0xa0, key));
  const x509 = sequence(pkcs(9, 22, 1), der(0xa0, der(4, certificate)));
  const certificateBag = sequence(pkcs(12, 10, 1, 3), der(0xa0, x509));
  const data = (content) => sequence(pkcs(7, 1), der(0xa0, der(4, content)));
  return sequence(number(3), data(sequence(data(sequence(keyBag, certificateBag)))));
}

function mail() {
  return [
    `From: ${WRITER.name} <${WRITER.address}>`, `To: ${READER.name} <${READER.address}>`, `Subject: ${SUBJECT}`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`, `Message-ID: <ordonnance@${DOMAIN}>`, 'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit', '', TEXT, '',
  ].join('\r\n');
}
