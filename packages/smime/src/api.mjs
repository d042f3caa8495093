// What the package offers. Everything that computes happens in wasm; here it is only decided in which module.
//
// The core's word counts where it is good. Whatever it cannot read, open or confirm is asked again of the complete module,
// which knows every algorithm; so both give the same answer, and most letters never load the second.

import { BigLetter, sourceOf, writing } from './big.mjs';
import { Keys } from './keys.mjs';
import { Letter } from './letter.mjs';
import { Mail, MailReader } from './mail.mjs';
import { load, loaded } from './modules.mjs';
import { TrustSettings } from './trust.mjs';
import { isForTheComplete } from './where.mjs';

export { BigLetter, Keys, Letter, Mail, TrustSettings };

let mailReader;

/** Opens a letter with own keys and judges it. */
export async function open(bytes, { keys, trust, backend, now = present(), ...more }) {
  const job = ({ module, ring }) => trust.lend(module, (settings) =>
    module.glue.openWith(module.engine(backend), bytes, ring, settings, { now, ...more }));
  return judged(job, (isComplete, work) => keys.use(isComplete, work), needsTheComplete(trust, backend, more));
}

/** Judges a letter that is signed only, without keys. */
export async function verify(bytes, { trust, backend, now = present(), ...more }) {
  const job = ({ module }) => trust.lend(module, (settings) =>
    module.glue.verifyWith(module.engine(backend), bytes, settings, { now, ...more }));
  const use = async (isComplete, work) => work({ module: await load(isComplete ? 'complete' : 'core') });
  return judged(job, use, needsTheComplete(trust, backend, more));
}

/** Signs and seals a letter, one copy for each class of recipients and one for each blind copy. */
export function seal(letter, { keys, backend }) {
  return sealed(keys, backend, ({ module, ring }) => module.glue.sealWith(module.engine(backend), ring, { now: present(), ...letter }));
}

/** Signs and seals one mail for recipients of one profile: without a copy for the sender, and without a card. */
export function sealCopy(letter, { keys, backend }) {
  return sealed(keys, backend, ({ module, ring }) => module.glue.sealCopyWith(module.engine(backend), ring, { now: present(), ...letter }));
}

/** Chooses for every correspondent how to write to her. */
export async function choose(correspondents, { postQuantum = false, ...more } = {}) {
  return (await load('complete')).glue.choose({ correspondents, postQuantum, ...more });
}

async function sealed(keys, backend, job) {
  if (!isInTheCore(backend)) return keys.use(true, job);
  try {
    return await keys.use(false, job);
  } catch (error) {
    if (!isForTheComplete(error)) throw error;
    return keys.use(true, job);
  }
}

/** Opens a letter of any size with own keys and judges it. */
export async function openBig(source, { keys, trust, now = present(), detached, ...more }) {
  const [from, beside] = [sourceOf(source), detached && sourceOf(detached)];
  return keys.use(true, async ({ module, ring }) => trust.lend(module, async (settings) =>
    new BigLetter(await module.glue.openBig(from, ring, settings, { now, ...more }, beside))));
}

/** Judges a letter of any size that is signed only, without keys. */
export async function verifyBig(source, { trust, now = present(), detached, ...more }) {
  const module = await load('complete');
  const [from, beside] = [sourceOf(source), detached && sourceOf(detached)];
  return trust.lend(module, async (settings) =>
    new BigLetter(await module.glue.verifyBig(from, settings, { now, ...more }, beside)));
}

/** Signs a mail of any size and seals a copy for all of `recipients`; with `sent`, the sender's own copy too. */
export async function sealBig(mail, { keys, recipients, sink, sent, now = present() }) {
  const from = sourceOf(mail);
  const job = (to, own) => keys.use(true, ({ module, ring }) =>
    module.glue.sealBig(from, ring, { now, recipients }, to, own));
  return writing(sink, (to) => (sent ? writing(sent, (own) => job(to, own)) : job(to)));
}

/** Judges a certificate up to a trusted one. */
export async function chain(leaf, { trust, now = present(), ...more }) {
  const module = await load('complete');
  return trust.lend(module, (settings) => module.glue.chain(leaf, settings, { now, ...more }));
}

/** What a mail says that nobody sealed; judges nothing. */
export async function readMail(mail) {
  mailReader ??= new MailReader(await load('complete'));
  return mailReader.read(mail);
}

/** The structure of a mail; judges nothing. */
export async function inspect(mail) {
  return (await load('complete')).glue.inspect(mail);
}

/** What is in a PKCS#12 container. */
export async function pkcs12(container, password) {
  return (await load('complete')).glue.pkcs12(container, password);
}

/** What certificates say; judges nothing. */
export async function certificates(file) {
  return (await load('complete')).glue.certificates(file);
}

/** What certification requests say. */
export async function requests(file) {
  return (await load('complete')).glue.requests(file);
}

/** The wasm modules loaded so far: `core`, `complete`. */
export function loadedModules() {
  return loaded();
}

function present() {
  return Math.floor(Date.now() / 1000);
}

/** What the core would pass over in silence, or has not at all. */
function needsTheComplete(trust, backend, { dangerLegacy }) {
  return trust.needsTheComplete || dangerLegacy === true || !isInTheCore(backend);
}

/** The pure-Rust primitives are in the complete module alone. */
function isInTheCore(backend) {
  return backend !== 'rust';
}

async function judged(job, use, atOnce) {
  if (!atOnce) {
    try {
      const letter = await use(false, job);
      if (letter.settled) return new Letter(letter);
      letter.free();
    } catch (error) {
      if (!isForTheComplete(error)) throw error;
    }
  }
  return new Letter(await use(true, job));
}
