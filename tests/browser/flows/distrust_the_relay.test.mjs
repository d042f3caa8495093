// A relay that lies: another authority's root, somebody else's certificate, letters by impostors. Nothing of it is ever
// shown as good, nothing is sealed for a stranger, and the person is told.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { writeFile } from 'node:fs/promises';
import { newAuthority } from '../support/authority.mjs';
import { deliver } from '../support/jmap.mjs';
import { failsInBoth, read, saysInBoth } from '../support/languages.mjs';
import { base64, offers, startMiddleman } from '../support/middleman.mjs';
import { bare, enrolWithKeyFile, sitDown } from '../support/person.mjs';
import { DOMAIN, newPractice } from '../support/practice.mjs';
import { sceauCommand } from '../support/relay.mjs';

const DOCTOR = { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine', passPhrase: 'tisane quinquet balustrade ouistiti' };
const NURSE = { address: `nadia.benali@${DOMAIN}`, name: 'Nadia Benali', passPhrase: 'bergamote plumier cascade fanfare' };
const NEWCOMER = { address: `antoine.vasseur@${DOMAIN}`, name: 'Dr Antoine Vasseur', passPhrase: 'parapluie girofle mandoline huitre' };
const TEXT = 'Doublez la dose.';
const GREEN = ['SealedSigned', 'Signed', 'Gateway'];

const IMPOSTORS = [
  {
    who: 'somebody certified by another authority under the doctor’s name',
    subject: 'Autre autorité',
    signer: ({ other }) => other,
    trust: 'SealedUnverified',
    says: { fr: /Scellé, expéditeur non vérifié/, en: /Sealed, sender not verified/ },
    reason: /ne remonte à aucune autorité que vous connaissez/,
  },
  {
    who: 'a colleague who signs as the doctor',
    subject: 'Autre personne',
    signer: ({ colleague }) => colleague,
    trust: 'Broken',
    says: { fr: /Ne pas se fier.*se fait passer pour quelqu’un d’autre/s, en: /Do not trust.*poses as somebody else/s },
    reason: /La personne qui a signé n’est pas celle qui se présente comme expéditeur/,
  },
];

describe('a relay that lies', () => {
  let practice;
  let line;
  let impostor;
  let doctor;
  let nurse;
  let newcomer;
  let keys;

  before(async () => {
    practice = await newPractice();
    line = await startMiddleman(practice.relay.port);
    impostor = await newAuthority(practice.at('impostor'), DOMAIN);
    doctor = await enrolWithKeyFile(practice, line.url, DOCTOR);
    nurse = await enrolWithKeyFile(practice, practice.relay.url, NURSE);
    newcomer = await sitDown(practice, 'newcomer');
    keys = {
      other: await impostor.keyFile(DOCTOR),
      nursesOther: await impostor.keyFile(NURSE),
      nursesSecond: await practice.authority.keyFile(NURSE, { label: 'second' }),
      colleague: await practice.authority.keyFile(NEWCOMER),
    };
  });
  after(async () => {
    for (const person of [doctor, nurse, newcomer]) await person?.close();
    await line?.stop();
    await practice?.close();
  });

  it('another authority under the same name: the fingerprint gives it away, and who says so cannot go on', async () => {
    const { signIn, firstLogin, page } = newcomer;
    const root = await base64(impostor.certificate);
    line.changeAnswers('Authority/get', ({ list }) => { list[0].certificate = root; });
    await signIn.open(line.url);
    await signIn.firstTime();
    await firstLogin.enrol({ ...NEWCOMER, code: await practice.invite(NEWCOMER.address, NEWCOMER.name) });
    await firstLogin.keepRecoveryCode();
    const shown = bare(await firstLogin.fingerprint());
    assert.equal(shown, bare(impostor.fingerprint));
    assert.notEqual(shown, bare(practice.authority.fingerprint), 'the enrolment letter says something else');
    await failsInBoth(newcomer, () => firstLogin.denyAuthority(), firstLogin.failure, {
      fr: /Ne continuez pas.*se fait peut-être passer pour votre autorité.*appelez votre administrateur/s,
      en: /Do not go on.*posing as your authority.*call your administrator/s,
    });
    await firstLogin.denyAuthority();
    assert.ok(await page.getByRole('button', { name: 'C’est la même' }).isDisabled());
  });

  it('the root is changed between the look and the word: nothing is accepted', async () => {
    const { firstLogin, signIn, page } = newcomer;
    const root = await base64(impostor.certificate);
    line.repair();
    await page.reload();
    await signIn.signIn(NEWCOMER.address, NEWCOMER.passPhrase);
    assert.equal(bare(await firstLogin.fingerprint()), bare(practice.authority.fingerprint), 'nothing was pinned before');
    line.changeAnswers('Authority/get', ({ list }) => { list[0].certificate = root; });
    await failsInBoth(newcomer, () => firstLogin.confirmAuthority(), firstLogin.failure, {
      fr: /n’est plus celle que vous avez comparée.*Rien n’a été accepté.*prévenez votre administrateur/s,
      en: /no longer the one you compared.*Nothing was accepted.*tell your administrator/s,
    });
    line.repair();
    await firstLogin.confirmAuthority();
    await page.locator('#key-file').waitFor({ state: 'attached' });
  });

  it('a certificate of the other authority in the directory: not sealed for', async () => {
    const roots = [await base64(impostor.certificate), await base64(await impostor.revocations())];
    line.changeAnswers('Authority/get', ({ list }) => { list.push({ ...list[0], certificate: roots[0], crl: roots[1] }); });
    await offers(line, NURSE.address, keys.nursesOther);
    await notSealedFor(doctor, {
      fr: /certificat de nadia\.benali@.*ne vient d’aucune autorité que vous connaissez.*ne peut pas partir/s,
      en: /certificate of nadia\.benali@.*comes from no authority you know.*cannot leave/s,
    });
    line.repair();
  });

  it('another certificate than the one remembered, by the true authority: asked about', async () => {
    await doctor.mailbox.write();
    await doctor.compose.fill({ to: [NURSE.address], subject: 'Première', text: TEXT });
    await doctor.compose.send();
    await offers(line, NURSE.address, keys.nursesSecond);
    await notSealedFor(doctor, {
      fr: /certificat de nadia\.benali@.*a changé sans l’annoncer.*ne peut pas partir.*vérifiez avec cette personne/s,
      en: /certificate of nadia\.benali@.*changed without notice.*cannot leave.*check with this person/s,
    });
    line.repair();
  });

  for (const { who, subject, signer, trust, says, reason } of IMPOSTORS) {
    it(`a letter by ${who} is never green: not in the list, not opened`, async () => {
      const letter = await forge(practice, subject, signer(keys), nurse.keys);
      await deliver(practice, { from: DOCTOR.address, to: NURSE.address, letter });
      const { mailbox, page } = nurse;
      await mailbox.folder('Réception');
      const mark = mailbox.row(subject).getByRole('img', { name: says.fr.source.split('.*')[0] });
      await mark.waitFor();
      const opened = await mailbox.open(subject);
      assert.equal(opened.trust, trust);
      assert.ok(!GREEN.includes(opened.trust));
      assert.ok(!/nom confirmé/.test(opened.verdict), opened.verdict);
      await saysInBoth(nurse, page.locator('.verdict .seal-line'), says);
      await page.getByRole('button', { name: 'En savoir plus' }).click();
      assert.match(await read(page.locator('.reasons')), reason);
      assert.equal(await page.locator('button.reply-box').count(), trust === 'Broken' ? 0 : 1, 'nobody is led to answer a pretender');
      await mailbox.replyFromBar();
      await nurse.compose.ready();
      assert.equal((await nurse.compose.words()).text, '', 'what is not authentic is not quoted');
      await nurse.compose.leave();
    });
  }
});

/** Told while writing and at sending; nothing leaves, and the draft goes when asked to. */
async function notSealedFor(person, says) {
  const { compose, mailbox } = person;
  await mailbox.write();
  await compose.fill({ to: [NURSE.address], subject: 'Ne part pas', text: TEXT });
  await saysInBoth(person, compose.obstacles, says);
  await compose.trySending();
  await saysInBoth(person, compose.failure, says);
  assert.equal((await compose.words()).text, TEXT);
  await compose.discard();
  await mailbox.folder('Envoyées');
  await person.page.locator('.status span', { hasText: /^(0|1) lettres?$/ }).waitFor();
  assert.equal(await mailbox.row('Ne part pas').count(), 0);
}

/** A letter that says it is the doctor's, signed by whoever has these keys. */
async function forge(practice, subject, signer, readers) {
  const [clear, sealed] = [practice.at(`${subject}.eml`), practice.at(`${subject}-scelle.eml`)];
  await writeFile(clear, [
    `From: ${DOCTOR.name} <${DOCTOR.address}>`, `To: ${NURSE.address}`, `Subject: =?utf-8?B?${Buffer.from(subject).toString('base64')}?=`,
    'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', '', TEXT, '',
  ].join('\r\n'));
  await sceauCommand(
    'seal', '--from', signer.file, '--password-file', signer.passwordFile, '--to', readers.certificates.encrypt,
    '--danger-recipient-mismatch', '--in', clear, '--out', sealed,
  );
  return sealed;
}
