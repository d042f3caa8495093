// Every screen, in both languages, light and dark, from a wide window to a page at 400 %: it fits, everybody can use it
// (WCAG 2.1 A and AA, by axe), and no word is left untranslated.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { SignIn } from '../pages/sign_in.mjs';
import { focusOn } from '../support/focus.mjs';
import { copyFromElsewhere } from '../support/paste.mjs';
import { deliveryReport, writeToOneself } from '../support/letters.mjs';
import { overflow, violations, wordsOf } from '../support/looks.mjs';
import { enrol, sitDown } from '../support/person.mjs';
import { DOMAIN, newPractice } from '../support/practice.mjs';

const run = promisify(execFile);
const WHO = {
  address: `marie-christine.vandenbroucke-desplanques@${DOMAIN}`,
  name: 'Dr Marie-Christine Vandenbroucke-Desplanques',
  passPhrase: 'tisane quinquet balustrade ouistiti',
};
const LONG_SUBJECT = `Compte rendu d’hospitalisation ${'prolongée '.repeat(12)}— Anticonstitutionnellement${'x'.repeat(60)}`;
const LONG_FILE = `irm-thoracique-${'sequence-complete-'.repeat(6)}2026.txt`;
const UNKNOWN = 'quelquun.dont.lannuaire.ne.sait.absolument.rien@ailleurs.example';
const SIGNATURE = `Dr Marie-Christine\n${'Vandenbroucke-Desplanques '.repeat(4)}`;
const FORMATTED = `<p>ECG <b>Fréquence</b></p><ul><li>Points</li></ul><table><tr><td>${'Fréquence '.repeat(4)}</td><td>72 par minute</td></tr></table>
  <blockquote>Fréquence${'x'.repeat(80)}</blockquote>`;
const SIZES = {
  wide: { width: 1280, height: 800 },
  middle: { width: 800, height: 700 },
  phone: { width: 360, height: 740 },
  // 1280 by 1024 at 400 %.
  zoomed: { width: 320, height: 256 },
};
/** What may read the same in both languages, each for a reason. */
const SAME = [
  /^Sceau$/, // the name of the house
  /^(Français|English)$/, // each language by its own name
  /^(Ctrl|Ctrl Enter|Ctrl\+Enter|Enter|Esc|g [isd])$/, // what stands on keys
  /^Signature$/, // the same word
  /^(TXT|SHA-256|Signataire|Code)$/, // kinds of files, a standard's name
  /^(AuthEnvelopedData|EnvelopedData|SignedData|SHA-256|charset=)/, // the technical panel
  /^Autorité d’essai$/, // the authority's own name
  /^Dr$/,
  /^CN=/, // whom a certificate names
];

