// The log-in page, by what a person reads on it.

export class SignIn {
  constructor(page) {
    this.page = page;
  }

  async open(url) {
    await this.page.goto(url);
    await this.enter().waitFor();
  }

  enter() {
    return this.page.getByRole('button', { name: 'Ouvrir ma boîte' });
  }

  async firstTime() {
    await this.page.getByRole('button', { name: 'Première connexion' }).click();
  }

  async signIn(address, passPhrase) {
    await this.page.getByLabel('Adresse').fill(address);
    await this.page.getByLabel('Phrase de passe', { exact: true }).fill(passPhrase);
    await this.enter().click();
  }
}
