// Pictures of the running demo for README and docs: node screenshots.mjs URL FOLDER
//
// Start the demo first (./x demo); the pictures are of its Dr Lemoine.

import { join } from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { openBrowser } from './support/browser.mjs';
import { Mailbox } from './pages/mailbox.mjs';
import { SignIn } from './pages/sign_in.mjs';

const [url = 'http://localhost:8080', folder = '../../docs/images'] = process.argv.slice(2);
const profile = await mkdtemp(join(tmpdir(), 'sceau-pictures-'));
const { page, close } = await openBrowser(profile, { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
try {
  const mailbox = new Mailbox(page);
  const signIn = new SignIn(page);
  await signIn.open(url);
  await page.screenshot({ path: join(folder, 'sign-in.png') });
  await signIn.signIn('claire.lemoine@demo.sceau.example', 'stéthoscope au clou rouge');
  await mailbox.ready();
  // On a machine that has never seen them, letters are opened in the background first.
  await page.getByText('Lettre en cours d’ouverture').first().waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Fermer ce message' }).click();
  await mailbox.open('échocardiographie');
  await page.getByRole('button', { name: 'Cacher les adresses' }).click();
  await page.screenshot({ path: join(folder, 'mailbox.png') });
  await page.setViewportSize({ width: 360, height: 740 });
  await page.screenshot({ path: join(folder, 'phone.png') });
} finally {
  await close();
  await rm(profile, { recursive: true, force: true });
}
