// The five steps of a first log-in, by what a person reads on them.

export class FirstLogin {
  constructor(page) {
    this.page = page;
    /** What is wrong with what was just tried. */
    this.failure = page.locator('main .failure');
  }

  /** Step 1; resolves when the recovery code of step 2 is shown, and hands it back. */
  async enrol({ address, code, passPhrase }) {
    const { page } = this;
    await page.getByLabel('Adresse').fill(address);
    await page.getByLabel('Code d’inscription').fill(code);
    await page.getByLabel('Votre phrase de passe').fill(passPhrase);
    await page.getByLabel('La même, encore une fois').fill(passPhrase);
    await page.getByRole('button', { name: 'Créer mon coffre' }).click();
    await page.getByRole('heading', { name: 'Votre code de secours' }).waitFor();
  }

  /** Step 1, whatever language the page speaks and whatever comes of it. */
  async tryEnrolling({ address, code, passPhrase }) {
    const { page } = this;
    if (!(await page.locator('#code').isVisible())) await page.locator('.ways button').last().click();
    for (const [id, words] of [['#address', address], ['#code', code], ['#new-phrase', passPhrase], ['#again', passPhrase]]) {
      await page.locator(id).fill(words);
    }
    await page.locator('main button[type=submit]').click();
  }

  /** The recovery code as it is shown. */
  async recoveryCode() {
    return this.page.locator('.code-paper code').innerText();
  }

  async keepRecoveryCode() {
    await this.page.getByText('Je l’ai sur papier').click();
    await this.page.getByRole('button', { name: 'Continuer', exact: true }).click();
  }

  /** Step 3: the groups of the fingerprint as shown. */
  async fingerprint() {
    await this.page.getByRole('heading', { name: 'Votre autorité' }).waitFor();
    return (await this.page.locator('.fingerprint li').allInnerTexts()).join(' ');
  }

  /** Says that the fingerprint is another; whatever language the page speaks. */
  async denyAuthority() {
    await this.page.locator('.card .row button').last().click();
  }

  /** Says that the fingerprint is the same; whatever language the page speaks. */
  async confirmAuthority() {
    await this.page.locator('.card .row button.primary').click();
  }

  /** Step 4, with a key file; whatever language the page speaks. */
  async importKeys({ file, passPhrase }) {
    const form = this.page.locator('form', { has: this.page.locator('#key-file') });
    await form.locator('#key-file').setInputFiles(file);
    await form.locator('#key-phrase').fill(passPhrase);
    await form.locator('button[type=submit]').click();
  }

  /** Step 4, without one. */
  async makeKeys(name) {
    await this.page.getByLabel('Votre nom').fill(name);
    await this.page.getByRole('button', { name: 'Faire mes clés' }).click();
    await this.page.getByRole('heading', { name: 'Vos certificats' }).waitFor();
  }

  /** Step 5: what the two buttons save. */
  async requests() {
    return {
      signing: await this.#saved('Demande pour signer'),
      encryption: await this.#saved('Demande pour ouvrir'),
    };
  }

  async install(certificates) {
    await this.page.locator('#certificates').setInputFiles(certificates);
  }

  async #saved(button) {
    const [download] = await Promise.all([
      this.page.waitForEvent('download'),
      this.page.getByRole('button', { name: button }).click(),
    ]);
    return download.path();
  }
}
