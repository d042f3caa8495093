// Attachments that are made to harm: nothing runs, the page goes on answering, and what is refused is told in a sentence.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { deflateRawSync } from 'node:zlib';
import { after, before, describe, it } from 'node:test';
import { crc32, filePart, message, multipart, pdf, textPart, zip } from '../support/kinds.mjs';
import { enrolWithKeyFile } from '../support/person.mjs';
import { newPractice } from '../support/practice.mjs';
import { READER, WRITER, sealer } from '../support/sealed.mjs';

const MEBIBYTE = 1024 * 1024;
const LINES = Buffer.from('Hémoglobine 13,2 g/dl, créatinine 80 µmol/l, plaquettes 250 G/l\r\n'.repeat(1600));
/** 100 MB of text. */
const LONG = Buffer.concat(Array.from({ length: Math.ceil((100 * 1000 * 1000) / LINES.length) }, () => LINES));

describe('an attachment made to harm', () => {
  let practice;
  let reader;
  let page;
  let seal;
  let dialogs;

  before(async () => {
    practice = await newPractice();
    reader = await enrolWithKeyFile(practice, practice.relay.url, READER);
    page = reader.page;
    await mkdir(practice.at('files'));
    seal = await sealer(practice, reader.keys);
    dialogs = [];
    page.on('dialog', (dialog) => { dialogs.push(dialog.message()); dialog.dismiss().catch(() => {}); });
  });
  after(async () => {
    await reader?.close();
    await practice?.close();
  });

  const sheet = () => page.locator('.dialog.preview');
  async function open(name, parts) {
    const subject = `Pièce : ${name}`;
    const file = await seal(name, message(WRITER, READER, subject, multipart('mixed', [textPart('Voir.\r\n'), ...parts])));
    await page.locator('#open-file').setInputFiles(file);
    await page.locator('article.letter').getByRole('heading', { level: 1, name: subject }).waitFor();
  }
  async function look(name) {
    await page.locator('.attachment', { hasText: name }).locator('button.attachment-tile').click();
    await sheet().waitFor();
  }
  async function leave() {
    await page.keyboard.press('Escape');
    await sheet().waitFor({ state: 'detached' });
  }
  /** Does something and counts the pictures the page draws meanwhile: one that hangs draws none. */
  async function whileDrawing(act) {
    await page.evaluate(() => {
      globalThis.drawn = 0;
      globalThis.longest = 0;
      let last = performance.now();
      const count = (now) => { drawn += 1; longest = Math.max(longest, now - last); last = now; globalThis.counting = requestAnimationFrame(count); };
      globalThis.counting = requestAnimationFrame(count);
    });
    await act();
    return page.evaluate(() => { cancelAnimationFrame(counting); return drawn; });
  }

  it('an archive of a gigabyte of nothing is listed, and not taken out', async () => {
    await open('bombe', [filePart('bombe.zip', 'application/zip', bomb(1024 * MEBIBYTE))]);
    const drawn = await whileDrawing(async () => {
      await look('bombe.zip');
      await sheet().locator('.archive li .entry-note', { hasText: 'Trop volumineux' }).waitFor();
    });
    assert.ok(drawn > 1, 'the page went on drawing');
    assert.equal(await sheet().locator('.archive button').count(), 0);
    await leave();
  });

  it('an archive that lies about how large it becomes stops where it said it would', async () => {
    await open('menteuse', [filePart('menteuse.zip', 'application/zip', bomb(64 * MEBIBYTE, { claimed: 1000 }))]);
    await look('menteuse.zip');
    await sheet().locator('.archive button').click();
    await page.locator('.notice', { hasText: 'n’est pas montré : il est endommagé ou démesuré' }).waitFor();
    await leave();
  });

  it('names that lead out of their folder lead nowhere', async () => {
    await open('chemins', [filePart('chemins.zip', 'application/zip', zip([['../../../etc/passwd', 'x'], ['C:\\Windows\\win.ini', 'y'], ['bilan\u202efdp.exe', 'z']]))]);
    await look('chemins.zip');
    await sheet().locator('.archive li').nth(2).waitFor();
    const names = await sheet().locator('.archive .attachment-name').allInnerTexts();
    assert.equal(names.length, 3);
    for (const name of names) assert.ok(!/\.\.|\\|\u202e|^\/|^[A-Z]:/.test(name), name);
    assert.equal(await sheet().locator('.entry-note', { hasText: 'cherche à tromper' }).count(), 3);
    const [saved] = await Promise.all([page.waitForEvent('download'), sheet().locator('.archive button').first().click()]);
    assert.equal(saved.suggestedFilename(), 'passwd');
    await leave();
  });

  it('100 MB of text cost what is looked at', async () => {
    await open('longue', [filePart('longue.txt', 'text/plain', LONG), filePart('note.txt', 'text/plain', 'Fin')]);
    const drawn = await whileDrawing(async () => {
      await look('longue.txt');
      await sheet().locator('pre').first().waitFor();
      await sheet().getByRole('button', { name: 'Afficher la suite' }).click();
      await sheet().locator('pre').nth(1).waitFor();
    });
    assert.ok(drawn > 2, 'the page went on drawing');
    const shown = await sheet().locator('.preview-text').evaluate((element) => element.textContent.length);
    assert.ok(shown > 200_000 && shown < 400_000, `${shown} characters are drawn`);
    assert.match(await sheet().locator('.preview-more').innerText(), /sur 100\sMo/);
    await leave();
  });

  it('packing 100 MB shows that it goes on, and can be stopped', async () => {
    const saved = [];
    page.on('download', (download) => saved.push(download.suggestedFilename()));
    const packing = page.locator('.attachments .sending');
    const drawn = await whileDrawing(async () => {
      await page.getByRole('button', { name: 'Tout enregistrer en ZIP' }).click();
      await packing.locator('.busy-word', { hasText: 'Préparation' }).waitFor();
      await packing.getByRole('button', { name: 'Annuler' }).click();
      await packing.waitFor({ state: 'detached' });
    });
    assert.ok(drawn > 1, 'the page went on drawing');
    assert.deepEqual(saved, []);
    await look('note.txt');
    await sheet().locator('pre', { hasText: 'Fin' }).waitFor();
    await leave();
  });

  it('a page, a picture that is a program, and files that are two things at once are shown as what can do nothing', async () => {
    const script = '<script>alert(1)</script>';
    await open('doubles', [
      filePart('page.html', 'text/html', Buffer.from(`<!doctype html><body onload=alert(1)>${script}`)),
      filePart('dessin.svg', 'image/svg+xml', Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">${script}</svg>`)),
      filePart('image.gif', 'image/gif', Buffer.from(`GIF89a/*${script}*/=1;alert(1)`, 'latin1')),
      filePart('zip-et-pdf.zip', 'application/zip', Buffer.concat([pdf('Bonjour'), zip([['a.txt', 'b']])])),
      filePart('page-et-zip.zip', 'application/zip', Buffer.concat([Buffer.from(`<!doctype html>${script}`), zip([['a.txt', 'b']])])),
    ]);
    await look('page.html');
    await sheet().locator('pre', { hasText: '<script>alert(1)</script>' }).waitFor();
    await leave();
    assert.equal(await page.locator('.attachment', { hasText: 'dessin.svg' }).locator('button.attachment-tile').count(), 0);
    for (const name of ['zip-et-pdf.zip', 'page-et-zip.zip']) {
      assert.match(await page.locator('.attachment', { hasText: name }).innerText(), /n’est pas ce que son nom annonce/);
    }
    assert.equal(await page.locator('.attachment', { hasText: 'page-et-zip.zip' }).locator('button.attachment-tile').count(), 0, 'neither text nor archive');
    await look('image.gif');
    await page.waitForTimeout(500);
    await leave();
    assert.deepEqual(dialogs, []);
  });

  it('is saved octet for octet all the same', async () => {
    const button = page.locator('.attachment', { hasText: 'dessin.svg' }).locator('.icon-button');
    const [saved] = await Promise.all([page.waitForEvent('download'), button.click()]);
    assert.match(await readFile(await saved.path(), 'utf8'), /onload="alert\(1\)"/);
  });
});

/** A ZIP of one file of zeros, deflated; `claimed` is what it says of its size. */
function bomb(size, { claimed = size } = {}) {
  const packed = deflateRawSync(Buffer.alloc(size));
  const name = Buffer.from('zeros.bin');
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(8, 4);
  fields.writeUInt32LE(claimed === size ? 0 : crc32(Buffer.alloc(claimed)), 10);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(claimed, 18);
  fields.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, name, packed]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, Buffer.alloc(14), name]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
