// Keys and letters by `openssl cms`, the neutral party: an authority, a signer and five recipients with RSA-2048, letters that
// are signed (detached, SHA-256, PKCS#1 v1.5) and then sealed (AES-256-CBC; RSAES-OAEP with SHA-256, or PKCS#1 v1.5). Their
// header fields are protected (RFC 9788). The texts are the same every time; the keys are not.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LETTERS, MAILBOX, PEOPLE, SAMPLE } from './sizes.mjs';

const TEXT_BYTES = 3_000;
const OAEP = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256'].flatMap((option) => ['-keyopt', option]);
/** Raised whenever what is made here changes. */
const VERSION = 1;

/** The folder with everything, made at the first call. */
export async function fixtures(parent) {
  const folder = join(parent, `fixtures-${VERSION}`);
  if (existsSync(folder)) return folder;
  const draft = join(parent, `fixtures-${VERSION}.draft`);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  await make(draft);
  await rename(draft, folder);
  return folder;
}

async function make(folder) {
  const put = (name, bytes) => writeFile(join(folder, name), bytes);
  await authority(folder);
  for (const name of PEOPLE) await person(folder, name);
  const random = generator(7);
  for (const [name, bytes] of Object.entries(LETTERS)) {
    const attachment = octets(random, bytes);
    const inner = entity(name, text(random, TEXT_BYTES), attachment);
    await put(`${name}.attachment`, attachment);
    await put(`${name}.inner`, inner);
    const signed = await sign(folder, inner);
    await put(`${name}.oaep`, await seal(folder, name, signed, OAEP));
    await put(`${name}.v15`, await seal(folder, name, signed, []));
  }
  const boxes = { inner: [], oaep: [], v15: [] };
  for (let at = 0; at < MAILBOX; at += 1) {
    const attachment = at % 4 === 0 ? octets(random, 6_000) : null;
    const inner = entity(at, text(random, 400 + Math.floor(random() * 2_600)), attachment);
    const signed = await sign(folder, inner);
    boxes.inner.push(inner);
    boxes.oaep.push(await seal(folder, at, signed, OAEP));
    if (at < SAMPLE) boxes.v15.push(await seal(folder, at, signed, []));
  }
  for (const [kind, letters] of Object.entries(boxes)) {
    await put(`mailbox.${kind}`, Buffer.concat(letters));
    await put(`mailbox.${kind}.json`, JSON.stringify(letters.map((letter) => letter.length)));
  }
}

/** Runs `openssl` in a folder, with something on its standard input. */
export function openssl(folder, args, input = '') {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, encoding: 'buffer', maxBuffer: 1 << 28 };
    const child = execFile('openssl', args, options, (error, stdout, stderr) => {
      if (error) reject(new Error(`openssl ${args.join(' ')}: ${stderr}`));
      else resolve(stdout);
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

async function authority(folder) {
  await openssl(folder, ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '3650',
    '-subj', '/CN=Bench authority', '-addext', 'keyUsage=critical,keyCertSign,cRLSign']);
}

async function person(folder, name) {
  const extensions = ['basicConstraints=critical,CA:false', 'keyUsage=critical,digitalSignature,keyEncipherment',
    'extendedKeyUsage=emailProtection', `subjectAltName=email:${name}@example.org`, 'authorityKeyIdentifier=keyid'];
  await writeFile(join(folder, `${name}.ext`), extensions.join('\n'));
  await openssl(folder, ['req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`]);
  await openssl(folder, ['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-sha256',
    '-days', '3650', '-extfile', `${name}.ext`, '-out', `${name}.crt`]);
  await openssl(folder, ['x509', '-in', `${name}.crt`, '-outform', 'DER', '-out', `${name}.crt.der`]);
  await openssl(folder, ['pkcs8', '-topk8', '-nocrypt', '-in', `${name}.key`, '-outform', 'DER', '-out', `${name}.key.der`]);
}

async function sign(folder, inner) {
  return crlf(await openssl(folder, ['cms', '-sign', '-md', 'sha256', '-binary', '-signer', 'signer.crt', '-inkey', 'signer.key'], inner));
}

async function seal(folder, id, signed, options) {
  const sealed = await openssl(folder, ['cms', '-encrypt', '-aes-256-cbc', '-binary', '-recip', 'r0.crt', ...options], signed);
  return Buffer.concat([Buffer.from(fields(id, '[...]').join('\r\n') + '\r\n'), crlf(sealed)]);
}

function fields(id, subject) {
  return ['From: signer@example.org', 'To: r0@example.org', `Subject: ${subject}`, 'Date: Mon, 02 Nov 2026 10:00:00 +0000', `Message-ID: <${id}@example.org>`];
}

/** A message with protected header fields, its words twice (plain and HTML), and perhaps a file. */
function entity(id, words, attachment) {
  const html = `<html><body><p>${words.replaceAll('\r\n', '<br>\r\n')}</p></body></html>`;
  const lines = [
    ...fields(id, `message ${id}`), ...fields(id, '[...]').map((field) => `HP-Outer: ${field}`), 'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="=_b"; hp="cipher"', '', '--=_b',
    'Content-Type: multipart/alternative; boundary="=_a"', '', '--=_a',
    'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable', '', words, '--=_a',
    'Content-Type: text/html; charset=utf-8', 'Content-Transfer-Encoding: 7bit', '', html, '--=_a--',
  ];
  if (attachment) {
    lines.push('--=_b', 'Content-Type: application/octet-stream; name="a.bin"', 'Content-Transfer-Encoding: base64',
      'Content-Disposition: attachment; filename="a.bin"', '', attachment.toString('base64').match(/.{1,76}/g).join('\r\n'));
  }
  lines.push('--=_b--', '');
  return Buffer.from(lines.join('\r\n'));
}

function crlf(bytes) {
  return Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n').replaceAll('\n', '\r\n'), 'latin1');
}

/** Numbers between 0 and 1, the same for the same seed (a linear congruence modulo 2^32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function octets(random, length) {
  return Buffer.from(Uint8Array.from({ length }, () => random() * 256));
}

/** Invented words in lines of some 60 characters. */
function text(random, length) {
  let words = '';
  let line = 0;
  while (words.length < length) {
    const word = Array.from({ length: 2 + Math.floor(random() * 9) }, () => String.fromCharCode(97 + random() * 26)).join('');
    line += word.length + 1;
    words += line > 60 ? `${word}\r\n` : `${word} `;
    if (line > 60) line = 0;
  }
  return words.trimEnd();
}

/** Opens with OpenSSL what we sealed for a recipient: the verified message. */
export async function openedByOpenssl(folder, name, mail, recipient) {
  const at = (ending) => join(folder, `checked-${name}.${ending}`);
  await writeFile(at('eml'), mail);
  await openssl(folder, ['cms', '-decrypt', '-in', at('eml'), '-recip', `${recipient}.crt`, '-inkey', `${recipient}.key`, '-out', at('signed')]);
  const signed = await readFile(at('signed'));
  const opaque = signed.subarray(0, 400).toString('latin1').toLowerCase().includes('application/pkcs7-mime');
  // The opaque form is binary, which OpenSSL reads only bare.
  if (opaque) await writeFile(at('signed'), signed.subarray(signed.indexOf('\r\n\r\n') + 4));
  const form = opaque ? ['-inform', 'DER', '-binary'] : [];
  await openssl(folder, ['cms', '-verify', ...form, '-in', at('signed'), '-CAfile', 'ca.crt', '-purpose', 'any', '-out', at('message')]);
  const message = await readFile(at('message'));
  for (const ending of ['eml', 'signed', 'message']) await rm(at(ending));
  return message;
}
