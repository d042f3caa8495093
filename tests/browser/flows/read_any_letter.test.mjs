// Letters of every kind, opened and looked into: HTML in its frame, links, charsets, attachments, letters within letters.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { focusOn, tabTo } from '../support/focus.mjs';
import { pressAway } from '../support/keys.mjs';
import { saysInBoth } from '../support/languages.mjs';
import { newPractice } from '../support/practice.mjs';
import { readerOfAllKinds } from '../support/sealed.mjs';

describe('a letter of any kind', () => {
  let practice;
  let reader;
  let page;
  let files;

  before(async () => {
    practice = await newPractice();
    ({ reader, files } = await readerOfAllKinds(practice));
    page = reader.page;
  });
  after(async () => {
    await reader?.close();
    await practice?.close();
  });

  const article = () => page.locator('article.letter');
  async function open(name, subject) {
    await page.locator('#open-file').setInputFiles(files[name]);
    await article().getByRole('heading', { level: 1, name: subject }).waitFor();
  }
  const inFrame = () => page.frameLocator('.letter-frame');
  const hasFocus = (locator) => locator.evaluate((element) => element === element.ownerDocument.activeElement);
  const sheet = () => page.locator('.dialog.preview');
  async function look(name) {
    await page.locator('.attachment', { hasText: name }).locator('button.attachment-tile').click();
    await sheet().waitFor();
  }
  async function leave() {
    await page.keyboard.press('Escape');
    await sheet().waitFor({ state: 'detached' });
  }

  it('laid out by its author: in a frame, with its own image, and nothing fetched', async () => {
    await open('newsletter', 'Lettre du réseau de soins');
    await inFrame().getByRole('heading', { name: 'Campagne de vaccination' }).waitFor();
    assert.equal(await inFrame().getByRole('img', { name: 'Logo du réseau' }).evaluate((image) => image.complete && image.naturalWidth), 120);
    await saysInBoth(reader, page.locator('article .aside-line'), { fr: /contenu distant n’a pas été chargé/, en: /remote item was not loaded/ });
    assert.equal(await page.locator('.attachment').count(), 0, 'the image stands in the letter');
    const tall = () => inFrame().locator('html').evaluate((root) => Math.ceil(root.getBoundingClientRect().height));
    await page.waitForFunction((height) => Math.abs(document.querySelector('.letter-frame').clientHeight - height) <= 2, await tall());
    assert.ok((await tall()) > 400, 'the letter is longer than what shows by itself');
    assert.equal(await page.locator('.letter-frame').getAttribute('sandbox'), 'allow-scripts');
  });

  it('its text alone, one click away and back', async () => {
    await page.getByRole('button', { name: 'Voir le texte seul' }).click();
    await page.locator('.letter-text', { hasText: 'Prenez rendez-vous avant le 12 décembre' }).waitFor();
    await page.getByRole('button', { name: 'Voir la mise en forme' }).click();
    await inFrame().getByRole('heading', { name: 'Campagne de vaccination' }).waitFor();
  });

  it('a link says where it leads, and opens elsewhere without saying whence', async () => {
    const link = inFrame().getByRole('link', { name: 'le site du réseau' });
    await link.hover();
    await page.locator('.link-target', { hasText: 'https://alpes.example/rdv?utm_source=lettre' }).waitFor();
    await page.context().route('https://alpes.example/**', (route) => route.fulfill({ body: '<title>Rendez-vous</title>', contentType: 'text/html' }));
    const [other] = await Promise.all([page.context().waitForEvent('page'), link.click()]);
    await other.waitForLoadState();
    assert.deepEqual(await other.evaluate(() => [document.referrer, opener]), ['', null]);
    await other.close();
  });

  it('a link that says another place than its own is asked about', async () => {
    await open('deceiving', 'Votre compte Ameli');
    await inFrame().getByRole('link', { name: 'https://www.ameli.fr' }).click();
    const doubt = page.getByRole('dialog', { name: 'Ce lien ne mène pas où il le dit' });
    assert.match(await doubt.innerText(), /affiche «\u00a0https:\/\/www\.ameli\.fr\u00a0»[^]*https:\/\/ameli\.fr\.voleur\.example\/connexion/);
    await doubt.getByRole('button', { name: 'Ne pas suivre' }).click();
    await doubt.waitFor({ state: 'detached' });
    assert.equal(page.context().pages().length, 1);
    await inFrame().getByRole('link', { name: 'https://www.ameli.fr' }).click();
    await doubt.waitFor();
    await page.locator('.letter-frame').focus();
    await page.keyboard.press('Escape');
    await doubt.waitFor({ state: 'detached' });
    assert.ok(await article().isVisible(), 'the question was closed, not the letter');
  });

  it('keys pressed within the frame are those of the page', async () => {
    await inFrame().locator('body').click();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Touches' }).or(page.getByRole('dialog').filter({ hasText: 'Ctrl' })).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('in an old charset it says nothing of: read as what it is, another can be chosen, and the choice is kept for its sender', async () => {
    await open('charset', 'Resultats');
    await page.locator('.letter-text', { hasText: 'très légèrement élevée' }).waitFor();
    await saysInBoth(reader, page.locator('.charset-line > span'), { fr: /DOS \(CP850\), d’après ses caractères/, en: /DOS \(CP850\), by its characters/ });
    assert.equal(await page.locator('.verdict .warnings').count(), 0);
    const choice = page.locator('.charset-line select');
    await choice.selectOption('windows-1252');
    await page.locator('.letter-text', { hasText: 'trŠs' }).waitFor();
    await open('text', 'Suivi de M. Roux');
    await open('charset', 'Resultats');
    await page.locator('.letter-text', { hasText: 'trŠs' }).waitFor();
    await saysInBoth(reader, page.locator('.charset-line > span'), { fr: /comme vous l’avez choisi/, en: /as you chose/ });
    await page.locator('.charset-line select').selectOption('');
    await page.locator('.letter-text', { hasText: 'très légèrement élevée' }).waitFor();
  });

  it('its attachments are told by what they are', async () => {
    await open('attachments', 'Bilan et images');
    const told = await page.locator('.attachment').allInnerTexts();
    for (const [place, wanted] of [/bilan\.pdf\s+PDF/, /radio\.png\s+Image/, /resultats\.hpr\s+HPRIM/, /valeurs\.csv\s+Tableau/, /cda\.xml\s+XML/, /dossier\.zip\s+Archive ZIP/].entries()) assert.match(told[place], wanted);
    await open('disguised', 'Facture');
    const cautions = await page.locator('.attachment .caution').allInnerTexts();
    assert.match(cautions[0], /se termine deux fois/);
    assert.match(cautions[1], /signes invisibles/);
    assert.match(cautions[2], /n’est pas ce que son nom annonce/);
    assert.equal(await page.locator('.attachment', { hasText: '.exe' }).locator('button.attachment-tile').count(), 0, 'nothing offers to open a program');
  });

  it('text, tables and archives are looked at above the letter', async () => {
    await open('attachments', 'Bilan et images');
    await look('resultats.hpr');
    await sheet().locator('pre', { hasText: 'Glycémie : 5,4 mmol/l' }).waitFor();
    await leave();
    await look('valeurs.csv');
    await sheet().locator('td', { hasText: 'Hémoglobine' }).waitFor();
    assert.deepEqual(await sheet().locator('tr').nth(1).locator('td').allInnerTexts(), ['Glycémie', '5,4', 'mmol/l']);
    await leave();
    await look('cda.xml');
    await sheet().locator('pre', { hasText: '<title>Compte rendu</title>' }).waitFor();
    await leave();
    await look('dossier.zip');
    const entry = sheet().locator('.archive li', { hasText: 'lisez-moi.txt' });
    const [saved] = await Promise.all([page.waitForEvent('download'), entry.getByRole('button').click()]);
    assert.equal(saved.suggestedFilename(), 'lisez-moi.txt');
    assert.equal(await readFile(await saved.path(), 'utf8'), 'Bonjour\r\n');
    await leave();
  });

  it('a PDF and an image are drawn in a frame of their own', async () => {
    await look('bilan.pdf');
    const drawn = page.frameLocator('.preview-frame');
    await drawn.locator('.text', { hasText: 'Bilan du 24 novembre' }).waitFor();
    assert.equal(await sheet().locator('.drawn-bar .small').innerText(), 'Page 1 sur 1');
    assert.equal(await page.locator('.preview-frame').getAttribute('sandbox'), 'allow-scripts');
    const width = () => drawn.locator('section').evaluate((section) => section.getBoundingClientRect().width);
    const fitted = await width();
    await sheet().getByRole('button', { name: 'Agrandir' }).click();
    await page.waitForFunction(() => document.querySelector('.preview-frame'));
    await drawn.locator('section').evaluate((section, before) => new Promise((resolve) => {
      const look = () => (section.getBoundingClientRect().width > before ? resolve() : requestAnimationFrame(look));
      look();
    }), fitted);
    await drawn.locator('body').focus();
    await pressAway(page, 'Escape', sheet());
    await look('radio.png');
    assert.equal(await drawn.getByRole('img', { name: 'Image du fichier' }).evaluate((image) => image.naturalWidth), 320);
    await leave();
  });

  it('all its files are saved as one', async () => {
    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Tout enregistrer en ZIP' }).click()]);
    assert.equal(saved.suggestedFilename(), 'Bilan et images.zip');
    const bytes = await readFile(await saved.path());
    for (const name of ['bilan.pdf', 'radio.png', 'valeurs.csv']) assert.ok(bytes.includes(name), name);
  });

  it('a document asks for its pass phrase, and for leave before it leads elsewhere', async () => {
    const drawn = page.frameLocator('.preview-frame');
    await open('documents', 'Documents');
    await look('protege.pdf');
    const phrase = sheet().getByLabel('Mot de passe du document');
    const isFocused = () => page.waitForFunction(() => document.activeElement.id === 'document-phrase');
    await isFocused();
    await phrase.fill('faux');
    await phrase.press('Enter');
    await sheet().getByText('Ce n’est pas le bon mot de passe').waitFor();
    await isFocused();
    await phrase.fill('sésame');
    await phrase.press('Enter');
    await drawn.locator('.text', { hasText: 'Sous clef' }).waitFor();
    await leave();
    await look('actif.pdf');
    await drawn.getByRole('button', { name: 'https://ailleurs.example/lien' }).click();
    const asked = page.getByRole('dialog', { name: 'Lien du document' });
    assert.match(await asked.innerText(), /https:\/\/ailleurs\.example\/lien/);
    await asked.getByRole('button', { name: 'Ne pas suivre' }).click();
    await asked.waitFor({ state: 'detached' });
    assert.equal(page.context().pages().length, 1);
    await leave();
    await look('abime.pdf');
    await sheet().getByText('Ce fichier est endommagé').waitFor();
    assert.ok(await page.locator('.preview-frame').isHidden());
    await leave();
  });

  it('a letter within it is opened with a seal of its own, and left again', async () => {
    await open('nested', 'Tr: avis du laboratoire');
    await page.locator('.attachment', { hasText: 'avis.eml' }).locator('button.attachment-tile').click();
    await article().getByRole('heading', { level: 1, name: 'Avis sur le prélèvement' }).waitFor();
    assert.equal(await page.locator('.verdict').getAttribute('data-trust'), 'Clear');
    await saysInBoth(reader, page.locator('.outer-line span'), { fr: /son propre sceau/, en: /seal of its own/ });
    await page.keyboard.press('Escape');
    await article().getByRole('heading', { level: 1, name: 'Tr: avis du laboratoire' }).waitFor();
    assert.equal(await page.locator('.verdict').getAttribute('data-trust'), 'SealedSigned');
  });

  it('what Outlook and older programs pack is unpacked', async () => {
    await open('winmail', 'Compte rendu Outlook');
    await look('compte-rendu.txt');
    await sheet().locator('pre', { hasText: 'Examen normal.' }).waitFor();
    await leave();
    await open('uuencode', 'Envoi du logiciel');
    await look('releve.txt');
    await sheet().locator('pre', { hasText: 'Relevé du jour' }).waitFor();
    await leave();
    assert.ok(!(await page.locator('.letter-text').innerText()).includes('begin 644'));
  });

  it('its original is saved as it arrived, and its details can be copied', async () => {
    await open('text', 'Suivi de M. Roux');
    await page.getByRole('button', { name: 'En savoir plus' }).click();
    await page.locator('.explanation summary').click();
    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Enregistrer l’original' }).click()]);
    assert.deepEqual(await readFile(await saved.path()), await readFile(files.text));
    const details = await page.locator('.explanation details').innerText();
    for (const wanted of [/AuthEnvelopedData/, /SignedData/, /Certificats, du signataire à l’autorité/, /SHA-256 [0-9a-f]{64}/]) assert.match(details, wanted);
    await page.getByRole('button', { name: 'Copier les détails' }).click();
    await page.locator('.notice', { hasText: 'Copié' }).waitFor();
    // The page may write the clipboard and never read it: what is there shows where it is pasted.
    await page.locator('#search').focus();
    await page.keyboard.press('Control+v');
    assert.match(await page.locator('#search').inputValue(), /AuthEnvelopedData.*SignedData.*SHA-256/);
    await page.locator('#search').fill('');
  });

  it('by the keyboard alone: its files, its layout and its links', async () => {
    await open('attachments', 'Bilan et images');
    await page.locator('#letter-title').focus();
    const tile = '.attachment:nth-child(3) .attachment-tile';
    await tabTo(page, tile);
    await page.keyboard.press('Enter');
    await sheet().locator('pre', { hasText: 'Glycémie' }).waitFor();
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement.closest('.dialog.preview') !== null), 'the focus stays in the sheet');
    await leave();
    await focusOn(page, tile);
    await open('deceiving', 'Votre compte Ameli');
    await inFrame().locator('.piece').first().waitFor();
    await page.locator('#letter-title').focus();
    await tabTo(page, '.form-switch button');
    await page.keyboard.press('Enter');
    await page.locator('.letter-text').waitFor();
    await page.keyboard.press('Enter');
    await inFrame().locator('.piece').first().waitFor();
    await tabTo(page, 'iframe.letter-frame');
    // What has the focus is known at once; where it leads is shown a message later.
    const link = inFrame().getByRole('link', { name: 'https://www.ameli.fr' });
    for (let step = 0; step < 5 && !(await hasFocus(link)); step += 1) await page.keyboard.press('Tab');
    await page.locator('.link-target', { hasText: 'ameli.fr.voleur.example' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Ce lien ne mène pas où il le dit' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await pressAway(page, 'Escape', article());
  });

  it('printed, it says who wrote it and what its seal says, with its layout', async () => {
    await open('newsletter', 'Lettre du réseau de soins');
    await inFrame().getByRole('heading', { name: 'Campagne de vaccination' }).waitFor();
    // Nobody sits before this browser: what would be printed stays on the screen.
    await page.evaluate(() => {
      const append = document.body.appendChild;
      document.body.appendChild = (element) => { element.remove = () => {}; return append.call(document.body, element); };
    });
    await page.getByRole('button', { name: 'Imprimer' }).click();
    const printed = page.frameLocator('iframe.printed');
    await printed.locator('#head h1').waitFor({ state: 'attached' });
    const head = await printed.locator('#head').evaluate((element) => element.textContent);
    assert.match(head, /Lettre du réseau de soins[^]*Dr Claire Lemoine[^]*Scellé et signé[^]*inchangée depuis l’envoi/);
    assert.ok(await printed.getByText('Campagne de vaccination').count());
  });

  it('said nothing to the console meanwhile', () => {
    assert.deepEqual(reader.said, []);
  });

  it('whose frames cannot be loaded: told, its text stands in their place, and they are shown once they can be', async () => {
    await page.route('**/frames/**', (route) => route.abort());
    await open('newsletter', 'Lettre du réseau de soins');
    await article().getByText('La mise en forme n’a pas pu être chargée').waitFor();
    await page.locator('.letter-text', { hasText: 'Prenez rendez-vous avant le 12 décembre' }).waitFor();
    assert.ok(!(await page.locator('.letter-frame').isVisible()));
    await page.getByRole('button', { name: 'Imprimer' }).click();
    await page.locator('.notice-word', { hasText: 'Rien n’a été imprimé' }).waitFor();
    await page.unroute('**/frames/**');
    await page.getByRole('button', { name: 'Essayer à nouveau' }).click();
    await inFrame().getByRole('heading', { name: 'Campagne de vaccination' }).waitFor();
    assert.equal(await page.locator('.letter-text').count(), 0);

    await open('attachments', 'Bilan et images');
    await page.route('**/frames/**', (route) => route.abort());
    await look('radio.png');
    await sheet().getByText('Ce qui montre les fichiers n’a pas pu être chargé').waitFor();
    await page.unroute('**/frames/**');
    await leave();
    await look('radio.png');
    await page.frameLocator('.preview-frame').getByRole('img', { name: 'Image du fichier' }).waitFor();
    await leave();
  });
});
