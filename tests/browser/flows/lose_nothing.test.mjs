// Work that is broken off in the middle: by the relay, the line, the disk, the browser, somebody elsewhere. What the
// page said it kept is there afterwards, and a letter arrives once or not at all.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { writeFile } from 'node:fs/promises';
import { saysInBoth } from '../support/languages.mjs';
import { startMiddleman } from '../support/middleman.mjs';
import { enrolWithKeyFile, sitDown } from '../support/person.mjs';
import { DOMAIN, newPractice } from '../support/practice.mjs';
import { skipLoudly } from '../support/skip.mjs';
import { sha256 } from '../pages/mailbox.mjs';

const DOCTOR = { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine', passPhrase: 'tisane quinquet balustrade ouistiti' };
const NURSE = { address: `nadia.benali@${DOMAIN}`, name: 'Nadia Benali', passPhrase: 'bergamote plumier cascade fanfare' };
const NEW_PASS_PHRASE = 'cormoran vitrail semoule diapason';
const TEXT = 'Bonjour,\nLe dosage est à revoir avant lundi.';
const MORE = '\nEt rappelez-moi ce soir.';
const LARGE = 20 * 1024 * 1024;
/** Enough for everything here, and quickly filled. */
const ROOM = '192m';

describe('work broken off in the middle', () => {
  let practice;
  let line;
  let doctor;
  let nurse;

  before(async () => {
    practice = await newPractice({ room: ROOM });
    line = await startMiddleman(practice.relay.port);
    doctor = await enrolWithKeyFile(practice, line.url, DOCTOR);
    nurse = await enrolWithKeyFile(practice, practice.relay.url, NURSE);
  });
  after(async () => {
    for (const person of [doctor, nurse]) await person?.close();
    await line?.stop();
    await practice?.close();
  });

  it('the relay is killed while 20 MB go up: the letter stays, and goes once, by itself, when the relay is back', async () => {
    const scan = { path: practice.at('scanner.bin'), bytes: randomBytes(LARGE) };
    await writeFile(scan.path, scan.bytes);
    const { compose } = doctor;
    await doctor.mailbox.write();
    await compose.fill({ to: [NURSE.address], subject: 'Scanner', text: TEXT });
    await compose.attach([scan.path]);
    const halfway = line.holdUpload(LARGE);
    await compose.trySending();
    await halfway;
    await practice.relay.kill();
    await saysInBoth(doctor, compose.failure, {
      fr: /L’envoi n’a pas abouti : le relais ne répond pas.*La lettre reste ici et partira d’elle-même/s,
      en: /could not be sent: the relay does not answer.*stays here and will leave by itself/s,
    });
    assert.deepEqual(await compose.words(), { subject: 'Scanner', text: TEXT });
    await saysInBoth(doctor, doctor.page.locator('.status'), { fr: /Hors ligne depuis/, en: /Offline since/ });
    await practice.startAgain();
    await compose.sent();
    await arrivedOnce({ doctor, nurse, subject: 'Scanner', inbox: 1 });
    await nurse.mailbox.open('Scanner');
    assert.deepEqual(await nurse.mailbox.saveAttachments(), { 'scanner.bin': sha256(scan.bytes) });
  });

  it('the line is cut at sending, and the person would rather wait: the letter is in Drafts, and nowhere else', async () => {
    const { compose, mailbox, page } = doctor;
    await mailbox.write();
    await compose.fill({ to: [NURSE.address], subject: 'Plutôt demain', text: TEXT });
    await compose.kept();
    line.cut();
    await compose.trySending();
    await compose.doNotSend();
    assert.deepEqual(await compose.words(), { subject: 'Plutôt demain', text: TEXT });
    line.repair();
    await page.locator('.status', { hasText: 'À jour' }).waitFor();
    assert.match((await mailbox.holds('Brouillons', 1))[0], /Plutôt demain/);
    await mailbox.holds('Envoyées', 1);
    await compose.discard();
  });

  it('the disk of the relay is full: told, the words stay, and the letter goes once when there is room', async (test) => {
    if (!practice.disk) return skipLoudly(test, 'only root can mount a disk small enough to fill, and only one that holds the rows');
    const { compose, mailbox } = doctor;
    await mailbox.write();
    await compose.fill({ to: [NURSE.address], subject: 'Disque plein', text: TEXT });
    await compose.kept();
    await practice.disk.fill();
    await compose.add(MORE);
    await compose.savedWord.filter({ hasText: 'n’a pas pu être gardé' }).waitFor();
    await saysInBoth(doctor, compose.savedWord, { fr: /Le brouillon n’a pas pu être gardé/, en: /The draft could not be kept/ });
    await compose.trySending();
    await saysInBoth(doctor, compose.failure, {
      fr: /Le relais n’a plus de place.*La lettre reste ici.*prévenez votre administrateur/s,
      en: /The relay has no room left.*The letter stays here.*tell your administrator/s,
    });
    assert.deepEqual(await compose.words(), { subject: 'Disque plein', text: `${TEXT}${MORE}` });
    await practice.disk.empty();
    assert.match((await mailbox.holds('Brouillons', 1))[0], /Disque plein/);
    await compose.send();
    await arrivedOnce({ doctor, nurse, subject: 'Disque plein', inbox: 2 });
    assert.ok((await nurse.mailbox.open('Disque plein')).text.includes(MORE.trim()), 'with its last words');
    return undefined;
  });

  it('the session is ended elsewhere: the letter leaves the page, the words wait for the same person', async () => {
    const { compose, mailbox, page, signIn } = nurse;
    await mailbox.folder('Réception');
    await mailbox.open('Scanner');
    await mailbox.reply();
    await compose.write(TEXT);
    await compose.kept();
    await changePassPhraseElsewhere(practice);
    await compose.add(MORE);
    await saysInBoth(nurse, signIn.failure, {
      fr: /Votre session est terminée.*est resté dans cette page.*connectez-vous/s,
      en: /Your session has ended.*is still in this page.*sign in/s,
    });
    assert.equal(await page.locator('article.letter, a.letter-row, #compose').count(), 0, 'nothing readable stays');
    assert.ok(!(await page.content()).includes('dosage'), 'not even hidden');
    await signIn.signIn(NURSE.address, NEW_PASS_PHRASE);
    await mailbox.ready();
    const kept = await compose.words();
    assert.ok(kept.text.startsWith(TEXT) && kept.text.includes(MORE), kept.text);
    await compose.kept();
    await compose.leave();
    // What was kept before the words were back in their answer is kept once more.
    await mailbox.holds('Brouillons', 1, 'Scanner');
  });

  it('the tab is reloaded: words not kept yet are asked about, kept ones are in Drafts', async () => {
    const { compose, mailbox, page, signIn } = doctor;
    await mailbox.write();
    await compose.fill({ to: [NURSE.address], subject: 'Rechargée', text: TEXT });
    await compose.kept();
    line.cut();
    await compose.add(MORE);
    await saysInBoth(doctor, compose.savedWord, { fr: /Pas encore|Enregistrement|pas pu être gardé/, en: /Not saved|Saving|could not be kept/ });
    const [question] = await Promise.all([page.waitForEvent('dialog'), page.evaluate(() => { setTimeout(() => location.reload()); })]);
    assert.equal(question.type(), 'beforeunload');
    await question.dismiss();
    assert.deepEqual(await compose.words(), { subject: 'Rechargée', text: `${TEXT}${MORE}` });
    line.repair();
    await compose.kept();
    await page.reload();
    await signIn.signIn(DOCTOR.address, DOCTOR.passPhrase);
    await mailbox.ready();
    await takenUpWith(doctor, 'Rechargée', (text) => text === `${TEXT}${MORE}`);
    await compose.discard();
  });

  it('the browser is killed: the draft is there as of the last pause', async () => {
    await doctor.mailbox.write();
    await doctor.compose.fill({ to: [NURSE.address], subject: 'Tuée', text: TEXT });
    await doctor.compose.kept();
    await doctor.compose.add(MORE);
    await doctor.kill();
    doctor = { ...doctor, ...(await sitDown(practice, DOCTOR.address)) };
    await doctor.signIn.open(line.url);
    await doctor.signIn.signIn(DOCTOR.address, DOCTOR.passPhrase);
    await doctor.mailbox.ready();
    // The last words may have been kept before the end came; those before the pause must have been.
    await takenUpWith(doctor, 'Tuée', (text) => text.startsWith(TEXT));
    await doctor.compose.send();
    await doctor.mailbox.holds('Brouillons', 0);
  });
});

/** In Sent once, in the other's inbox once, in Drafts no more; `inbox` letters lie there in all. */
async function arrivedOnce({ doctor, nurse, subject, inbox }) {
  await doctor.mailbox.holds('Brouillons', 0);
  const times = (rows) => rows.filter((row) => row.includes(subject)).length;
  assert.equal(times(await doctor.mailbox.holds('Envoyées', inbox)), 1);
  assert.equal(times(await nurse.mailbox.holds('Réception', inbox)), 1);
  const letter = await nurse.mailbox.open(subject);
  assert.equal(letter.trust, 'SealedSigned');
}

/** A new pass phrase ends every other session of the account. */
async function changePassPhraseElsewhere(practice) {
  const elsewhere = await sitDown(practice, 'elsewhere');
  try {
    await elsewhere.signIn.open(practice.relay.url);
    await elsewhere.signIn.signIn(NURSE.address, NURSE.passPhrase);
    await elsewhere.mailbox.ready();
    await elsewhere.account.changePassPhrase(NURSE.passPhrase, NEW_PASS_PHRASE);
  } finally {
    await elsewhere.close();
  }
}

async function takenUpWith({ mailbox, compose }, subject, holds) {
  assert.match((await mailbox.holds('Brouillons', 1))[0], new RegExp(subject));
  await mailbox.takeUp(subject);
  await compose.ready();
  const words = await compose.words();
  assert.equal(words.subject, subject);
  assert.ok(holds(words.text), words.text);
}
