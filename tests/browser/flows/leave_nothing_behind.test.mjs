// The machine of somebody else: a word of its own is typed into every field of the page, and none of them is in the
// browser's profile, while typing, after log-out, or after the browser was killed.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { writeFile } from 'node:fs/promises';
import { extent, hitsBelow } from '../support/canaries.mjs';
import { sitDown } from '../support/person.mjs';
import { DOMAIN, newPractice } from '../support/practice.mjs';
import { sceauCommand } from '../support/relay.mjs';
import { moveOn, openPlainPage, written } from '../support/residue.mjs';
import { holdsPreferencesOnly } from '../support/storage.mjs';

const WHO = { address: `kanari-adresse@${DOMAIN}`, name: 'Docteur Kanarinom', passPhrase: 'kanari phrase quinquet balustrade' };
const KEY_FILE_PHRASE = 'kanari fichier mandoline';
/** Typed and then not used, so that nothing depends on them. */
const OTHERS = {
  address: `kanari-autre@${DOMAIN}`, secret: 'kanari mauvaise phrase', recovery: 'KANAR-ISEC0-URS77', code: 'KANARI-CODE-55', first: 'kanari premiere phrase',
  again: 'kanari encore une fois', name: 'Kanarinom à confirmer', keyPhrase: 'kanari fichier faux', search: 'kanarirecherche', to: `kanari-a@${DOMAIN}`,
  cc: `kanari-copie@${DOMAIN}`, bcc: `kanari-cachee@${DOMAIN}`, subject: 'Kanariobjet du soir', text: 'Kanaritexte de la lettre', current: 'kanari phrase actuelle',
  next: 'kanari phrase nouvelle', nextAgain: 'kanari phrase repetee', otherKey: 'kanari autre fichier',
};
/** Every screen with fields: how it is reached, and what is typed into which of them. */
const SCREENS = [
  { what: 'signing in', reach: () => {}, type: { '#address': OTHERS.address, '#secret': OTHERS.secret } },
  { what: 'the recovery code', reach: ({ signIn }) => signIn.forgotten(), type: { '#address': OTHERS.address, '#secret': OTHERS.recovery } },
  {
    what: 'enrolling',
    reach: ({ signIn }) => signIn.firstTime(),
    type: { '#address': OTHERS.address, '#code': OTHERS.code, '#new-phrase': OTHERS.first, '#again': OTHERS.again },
  },
  { what: 'the keys', reach: (person) => enterWithCode(person), type: { '#key-phrase': OTHERS.keyPhrase, '#own-name': OTHERS.name } },
  {
    what: 'a new pass phrase',
    reach: async (person) => {
      await person.firstLogin.importKeys(person.keys);
      await person.mailbox.ready();
      await person.account.askForNewPassPhrase();
    },
    type: { '#search': '', '#current-phrase': OTHERS.current, '#new-phrase': OTHERS.next, '#again': OTHERS.nextAgain },
    leave: ({ account }) => account.close(),
  },
  {
    what: 'another key for a letter from a file',
    reach: (person) => person.letterFile.drop(person.foreignLetter),
    type: { '#search': '', '#key-phrase': OTHERS.otherKey },
    leave: ({ letterFile }) => letterFile.close(),
  },
  {
    what: 'a search and a letter',
    reach: (person) => beginLetter(person),
    type: { '#search': OTHERS.search, '#to': OTHERS.to, '#cc': OTHERS.cc, '#bcc': OTHERS.bcc, '#subject': OTHERS.subject, '#compose-text': OTHERS.text },
  },
];
const FIELDS = 'input:not([type=file]):not([type=checkbox]):not([type=radio]), textarea, [contenteditable]';

