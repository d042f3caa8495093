// One active tab per account: a second one asks, and taking over loses no word.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Compose } from '../pages/compose.mjs';
import { Mailbox } from '../pages/mailbox.mjs';
import { SignIn } from '../pages/sign_in.mjs';
import { enrol } from '../support/person.mjs';
import { DOMAIN, newPractice } from '../support/practice.mjs';

const WHO = { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine', passPhrase: 'tisane quinquet balustrade ouistiti' };
const OTHER = { address: `nadia.benali@${DOMAIN}`, name: 'Nadia Benali', passPhrase: 'bergamote plumier cascade fanfare' };
const UNFINISHED = 'Je commence cette lettre dans le premier onglet';

describe('a second tab', () => {
  let practice;
  let person;
  let first;
  let second;

  before(async () => {
    practice = await newPractice();
    person = await enrol(practice, practice.relay.url, WHO);
    first = person;
    second = await newTab();
  });
  after(async () => {
    await person?.close();
    await practice?.close();
  });

  async function newTab() {
    const page = await person.context.newPage();
    return { page, signIn: new SignIn(page), mailbox: new Mailbox(page), compose: new Compose(page) };
  }

  const question = (tab) => tab.page.getByRole('heading', { name: 'Déjà ouverte dans un autre onglet' });

  it('says that the mailbox is open in another one, and shows nothing of it', async () => {
    await second.signIn.open(practice.relay.url);
    // However the address is written, it is the same mailbox.
    await second.signIn.signIn(WHO.address.toUpperCase(), WHO.passPhrase);
    await question(second).waitFor();
    assert.equal(await second.page.locator('.desk').count(), 0);
    assert.ok(await first.page.locator('.desk').isVisible(), 'the first goes on');
  });

  it('can leave it there', async () => {
    await second.page.getByRole('button', { name: 'Laisser l’autre ouvert' }).click();
    await second.signIn.enter().waitFor();
    await first.mailbox.folder('Envoyées');
    await first.mailbox.folder('Réception');
  });

  it('takes it over once the first has kept what was being written there', async () => {
    await first.mailbox.write();
    await first.compose.panel.locator('#subject').fill(UNFINISHED);
    await first.compose.write('Sans attendre la pause.');
    await second.signIn.signIn(WHO.address, WHO.passPhrase);
    await question(second).waitFor();
    // Words typed in the very last moment before.
    await first.compose.panel.locator('#compose-text').fill('Sans attendre la pause, et au dernier moment.');
    await second.page.getByRole('button', { name: 'Reprendre ici' }).click();
    await second.mailbox.ready();
    // No waiting for it: it was kept before this tab opened.
    await second.mailbox.folder('Brouillons');
    await second.mailbox.row(UNFINISHED).first().click();
    await second.compose.panel.waitFor();
    const text = second.compose.panel.locator('#compose-text');
    await second.page.waitForFunction(() => document.querySelector('#compose-text').value !== '');
    assert.equal(await text.inputValue(), 'Sans attendre la pause, et au dernier moment.');
  });

  it('leaves the first locked, with a sentence and without a letter', async () => {
    await first.signIn.enter().waitFor();
    await first.page.getByText('Votre boîte a été reprise dans un autre onglet').waitFor();
    await first.page.getByText('Une lettre commencée vous attend dans Brouillons').waitFor();
    assert.equal(await first.page.locator('.desk, #compose').count(), 0);
  });

  it('is asked again the other way round', async () => {
    await first.signIn.signIn(WHO.address, WHO.passPhrase);
    await question(first).waitFor();
    await first.page.getByRole('button', { name: 'Reprendre ici' }).click();
    await first.mailbox.ready();
    await second.page.getByText('Votre boîte a été reprise dans un autre onglet').waitFor();
  });

  it('is not asked once the other tab has locked or is gone', async () => {
    await first.mailbox.lock();
    await second.signIn.signIn(WHO.address, WHO.passPhrase);
    await second.mailbox.ready();
    await second.page.close();
    await first.signIn.signIn(WHO.address, WHO.passPhrase);
    await first.mailbox.ready();
  });

  it('of another account is not asked at all', async () => {
    await first.mailbox.lock();
    const elsewhere = await enrol(practice, practice.relay.url, OTHER);
    await elsewhere.close();
    const tab = await newTab();
    await first.signIn.signIn(WHO.address, WHO.passPhrase);
    await first.mailbox.ready();
    await tab.signIn.open(practice.relay.url);
    await tab.signIn.signIn(OTHER.address, OTHER.passPhrase);
    await tab.mailbox.ready();
    assert.ok(await first.page.locator('.desk').isVisible());
  });
});
