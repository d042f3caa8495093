// The panel a letter is written in.

export class Compose {
  constructor(page) {
    this.page = page;
    this.panel = page.locator('#compose');
    /** Recipients the letter cannot be sealed for, each with its sentence. */
    this.obstacles = this.panel.locator('.obstacles li');
    /** Why sending did not work. */
    this.failure = this.panel.locator('[role=alert] .failure');
    /** Whether the relay has the words. */
    this.savedWord = this.panel.locator('.saved-word');
  }

  /** Resolves once the letter's first words, if it has any, are there: until then it cannot be sent. */
  async ready() {
    await this.panel.locator('.compose-foot button.primary:enabled').waitFor();
  }

  async fill({ to, cc = [], bcc = [], subject, text }) {
    await this.panel.waitFor();
    await this.#name('#to', to);
    if (cc.length + bcc.length > 0) {
      await this.showCopies();
      await this.#name('#cc', cc);
      await this.#name('#bcc', bcc);
    }
    await this.panel.locator('#subject').fill(subject);
    await this.write(text);
  }

  /** Shows the lines for copies. */
  async showCopies() {
    await this.panel.getByRole('button', { name: 'Copie, copie cachée' }).click();
    await this.panel.locator('#bcc').waitFor();
  }

  async write(text) {
    const area = this.panel.locator('#compose-text');
    await area.waitFor();
    const quoted = await area.inputValue();
    await area.fill(`${text}${quoted}`);
  }

  /** Adds words at the end. */
  async add(text) {
    const area = this.panel.locator('#compose-text');
    await area.fill(`${await area.inputValue()}${text}`);
  }

  /** What is written. */
  async words() {
    await this.panel.waitFor();
    return {
      subject: await this.panel.locator('#subject').inputValue(),
      text: await this.panel.locator('#compose-text').inputValue(),
    };
  }

  /** Resolves when the relay holds every word. */
  async kept() {
    await this.savedWord.filter({ hasText: 'Brouillon gardé' }).waitFor();
  }

  /** Closes the panel; the draft stays. */
  async leave() {
    await this.panel.getByRole('button', { name: 'Fermer ; le brouillon est gardé' }).click();
    await this.panel.waitFor({ state: 'detached' });
  }

  /** Throws the draft away; for ten seconds it can come back. */
  async throwAway() {
    await this.panel.getByRole('button', { name: 'Jeter' }).click();
    await this.panel.waitFor({ state: 'detached' });
  }

  /** Throws the draft away for good: who closes the notice does not want it back. */
  async discard() {
    await this.throwAway();
    const notice = this.page.locator('.notice', { hasText: 'Brouillon jeté' });
    if (await notice.count()) await notice.getByRole('button', { name: 'Fermer ce message' }).click();
  }

  async trySending() {
    await this.panel.getByRole('button', { name: 'Envoyer', exact: true }).click();
  }

  /** Resolves when every file is sealed and at the relay. */
  async attach(files) {
    await this.panel.locator('#attach').setInputFiles(files);
    await this.panel.locator('.enclosure').nth(files.length - 1).waitFor();
    await this.panel.locator('.enclosure progress, .enclosure [role=progressbar]').first().waitFor({ state: 'detached' });
  }

  /** Resolves when the relay has taken the letter. */
  async send() {
    await this.trySending();
    await this.sent();
  }

  /** A letter that waits for the relay shall not leave by itself. */
  async doNotSend() {
    await this.panel.getByRole('button', { name: 'Ne pas l’envoyer' }).click();
    await this.failure.waitFor({ state: 'detached' });
  }

  /** Resolves when the letter has left, perhaps by itself. */
  async sent() {
    await this.panel.waitFor({ state: 'detached' });
    await this.page.locator('.notice', { hasText: 'Lettre envoyée' }).first().waitFor();
  }

  /** The field of the words, whichever form they have. */
  get field() {
    return this.panel.locator('#compose-text');
  }

  /** Switches formatting on or off. */
  async format() {
    await this.panel.getByRole('button', { name: 'Mise en forme', exact: true }).click();
  }

  /** Uses one of the tools above formatted words. */
  async tool(name) {
    await this.panel.getByRole('toolbar').getByRole('button', { name }).click();
  }

  /** What stands in the field of formatted words, as elements without what only makes them look so. */
  async markup() {
    return this.field.evaluate((field) => {
      const copy = field.cloneNode(true);
      for (const element of copy.querySelectorAll('*')) {
        for (const name of element.getAttributeNames()) if (!['href', 'alt'].includes(name)) element.removeAttribute(name);
      }
      return copy.innerHTML;
    });
  }

  /** Takes back what a notice says. */
  async undo(said) {
    await this.page.locator('.notice', { hasText: said }).locator('button.link').click();
  }

  async #name(field, addresses) {
    for (const address of addresses) {
      await this.panel.locator(field).fill(`${address},`);
      await this.panel.locator('.chip', { hasText: address.split('@')[0] }).or(this.panel.locator('.chip')).last().waitFor();
    }
  }
}
