// Language, wherever the page offers it: below the sheet before the mailbox is open, in the account's dialogue after.

export class Preferences {
  constructor(page) {
    this.page = page;
  }

  /** Resolves once the page speaks that language. */
  async speak(lang) {
    const { page } = this;
    if ((await page.locator('html').getAttribute('lang')) === lang) return;
    const account = page.locator('.account-button');
    if (await account.isVisible()) await account.click();
    await page.locator('.preferences select').first().selectOption(lang);
    await page.locator(`html[lang=${lang}]`).waitFor();
    // The page is drawn anew, and the dialogue with it.
    await page.locator('.dialog').waitFor({ state: 'detached' });
  }
}
