// The log-in page, by what a person reads on it.

import { environment } from '../support/environment.mjs';

export class SignIn {
  constructor(page) {
    this.page = page;
    /** Why the page is locked, or why a try did not work. */
    this.failure = page.locator('main [role=alert] .failure');
  }

  async open(url) {
    const backend = environment.backend;
    await this.page.goto(backend ? new URL(`?backend=${backend}`, url).href : url);
    await this.enter().waitFor();
  }

  enter() {
    return this.page.getByRole('button', { name: 'Ouvrir ma boîte' });
  }

  async firstTime() {
    await this.page.getByRole('button', { name: 'Première connexion' }).click();
  }

  async forgotten() {
    await this.page.getByRole('button', { name: 'Phrase de passe oubliée' }).click();
    await this.page.getByLabel('Code de secours').waitFor();
  }

  /** Enters by the printed code. */
  async recover(address, code) {
    await this.forgotten();
    await this.page.getByLabel('Adresse').fill(address);
    await this.page.getByLabel('Code de secours').fill(code);
    await this.enter().click();
  }

  /** Tries without reading a word of the page, which may speak any language. */
  async tryAgain(passPhrase) {
    await this.page.locator('#secret').fill(passPhrase);
    await this.page.locator('main button[type=submit]').click();
  }

  async signIn(address, passPhrase) {
    await this.page.getByLabel('Adresse').fill(address);
    await this.page.getByLabel('Phrase de passe', { exact: true }).fill(passPhrase);
    await this.enter().click();
  }
}
