// The relay begins to serve another build of the page while somebody works: she is told, and loads it without losing a word.

import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { environment } from '../support/environment.mjs';
import { enrol } from '../support/person.mjs';
import { DOMAIN, newPractice } from '../support/practice.mjs';

const WHO = { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine', passPhrase: 'tisane quinquet balustrade ouistiti' };
const SUBJECT = 'Lettre écrite pendant la mise à jour';

describe('a newer build', () => {
  let practice;
  let person;
  let page;
  let asked = 0;

  before(async () => {
    practice = await newPractice();
    person = await enrol(practice, practice.relay.url, WHO);
    page = person.page;
    page.on('request', (request) => { if (new URL(request.url()).pathname === '/') asked += 1; });
  });
  after(async () => {
    await person?.close();
    await practice?.close();
  });

  const offer = () => page.locator('.notice', { hasText: 'Une nouvelle version de Sceau est prête' });
  const upToDate = () => page.locator('.status', { hasText: 'À jour' }).waitFor();

  it('is not announced when the relay comes back with the same one', async () => {
    const looked = page.waitForResponse((response) => new URL(response.url()).pathname === '/');
    await practice.restart();
    await looked;
    await upToDate();
    await page.evaluate(() => globalThis.sceau.isOutdated()).then((answer) => assert.equal(answer, false));
    assert.equal(await offer().count(), 0);
    assert.ok(asked > 0);
  });

  it('is announced when the relay comes back with another', async () => {
    await person.mailbox.write();
    await person.compose.panel.locator('#subject').fill(SUBJECT);
    await practice.restart({ page: await otherBuild(practice.at('newer')) });
    await offer().waitFor();
    assert.ok(await person.compose.panel.isVisible(), 'the work goes on');
  });

  it('is loaded once the draft is kept', async () => {
    await person.compose.write('Des mots que personne n’a encore gardés.');
    await offer().getByRole('button', { name: 'Recharger' }).click();
    await page.waitForFunction(() => document.querySelector('link[href*="newer"]') !== null);
    await person.signIn.enter().waitFor();
    await person.signIn.signIn(WHO.address, WHO.passPhrase);
    await person.mailbox.ready();
    await person.mailbox.folder('Brouillons');
    await person.mailbox.row(SUBJECT).first().click();
    await page.waitForFunction(() => document.querySelector('#compose-text')?.value !== '' && document.querySelector('#subject')?.value !== '');
    assert.equal(await page.locator('#compose-text').inputValue(), 'Des mots que personne n’a encore gardés.');
    assert.equal(await offer().count(), 0);
  });
});

/** The same page with a style sheet of another name, as the next build would have it. */
async function otherBuild(folder) {
  await cp(environment.dist, folder, { recursive: true });
  const index = join(folder, 'index.html');
  const html = await readFile(index, 'utf8');
  const [, sheet] = html.match(/href="\/(app-[0-9a-f]+\.css)"/);
  await cp(join(folder, sheet), join(folder, 'newer.css'));
  await rm(join(folder, `${sheet}.br`), { force: true });
  await rm(join(folder, sheet));
  await writeFile(index, html.replaceAll(sheet, 'newer.css'));
  await rm(`${index}.br`, { force: true });
  return folder;
}
