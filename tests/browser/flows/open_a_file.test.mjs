// Letters from files: dropped on the page or chosen, opened with one's own keys or with another for this letter only.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environment } from '../support/environment.mjs';
import { read, saysInBoth } from '../support/languages.mjs';
import { deliveryReport } from '../support/letters.mjs';
import { startMiddleman } from '../support/middleman.mjs';
import { enrolWithKeyFile } from '../support/person.mjs';
import { DOMAIN, newPractice } from '../support/practice.mjs';
import { sceauCommand } from '../support/relay.mjs';
import { skipLoudly } from '../support/skip.mjs';

const run = promisify(execFile);
const READER = { address: `nadia.benali@${DOMAIN}`, name: 'Nadia Benali', passPhrase: 'bergamote plumier cascade fanfare' };
const WRITER = { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine' };
const SUBJECT = 'Ordonnance de sortie';
const TEXT = 'Un comprimé le matin pendant dix jours.';
const KIM_LETTERS = { dropped: 'inputEmail.txt.05.encryptedwrap', chosen: 'inputEmail.txt.04.encryptedcms' };

describe('a letter from a file', () => {
  let practice;
  let line;
  let reader;
  let files;

  before(async () => {
    practice = await newPractice();
    line = await startMiddleman(practice.relay.port);
    reader = await enrolWithKeyFile(practice, line.url, READER);
    await mkdir(practice.at('files'));
    files = await makeFiles(practice, reader.keys);
  });
  after(async () => {
    await reader?.close();
    await line?.stop();
    await practice?.close();
  });

  it('sealed for the reader and dropped: opened with her own keys, its seal whole', async () => {
    await reader.letterFile.drop(files.sealed);
    const letter = await reader.letterFile.read(SUBJECT);
    assert.equal(letter.origin, 'Lettre ouverte depuis un fichier');
    assert.equal(letter.trust, 'SealedSigned');
    assert.match(letter.verdict, /Scellé et signé.*Dr Claire Lemoine.*nom confirmé/s);
    assert.equal(letter.text, TEXT);
    await reader.letterFile.close();
  });

  it('signed only: said so, with the name', async () => {
    await reader.letterFile.choose(files.signed);
    const letter = await reader.letterFile.read(SUBJECT);
    assert.equal(letter.trust, 'Signed');
    assert.match(letter.verdict, /Signé, non scellé.*Dr Claire Lemoine/s);
    await reader.letterFile.close();
  });

  it('in the clear: “Non protégé”', async () => {
    await reader.letterFile.drop(files.clear);
    const letter = await reader.letterFile.read(SUBJECT);
    assert.equal(letter.trust, 'Clear');
    assert.equal(letter.text, TEXT);
    await saysInBoth(reader, reader.page.locator('.verdict .seal-line'), { fr: /Non protégé.*ni scellé ni signé/s, en: /Not protected.*neither sealed nor signed/s });
    await reader.letterFile.close();
  });

  it('signed and then changed: “Ne pas se fier”', async () => {
    await reader.letterFile.drop(files.changed);
    const letter = await reader.letterFile.read(SUBJECT);
    assert.equal(letter.trust, 'Broken');
    await saysInBoth(reader, reader.page.locator('.verdict .seal-line'), { fr: /Ne pas se fier.*a été modifiée/s, en: /Do not trust.*was modified/s });
    assert.match(await reader.letterFile.reasons(), /Le contenu n’est pas celui qui a été signé/);
    await reader.letterFile.close();
  });

  it('sealed and then changed: not one word of it, and a sentence', async () => {
    await reader.letterFile.drop(files.damaged);
    await saysInBoth(reader, reader.letterFile.failure, { fr: /ne s’ouvre pas : elle est abîmée/, en: /does not open: it is damaged/ });
    assert.ok(!(await reader.page.content()).includes('comprimé'));
    await reader.letterFile.close();
  });

  it('cut short: told that it is no letter, and which files are', async () => {
    await reader.letterFile.choose(files.cut);
    await saysInBoth(reader, reader.letterFile.failure, { fr: /n’est pas une lettre.*\.eml et \.p7m/, en: /not a letter.*\.eml and \.p7m/ });
    await reader.letterFile.close();
  });

  it('a report of what became of a letter: per recipient, in words, and that nobody vouches for it', async () => {
    await reader.letterFile.drop(files.report);
    await reader.letterFile.read('Undelivered Mail Returned to Sender');
    const report = reader.page.locator('section.report');
    await saysInBoth(reader, report.locator('h2'), { fr: /devenue «\sOrdonnance de sortie\s»/, en: /became of “Ordonnance de sortie”/ });
    await saysInBoth(reader, report.locator('.hint'), { fr: /pas signé : rien ne prouve/, en: /not signed: nothing proves/ });
    const [refused, late] = [report.locator('li').nth(0), report.locator('li').nth(1)];
    await saysInBoth(reader, refused, {
      fr: /durand@cabinet\.example.*Non remise.*Cette adresse n’existe pas/s,
      en: /durand@cabinet\.example.*Not delivered.*This address does not exist/s,
    });
    await saysInBoth(reader, late, { fr: /labo@alpes\.example.*Pas encore remise.*jusqu’au/s, en: /labo@alpes\.example.*Not delivered yet.*until/s });
    await refused.locator('summary').click();
    assert.match(await refused.locator('.said').innerText(), /^550 5\.1\.1 .*User unknown$/);
    await reader.letterFile.close();
  });

  it('the KIM sample: told to be for another, opened with that key, unverified, and the key is not kept', async (test) => {
    if (!environment.vectors) return skipLoudly(test, 'SCEAU_VECTORS is not set');
    const { letterFile, page } = reader;
    const key = { file: kim('recipientA/hci-enc-2-kim-bsp.p12'), passPhrase: '00' };
    const before = line.called.length;
    for (const [way, name] of [['drop', KIM_LETTERS.dropped], ['choose', KIM_LETTERS.chosen]]) {
      await letterFile[way](kim(`message/${name}`));
      await saysInBoth(reader, letterFile.failure, { fr: /n’a pas été scellée pour vous.*une autre clé/, en: /not sealed for you.*another key/ });
      await letterFile.openWith({ ...key, passPhrase: 'pas la bonne' });
      assert.match(await read(letterFile.form.locator('.failure')), /phrase de passe du fichier de clés n’est pas la bonne/);
      await letterFile.openWith(key);
      const expected = await innerLetter();
      const letter = await letterFile.read(expected.subject);
      assert.equal(letter.trust, 'SealedUnverified');
      assert.equal(letter.text, expected.text);
      await saysInBoth(reader, page.locator('.verdict .seal-line'), {
        fr: /Scellé, expéditeur non vérifié.*nous n’avons pas pu confirmer qui l’a écrite/s,
        en: /Sealed, sender not verified.*could not confirm who wrote it/s,
      });
      assert.match(await letterFile.reasons(), /ne remonte à aucune autorité que vous connaissez/);
      await letterFile.close();
    }
    assert.deepEqual(line.called.slice(before).filter((method) => method.startsWith('Vault/')), [], 'the vault was not touched');
    assert.ok(line.called.includes('Vault/set'), 'the search would have found it');
    await page.reload();
    await reader.signIn.signIn(READER.address, READER.passPhrase);
    await reader.mailbox.ready();
    await letterFile.drop(kim(`message/${KIM_LETTERS.dropped}`));
    await letterFile.form.waitFor();
    return undefined;
  });
});

const kim = (name) => join(environment.vectors, 'kim', name);

/** What the sample's sender wrote. */
async function innerLetter() {
  const [head, ...rest] = (await readFile(kim('message/inputEmail.txt'), 'latin1')).split(/\r?\n\r?\n/);
  return { subject: head.match(/^Subject: (.*?)\r?$/m)[1], text: rest.join('\n\n').trim() };
}

/** The same words in the clear, signed, sealed, and each changed on the way. */
async function makeFiles(practice, readersKeys) {
  const at = (name) => join(practice.at('files'), name);
  const keys = await practice.authority.keyFile(WRITER);
  await writeFile(at('clair.eml'), mail());
  await sceauCommand(
    'seal', '--from', keys.file, '--password-file', keys.passwordFile, '--to', readersKeys.certificates.encrypt,
    '--in', at('clair.eml'), '--out', at('scelle.eml'),
  );
  await sign(at, keys);
  await change(at('signe.p7m'), at('signe-change.p7m'), (text) => text.replace('matin', 'soir '));
  await change(at('scelle.eml'), at('scelle-change.eml'), spoilContent);
  await writeFile(at('rapport.eml'), deliveryReport(READER.address, mail()));
  await writeFile(at('coupe.p7m'), (await readFile(at('signe.p7m'))).subarray(0, 300));
  return {
    clear: at('clair.eml'),
    sealed: at('scelle.eml'),
    signed: at('signe.p7m'),
    changed: at('signe-change.p7m'),
    damaged: at('scelle-change.eml'),
    cut: at('coupe.p7m'),
    report: at('rapport.eml'),
  };
}

function mail() {
  return [
    `From: ${WRITER.name} <${WRITER.address}>`, `To: ${READER.name} <${READER.address}>`, `Subject: ${SUBJECT}`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`, `Message-ID: <ordonnance@${DOMAIN}>`, 'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit', '', TEXT, '',
  ].join('\r\n');
}

/** By another program: an opaque signature as other mail programs write it. */
async function sign(at, { file, passwordFile, certificates }) {
  await run('openssl', ['pkcs12', '-in', file, '-passin', `file:${passwordFile}`, '-nodes', '-nocerts', '-out', at('keys.pem')]);
  const [key] = (await readFile(at('keys.pem'), 'utf8')).match(/-----BEGIN[^]*?-----END[^\n]*\n/);
  await writeFile(at('sign.key'), key);
  const addresses = ['-from', `${WRITER.name} <${WRITER.address}>`, '-to', READER.address, '-subject', SUBJECT];
  await run('openssl', [
    'cms', '-sign', '-nodetach', '-binary', '-in', at('clair.eml'), '-signer', certificates.sign, '-inkey', at('sign.key'),
    '-md', 'sha256', '-outform', 'DER', '-out', at('signe.p7m'), ...addresses,
  ]);
}

/** Well inside the sealed content, behind header fields and recipients; what is left is still base64. */
function spoilContent(text) {
  const place = Math.floor(text.length * 0.7);
  return text.slice(0, place) + text.slice(place).replace(/[A-Za-z0-9]{8}/, 'AAAAAAAA');
}

async function change(from, to, alter) {
  const before = await readFile(from, 'latin1');
  const after = alter(before);
  assert.ok(after !== before && after.length === before.length, `nothing was changed in ${from}`);
  await writeFile(to, after, 'latin1');
}
