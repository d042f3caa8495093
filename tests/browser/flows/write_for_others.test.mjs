// What is written can be read: formatting, pastes from other programs, quotes, signatures, files, addresses; and what is closed or thrown
// away comes back.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Compose } from '../pages/compose.mjs';
import { Mailbox } from '../pages/mailbox.mjs';
import { SignIn } from '../pages/sign_in.mjs';
import { openFirefox } from '../support/firefox.mjs';
import { copyFromElsewhere, pasteFiles } from '../support/paste.mjs';
import { enrol } from '../support/person.mjs';
import { DOMAIN, newPractice } from '../support/practice.mjs';

const WHO = { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine', passPhrase: 'tisane quinquet balustrade ouistiti' };
const SIGNATURE = 'Dr Claire Lemoine\nCabinet du Val';
/** One point, as a PNG. */
const POINT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
/** As a word processor and a spreadsheet write it, with what must not come along. */
const FOREIGN = `<style>p { color: red }</style><p>Bilan <b>normal</b><script>document.title = 'pris'</script></p>
  <ul><li>un<ul><li>deux</li></ul></li></ul>
  <table><tr><th>Hb</th><th>CRP</th></tr><tr><td>14,1</td><td onclick="x()">3</td></tr></table>
  <p><a href="javascript:x()">piège</a> <a href="https://a.example/">lien</a><img src="https://ailleurs.example/pixel.gif"></p>`;

describe('a letter others can read', () => {
  let practice;
  let person;
  let page;
  let compose;

  before(async () => {
    practice = await newPractice();
    person = await enrol(practice, practice.relay.url, WHO);
    ({ page, compose } = person);
  });
  after(async () => {
    await person?.close();
    await practice?.close();
  });

  async function begin({ to = [WHO.address], subject = 'Essai', text = '' } = {}) {
    await person.mailbox.write();
    await compose.ready();
    await compose.fill({ to, subject, text });
  }

  const dialog = () => page.getByRole('dialog');

  it('is formatted by keys and tools, each of which Ctrl+Z takes back', async () => {
    await begin({ subject: 'Mis en forme', text: 'Bonjour,' });
    await compose.format();
    assert.equal(await compose.markup(), '<div>Bonjour,</div>');
    await compose.field.focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' tout va ');
    await page.keyboard.press('Control+b');
    await page.keyboard.type('bien');
    await page.keyboard.press('Control+b');
    assert.match(await compose.markup(), /^<div>Bonjour, tout va <b>bien<\/b><\/div>$/);
    await page.keyboard.press('Enter');
    await page.keyboard.type('un');
    await compose.tool('Liste à puces');
    await page.locator('#compose-text ul li', { hasText: 'un' }).waitFor();
    assert.equal(await compose.panel.getByRole('button', { name: 'Liste à puces' }).getAttribute('aria-pressed'), 'true');
    await page.keyboard.press('Control+z');
    await page.locator('#compose-text ul').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+y');
    await page.locator('#compose-text ul li').waitFor();
  });

  it('takes what other programs put into the clipboard, without what would run or be fetched', async () => {
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await copyFromElsewhere(person.context, FOREIGN);
    await page.bringToFront();
    await compose.field.focus();
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.keyboard.press('Control+v');
    await page.locator('#compose-text table').waitFor();
    const markup = await compose.markup();
    for (const kept of ['<b>normal</b>', 'deux', '<th>Hb', '<td>14,1', '<a href="https://a.example/">lien</a>', 'piège']) {
      assert.ok(markup.includes(kept), `${kept} in ${markup}`);
    }
    assert.doesNotMatch(markup, /javascript|script|style|ailleurs/);
    assert.deepEqual(asked.filter((url) => url.includes('ailleurs')), []);
    assert.notEqual(await page.title(), 'pris');
    await page.keyboard.press('Control+z');
    await page.locator('#compose-text table').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+y');
    await page.locator('#compose-text table').waitFor();
  });

  it('shows a pasted picture in the text, and all of it is there when the draft is taken up again', async () => {
    await compose.field.focus();
    await page.keyboard.press('Control+End');
    await pasteFiles(page, [{ name: 'image.png', type: 'image/png', base64: POINT }]);
    await page.locator('#compose-text img').waitFor();
    assert.match(await page.locator('#compose-text img').getAttribute('alt'), /^Capture \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.png$/);
    await page.locator('.weight', { hasText: 'La lettre pèsera environ' }).waitFor();
    await compose.kept();
    const before = await compose.markup();
    await compose.leave();
    await compose.undo('Brouillon gardé');
    await page.locator('#compose-text img[src^="blob:"]').waitFor();
    const words = (markup) => markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim();
    assert.equal(words(await compose.markup()), words(before));
    assert.ok(await page.locator('#compose-text img').evaluate((image) => image.decode().then(() => image.naturalWidth === 1)));
  });

  it('asks before formatting is lost, and Esc keeps it', async () => {
    await compose.format();
    await dialog().waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    await page.locator('#compose-text table').waitFor();
  });

  it('arrives with its words, its picture and its table', async () => {
    await compose.send();
    await person.mailbox.row('Mis en forme').first().click();
    const shown = page.frameLocator('.letter-frame');
    await shown.locator('table td', { hasText: '14,1' }).waitFor();
    const said = (text) => text.replace(/\s+/g, ' ').trim();
    const words = ['Bonjour, tout va bien', 'Hb', '14,1', 'lien'];
    const laidOut = said(await shown.locator('body').innerText());
    for (const wanted of words) assert.ok(laidOut.includes(wanted), `${wanted} in ${laidOut}`);
    assert.equal(await shown.locator('img').evaluate((image) => image.decode().then(() => image.naturalWidth)), 1);
    assert.equal(await page.locator('article.letter .verdict').getAttribute('data-trust'), 'SealedSigned');
    await page.getByRole('button', { name: 'Voir le texte seul' }).click();
    await page.locator('.letter-text').waitFor();
    const plain = said(await page.locator('.letter-text').innerText());
    for (const wanted of words) assert.ok(plain.includes(wanted), `${wanted} in ${plain}`);
    // Chromium's own editing tries to keep looks by styles, which the policy refuses: that is all it may complain of.
    const complaints = person.said.filter((line) => /Content Security Policy|exception/.test(line));
    assert.deepEqual(complaints.filter((line) => !line.includes("Applying inline style violates")), []);
    assert.equal(await page.locator('#compose-text [style]').count(), 0);
  });

  it('ends with the signature, which one letter can do without', async () => {
    await begin({ subject: 'Signée', text: 'Un mot.' });
    await compose.panel.getByRole('button', { name: 'Ajouter une signature' }).click();
    await dialog().locator('#asked').fill(SIGNATURE);
    await dialog().getByRole('button', { name: 'Garder la signature' }).click();
    await dialog().waitFor({ state: 'detached' });
    await compose.panel.locator('.signature', { hasText: 'Cabinet du Val' }).waitFor();
    await compose.send();
    const letter = await person.mailbox.open('Signée');
    assert.equal(letter.text.replace(/\s+/g, ' ').trim(), `Un mot. -- ${SIGNATURE.replace('\n', ' ')}`);
    await begin({ subject: 'Sans signature', text: 'Un mot.' });
    await compose.panel.getByRole('checkbox', { name: 'Signer cette lettre' }).uncheck();
    await compose.send();
    assert.equal((await person.mailbox.open('Sans signature')).text.trim(), 'Un mot.');
  });

  it('quotes below the answer, folded; shown, taken out and brought back', async () => {
    await person.mailbox.open('Signée');
    await person.mailbox.reply();
    await compose.ready();
    const { panel } = compose;
    const show = panel.getByRole('button', { name: 'Afficher la citation' });
    await show.click();
    assert.match(await compose.field.inputValue(), /a écrit :\n> Un mot\.$/, 'the signature is left out');
    await compose.undo('La citation est dans le texte');
    await show.waitFor();
    assert.equal(await compose.field.inputValue(), '');
    await panel.getByRole('button', { name: 'Retirer la citation' }).click();
    await show.waitFor({ state: 'detached' });
    await compose.undo('Citation retirée');
    await panel.getByRole('button', { name: 'Citer en entier' }).click();
    await panel.getByRole('button', { name: 'Raccourcir la citation' }).waitFor();
    await compose.write('Merci.');
    await compose.send();
    const { text } = await person.mailbox.open('Re: Signée');
    assert.match(text.replace(/\s+/g, ' '), /^Merci\. -- Dr Claire Lemoine Cabinet du Val Le .* a écrit : > Un mot\..*> Cabinet du Val\s*$/);
  });

  it('that announces a file and has none is not sent before it was asked', async () => {
    await begin({ subject: 'Annoncée', text: 'Vous trouverez ci-joint le bilan.' });
    await compose.trySending();
    await dialog().getByRole('button', { name: 'Joindre un fichier' }).waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    await page.keyboard.press('Control+Enter');
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      dialog().getByRole('button', { name: 'Joindre un fichier' }).click(),
    ]);
    await chooser.setFiles({ name: 'bilan.txt', mimeType: 'text/plain', buffer: Buffer.from('tout va bien') });
    await compose.panel.locator('.enclosure').waitFor();
    await compose.panel.locator('.enclosure progress').first().waitFor({ state: 'detached' });
    await compose.panel.getByRole('button', { name: 'Retirer bilan.txt' }).click();
    await compose.trySending();
    await dialog().getByRole('button', { name: 'Envoyer quand même' }).click();
    await compose.sent();
  });

  it('takes files and pictures from the clipboard as attachments, unless words come along', async () => {
    await begin({ subject: 'Collée', text: 'Deux fichiers.' });
    await compose.field.focus();
    await pasteFiles(page, [
      { name: 'ordonnance.pdf', type: 'application/pdf', base64: btoa('%PDF-1.4') },
      { name: 'image.png', type: 'image/png', base64: POINT },
    ]);
    await compose.panel.locator('.enclosure').nth(1).waitFor();
    const names = await compose.panel.locator('.enclosure .attachment-name').allInnerTexts();
    assert.equal(names[0], 'ordonnance.pdf');
    assert.match(names[1], /^Capture .*\.png$/);
  });

  it('thrown away comes back with its words, even those that were never kept', async () => {
    await compose.field.fill('Des mots qui viennent d’être écrits.');
    await compose.throwAway();
    await compose.undo('Brouillon jeté');
    assert.equal((await compose.words()).text, 'Des mots qui viennent d’être écrits.');
    assert.equal(await compose.panel.locator('.enclosure').count(), 2);
    await compose.send();
    assert.equal(Object.keys((await person.mailbox.open('Collée')) && (await person.mailbox.saveAttachments())).length, 2);
  });

  it('goes to people read strictly, and says which of them are wrong and why', async () => {
    await person.mailbox.write();
    await compose.ready();
    const to = compose.panel.locator('#to');
    await to.fill(`Cabinet: "Lemoine, Claire" <${WHO.address}>, rien, x@-y.example;`);
    await compose.panel.locator('.chip', { hasText: WHO.name }).waitFor();
    assert.equal(await to.inputValue(), 'rien, x@-y.example');
    await compose.obstacles.nth(1).waitFor();
    assert.deepEqual(await compose.obstacles.allInnerTexts(), [
      '«\u00a0rien\u00a0» n’est pas une adresse : il y manque le signe @.',
      '«\u00a0x@-y.example\u00a0» : ce qui suit le signe @ n’est pas un domaine.',
    ]);
    await compose.panel.locator('#subject').fill('Strict');
    await compose.trySending();
    await compose.failure.waitFor();
    await to.fill(`mailto:${WHO.address}?subject=x`);
    await compose.send();
    await person.mailbox.open('Strict');
  });
});

