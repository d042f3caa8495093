// Somebody at a machine of her own: a browser profile, an account, and what she does first.

import { mkdir } from 'node:fs/promises';
import { openBrowser } from './browser.mjs';
import { Account } from '../pages/account.mjs';
import { Compose } from '../pages/compose.mjs';
import { FirstLogin } from '../pages/first_login.mjs';
import { LetterFile } from '../pages/letter_file.mjs';
import { Mailbox } from '../pages/mailbox.mjs';
import { Preferences } from '../pages/preferences.mjs';
import { SignIn } from '../pages/sign_in.mjs';

/** Nothing in these tests is timed; this only ends what would never end. Sealing 20 MB on a busy machine takes its time. */
const WATCHDOG_MS = 180_000;

/** Opens a browser for somebody; `profile` is a folder below the practice's. */
export async function sitDown(practice, profile) {
  const folder = practice.at(`profile-${profile}`);
  await mkdir(folder, { recursive: true });
  const browser = await openBrowser(folder);
  browser.context.setDefaultTimeout(WATCHDOG_MS);
  const { page } = browser;
  return {
    ...browser,
    profile: folder,
    signIn: new SignIn(page),
    firstLogin: new FirstLogin(page),
    mailbox: new Mailbox(page),
    compose: new Compose(page),
    letterFile: new LetterFile(page),
    account: new Account(page),
    preferences: new Preferences(page),
  };
}

/** From the enrolment letter to the empty mailbox: code, recovery code, fingerprint, keys made in the page, certificates. */
export async function enrol(practice, url, who) {
  const { address, name } = who;
  const person = await confirmAuthority(practice, url, who);
  const { firstLogin } = person;
  await firstLogin.makeKeys(name);
  const { signing, encryption } = await firstLogin.requests();
  await firstLogin.install([
    await practice.authority.issue(signing, address, 'sign'),
    await practice.authority.issue(encryption, address, 'encrypt'),
  ]);
  await person.mailbox.ready();
  return { ...person, address, name };
}

/** The same with keys the authority hands over in a file, which is quicker; `keys` are made when there are none. */
export async function enrolWithKeyFile(practice, url, who, keys) {
  const held = keys ?? (await practice.authority.keyFile(who));
  const person = await confirmAuthority(practice, url, who);
  await person.firstLogin.importKeys(held);
  await person.mailbox.ready();
  return { ...person, address: who.address, name: who.name, keys: held };
}

/** Everything up to the keys. */
async function confirmAuthority(practice, url, { address, name, passPhrase }) {
  const code = await practice.invite(address, name);
  const person = await sitDown(practice, address);
  const { firstLogin } = person;
  await person.signIn.open(url);
  await person.signIn.firstTime();
  await firstLogin.enrol({ address, code, passPhrase });
  const recoveryCode = await firstLogin.recoveryCode();
  await firstLogin.keepRecoveryCode();
  const shown = await firstLogin.fingerprint();
  if (bare(shown) !== bare(practice.authority.fingerprint)) throw new Error(`another fingerprint is shown: ${shown}`);
  await firstLogin.confirmAuthority();
  return { ...person, recoveryCode };
}

/** A fingerprint without its groups. */
export const bare = (fingerprint) => fingerprint.replace(/[^0-9a-fA-F]/g, '').toUpperCase();
