// The account's dialogue, by what a person reads on it.

export class Account {
  constructor(page) {
    this.page = page;
    this.dialog = page.locator('.dialog');
  }

  async open() {
    await this.page.locator('.account-button').click();
    await this.dialog.waitFor();
  }

  async close() {
    await this.page.keyboard.press('Escape');
    await this.dialog.waitFor({ state: 'detached' });
  }

  /** What is said of the clock, the last sign-in and the certificate. */
  facts() {
    return this.dialog.locator('.facts');
  }

  async askForNewPassPhrase() {
    await this.open();
    await this.dialog.getByRole('button', { name: 'Changer la phrase de passe' }).click();
    await this.dialog.locator('#current-phrase').waitFor();
  }

  /** After entering by the recovery code: the page asks by itself, without the present pass phrase. */
  async chooseNewPassPhrase(next) {
    await this.dialog.locator('#new-phrase').waitFor();
    if (await this.dialog.locator('#current-phrase').count() > 0) throw new Error('the forgotten pass phrase is asked for');
    return this.#fillNew(next);
  }

  /** Resolves with the new recovery code when the relay has taken the change; every other session has then ended. */
  async changePassPhrase(current, next) {
    await this.askForNewPassPhrase();
    await this.dialog.locator('#current-phrase').fill(current);
    return this.#fillNew(next);
  }

  async #fillNew(next) {
    await this.dialog.locator('#new-phrase').fill(next);
    await this.dialog.locator('#again').fill(next);
    await this.dialog.getByRole('button', { name: 'Changer la phrase de passe' }).click();
    const code = await this.dialog.locator('.code-paper code').innerText();
    await this.dialog.getByText('Je l’ai sur papier').click();
    await this.dialog.getByRole('button', { name: 'Continuer', exact: true }).click();
    await this.page.locator('.notice', { hasText: 'Phrase de passe changée' }).waitFor();
    return code;
  }
}
