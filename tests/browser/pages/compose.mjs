// The panel a letter is written in.

export class Compose {
  constructor(page) {
    this.page = page;
    this.panel = page.locator('#compose');
  }

  async fill({ to, cc = [], bcc = [], subject, text }) {
    await this.panel.waitFor();
    await this.#name('#to', to);
    if (cc.length + bcc.length > 0) {
      await this.panel.getByRole('button', { name: 'Copie, copie cachée' }).click();
      await this.#name('#cc', cc);
      await this.#name('#bcc', bcc);
    }
    await this.panel.locator('#subject').fill(subject);
    await this.write(text);
  }

  async write(text) {
    const area = this.panel.locator('#compose-text');
    await area.waitFor();
    const quoted = await area.inputValue();
    await area.fill(`${text}${quoted}`);
  }

  /** Resolves when every file is sealed and at the relay. */
  async attach(files) {
    await this.panel.locator('#attach').setInputFiles(files);
    await this.panel.locator('.enclosure').nth(files.length - 1).waitFor();
    await this.panel.locator('.enclosure progress, .enclosure [role=progressbar]').first().waitFor({ state: 'detached' });
  }

  /** Resolves when the relay has taken the letter. */
  async send() {
    await this.panel.getByRole('button', { name: 'Envoyer', exact: true }).click();
    await this.panel.waitFor({ state: 'detached' });
    await this.page.locator('.notice', { hasText: 'Lettre envoyée' }).first().waitFor();
  }

  async #name(field, addresses) {
    for (const address of addresses) {
      await this.panel.locator(field).fill(`${address},`);
      await this.panel.locator('.chip', { hasText: address.split('@')[0] }).or(this.panel.locator('.chip')).last().waitFor();
    }
  }
}
