// `./x screens`: letters of every kind as they are shown, in both languages, wide and on a phone, into a folder. Times, addresses
// and seals are of this very run; everything else is the same each time.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { newPractice } from './support/practice.mjs';
import { readerOfAllKinds } from './support/sealed.mjs';

const { values: { into } } = parseArgs({ options: { into: { type: 'string' } } });
const SIZES = { 1280: { width: 1280, height: 800 }, 360: { width: 360, height: 740 } };
/** What each picture is for, in the order in which they are shown. */
const TITLES = {
  text: 'Plain text with a link, a quotation and a signature',
  newsletter: 'HTML with colours, an image of its own and a tracker that is not loaded',
  outlook: 'HTML without colours, as Outlook writes it',
  charset: 'CP850, and not a word about it',
  attachments: 'Attachments, told by their content',
  disguised: 'Attachments that pretend to be something else',
  nested: 'A letter within a letter',
  winmail: 'A winmail.dat, unpacked',
  calendar: 'An invitation',
  uuencode: 'A file within the text, from before MIME',
  deceiving: 'A link that says another place than its own',
  report: 'A report that a letter was not delivered',
};

/** One further step where the letter alone does not show what it is about. */
const STEPS = {
  nested: async (page) => {
    await page.locator('.attachment button.attachment-tile').click();
    await page.locator('.outer-line').waitFor();
  },
  deceiving: async (page) => {
    await page.frameLocator('.letter-frame').getByRole('link', { name: 'https://www.ameli.fr' }).click();
    await page.getByRole('dialog').waitFor();
  },
};

const practice = await newPractice();
let reader;
try {
  const prepared = await readerOfAllKinds(practice);
  ({ reader } = prepared);
  await rm(into, { recursive: true, force: true });
  await mkdir(into, { recursive: true });
  for (const lang of ['fr', 'en']) {
    await speak(reader.page, lang);
    for (const kind of Object.keys(TITLES)) await take(reader.page, prepared.files[kind], kind, lang);
  }
  await writeFile(join(into, 'README.md'), contents());
} finally {
  await reader?.close();
  await practice.close();
}

async function take(page, file, kind, lang) {
  await page.setViewportSize(SIZES[1280]);
  await page.locator('#open-file').setInputFiles(file);
  await page.locator('article.letter').waitFor();
  if (await page.locator('.letter-frame').count()) await page.frameLocator('.letter-frame').locator('.piece').first().waitFor();
  await STEPS[kind]?.(page);
  for (const [width, size] of Object.entries(SIZES)) {
    await page.setViewportSize(size);
    await page.evaluate(() => new Promise((drawn) => { requestAnimationFrame(() => requestAnimationFrame(drawn)); }));
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(into, `${kind}-${lang}-${width}.png`) });
  }
  await page.setViewportSize(SIZES[1280]);
  while (await page.locator('article.letter, [role=dialog]').count()) {
    await page.keyboard.press('Escape');
    await page.waitForTimeout(100);
  }
}

async function speak(page, lang) {
  if ((await page.getAttribute('html', 'lang')) === lang) return;
  await page.locator('.account-button').click();
  await page.locator('.preferences select').first().selectOption(lang);
  await page.locator(`html[lang=${lang}]`).waitFor();
  if (await page.getByRole('dialog').count()) await page.keyboard.press('Escape');
}

function contents() {
  const row = ([kind, title]) => `## ${title}\n\n${['fr', 'en'].flatMap((lang) => Object.keys(SIZES).reverse().map((width) => `![${title}, ${lang}, ${width} pixels](${kind}-${lang}-${width}.png)`)).join('\n')}\n`;
  return `# Letters as they are shown\n\nWritten by \`./x screens\`; every letter is made by \`tests/browser/support/kinds.mjs\`.\n\n${Object.entries(TITLES).map(row).join('\n')}`;
}
