// Who forgot the pass phrase enters by the printed code, chooses another, and finds everything as it was.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { failsInBoth } from '../support/languages.mjs';
import { enrolWithKeyFile, sitDown } from '../support/person.mjs';
import { DOMAIN, newPractice } from '../support/practice.mjs';

const DOCTOR = { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine', passPhrase: 'tisane quinquet balustrade ouistiti' };
const NEXT = 'cormoran vitrail semoule diapason';
const SUBJECT = 'À relire';

describe('a forgotten pass phrase', () => {
  let practice;
  let doctor;
  let oldCode;
  let newCode;

  before(async () => {
    practice = await newPractice();
    const first = await enrolWithKeyFile(practice, practice.relay.url, DOCTOR);
    oldCode = first.recoveryCode;
    await first.mailbox.write();
    await first.compose.fill({ to: [DOCTOR.address], subject: SUBJECT, text: 'Bonjour.' });
    await first.compose.send();
    await first.mailbox.open(SUBJECT);
    await first.close();
    doctor = await sitDown(practice, 'another-machine');
    await doctor.signIn.open(practice.relay.url);
  });
  after(async () => {
    await doctor?.close();
    await practice?.close();
  });

  it('the printed code opens the mailbox, and a new pass phrase is asked for, not the old one', async () => {
    await doctor.signIn.recover(DOCTOR.address, oldCode);
    newCode = await doctor.account.chooseNewPassPhrase(NEXT);
    assert.match(newCode, /^[0-9A-Z]{5}(-[0-9A-Z]{1,5})+$/);
    assert.notEqual(newCode, oldCode);
  });

  it('the letters are there in this session, and after signing in anew', async () => {
    assert.equal((await doctor.mailbox.open(SUBJECT)).trust, 'SealedSigned');
    await doctor.mailbox.lock();
    await doctor.signIn.signIn(DOCTOR.address, NEXT);
    assert.equal((await doctor.mailbox.open(SUBJECT)).trust, 'SealedSigned');
    await doctor.mailbox.lock();
  });

  it('the old pass phrase and the old code open nothing any more, and it is said', async () => {
    const { page, signIn } = doctor;
    await failsInBoth(doctor, () => signIn.tryAgain(DOCTOR.passPhrase), signIn.failure, {
      fr: /phrase de passe|adresse/i,
      en: /pass phrase|address/i,
    });
    await page.reload();
    await signIn.recover(DOCTOR.address, oldCode);
    await signIn.failure.waitFor();
    await page.reload();
    await signIn.recover(DOCTOR.address, newCode);
    await doctor.account.chooseNewPassPhrase(DOCTOR.passPhrase);
    assert.equal((await doctor.mailbox.open(SUBJECT)).trust, 'SealedSigned');
  });
});