describe('every screen', () => {
  let practice;
  let person;
  let page;
  let problems;
  /** Words of people's own: names, addresses, subjects, files. They are the same in every language. */
  const own = [WHO.address, WHO.name, LONG_SUBJECT, LONG_FILE, UNKNOWN, DOMAIN, 'Lettre '];

  before(async () => {
    practice = await newPractice();
    person = await sitDown(practice, 'fit');
    page = person.page;
  });
  after(async () => {
    await person?.close();
    await practice?.close();
  });

  /** A screen, or a few that follow each other; what is wrong with any of them is told at the end, so that the walk goes on. */
  function screen(name, walk) {
    it(name, async () => {
      problems = [];
      await walk();
      assert.deepEqual(problems, []);
    });
  }

  /** Looks at one screen in every way; `arrange` makes it again after the language has changed, which draws the page anew. */
  async function look(arrange = async () => {}, sizes = Object.keys(SIZES)) {
    const words = {};
    for (const lang of ['fr', 'en']) {
      await speak(lang);
      await arrange();
      assert.equal(await page.getAttribute('html', 'lang'), lang);
      words[lang] = await wordsOf(page);
      assert.ok(words[lang].length > 3, `only ${words[lang].length} words are seen`);
      for (const size of sizes) {
        await page.setViewportSize(SIZES[size]);
        // Each language is seen in each theme, each size in each language, at a quarter of the time.
        const theme = (lang === 'fr') === (size === 'wide' || size === 'zoomed') ? 'light' : 'dark';
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        const tell = (problem) => problems.push(`${lang}, ${size}, ${theme}: ${problem}`);
        (await overflow(page)).forEach(tell);
        (await violations(page)).forEach(tell);
      }
      await page.setViewportSize(SIZES.wide);
    }
    const untranslated = words.fr.filter((piece) => words.en.includes(piece) && !isOwn(piece) && !SAME.some((same) => same.test(piece)));
    problems.push(...untranslated.map((piece) => `in both languages: ${piece}`));
    await speak('fr');
    await arrange();
  }

  function isOwn(piece) {
    return own.some((word) => piece.includes(word)) || /^[0-9A-F]{4}$/.test(piece) || /^[0-9a-f]{64}$/.test(piece) || /^[0-9A-Z]{5}(-[0-9A-Z]+)+$/.test(piece);
  }

  /** By the switch in the page: at the foot of a sheet, in the account's dialogue at a mailbox. */
  async function speak(lang) {
    if ((await page.getAttribute('html', 'lang')) === lang) return;
    const atDesk = await page.locator('.desk').isVisible();
    if (atDesk) {
      while (await page.getByRole('dialog').count()) await page.keyboard.press('Escape');
      await page.locator('.account-button').click();
    }
    await page.locator('.preferences select').first().selectOption(lang);
    await page.locator(`html[lang=${lang}]`).waitFor();
    if (atDesk && (await page.getByRole('dialog').count())) await page.keyboard.press('Escape');
  }

  const openFile = (path) => page.locator('#open-file').setInputFiles(path);

  it('is measured by rules that can fail', async () => {
    await person.signIn.open(practice.relay.url);
    await page.evaluate(() => {
      const pale = document.createElement('p');
      pale.id = 'planted';
      pale.textContent = 'trop pâle et trop large';
      Object.assign(pale.style, { color: '#999', width: '1400px', background: '#fff' });
      document.querySelector('form').append(pale);
    });
    assert.match((await violations(page)).join(), /color-contrast at #planted/);
    assert.match((await overflow(page)).join(), /the page is 1[0-9]{3} wide/);
    assert.ok((await wordsOf(page)).includes('trop pâle et trop large'));
  });

  screen('signing in', async () => {
    await person.signIn.open(practice.relay.url);
    await look();
  });

  screen('signing in with the wrong words', () => look(async () => {
    await page.locator('#address').fill(WHO.address);
    await page.locator('#secret').fill('tout autre chose que cela');
    await page.locator('form .primary').click();
    await page.locator('.failure').waitFor();
  }));

  screen('the recovery code', () => look(async () => {
    await page.locator('.ways .link').first().click();
  }));

  screen('the enrolment form', async () => {
    await page.reload();
    await person.signIn.enter().waitFor();
    await look(async () => {
      await page.locator('.ways .link').nth(1).click();
      await page.locator('#new-phrase').fill('une phrase de passe');
      await page.locator('#again').fill('une autre phrase');
      await page.locator('#address').fill(WHO.address);
      await page.locator('#code').fill('ABCD');
      await page.locator('form .primary').click();
      await page.locator('.wrong:not(:empty)').waitFor();
    });
  });

  screen('the recovery code on paper', async () => {
    const { firstLogin } = person;
    await firstLogin.enrol({ address: WHO.address, code: await practice.invite(WHO.address, WHO.name), passPhrase: WHO.passPhrase });
    await look();
    await firstLogin.keepRecoveryCode();
  });

  screen('the authority, and a fingerprint that differs', async () => {
    const { firstLogin } = person;
    await firstLogin.fingerprint();
    await look(async () => {
      await page.locator('.card .row button').nth(1).click();
      await page.locator('.card .failure').waitFor();
    });
    await speak('en');
    await speak('fr');
    await firstLogin.confirmAuthority();
  });

  screen('the keys, and a file that holds none', async () => {
    const path = practice.at('vide.p12');
    await writeFile(path, 'rien');
    own.push('vide.p12');
    await look(async () => {
      await page.locator('#key-file').setInputFiles(path);
      await page.locator('#key-phrase').fill('une phrase');
      await page.locator('form .primary').click();
      await page.locator('.card .failure').waitFor();
    });
    await person.firstLogin.makeKeys(WHO.name);
  });

  screen('the certificates', async () => {
    await look();
    const { signing, encryption } = await person.firstLogin.requests();
    await person.firstLogin.install([
      await practice.authority.issue(signing, WHO.address, 'sign'),
      await practice.authority.issue(encryption, WHO.address, 'encrypt'),
    ]);
    await person.mailbox.ready();
  });

  screen('the mailbox shows the confirmed name from the first log-in on', async () => {
    await page.locator('.account-button', { hasText: WHO.name }).waitFor();
  });

  screen('an empty mailbox', async () => {
    await page.getByText('Aucune lettre').waitFor();
    await look();
  });

  screen('the drawer of folders', async () => {
    const open = async () => {
      await page.setViewportSize(SIZES.middle);
      await page.locator('.list-head .icon-button').click();
      await page.locator('.folders.drawn').waitFor();
    };
    await look(open, ['middle', 'phone', 'zoomed']);
    await page.setViewportSize(SIZES.wide);
    await page.reload();
    await signInAgain();
  });

  screen('a letter being written, with everything that can be there', async () => {
    const file = practice.at(LONG_FILE);
    await writeFile(file, 'cliché');
    await person.mailbox.write();
    await look();
    await look(async () => {
      await forgetRecipients();
      await page.locator('#to').fill('mari');
      await page.locator('#to-proposed [role=option]').first().waitFor();
    });
    await page.locator('#to').fill('');
    await forgetRecipients();
    await person.compose.fill({ to: [WHO.address, UNKNOWN, 'pas une adresse'], cc: [`copie.${UNKNOWN}`], bcc: [`cachee.${UNKNOWN}`], subject: LONG_SUBJECT, text: 'Bonjour,\n\nVoici le dossier.' });
    own.push('pas une adresse', 'Bonjour,');
    await page.locator('#compose .wrong-chip').nth(2).waitFor();
    await page.locator('#compose .obstacles li', { hasText: 'pas une adresse' }).waitFor();
    await person.compose.attach([file]);
    await page.locator('.saved-word', { hasText: 'Brouillon gardé' }).waitFor();
    await look();
  });

  screen('a signature', async () => {
    await look(async () => {
      await page.locator('.below button.link').first().click();
      await page.locator('#asked').waitFor();
    });
    await page.locator('#asked').fill(SIGNATURE);
    await page.getByRole('dialog').locator('.primary').click();
    await page.locator('.signature:not(:empty)').waitFor();
    own.push(...SIGNATURE.split('\n'));
    await look();
  });

  screen('a letter with formatting and its tools', async () => {
    await person.compose.format();
    await copyFromElsewhere(person.context, FORMATTED);
    await page.bringToFront();
    await page.locator('#compose-text').focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Control+v');
    await page.locator('#compose-text table').waitFor();
    own.push('ECG', 'Fréquence', '72 par minute', 'Points');
    await look();
    const tool = (number) => page.locator(`.tools button >> nth=${number}`);
    await look(async () => {
      await tool(6).click();
      await page.locator('#asked').fill('nulle part');
      await page.getByRole('dialog').locator('.primary').click();
      await page.getByRole('dialog').locator('.wrong:not(:empty)').waitFor();
    });
    await page.keyboard.press('Escape');
    await look(async () => {
      await page.locator('.format-switch').click();
      await page.getByRole('dialog').waitFor();
    });
    await page.getByRole('dialog').locator('.primary').click();
    await page.locator('textarea#compose-text').waitFor();
  });

  screen('a letter that cannot be sent yet', async () => {
    await look(async () => {
      await page.locator('.compose-foot .primary').click();
      await page.locator('#compose [role=alert] .failure').waitFor();
    });
    // Sending read the line once more: what is no address is back in it when it is said again.
    await page.locator('#compose .obstacles li', { hasText: 'pas une adresse' }).waitFor();
    await page.locator('#to').fill('');
    for (const wrong of [UNKNOWN, `copie.${UNKNOWN}`, `cachee.${UNKNOWN}`]) {
      await page.locator('#compose .chip').filter({ hasText: wrong }).getByRole('button').first().click();
    }
    await page.locator('#compose .wrong-chip').first().waitFor({ state: 'detached' });
    await person.compose.send();
  });

  screen('an answer above its quote, and a file that is missing', async () => {
    await page.locator('a.letter-row').first().click();
    await person.mailbox.reply();
    await person.compose.ready();
    own.push('Vandenbroucke', 'Nous joignons');
    await look();
    await page.locator('#compose-text').fill('Nous joignons le bilan.');
    await page.locator('.compose-foot .primary').click();
    await page.getByRole('dialog').waitFor();
    await look(async () => {
      if (await page.getByRole('dialog').count()) return;
      await page.locator('.compose-foot .primary').click();
      await page.getByRole('dialog').waitFor();
    });
    await page.keyboard.press('Escape');
    await person.compose.throwAway();
    await look();
    await page.locator('.notice .icon-button').first().click();
    await page.keyboard.press('Escape');
  });

  screen('a list, and a letter with all that is known of it', async () => {
    await person.mailbox.row(LONG_SUBJECT.slice(0, 30)).first().waitFor();
    await look(async () => {
      await page.locator('a.letter-row').first().click();
      await page.locator('article.letter').waitFor();
      await showEverything();
    });
    await look(async () => page.locator('#list-title').click());
  });

  screen('a sent letter and its way', async () => {
    await look(async () => {
      await page.keyboard.press('Escape');
      await page.locator('nav a').nth(2).click();
      await page.locator('a.letter-row').first().click();
      await page.locator('article.letter .deliveries').waitFor();
    });
    await page.locator('nav a').first().click();
    await page.locator('article.letter').waitFor({ state: 'detached' });
  });

  screen('letters from files: not protected, not to be trusted, a report, for another key', async () => {
    const { plain, altered, report, foreign } = await makeFiles(practice.at('files-'));
    own.push('Lettre sans protection', 'Un collègue', 'ailleurs.example', 'Texte en clair', 'CN=');
    for (const [path, trust] of [[plain, 'Clear'], [altered, 'Broken']]) {
      await look(async () => {
        await openFile(path);
        await page.locator(`.verdict[data-trust=${trust}]`).waitFor();
        await showEverything();
      });
    }
    own.push('Undelivered Mail', 'MAILER-DAEMON', 'mail system at host', '.example', '2.eml');
    await look(async () => {
      await openFile(report);
      await page.locator('section.report').waitFor();
      await showEverything();
      await page.locator('section.report details:not([open])').waitFor({ state: 'detached' });
    });
    await look(async () => {
      await openFile(foreign);
      await page.locator('.failed-letter form').waitFor();
    });
    await page.keyboard.press('Escape');
  });

  screen('account, pass phrase, keys', async () => {
    const account = async () => {
      await page.locator('.account-button').click();
      await page.getByRole('dialog').waitFor();
    };
    await look(account);
    await page.keyboard.press('Escape');
    await look(async () => {
      await account();
      await page.locator('.dialog .row button').nth(0).click();
      await page.locator('#current-phrase').waitFor();
    });
    await page.keyboard.press('Escape');
    await look(async () => {
      await account();
      await page.locator('.dialog .row button').nth(1).click();
      await page.locator('.keys').waitFor();
    });
    await page.keyboard.press('Escape');
  });

  screen('a search that finds nothing', async () => {
    own.push('introuvable');
    await look(async () => {
      await page.locator('#search').fill('introuvable');
      await page.locator('.empty').waitFor();
    });
    await page.locator('#search').fill('');
    await page.locator('a.letter-row').first().waitFor();
  });

  screen('the same mailbox in a second tab, and the first one taken over', async () => {
    const first = page;
    page = await person.context.newPage();
    const signIn = new SignIn(page);
    await signIn.open(practice.relay.url);
    await signIn.signIn(WHO.address, WHO.passPhrase);
    await page.locator('#take-over').waitFor();
    await look();
    await page.locator('#take-over').click();
    await page.locator('.desk').waitFor();
    page = first;
    await page.locator('.aside').waitFor();
    await look();
  });

  async function signInAgain() {
    await person.signIn.enter().waitFor();
    await person.signIn.signIn(WHO.address, WHO.passPhrase);
    await person.mailbox.ready();
  }

  /** What is typed into a line counts once the line is left, as it is when the language is chosen. */
  async function forgetRecipients() {
    const chips = page.locator('#compose .chip-remove');
    while (await chips.count()) await chips.first().click();
  }

  async function showEverything() {
    const closed = page.locator('article.letter button[aria-expanded=false]');
    while (await closed.count()) await closed.first().click();
    const details = page.locator('article.letter details:not([open]) summary');
    while (await details.count()) await details.first().click();
  }
});

describe('a phone', () => {
  let practice;
  let person;
  let page;
  const LETTERS = Array.from({ length: 9 }, (_, number) => `Lettre numéro ${number + 1}`);

  before(async () => {
    practice = await newPractice();
    person = await enrol(practice, practice.relay.url, WHO);
    page = person.page;
    await writeToOneself(person, LETTERS.map((subject) => ({ subject, text: `${subject}.\n`.repeat(60) })));
    await page.setViewportSize({ width: 360, height: 480 });
    await page.emulateMedia({ reducedMotion: 'reduce' });
  });
  after(async () => {
    await person?.close();
    await practice?.close();
  });

  const pane = (name) => page.locator(`.${name}-pane`);

  it('shows one pane at a time, and the way back keeps the place', async () => {
    assert.ok(await pane('list').isVisible());
    assert.ok(!(await pane('letter').isVisible()));
    const scroller = page.locator('.scroller');
    await scroller.evaluate((element) => { element.scrollTop = 120; });
    const row = person.mailbox.row('Lettre numéro 3');
    await row.waitFor();
    const before = await scroller.evaluate((element) => element.scrollTop);
    assert.ok(before > 0, 'the list does not scroll: the test would prove nothing');
    await row.click();
    await page.locator('article.letter').waitFor();
    assert.ok(!(await pane('list').isVisible()));
    const letter = pane('letter');
    assert.ok(await letter.evaluate((element) => element.scrollHeight > element.clientHeight));
    await page.getByRole('button', { name: 'Retour à la liste' }).click();
    await page.locator('article.letter').waitFor({ state: 'detached' });
    assert.ok(await pane('list').isVisible());
    assert.ok(!(await letter.isVisible()));
    assert.equal(await scroller.evaluate((element) => element.scrollTop), before);
    await focusOn(page, 'a.letter-row');
    assert.match(await page.evaluate(() => document.activeElement.innerText), /Lettre numéro 3/);
  });

  it('goes back with its own back button too', async () => {
    await person.mailbox.row('Lettre numéro 4').click();
    await page.locator('article.letter').waitFor();
    await page.goBack();
    await page.locator('article.letter').waitFor({ state: 'detached' });
    assert.ok(await pane('list').isVisible());
  });

  it('writes on a page of its own', async () => {
    await person.page.locator('.list-head .primary').click();
    await person.compose.panel.waitFor();
    const box = await person.compose.panel.boundingBox();
    assert.deepEqual({ x: box.x, width: box.width, height: box.height }, { x: 0, width: 360, height: 480 });
    await page.getByRole('button', { name: 'Fermer ; le brouillon est gardé' }).click();
    await person.compose.panel.waitFor({ state: 'detached' });
  });
});

/** A mail nobody protected, a signed one with a changed word, and one sealed for somebody else. */
async function makeFiles(prefix) {
  const at = (name) => `${prefix}${name}`;
  const plain = at('en-clair.eml');
  const text = 'Texte en clair, avec https://ailleurs.example/une/adresse/qui/ne/finit/pas/et/ne/tient/sur/aucune/ligne/de/telephone';
  const head = 'From: Un collègue <collegue@ailleurs.example>\r\nTo: vous@ailleurs.example\r\nSubject: Lettre sans protection\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n';
  await writeFile(plain, `${head}Content-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n`);
  const openssl = (...args) => run('openssl', args);
  await openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=Un inconnu', '-addext', 'subjectAltName=email:collegue@ailleurs.example', '-keyout', at('key.pem'), '-out', at('cert.pem'), '-days', '30');
  const words = at('mots.txt');
  await writeFile(words, `Content-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n`);
  const altered = at('changee.eml');
  await openssl('cms', '-sign', '-in', words, '-signer', at('cert.pem'), '-inkey', at('key.pem'), '-out', at('signee.eml'));
  const signed = await readFile(at('signee.eml'), 'utf8');
  assert.ok(signed.includes('Texte en clair'));
  await writeFile(altered, head + signed.replace('Texte en clair', 'Texte en noir').replace(/^MIME-Version: 1.0\r?\n/, ''));
  const foreign = at('pour-un-autre.p7m');
  await openssl('cms', '-encrypt', '-in', words, '-outform', 'DER', '-out', foreign, at('cert.pem'));
  const report = at('rapport.eml');
  await writeFile(report, deliveryReport('vous@ailleurs.example', await readFile(plain, 'utf8')));
  return { plain, altered, report, foreign };
}
