// The mailbox and the letter beside it, by what a person reads on them.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export class Mailbox {
  constructor(page) {
    this.page = page;
  }

  /** Resolves once the mailbox is open. */
  async ready() {
    await this.page.locator('#list-title').waitFor();
    await this.page.getByRole('navigation', { name: 'Dossiers' }).waitFor();
  }

  async folder(name) {
    await this.page.getByRole('navigation', { name: 'Dossiers' }).getByRole('link', { name }).click();
    await this.page.getByRole('heading', { level: 1, name }).first().waitFor();
  }

  /** Waits until a folder holds so many letters in all, one of them `saying` that if it is given, and hands back the words of each row, all read. */
  async holds(name, number, saying) {
    await this.folder(name);
    const counted = number === 1 ? '1 lettre' : `${number} lettres`;
    await this.page.locator('.status span', { hasText: new RegExp(`^${counted}$`) }).waitFor();
    // Rows fill in as their letters are read, and a draft that is kept once more is a new one: all of them are read at one moment.
    const read = ([count, saying]) => {
      const rows = [...document.querySelectorAll('a.letter-row')];
      const texts = rows.map((row) => row.innerText);
      const isFilled = rows.length >= count && !rows.some((row) => row.querySelector('.soft'));
      return isFilled && (saying === undefined || texts.some((text) => text.includes(saying))) && { texts };
    };
    const found = await this.page.waitForFunction(read, [number, saying]);
    return (await found.jsonValue()).texts;
  }

  /** Takes a draft up again. */
  async takeUp(subject) {
    await this.row(subject).first().click();
    await this.page.locator('#compose').waitFor();
  }

  row(subject) {
    return this.page.locator('a.letter-row').filter({ hasText: subject });
  }

  /** Opens a letter and hands back what stands on it. */
  async open(subject) {
    const row = this.row(subject).first();
    await row.waitFor();
    await row.click();
    const letter = this.page.locator('article.letter');
    await letter.getByRole('heading', { level: 1, name: subject }).waitFor();
    return {
      trust: await letter.locator('.verdict').getAttribute('data-trust'),
      verdict: await letter.locator('.verdict').innerText(),
      people: await this.people(),
      text: await letter.locator('.letter-text').innerText(),
    };
  }

  /** Everybody the opened letter names, addresses shown. */
  async people() {
    const details = this.page.getByRole('button', { name: 'Voir les adresses' });
    if (await details.isVisible()) await details.click();
    return this.page.locator('article.letter .people').innerText();
  }

  /** Saves every attachment of the opened letter: name and SHA-256 of each. */
  async saveAttachments() {
    const saved = {};
    const buttons = this.page.locator('.attachment .icon-button');
    for (let index = 0; index < (await buttons.count()); index += 1) {
      const [download] = await Promise.all([this.page.waitForEvent('download'), buttons.nth(index).click()]);
      saved[download.suggestedFilename()] = sha256(await readFile(await download.path()));
      await download.delete();
    }
    return saved;
  }

  async write() {
    await this.page.getByRole('button', { name: 'Écrire' }).first().click();
  }

  async reply() {
    await this.page.locator('button.reply-box').click();
  }

  /** Answers by the bar above the letter, which is there for every letter. */
  async replyFromBar() {
    await this.page.getByRole('toolbar').getByRole('button', { name: 'Répondre', exact: true }).click();
  }

  async search(words) {
    await this.page.locator('#search').fill(words);
  }

  /** Locks, which signs out; the log-in page is there again. */
  async lock() {
    await this.page.locator('button[aria-keyshortcuts=l]').click();
    await this.page.getByRole('button', { name: 'Ouvrir ma boîte' }).waitFor();
  }
}

export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