describe('the machine of somebody else', () => {
  let practice;
  let person;
  let plain;
  let canaries;

  before(async () => {
    practice = await newPractice();
    const { authority } = practice;
    const keys = await authority.keyFile(WHO, { passPhrase: KEY_FILE_PHRASE });
    const foreignLetter = await letterForAnother(practice, keys);
    const code = await practice.invite(WHO.address, WHO.name);
    person = { ...(await sitDown(practice, 'strange-machine')), keys, foreignLetter, code };
    plain = await openPlainPage(person.context);
    canaries = [...Object.values(OTHERS), ...Object.values(WHO), KEY_FILE_PHRASE, code];
    await person.page.bringToFront();
    await person.signIn.open(practice.relay.url);
  });
  after(async () => {
    await plain?.close();
    await person?.close();
    await practice?.close();
  });

  for (const { what, reach, type, leave } of SCREENS) {
    it(`${what}: every field is typed into`, async () => {
      await reach(person);
      await typeIntoAll(person.page, type);
      await leave?.(person);
    });
  }

  it('nothing of it is in the profile while it is being typed, although a plain page’s words are', async () => {
    await nothingWritten('kontrol-eins');
    assert.equal(await person.page.locator('#compose-text').inputValue(), OTHERS.text, 'it was being typed all the time');
  });

  it('nothing is left after log-out, in the profile or in the page’s own storage', async () => {
    await person.mailbox.lock();
    await holdsPreferencesOnly(person.page);
    await nothingWritten('kontrol-zwei');
  });

  it('nothing is left after the browser was killed in the middle of a letter', async () => {
    await person.page.bringToFront();
    await person.signIn.signIn(WHO.address, WHO.passPhrase);
    await person.mailbox.ready();
    await beginLetter(person);
    await typeIntoAll(person.page, SCREENS.at(-1).type);
    await plain.type('kontrol-drei');
    await written(person.profile, 'kontrol-drei');
    await person.kill();
    const searched = await extent(person.profile);
    assert.ok(searched.bytes > 100_000, `the profile holds only ${searched.bytes} bytes`);
    assert.deepEqual(await hitsBelow(person.profile, [...canaries, person.recoveryCode]), []);
    assert.ok((await hitsBelow(person.profile, ['kontrol-drei'])).length > 0, 'the search finds what a plain page leaves');
  });

  /** Waits until the browser has written a plain page's words, and finds none of ours beside them. */
  async function nothingWritten(control) {
    await plain.type(control);
    await written(person.profile, control);
    assert.deepEqual(await hitsBelow(person.profile, [...canaries, person.recoveryCode]), []);
  }
});

/** From the enrolment letter to the keys. */
async function enterWithCode(person) {
  const { firstLogin, code } = person;
  await firstLogin.enrol({ ...WHO, code });
  person.recoveryCode = await firstLogin.recoveryCode();
  await firstLogin.keepRecoveryCode();
  await firstLogin.fingerprint();
  await firstLogin.confirmAuthority();
  await person.page.locator('#own-name').waitFor();
}

/** A new letter with all its lines. */
async function beginLetter({ mailbox, compose }) {
  await mailbox.write();
  await compose.ready();
  await compose.showCopies();
}

/** Types into every field there is to see, one after the other; a field the table does not name fails. */
async function typeIntoAll(page, words) {
  await page.locator(Object.keys(words).at(-1)).waitFor();
  const seen = await page.locator(FIELDS).evaluateAll((fields) => fields.filter((field) => field.checkVisibility()).map((field) => `#${field.id}`));
  assert.deepEqual(seen.sort(), Object.keys(words).sort());
  for (const [field, word] of Object.entries(words).filter(([, word]) => word !== '')) {
    await page.locator(field).fill(word);
    assert.equal(await page.locator(field).inputValue(), word);
    await moveOn(page);
  }
  // With "off" Chromium offers to save it, and writes down for whom that was not wanted.
  const secrets = await page.locator('input[type=password]').evaluateAll((fields) => fields.map((field) => field.autocomplete));
  assert.ok(secrets.every((autocomplete) => autocomplete === 'one-time-code'), `${secrets}`);
}

/** A letter the person has no key for: opening it asks for another. */
async function letterForAnother(practice, keys) {
  const other = { address: `autre@${DOMAIN}`, name: 'Autre Personne' };
  const { certificates } = await practice.authority.keyFile(other);
  const [clear, sealed] = [practice.at('clair.eml'), practice.at('scelle.eml')];
  await writeFile(clear, `From: ${WHO.address}\r\nTo: ${other.address}\r\nSubject: Autre\r\n\r\nPour autrui.\r\n`);
  await sceauCommand('seal', '--from', keys.file, '--password-file', keys.passwordFile, '--to', certificates.encrypt, '--in', clear, '--out', sealed);
  return sealed;
}
