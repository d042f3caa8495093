// The reading path, in both languages, light and dark, at 1280 and 360 pixels: every kind of letter and what can be opened of it
// fits, and axe finds nothing against WCAG 2.1 A and AA, in the page and within the frame.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { overflow, violations } from '../support/looks.mjs';
import { newPractice } from '../support/practice.mjs';
import { readerOfAllKinds } from '../support/sealed.mjs';

const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } };

describe('a letter of any kind', () => {
  let practice;
  let page;
  let reader;
  let files;

  before(async () => {
    practice = await newPractice();
    ({ reader, files } = await readerOfAllKinds(practice));
    page = reader.page;
    await page.emulateMedia({ reducedMotion: 'reduce' });
  });
  after(async () => {
    await reader?.close();
    await practice?.close();
  });

  for (const kind of ['text', 'newsletter', 'outlook', 'charset', 'attachments', 'disguised', 'nested', 'winmail', 'calendar', 'uuencode', 'deceiving', 'report']) {
    it(`${kind}, with everything that is known of it`, () => inBothLanguages(async (problems) => {
      await open(kind);
      await showEverything();
      await look(problems);
    }));
  }

  for (const [name, file] of [['text', 'resultats.hpr'], ['a table', 'valeurs.csv'], ['an archive', 'dossier.zip'], ['a PDF', 'bilan.pdf'], ['a picture', 'radio.png']]) {
    it(`an attachment looked at: ${name}`, () => inBothLanguages(async (problems) => {
      await open('attachments');
      await page.locator('.attachment', { hasText: file }).locator('button.attachment-tile').click();
      await page.locator('.dialog.preview').waitFor();
      await page.locator('.dialog.preview .busy').waitFor({ state: 'detached' });
      await look(problems);
    }));
  }

  it('a letter within a letter', () => inBothLanguages(async (problems) => {
    await open('nested');
    await page.locator('.attachment button.attachment-tile').click();
    await page.locator('.outer-line').waitFor();
    await look(problems);
  }));

  it('a link that is asked about', () => inBothLanguages(async (problems) => {
    await open('deceiving');
    await page.frameLocator('.letter-frame').getByRole('link', { name: 'https://www.ameli.fr' }).click();
    await page.getByRole('dialog').waitFor();
    await look(problems);
  }));

  async function open(kind) {
    await page.locator('#open-file').setInputFiles(files[kind]);
    await page.locator('article.letter').waitFor();
    if (await page.locator('.letter-frame').count()) await page.frameLocator('.letter-frame').locator('.piece').first().waitFor();
  }

  async function inBothLanguages(walk) {
    const problems = [];
    for (const lang of ['fr', 'en']) {
      await speak(lang);
      await walk((problem) => problems.push(`${lang}, ${problem}`));
      await putAway();
    }
    assert.deepEqual(problems, []);
  }

  async function look(tell) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const found = [...(await overflow(page)), ...(await violations(page))];
        for (const frame of page.frames().slice(1)) found.push(...(await violations(frame)));
        found.forEach((problem) => tell(`${size}, ${colorScheme}: ${problem}`));
      }
    }
    await page.setViewportSize(SIZES.wide);
  }

  /** By what the page itself offers, the topmost first: a key would be the frame's that has the focus. */
  async function putAway() {
    const sheet = page.locator('[role=dialog] .dialog-head button');
    while (await page.locator('article.letter, [role=dialog]').count()) {
      await ((await sheet.count()) ? sheet : page.locator('.letter-pane .toolbar button').first()).click();
      await page.evaluate(() => new Promise((drawn) => { requestAnimationFrame(() => requestAnimationFrame(drawn)); }));
    }
  }

  async function speak(lang) {
    if ((await page.getAttribute('html', 'lang')) === lang) return;
    await page.locator('.account-button').click();
    await page.locator('.preferences select').first().selectOption(lang);
    await page.locator(`html[lang=${lang}]`).waitFor();
    if (await page.getByRole('dialog').count()) await page.keyboard.press('Escape');
  }

  async function showEverything() {
    const closed = page.locator('article.letter button[aria-expanded=false]');
    while (await closed.count()) await closed.first().click();
    const details = page.locator('article.letter details:not([open]) summary');
    while (await details.count()) await details.first().click();
  }
});