/** A port at which nobody listens: Firefox reaches nothing but this machine. */
const NOBODY = 9;

describe('a letter written in Firefox', () => {
  let practice;
  let browser;
  let page;
  let mailbox;
  let compose;
  const exceptions = [];

  before(async () => {
    practice = await newPractice();
    await (await enrol(practice, practice.relay.url, WHO)).close();
    browser = await openFirefox({ proxy: NOBODY, log: practice.at('firefox.log') });
    ({ page } = browser);
    page.on('pageerror', (error) => exceptions.push(error.message));
    [mailbox, compose] = [new Mailbox(page), new Compose(page)];
    const signIn = new SignIn(page);
    await signIn.open(practice.relay.url);
    await signIn.signIn(WHO.address, WHO.passPhrase);
    await mailbox.ready();
  });
  after(async () => {
    await browser?.close();
    await practice?.close();
  });

  it('is formatted by keys, and takes a paste that Ctrl+Z takes back', async () => {
    await mailbox.write();
    await compose.ready();
    await compose.fill({ to: [WHO.address], subject: 'Depuis Firefox', text: 'Bonjour,' });
    await compose.format();
    await compose.field.focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+b');
    await page.keyboard.type('gras');
    await page.keyboard.press('Control+b');
    await page.keyboard.type(' et non');
    const typed = '<div>Bonjour,</div><div><b>gras</b> et non</div>';
    assert.equal(await compose.markup(), typed);
    await copyFromElsewhere(browser.context, FOREIGN);
    await page.bringToFront();
    await compose.field.focus();
    await page.keyboard.press('Control+v');
    await compose.field.locator('td', { hasText: '14,1' }).waitFor();
    const pasted = await compose.markup();
    assert.ok(!/style|script|onclick|javascript|pixel/.test(pasted), pasted);
    await page.keyboard.press('Control+z');
    assert.equal(await compose.markup(), typed);
    await page.keyboard.press('Control+Shift+z');
    await compose.field.locator('td', { hasText: '14,1' }).waitFor();
  });

  it('arrives with its words and its table', async () => {
    await compose.send();
    await mailbox.row('Depuis Firefox').first().click();
    const shown = page.frameLocator('.letter-frame');
    await shown.locator('td', { hasText: '14,1' }).waitFor();
    assert.equal(await shown.locator('b', { hasText: 'gras' }).count(), 1);
    assert.equal(await page.locator('article.letter .verdict').getAttribute('data-trust'), 'SealedSigned');
    assert.deepEqual(exceptions, []);
  });
});
