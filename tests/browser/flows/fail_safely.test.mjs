// What cannot be done is said in words, in both languages, and costs nobody a word.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setClockWrong } from '../support/clock.mjs';
import { failsInBoth, read, saysInBoth } from '../support/languages.mjs';
import { offers, startMiddleman } from '../support/middleman.mjs';
import { enrolWithKeyFile } from '../support/person.mjs';
import { DOMAIN, newPractice } from '../support/practice.mjs';

const DOCTOR = { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine', passPhrase: 'tisane quinquet balustrade ouistiti' };
const NURSE = { address: `nadia.benali@${DOMAIN}`, name: 'Nadia Benali', passPhrase: 'bergamote plumier cascade fanfare' };
const LATE = { address: `sophie.carlier@${DOMAIN}`, name: 'Sophie Carlier', passPhrase: 'luciole tambourin rhubarbe escale' };
const LABORATORY = { address: `labo@${DOMAIN}`, name: 'Laboratoire Bellecour' };
const CARDIOLOGIST = { address: `antoine.vasseur@${DOMAIN}`, name: 'Dr Antoine Vasseur' };
const TEXT = 'Bonjour,\nMme Roux revient vendredi ; son pansement est à refaire.';
const DAY_SECONDS = 86_400;

const REFUSALS = [
  {
    what: 'an unknown recipient',
    address: `personne@${DOMAIN}`,
    says: { fr: /L’annuaire ne connaît pas personne@.*ne peut pas partir.*vérifiez l’adresse/, en: /directory does not know personne@.*cannot leave.*check the address/ },
  },
  {
    what: 'a certificate of somebody else',
    address: CARDIOLOGIST.address,
    says: { fr: /annoncé pour antoine\.vasseur@.*porte un autre nom.*ne peut pas partir/, en: /offered for antoine\.vasseur@.*another name.*cannot leave/ },
  },
  {
    what: 'a recipient whose certificate has ended',
    address: LABORATORY.address,
    says: { fr: /certificat de labo@.*n’est plus valable.*ne peut pas partir/, en: /certificate of labo@.*has ended.*cannot leave/ },
  },
];

describe('what cannot be done', () => {
  let practice;
  let line;
  let doctor;
  let nurse;
  let late;

  before(async () => {
    practice = await newPractice();
    line = await startMiddleman(practice.relay.port);
    const { authority } = practice;
    doctor = await enrolWithKeyFile(practice, line.url, DOCTOR);
    nurse = await enrolWithKeyFile(practice, practice.relay.url, NURSE);
    late = await enrolWithKeyFile(practice, practice.relay.url, LATE, await authority.keyFile(LATE, { ended: ['sign'] }));
    const ended = await authority.keyFile(LABORATORY, { ended: ['encrypt'] });
    await practice.list(LABORATORY, [ended.certificates.encrypt]);
    await practice.list(CARDIOLOGIST, [(await authority.keyFile(CARDIOLOGIST)).certificates.encrypt]);
    await offers(line, CARDIOLOGIST.address, nurse.keys);
    await send(doctor, { to: [LATE.address], subject: 'Avant tout le reste' });
  });
  after(async () => {
    for (const person of [doctor, nurse, late]) await person?.close();
    await line?.stop();
    await practice?.close();
  });

  it('a wrong pass phrase: nothing has changed, and the right one opens', async () => {
    await nurse.mailbox.lock();
    await failsInBoth(nurse, () => nurse.signIn.tryAgain('bergamote plumier cascade hautbois'), nurse.signIn.failure, {
      fr: /adresse ou la phrase de passe n’est pas la bonne.*Rien n’a changé.*essayez à nouveau/s,
      en: /address or the pass phrase is not right.*Nothing has changed.*try again/s,
    });
    assert.equal(await nurse.page.locator('#address').inputValue(), NURSE.address);
    await nurse.signIn.tryAgain(NURSE.passPhrase);
    await nurse.mailbox.ready();
  });

  for (const { what, address, says } of REFUSALS) {
    it(`${what}: told while writing and at sending; the words stay, the draft is kept, nothing leaves`, async () => {
      const { compose, mailbox } = doctor;
      const subject = `Pour ${address}`;
      await mailbox.write();
      await compose.fill({ to: [address], subject, text: TEXT });
      await saysInBoth(doctor, compose.obstacles, says);
      await compose.trySending();
      await saysInBoth(doctor, compose.failure, { fr: all(/L’envoi n’a pas abouti/, says.fr), en: all(/could not be sent/, says.en) });
      assert.deepEqual(await compose.words(), { subject, text: TEXT });
      await compose.leave();
      assert.match((await mailbox.holds('Brouillons', 1))[0], new RegExp(subject));
      assert.ok(!(await mailbox.holds('Envoyées', 1)).join().includes(subject), 'nothing was sent');
      await mailbox.folder('Brouillons');
      await mailbox.takeUp(subject);
      await compose.ready();
      assert.deepEqual(await compose.words(), { subject, text: TEXT });
      await compose.discard();
    });
  }

  it('one’s own certificate has ended: nothing can be sent, the letter is in Drafts, and letters are still read', async () => {
    const { compose, mailbox } = late;
    await mailbox.write();
    await compose.fill({ to: [NURSE.address], subject: 'Trop tard', text: TEXT });
    await compose.trySending();
    await saysInBoth(late, compose.failure, {
      fr: /Votre certificat n’est plus valable.*vous pouvez lire.*reste dans Brouillons.*demandez un nouveau certificat/s,
      en: /Your certificate has ended.*you can read.*stays in Drafts.*ask for a new certificate/s,
    });
    assert.deepEqual(await compose.words(), { subject: 'Trop tard', text: TEXT });
    await compose.leave();
    assert.match((await mailbox.holds('Brouillons', 1))[0], /Trop tard/);
    await mailbox.holds('Envoyées', 0);
    await mailbox.holds('Réception', 1);
    const letter = await mailbox.open('Avant tout le reste');
    assert.equal(letter.trust, 'SealedSigned');
  });

  it('what opens letters cannot be fetched: the list is there, and the letter opens once it can', async () => {
    const file = '**/lazy/sceau-worker-secondary-*';
    await send(doctor, { to: [NURSE.address], subject: 'Malgré tout' });
    await nurse.context.route(file, (route) => route.abort());
    await nurse.page.goto('about:blank');
    await nurse.signIn.open(practice.relay.url);
    await nurse.signIn.signIn(NURSE.address, NURSE.passPhrase);
    await nurse.mailbox.ready();
    await nurse.page.locator('a.letter-row').first().click();
    await saysInBoth(nurse, nurse.page.locator('.letter-pane .failure'), {
      fr: /relais ne répond pas.*Rien n’est perdu.*essayez à nouveau/s,
      en: /relay does not answer.*Nothing is lost.*try again/s,
    });
    await nurse.context.unroute(file);
    await nurse.page.getByRole('button', { name: 'Essayer à nouveau' }).click();
    await nurse.page.locator('article.letter').getByRole('heading', { level: 1, name: 'Malgré tout' }).waitFor();
  });

  it('a clock wrong by a day: told, corrected, and the letter is judged right by a reader whose clock is wrong too', async () => {
    await signInAt(doctor, DOCTOR, DAY_SECONDS);
    await doctor.page.locator('.notice', { hasText: /L’horloge de cette machine se trompe de 14(39|40) minutes/ }).waitFor();
    await clockIsTold(doctor);
    await send(doctor, { to: [NURSE.address], subject: 'À l’heure' });
    await signInAt(nurse, NURSE, -DAY_SECONDS);
    await clockIsTold(nurse);
    const days = [today()];
    const letter = await nurse.mailbox.open('À l’heure');
    days.push(today());
    assert.equal(letter.trust, 'SealedSigned');
    assert.match(letter.verdict, /Dr Claire Lemoine/);
    assert.equal(await nurse.page.locator('article.letter .warnings').count(), 0);
    assert.ok(days.some((day) => letter.people.includes(day)), `${letter.people} is not of ${days}`);
    await nurse.mailbox.holds('Réception', 2);
  });
});

async function send({ mailbox, compose }, { to, subject }) {
  await mailbox.write();
  await compose.fill({ to, subject, text: TEXT });
  await compose.send();
}

/** Signs in anew on a machine whose clock is off. */
async function signInAt(person, { address, passPhrase }, seconds) {
  await person.mailbox.lock();
  await setClockWrong(person.page, seconds);
  await person.signIn.signIn(address, passPhrase);
  await person.mailbox.ready();
}

/** The account says so for as long as it is open, in both languages. */
async function clockIsTold({ account, preferences }) {
  for (const [lang, sentence] of [['fr', /se trompe de 14(39|40) minutes.*corrige les heures/], ['en', /off by 14(39|40) minutes.*corrects the times/]]) {
    await preferences.speak(lang);
    await account.open();
    assert.match(await read(account.facts()), sentence);
    await account.close();
  }
  await preferences.speak('fr');
}

/** Today in Paris, as the page writes it. */
function today() {
  const parts = { timeZone: 'Europe/Paris', weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' };
  return new Intl.DateTimeFormat('fr-FR', parts).format(new Date()).replace(/ 1 /, ' 1er ');
}

/** One sentence after the other. */
function all(first, second) {
  return new RegExp(`${first.source}.*${second.source}`, 's');
}
