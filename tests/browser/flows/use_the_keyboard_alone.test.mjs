// A whole round of work without a mouse: the pointer is never used after the account is made.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { writeFile } from 'node:fs/promises';
import { focus, focusOn, tabTo } from '../support/focus.mjs';
import { writeToOneself } from '../support/letters.mjs';
import { enrol } from '../support/person.mjs';
import { DOMAIN, newPractice } from '../support/practice.mjs';

const WHO = { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine', passPhrase: 'tisane quinquet balustrade ouistiti' };
const LETTERS = [
  { subject: 'Première lettre', text: 'Avis sur une épaule.' },
  { subject: 'Deuxième lettre', text: 'Résultats de la glycémie.' },
  { subject: 'Troisième lettre', text: 'Convocation pour jeudi.' },
];

describe('the keyboard alone', () => {
  let practice;
  let person;
  let page;
  let press;

  before(async () => {
    practice = await newPractice();
    person = await enrol(practice, practice.relay.url, WHO);
    page = person.page;
    press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
    await writeToOneself(person, LETTERS);
    await page.goto('about:blank');
  });
  after(async () => {
    await person?.close();
    await practice?.close();
  });

  const heading = (name) => page.locator('article.letter').getByRole('heading', { level: 1, name });
  const rowHasFocus = (row) => focusOn(page, `[data-index='${row}']`);

  it('stays where the person puts the focus while the page is still being drawn', async () => {
    const slow = await page.context().newPage();
    await slow.addInitScript(() => {
      const { setTimeout } = window;
      window.pending = 0;
      // What waits for the page to be drawn waits for no time at all.
      window.setTimeout = (act, wait = 0, ...rest) => {
        if (wait > 0) return setTimeout(act, wait, ...rest);
        window.pending += 1;
        return setTimeout(() => { act(...rest); window.pending -= 1; }, 500);
      };
    });
    await slow.goto(practice.relay.url);
    await focusOn(slow, '#address');
    await slow.locator('.ways .link').nth(1).click();
    await slow.locator('#new-phrase').focus();
    await slow.waitForFunction(() => window.pending === 0);
    assert.equal((await focus(slow)).id, 'new-phrase');
    await slow.close();
  });

  it('signs in', async () => {
    await page.goto(practice.relay.url);
    await focusOn(page, '#address');
    assert.ok((await focus(page)).visible);
    await page.keyboard.type(WHO.address);
    await press('Tab');
    assert.equal((await focus(page)).id, 'secret');
    await page.keyboard.type(WHO.passPhrase);
    await press('Enter');
    await person.mailbox.ready();
    await person.mailbox.row('Troisième').waitFor();
  });

  it('walks the list with j and k, and the focus is seen', async () => {
    await press('j');
    await rowHasFocus(0);
    assert.deepEqual(await seen(), { visible: true, inSight: true });
    await press('j');
    await rowHasFocus(1);
    await press('j', 'j', 'j');
    await rowHasFocus(2);
    await press('k');
    await rowHasFocus(1);
    assert.deepEqual(await seen(), { visible: true, inSight: true });
  });

  it('opens with Enter, goes on with j, and Esc leads back to the row', async () => {
    await press('Enter');
    await heading('Deuxième lettre').waitFor();
    await press('j');
    await heading('Première lettre').waitFor();
    await rowHasFocus(2);
    await press('Escape');
    await heading('Première lettre').waitFor({ state: 'detached' });
    await rowHasFocus(2);
  });

  it('answers with r; Esc keeps the draft and gives the focus back', async () => {
    await press('Enter');
    await heading('Première lettre').waitFor();
    await press('r');
    await focusOn(page, '#compose-text');
    assert.ok((await focus(page)).visible);
    await page.keyboard.type('Merci, je la revois.');
    await press('Escape');
    await person.compose.panel.waitFor({ state: 'detached' });
    await notice('Brouillon gardé.');
    await rowHasFocus(2);
    await press('Escape');
  });

  it('answers everybody with a and hands on with f', async () => {
    await press('Enter');
    await heading('Première lettre').waitFor();
    await press('a');
    await focusOn(page, '#compose-text');
    await press('Escape');
    await person.compose.panel.waitFor({ state: 'detached' });
    await press('f');
    await focusOn(page, '#to');
    assert.match(await page.locator('#subject').inputValue(), /Première lettre/);
    await press('Escape');
    await person.compose.panel.waitFor({ state: 'detached' });
    await press('Escape');
    await rowHasFocus(2);
  });

  it('formats by keys and by tools that the arrows walk', async () => {
    await page.locator('.notice .link').first().waitFor({ state: 'detached' });
    await press('c');
    await focusOn(page, '#to');
    await tabTo(page, '.format-switch');
    assert.ok((await focus(page)).visible);
    await press('Enter');
    await focusOn(page, '#compose-text');
    await page.keyboard.type('simple ');
    await press('Control+b');
    await page.keyboard.type('gras');
    await press('Control+b');
    await page.locator('#compose-text b', { hasText: 'gras' }).waitFor();
    await tabTo(page, '.tools button', 'Shift+Tab');
    assert.ok((await focus(page)).visible);
    await press('ArrowRight', 'ArrowRight', 'ArrowRight');
    assert.equal((await focus(page)).name, 'Liste à puces');
    await press('End', 'ArrowRight', 'ArrowLeft', 'Home', 'ArrowRight', 'ArrowRight', 'ArrowRight');
    assert.equal((await focus(page)).name, 'Liste à puces');
    await press('Enter');
    await focusOn(page, '#compose-text');
    await page.locator('#compose-text li b', { hasText: 'gras' }).waitFor();
    await tabTo(page, '.format-switch');
    await press('Enter');
    await page.getByRole('dialog').waitFor();
    await press('Escape');
    await focusOn(page, '.format-switch');
    assert.deepEqual(await closeAtOnce(), { inSheet: true, onSwitch: true });
    await press('Escape');
    await person.compose.panel.waitFor({ state: 'detached' });
    await tabTo(page, '.notice .link');
    assert.match((await focus(page)).name, /Rouvrir/);
    await press('Enter');
    await page.locator('#compose-text li b').waitFor();
    await tabTo(page, '.compose-foot .quiet:last-child');
    await press('Enter');
    await person.compose.panel.waitFor({ state: 'detached' });
    await page.locator('.notice .link').first().waitFor({ state: 'detached' });
  });

  it('writes with c, picks a recipient with the arrows, attaches a file, sends with Ctrl+Enter', async () => {
    await press('c');
    await focusOn(page, '#to');
    await page.keyboard.type('clai');
    await page.locator('#to-proposed [role=option]').first().waitFor();
    await press('ArrowDown');
    await page.locator('#to-proposed [aria-selected=true]').waitFor();
    assert.equal(await page.getAttribute('#to', 'aria-activedescendant'), 'to-proposed-0');
    await press('Enter');
    await page.locator('#compose .chip', { hasText: WHO.name }).waitFor();
    await tabTo(page, '#subject');
    await page.keyboard.type('Avec une pièce');
    await tabTo(page, '#compose-text');
    await page.keyboard.type('Voir le fichier.');
    await attachWithTheKeyboard();
    await tabTo(page, '#compose-text', 'Shift+Tab');
    await press('Control+Enter');
    await person.compose.panel.waitFor({ state: 'detached' });
    await notice('Lettre envoyée.');
  });

  it('takes the letter back, and sends it again', async () => {
    await tabTo(page, '.notice .link');
    assert.ok((await focus(page)).visible);
    await press('Enter');
    await person.compose.panel.waitFor();
    await notice('Envoi annulé');
    assert.equal(await page.locator('#subject').inputValue(), 'Avec une pièce');
    assert.equal(await page.locator('#compose .enclosure').count(), 1);
    await tabTo(page, '#compose-text');
    await press('Control+Enter');
    await person.compose.panel.waitFor({ state: 'detached' });
    await person.mailbox.row('Avec une pièce').waitFor();
  });

  it('takes letters for words while typing', async () => {
    await press('c');
    await focusOn(page, '#to');
    await tabTo(page, '#compose-text');
    await page.keyboard.type('jkcrafeul#/?gi');
    assert.equal(await page.locator('#compose-text').inputValue(), 'jkcrafeul#/?gi');
    assert.equal(await page.getByRole('dialog').count(), 0);
    await tabTo(page, '.compose-foot .quiet:last-child');
    await press('Enter');
    await person.compose.panel.waitFor({ state: 'detached' });
  });

  it('searches with /, goes down to what was found, and Esc gives the list back', async () => {
    await press('/');
    await focusOn(page, '#search');
    assert.ok((await focus(page)).visible);
    await page.keyboard.type('glycémie');
    await person.mailbox.row('Première').waitFor({ state: 'detached' });
    await person.mailbox.row('Deuxième').waitFor();
    await press('ArrowDown');
    await rowHasFocus(0);
    await press('Enter');
    await heading('Deuxième lettre').waitFor();
    await press('Escape');
    await rowHasFocus(0);
    await press('/');
    await focusOn(page, '#search');
    await press('Escape');
    await person.mailbox.row('Première').waitFor();
    assert.equal(await page.locator('#search').inputValue(), '');
    await press('Escape');
    await rowHasFocus(0);
  });

  it('goes to folders with g', async () => {
    await press('g', 's');
    await page.getByRole('heading', { level: 1, name: 'Envoyées' }).waitFor();
    await press('g', 'i');
    await page.getByRole('heading', { level: 1, name: 'Réception' }).waitFor();
    await person.mailbox.row('Première').waitFor();
  });

  it('shows its keys on ?, keeps the focus inside, and gives it back', async () => {
    await press('j');
    await rowHasFocus(0);
    await press('?');
    const dialog = page.getByRole('dialog', { name: 'Clavier' });
    await dialog.waitFor();
    for (let turn = 0; turn < 5; turn += 1) {
      await press('Tab');
      assert.ok(await page.evaluate(() => document.activeElement.closest('[role=dialog]') !== null), 'the focus left the dialogue');
      assert.ok((await focus(page)).visible);
    }
    await press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await rowHasFocus(0);
  });

  it('stays in the dialogue when what had the focus is gone, whatever happens below', async () => {
    await press('?');
    const dialog = page.getByRole('dialog', { name: 'Clavier' });
    await dialog.waitFor();
    await page.evaluate(() => {
      document.activeElement.blur();
      location.hash = document.querySelector("[data-index='1']").getAttribute('href');
    });
    await heading(LETTERS[2].subject).waitFor();
    await press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement.closest('[role=dialog]') !== null), 'the focus is below the dialogue');
    await page.evaluate(() => document.activeElement.blur());
    await press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await press('Escape');
    await rowHasFocus(1);
    await press('k');
    await rowHasFocus(0);
  });

  it('leaves letters alone once they are switched off', async () => {
    await press('?');
    await page.getByRole('dialog').waitFor();
    await tabTo(page, '[role=dialog] [type=checkbox]');
    await press('Space', 'Escape');
    await rowHasFocus(0);
    await press('c', 'j', '?', 'l');
    assert.equal(await page.getByRole('dialog').count(), 0);
    assert.equal(await person.compose.panel.count(), 0);
    await rowHasFocus(0);
    await tabTo(page, '.account-button', 'Shift+Tab');
    await press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo(page, '[role=dialog] [type=checkbox]');
    await press('Space', 'Escape');
    await focusOn(page, '.account-button');
  });

  it('shows the focus at every stop of the page', async () => {
    await press('j');
    await rowHasFocus(0);
    await press('Enter');
    await page.locator('article.letter').waitFor();
    const stops = new Map();
    for (let step = 0; step < 60; step += 1) {
      await press('Tab');
      const here = await focus(page);
      if (here.tag !== 'BODY') stops.set(`${here.tag} ${here.id} ${here.name}`, here.visible && here.inSight);
    }
    assert.ok(stops.size > 15, `only ${stops.size} stops`);
    assert.deepEqual([...stops].filter(([, visible]) => !visible), []);
  });

  it('archives with e and deletes with #, and the next row has the focus', async () => {
    await press('Escape');
    await rowHasFocus(0);
    await press('Enter');
    await heading('Avec une pièce').waitFor();
    await press('e');
    await notice('Archivée.');
    await person.mailbox.row('Avec une pièce').waitFor({ state: 'detached' });
    await rowHasFocus(0);
    await press('Enter');
    await heading('Troisième lettre').waitFor();
    await press('#');
    await notice('Mise à la corbeille.');
    await rowHasFocus(0);
    assert.equal(await person.mailbox.row('Troisième').count(), 0);
  });

  it('locks with l', async () => {
    await press('l');
    await person.signIn.enter().waitFor();
    await focusOn(page, '#secret');
  });

  async function seen() {
    const { visible, inSight } = await focus(page);
    return { visible, inSight };
  }

  function notice(words) {
    return page.locator('.notice', { hasText: words }).first().waitFor();
  }

  /** Asks for plain text and closes the question before the page has had time for anything else; where the focus was, and is. */
  function closeAtOnce() {
    return page.evaluate(async () => {
      const sheet = () => document.querySelector('[aria-modal=true]');
      document.querySelector('.format-switch').focus();
      document.activeElement.click();
      for (let turn = 0; turn < 1000; turn += 1) await null;
      const inSheet = sheet()?.contains(document.activeElement);
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
      await new Promise((resolve) => { setTimeout(resolve, 100); });
      return { inSheet, onSwitch: document.activeElement.matches('.format-switch') };
    });
  }

  async function attachWithTheKeyboard() {
    const path = practice.at('radio.txt');
    await writeFile(path, 'cliché de face');
    // Listened for before the way there: a key arrives faster than the word to listen.
    const chosen = page.waitForEvent('filechooser');
    await tabTo(page, '#attach');
    assert.ok((await focus(page)).visible);
    await press('Enter');
    await (await chosen).setFiles(path);
    await page.locator('#compose .enclosure', { hasText: 'radio.txt' }).waitFor();
    await page.locator('#compose .enclosure progress').waitFor({ state: 'detached' });
  }
});
