// The jobs. Each gives its contenders, after every one of them has done the job once and its answer was looked at.

import { MAILBOX, SAMPLE } from './sizes.mjs';

const SMALL = { rounds: 9, leastMs: 150, warmMs: 2_000 };
const BIG = { rounds: 15, leastMs: 10, warmMs: 0 };
const BOX = { rounds: 3, leastMs: 10, warmMs: 0 };

export const OURS = 'ours, WebCrypto';
export const SHIPPED = 'ours as shipped, WebCrypto';
export const RUST = 'ours, pure Rust';
export const PKIJS = 'PKI.js';
export const FORGE = 'node-forge';
export const OPENPGP = 'OpenPGP.js';
export const BOUND = 'WebCrypto alone';

/** `parties` makes each contender at its first use; `file` reads a fixture. */
export const jobs = (parties, file) => ({
  'open-20kb': { table: 'cbc', title: 'open 20 KB', how: SMALL, contenders: () => opening(parties, file, 'small') },
  'open-20mb': { table: 'cbc', title: 'open 20 MB', how: BIG, contenders: () => opening(parties, file, 'big') },
  'seal-20mb': { table: 'cbc', title: 'seal 20 MB to 5', how: BIG, contenders: () => sealing(parties, file, 'big') },
  'seal-20kb': { table: 'cbc', title: 'seal 20 KB to 5', how: SMALL, contenders: () => sealing(parties, file, 'small') },
  mailbox: { table: 'cbc', title: 'mailbox of 1,000', how: BOX, contenders: () => mailbox(parties, file) },
  'default-open-20kb': { table: 'gcm', title: 'open 20 KB', how: SMALL, contenders: () => openingDefault(parties, file, 'small') },
  'default-open-20mb': { table: 'gcm', title: 'open 20 MB', how: BIG, contenders: () => openingDefault(parties, file, 'big') },
  'default-seal-20mb': { table: 'gcm', title: 'seal 20 MB to 5', how: BIG, contenders: () => sealingDefault(parties, file, 'big') },
  'default-seal-20kb': { table: 'gcm', title: 'seal 20 KB to 5', how: SMALL, contenders: () => sealingDefault(parties, file, 'small') },
});

function same(one, other) {
  return one.length === other.length && one.every((octet, at) => octet === other[at]);
}

async function opens(name, party, mail, wanted) {
  const { ok, text, file } = await party.open(mail);
  if (!ok || !text || !same(file, wanted)) throw new Error(`${name} did not open it: ${ok}, ${text?.length}, ${file.length}`);
  return { name, run: () => party.open(mail) };
}

async function opening(parties, file, size) {
  const [oaep, v15, wanted] = [await file(`${size}.oaep`), await file(`${size}.v15`), await file(`${size}.attachment`)];
  const inner = await file(`${size}.inner`);
  return [
    await opens(OURS, await parties.webcrypto(), oaep, wanted),
    await opens(SHIPPED, await parties.shipped(), oaep, wanted),
    await opens(RUST, await parties.rust(), oaep, wanted),
    await opens(PKIJS, await parties.pkijs(), oaep, wanted),
    await opens(FORGE, await parties.forge(), v15, wanted),
    { name: BOUND, run: size === 'small' ? (await parties.bounds()).openedKey : await (await parties.bounds()).openCbc(inner) },
  ];
}

/** What a letter of ours is composed of: about as long as what the peers get ready-made. */
async function draft(file, size) {
  const words = 'Compte rendu de consultation, sans particularité.\n'.repeat(130);
  return { text: words, file: await file(`${size}.attachment`) };
}

async function sealing(parties, file, size) {
  const [inner, letter] = [await file(`${size}.inner`), await draft(file, size)];
  const [pkijs, forge] = [await parties.pkijs(), await parties.forge()];
  const ours = [];
  for (const [name, party] of [[OURS, await parties.webcrypto()], [SHIPPED, await parties.shipped()], [RUST, await parties.rust()]]) {
    const run = () => party.seal(letter, 5, 'compat');
    ours.push({ name, run, made: await run(), letter });
  }
  return [
    ...ours,
    { name: PKIJS, run: () => pkijs.seal(inner, 5) },
    { name: FORGE, run: () => forge.seal(inner, 5) },
    { name: BOUND, run: (await parties.bounds()).sealCbc(inner) },
  ];
}

async function letters(file, kind) {
  const lengths = JSON.parse(new TextDecoder().decode(await file(`mailbox.${kind}.json`)));
  const all = await file(`mailbox.${kind}`);
  let at = 0;
  return lengths.map((length) => all.subarray(at, at += length));
}

/** Who is slow opens the first letters only, and the time is that of them, times what is missing. */
async function mailbox(parties, file) {
  const [oaep, v15] = [await letters(file, 'oaep'), await letters(file, 'v15')];
  const box = (name, party, mails, number) => ({
    name,
    times: MAILBOX / number,
    async run() {
      const texts = [];
      for (let at = 0; at < number; at += 1) {
        const { ok, text } = await party.open(mails[at], { hasFile: at % 4 === 0 });
        if (!ok) throw new Error(`${name} did not open letter ${at}`);
        texts.push(text);
      }
      return texts;
    },
  });
  const { openedKey } = await parties.bounds();
  const keys = async () => { for (let at = 0; at < MAILBOX; at += 1) await openedKey(); };
  return [
    box(OURS, await parties.webcrypto(), oaep, MAILBOX),
    box(SHIPPED, await parties.shipped(), oaep, MAILBOX),
    box(RUST, await parties.rust(), oaep, MAILBOX / 4),
    box(PKIJS, await parties.pkijs(), oaep, MAILBOX / 4),
    box(FORGE, await parties.forge(), v15, SAMPLE),
    { name: BOUND, run: keys },
  ];
}

async function openingDefault(parties, file, size) {
  const [inner, letter] = [await file(`${size}.inner`), await draft(file, size)];
  const webcrypto = await parties.webcrypto();
  const mail = await webcrypto.seal(letter, 1, 'default');
  const openpgp = await parties.openpgp();
  const message = await openpgp.seal(inner, 1);
  if (!(await openpgp.isAead(message))) throw new Error('OpenPGP.js did not use AEAD');
  return [
    await opens(OURS, webcrypto, mail, letter.file),
    await opens(RUST, await parties.rust(), mail, letter.file),
    await opens(OPENPGP, openpgp, message, letter.file),
    { name: BOUND, run: await (await parties.bounds()).openGcm(inner) },
  ];
}

async function sealingDefault(parties, file, size) {
  const [inner, letter] = [await file(`${size}.inner`), await draft(file, size)];
  const openpgp = await parties.openpgp();
  const ours = [];
  for (const [name, party] of [[OURS, await parties.webcrypto()], [RUST, await parties.rust()]]) {
    const run = () => party.seal(letter, 5, 'default');
    ours.push({ name, run, made: await run(), letter });
  }
  return [
    ...ours,
    { name: OPENPGP, run: () => openpgp.seal(inner, 5) },
    { name: BOUND, run: (await parties.bounds()).sealGcm(inner) },
  ];
}
