// Files dragged from a folder onto the letter being written.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { drag } from '../support/drag.mjs';
import { enrol } from '../support/person.mjs';
import { DOMAIN, newPractice } from '../support/practice.mjs';
import { sha256 } from '../pages/mailbox.mjs';

const WHO = { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine', passPhrase: 'tisane quinquet balustrade ouistiti' };
const FILES = { 'ordonnance été.pdf': '%PDF-1.4 ordonnance', 'biologie.hpr': 'résultats' };

describe('files dropped', () => {
  let practice;
  let person;
  let page;
  let paths;

  before(async () => {
    practice = await newPractice();
    person = await enrol(practice, practice.relay.url, WHO);
    page = person.page;
    paths = Object.keys(FILES).map((name) => practice.at(name));
    await Promise.all(Object.values(FILES).map((content, index) => writeFile(paths[index], content)));
  });
  after(async () => {
    await person?.close();
    await practice?.close();
  });

  it('on the letter being written are shown where to fall, and attached', async () => {
    await person.mailbox.write();
    await person.compose.panel.waitFor();
    const dragged = await drag(page, paths);
    await dragged.over(person.compose.panel);
    await page.locator('.drop-sign', { hasText: 'Déposez les fichiers pour les joindre' }).waitFor();
    await dragged.drop(person.compose.panel);
    await page.locator('.drop-sign').waitFor({ state: 'detached' });
    await page.locator('#compose .enclosure').nth(1).waitFor();
    await page.locator('#compose .enclosure progress').first().waitFor({ state: 'detached' });
    await person.compose.fill({ to: [WHO.address], subject: 'Avec des fichiers', text: 'Les voici.' });
    await person.compose.send();
    await person.mailbox.open('Avec des fichiers');
    const expected = Object.fromEntries(Object.entries(FILES).map(([name, content]) => [name, sha256(Buffer.from(content))]));
    assert.deepEqual(await person.mailbox.saveAttachments(), expected);
  });

  it('that leave again leave no sign', async () => {
    await person.mailbox.write();
    await person.compose.panel.waitFor();
    const dragged = await drag(page, paths);
    await dragged.over(person.compose.panel);
    await page.locator('.drop-sign').waitFor();
    await dragged.leave(person.compose.panel);
    await page.locator('.drop-sign').waitFor({ state: 'detached' });
    assert.equal(await page.locator('#compose .enclosure').count(), 0);
  });

  it('where nothing takes them do not replace the page', async () => {
    await person.compose.panel.locator('#subject').fill('Des mots à ne pas perdre');
    await page.locator('.account-button').click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    const dragged = await drag(page, paths.slice(0, 1));
    await dragged.over(dialog);
    await dragged.drop(dialog);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await person.compose.panel.locator('#subject').inputValue(), 'Des mots à ne pas perdre');
    assert.equal(person.context.pages().length, 1);
  });
});
