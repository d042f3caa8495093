// From an empty folder to the first letter, without the demo: everything two people and their administrator do.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mkdir, readFile } from 'node:fs/promises';
import { newAuthority } from '../support/authority.mjs';
import { failsInBoth } from '../support/languages.mjs';
import { bare, sitDown } from '../support/person.mjs';
import { newFolder, relayCommand, startRelay } from '../support/relay.mjs';

const DOMAIN = 'nouveau.sceau.example';
const DOCTOR = { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine', passPhrase: 'tisane quinquet balustrade ouistiti' };
const NURSE = { address: `nadia.benali@${DOMAIN}`, name: 'Nadia Benali', passPhrase: 'bergamote plumier cascade fanfare' };
const SUBJECT = 'Première lettre';
const TEXT = 'Bonjour Nadia,\nvoici ma première lettre scellée.';

describe('two accounts from nothing', () => {
  let folder;
  let authority;
  let relay;
  let doctor;
  let nurse;
  let code;
  const at = (name) => `${folder.path}/${name}`;
  const administer = (...words) => relayCommand(...words, '--data', at('relay'));

  before(async () => {
    folder = await newFolder('nothing');
    await mkdir(at('relay'));
    // Nobody can read a profile of others: each person sits at a machine of her own.
    const machines = { at, folder: folder.path };
    doctor = await sitDown(machines, 'doctor');
    nurse = await sitDown(machines, 'nurse');
  });
  after(async () => {
    await doctor?.close();
    await nurse?.close();
    await relay?.stop();
    await folder?.remove();
  });

  it('the administrator makes an authority, hands its certificate to an empty relay, and adds an account', async () => {
    authority = await newAuthority(at('authority'), DOMAIN, 'Autorité du cabinet');
    await administer('authority', 'add', authority.certificate, '--domain', DOMAIN);
    await administer('crl', 'add', await authority.revocations());
    code = (await administer('account', 'add', DOCTOR.address, '--name', DOCTOR.name)).trim();
    relay = await startRelay({ data: at('relay') });
    assert.deepEqual(await accounts(), { [DOCTOR.address]: { enrolled: false, certificates: 0 } });
  });

  it('the doctor enters with her code, and compares the fingerprint with her letter', async () => {
    const { signIn, firstLogin, page } = doctor;
    await signIn.open(relay.url);
    await signIn.firstTime();
    await firstLogin.enrol({ ...DOCTOR, code });
    assert.match(await firstLogin.recoveryCode(), /^[0-9A-Z]{5}(-[0-9A-Z]{1,5})+$/);
    await firstLogin.keepRecoveryCode();
    assert.equal(bare(await firstLogin.fingerprint()), bare(authority.fingerprint));
    await page.getByRole('heading', { name: 'Autorité du cabinet' }).waitFor();
    await page.getByText(`Elle répond pour : ${DOMAIN}`).waitFor();
    await firstLogin.confirmAuthority();
  });

  it('the code is worth nothing from then on, and says so', async () => {
    const { signIn, firstLogin } = nurse;
    await signIn.open(relay.url);
    await signIn.firstTime();
    await failsInBoth(nurse, () => firstLogin.tryEnrolling({ ...DOCTOR, code }), firstLogin.failure, {
      fr: /inconnu, déjà utilisé ou périmé.*Demandez-en un autre/s,
      en: /unknown, already used or out of date.*Ask your administrator/s,
    });
  });

  it('her keys are made in the page; only requests leave it, and they wait for her until the answer comes', async () => {
    const { signIn, firstLogin, mailbox, page } = doctor;
    await firstLogin.makeKeys(DOCTOR.name);
    await page.getByRole('button', { name: 'Continuer plus tard' }).click();
    await signIn.signIn(DOCTOR.address, DOCTOR.passPhrase);
    const requests = await firstLogin.requests();
    for (const file of Object.values(requests)) {
      assert.match(await readFile(file, 'utf8'), /^-----BEGIN CERTIFICATE REQUEST-----[^]*-----END CERTIFICATE REQUEST-----\s*$/);
    }
    await firstLogin.install([
      await authority.issue(requests.signing, DOCTOR.address, 'sign'),
      await authority.issue(requests.encryption, DOCTOR.address, 'encrypt'),
    ]);
    await mailbox.ready();
    assert.deepEqual((await accounts())[DOCTOR.address], { enrolled: true, certificates: 2 });
  });

  it('the nurse is added, and imports the key file her authority gave her', async () => {
    const { firstLogin, mailbox } = nurse;
    const keys = await authority.keyFile(NURSE);
    const own = (await administer('account', 'add', NURSE.address, '--name', NURSE.name)).trim();
    await nurse.signIn.firstTime();
    await firstLogin.enrol({ ...NURSE, code: own });
    await firstLogin.keepRecoveryCode();
    assert.equal(bare(await firstLogin.fingerprint()), bare(authority.fingerprint));
    await firstLogin.confirmAuthority();
    await failsInBoth(nurse, () => firstLogin.importKeys({ ...keys, passPhrase: 'pas celle du fichier' }), firstLogin.failure, {
      fr: /phrase de passe du fichier de clés n’est pas la bonne.*Essayez à nouveau/s,
      en: /key file’s pass phrase is not right.*Try again/s,
    });
    await firstLogin.importKeys(keys);
    await mailbox.ready();
    assert.deepEqual((await accounts())[NURSE.address], { enrolled: true, certificates: 2 });
  });

  it('the doctor writes to the nurse, who reads it, sealed and signed', async () => {
    await doctor.mailbox.write();
    await doctor.compose.fill({ to: [NURSE.address], subject: SUBJECT, text: TEXT });
    await doctor.compose.send();
    const letter = await nurse.mailbox.open(SUBJECT);
    assert.equal(letter.trust, 'SealedSigned');
    assert.match(letter.verdict, /Scellé et signé.*Dr Claire Lemoine.*nom confirmé/s);
    assert.equal(letter.text.trim(), TEXT);
  });

  /** The accounts as the administrator sees them. */
  async function accounts() {
    const list = JSON.parse(await administer('account', 'list', '--json'));
    return Object.fromEntries(list.map(({ address, enrolled, certificates }) => [address, { enrolled, certificates }]));
  }
});
