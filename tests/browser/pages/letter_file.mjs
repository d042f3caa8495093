// A letter from a file: dropped on the page or chosen, opened with the account's keys or with another.

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

export class LetterFile {
  constructor(page) {
    this.page = page;
    this.pane = page.locator('main.letter-pane');
    this.failure = this.pane.locator('.failed-letter .failure');
    this.form = this.pane.locator('form', { hasText: 'Ouvrir avec une autre clé' });
  }

  /** Drops a file on the page, as the browser itself tells it: drag over, then drop, with the file in the transfer. */
  async drop(path) {
    const [name, base64] = [basename(path), (await readFile(path)).toString('base64')];
    const dataTransfer = await this.page.evaluateHandle(([name, base64]) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name));
      return transfer;
    }, [name, base64]);
    const zone = this.page.locator('.drop-zone');
    await zone.dispatchEvent('dragover', { dataTransfer });
    await this.page.locator('.drop-sign').waitFor();
    await zone.dispatchEvent('drop', { dataTransfer });
    await this.page.locator('.drop-sign').waitFor({ state: 'detached' });
  }

  async choose(path) {
    await this.page.locator('#open-file').setInputFiles(path);
  }

  /** Offers a key file for the letter in the pane. */
  async openWith({ file, passPhrase }) {
    await this.form.locator('#key-file').setInputFiles(file);
    await this.form.locator('#key-phrase').fill(passPhrase);
    await this.form.getByRole('button', { name: 'Ouvrir', exact: true }).click();
  }

  /** What stands on the opened letter. */
  async read(subject) {
    const letter = this.pane.locator('article.letter');
    await letter.getByRole('heading', { level: 1, name: subject }).waitFor();
    return {
      origin: await letter.locator('> p.small').first().innerText(),
      trust: await letter.locator('.verdict').getAttribute('data-trust'),
      verdict: await letter.locator('.verdict').innerText(),
      text: (await letter.locator('.letter-text').innerText()).trim(),
    };
  }

  /** Why the verdict is what it is, a click away. */
  async reasons() {
    await this.pane.getByRole('button', { name: 'En savoir plus' }).click();
    return this.pane.locator('.reasons').innerText();
  }

  async close() {
    await this.pane.getByRole('button', { name: /Fermer ce fichier|Retour à la liste/ }).click();
    await this.pane.getByText('Choisissez une lettre').waitFor();
  }
}
