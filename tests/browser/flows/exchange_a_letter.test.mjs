// The first letter: from a plain browser to another, through a relay that sees ciphertext only.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extent, hitsBelow } from '../support/canaries.mjs';
import { enrol } from '../support/person.mjs';
import { copyRowsOut } from '../support/postgres.mjs';
import { DOMAIN, newPractice } from '../support/practice.mjs';
import { startTap } from '../support/proxy.mjs';
import { holdsPreferencesOnly } from '../support/storage.mjs';
import { sha256 } from '../pages/mailbox.mjs';

const SUBJECT = 'Compte rendu d’échocardiographie — Éloïse Nœuvéglise';
const TEXT = 'Chère consœur,\n\nLa dyspnée zwickelmanche persiste ; fraction d’éjection à 58 pourmillefeuille.\n\nBien à vous';
const ANSWER = 'Merci du compte rendu gloubiverdun, je la revois mardi.';
const LARGE = 20 * 1024 * 1024;
const PEOPLE = {
  practitioner: { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine', passPhrase: 'tisane quinquet balustrade ouistiti' },
  cardiologist: { address: `antoine.vasseur@${DOMAIN}`, name: 'Dr Antoine Vasseur', passPhrase: 'parapluie girofle mandoline huitre' },
  laboratory: { address: `labo@${DOMAIN}`, name: 'Laboratoire Bellecour', passPhrase: 'cormoran vitrail semoule diapason' },
  nurse: { address: `nadia.benali@${DOMAIN}`, name: 'Nadia Benali', passPhrase: 'bergamote plumier cascade fanfare' },
  secretary: { address: `sophie.carlier@${DOMAIN}`, name: 'Sophie Carlier', passPhrase: 'luciole tambourin rhubarbe escale' },
};
/** Words of the subject, the body, the answer, the files, their names and the pass phrases: none may leave the browsers. */
const CANARIES = [
  'échocardiographie — Éloïse', 'Nœuvéglise', 'zwickelmanche', 'pourmillefeuille', 'gloubiverdun',
  'KANARI-DU-PDF-7731', 'KANARI-DU-HPRIM-4402', 'KANARI-DU-SCANNER-9915', 'bilan-chrysanthème',
  'tisane quinquet', 'parapluie girofle', 'bergamote plumier',
];

describe('a letter between practitioners', () => {
  let practice;
  let tap;
  let people;
  let files;

  before(async () => {
    practice = await newPractice();
    await mkdir(practice.at('wire'));
    await mkdir(practice.at('files'));
    tap = await startTap(practice.relay.port, practice.at('wire'));
    files = await makeFiles(practice.at('files'));
    people = {};
    for (const [role, who] of Object.entries(PEOPLE)) people[role] = await enrol(practice, tap.url, who);
  });
  after(async () => {
    for (const person of Object.values(people ?? {})) await person.close();
    await tap?.stop();
    await practice?.close();
  });

  it('is written with three files, one of 20 MB, and sent', async () => {
    const { practitioner } = people;
    await practitioner.mailbox.write();
    await practitioner.compose.fill({
      to: [PEOPLE.cardiologist.address],
      cc: [PEOPLE.laboratory.address],
      bcc: [PEOPLE.nurse.address],
      subject: SUBJECT,
      text: TEXT,
    });
    await practitioner.compose.attach(files.paths);
    await practitioner.compose.send();
  });

  for (const role of ['cardiologist', 'laboratory', 'nurse']) {
    it(`is read by the ${role}, byte for byte, with its seal`, async () => {
      const { mailbox } = people[role];
      const letter = await mailbox.open(SUBJECT);
      assert.equal(letter.trust, 'SealedSigned');
      assert.match(letter.verdict, /Scellé et signé/);
      assert.match(letter.verdict, /Dr Claire Lemoine/);
      assert.equal(letter.text.replace(/\s+/g, ' ').trim(), TEXT.replace(/\s+/g, ' ').trim());
      assert.deepEqual(await mailbox.saveAttachments(), files.digests);
      assert.equal(letter.people.includes(PEOPLE.nurse.address), role === 'nurse', 'only the nurse sees the blind copy');
    });
  }

  it('is read by its sender in her own copy', async () => {
    const { mailbox } = people.practitioner;
    await mailbox.folder('Envoyées');
    const letter = await mailbox.open(SUBJECT);
    assert.equal(letter.trust, 'SealedSigned');
    assert.deepEqual(await mailbox.saveAttachments(), files.digests);
    assert.ok(letter.people.includes(PEOPLE.nurse.address), 'her own copy names everybody');
  });

  it('is answered', async () => {
    await people.cardiologist.mailbox.reply();
    await people.cardiologist.compose.write(ANSWER);
    await people.cardiologist.compose.send();
    const { mailbox } = people.practitioner;
    await mailbox.folder('Réception');
    const letter = await mailbox.open(SUBJECT);
    assert.equal(letter.trust, 'SealedSigned');
    assert.match(letter.verdict, /Dr Antoine Vasseur/);
    assert.ok(letter.text.includes(ANSWER));
  });

  it('is seen by nobody else', async () => {
    const { mailbox, page } = people.secretary;
    await page.getByText('Aucune lettre').waitFor();
    assert.equal(await mailbox.row('').count(), 0);
  });

  it('leaves none of its words at the relay, in its log or on the wire', async () => {
    await tap.stop();
    await copyRowsOut(practice.at('relay'));
    for (const [place, least] of [['relay', LARGE], ['logs', 1], ['wire', LARGE]]) {
      const searched = await extent(practice.at(place));
      assert.ok(searched.bytes >= least, `${place} holds only ${searched.bytes} bytes: the search would prove nothing`);
      assert.deepEqual(await hitsBelow(practice.at(place), CANARIES), [], place);
    }
  });
});

describe('the machine afterwards', () => {
  let practice;
  let person;
  const { address } = PEOPLE.practitioner;

  before(async () => {
    practice = await newPractice();
    person = await enrol(practice, practice.relay.url, PEOPLE.practitioner);
  });
  after(async () => {
    await person?.close();
    await practice?.close();
  });

  it('keeps no word after log-out', async () => {
    await person.mailbox.write();
    await person.compose.fill({ to: [address], subject: SUBJECT, text: TEXT });
    await person.compose.send();
    const letter = await person.mailbox.open(SUBJECT);
    assert.equal(letter.trust, 'SealedSigned');
    await person.mailbox.lock();
    await holdsPreferencesOnly(person.page);
    await person.close();
    const searched = await extent(person.profile);
    assert.ok(searched.bytes > 100_000, `the profile holds only ${searched.bytes} bytes`);
    assert.deepEqual(await hitsBelow(person.profile, CANARIES), []);
  });
});

/** A PDF, a result in the code page of old programs, and 20 MB of a scanner's noise. */
async function makeFiles(folder) {
  const contents = {
    'Échocardiographie bilan-chrysanthème.pdf': Buffer.from('%PDF-1.4\n% KANARI-DU-PDF-7731\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n'),
    // "Éloïse, à jeun, 38,5°" in CP850.
    'NOEUVEGLISE.hpr': Buffer.concat([Buffer.from('NOE007\r\nKANARI-DU-HPRIM-4402\r\n'), Buffer.from([0x90, 0x6c, 0x6f, 0x8b, 0x73, 0x65, 0x20, 0x85, 0x20, 0xf8]), Buffer.from('\r\n****FIN****\r\n****FINFICHIER****\r\n')]),
    'scanner.bin': Buffer.concat([Buffer.from('KANARI-DU-SCANNER-9915'), randomBytes(LARGE)]),
  };
  const paths = [];
  const digests = {};
  for (const [name, bytes] of Object.entries(contents)) {
    const path = join(folder, name);
    await writeFile(path, bytes);
    paths.push(path);
    digests[name] = sha256(bytes);
  }
  return { paths, digests };
}
