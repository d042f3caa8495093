// A PDF or an image is looked at in a frame without origin, network or storage: docs/design/preview.md.

import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openPreview } from '../pages/preview.mjs';
import { openBrowser } from '../support/browser.mjs';
import { environment } from '../support/environment.mjs';
import { openFirefox } from '../support/firefox.mjs';
import { GIF, JPEG_2000, WEBP, WEBP_LOSSLESS, bmp, png } from '../support/images.mjs';
import { LINKS, actingPdf, japanesePdf, lockedPdf, pdf, picturePdf, textPdf } from '../support/pdfs.mjs';
import { newFolder, startRelay } from '../support/relay.mjs';

/** As in the frame's script. */
const MAX_CANVAS_PIXELS = 16 * 1024 * 1024;
const MAX_DRAWN = 6;
const MAX_PAGES = 5_000;
/** Nobody is there; a request to it would be seen all the same. */
const ELSEWHERE = 'https://ailleurs.example';
/** What the first test tries by itself; the browser complains of that, sooner or later. */
const TRIED = 'https://interdit.example/';
const asked = (complaint) => complaint.includes(TRIED) || complaint.includes('?essai');

/** A port at which nobody listens: Firefox reaches nothing but this machine. */
const NOBODY = 9;

const BROWSERS = {
  Chromium: (folder) => openBrowser(join(folder.path, 'profile')),
  async Firefox(folder) {
    const browser = await openFirefox({ proxy: NOBODY, log: join(folder.path, 'firefox.log') });
    const said = [];
    browser.page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) said.push(message.text()); });
    browser.page.on('pageerror', (error) => said.push(error.message));
    return { ...browser, said };
  },
};

for (const [name, open] of Object.entries(BROWSERS)) describe(`the preview frame in ${name}`, () => {
  let folder;
  let relay;
  let browser;
  let preview;
  const requests = [];
  const dialogues = [];

  before(async () => {
    folder = await newFolder('preview');
    await mkdir(join(folder.path, 'data'));
    relay = await startRelay({ data: join(folder.path, 'data') });
    browser = await open(folder);
    browser.context.on('request', (request) => requests.push(request.url()));
    browser.page.on('dialog', (dialogue) => { dialogues.push(dialogue.message()); dialogue.dismiss(); });
    await browser.page.goto(relay.url);
    preview = await openPreview(browser.page);
  });
  after(async () => {
    await browser?.close();
    await relay?.stop();
    await folder?.remove();
  });

  const textOf = (page) => preview.frame.locator(`section[data-page="${page}"] .text`).innerText();
  const canvases = () => preview.frame.evaluate(() => [...document.querySelectorAll('canvas')].map(({ width, height }) => width * height));

  it('has no origin, no storage and no network', async () => {
    const found = await preview.frame.evaluate(async (elsewhere) => {
      const fails = (act) => { try { act(); return false; } catch { return true; } };
      const isRefused = (act) => act().then(() => false, () => true);
      return {
        origin: self.origin,
        storage: fails(() => localStorage.length) && fails(() => document.cookie),
        parent: fails(() => parent.document),
        own: await isRefused(() => fetch(`${location.href}?essai`)),
        others: await isRefused(() => fetch(elsewhere)),
      };
    }, TRIED);
    assert.deepEqual(found, { origin: 'null', storage: true, parent: true, own: true, others: true });
  });

  it('shows pages, their words and where one is', async () => {
    const opened = await preview.show(textPdf(['Compte rendu de Mme Lef\\350vre', 'Deux', 'Trois']));
    assert.deepEqual(opened, { kind: 'opened', what: 'pdf', pages: 3, shown: 3, width: 595, height: 842 });
    assert.equal(await textOf(1), 'Compte rendu de Mme Lefèvre');
    const ink = await preview.frame.evaluate(() => {
      const canvas = document.querySelector('canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.some((octet, at) => at % 4 === 0 && octet < 64);
    });
    assert.ok(ink, 'nothing is drawn');
    assert.equal(await preview.frame.locator('section').first().getAttribute('aria-label'), 'Page 1 sur 3');
    await preview.forget();
    await preview.tell({ kind: 'go', page: 3 });
    assert.deepEqual(await preview.said(['at']), { kind: 'at', page: 3, zoom: 100 });
    assert.equal(await textOf(3), 'Trois');
    const width = () => preview.frame.locator('section').first().evaluate((page) => page.getBoundingClientRect().width);
    const fitted = await width();
    await preview.forget();
    await preview.tell({ kind: 'zoom', by: 'in' });
    assert.deepEqual(await preview.said(['at']), { kind: 'at', page: 3, zoom: 125 });
    assert.ok(Math.abs((await width()) - fitted * 1.25) <= 2);
    await preview.tell({ kind: 'zoom', by: 'width' });
  });

  it('lets words be selected', async () => {
    await preview.show(textPdf(['Hemoglobine 13,2']));
    await textOf(1);
    const selected = await preview.frame.evaluate(() => {
      getSelection().selectAllChildren(document.querySelector('.text'));
      return getSelection().toString();
    });
    assert.equal(selected.trim(), 'Hemoglobine 13,2');
  });

  it('runs nothing that a document wants to do, and tells a link instead of following it', async () => {
    const opened = await preview.show(actingPdf(ELSEWHERE));
    assert.equal(opened.kind, 'opened');
    assert.equal(await textOf(1), 'Première page');
    const links = preview.frame.locator('section[data-page="1"] .link');
    await links.first().waitFor();
    // The one that leads elsewhere and the one that leads to the second page.
    assert.deepEqual(await links.evaluateAll((all) => all.map((link) => link.getAttribute('aria-label'))), [`${ELSEWHERE}/lien`, 'Lien']);
    const scale = (await preview.frame.locator('section').first().evaluate((page) => page.getBoundingClientRect().width)) / 595;
    const click = ([left, bottom, right, top]) => preview.frame.locator('section').first()
      .click({ position: { x: ((left + right) / 2) * scale, y: (842 - (bottom + top) / 2) * scale } });
    for (const place of [LINKS.script, LINKS.program, [60, 200, 300, 230], [60, 100, 300, 130]]) await click(place);
    await click(LINKS.elsewhere);
    assert.deepEqual(await preview.said(['link']), { kind: 'link', target: `${ELSEWHERE}/lien` });
    await preview.forget();
    await click(LINKS.within);
    assert.equal((await preview.said(['at'])).page, 2);
    assert.deepEqual(dialogues, []);
    assert.equal(browser.context.pages().length, 1);
    assert.equal((await preview.everything()).filter(({ kind }) => kind === 'link').length, 1);
  });

  it('asks the page for the character maps and fonts of a document', async () => {
    await preview.show(japanesePdf());
    assert.equal(await textOf(1), '日本');
    const asked = await preview.asked();
    assert.ok(asked.includes('cmaps/UniJIS-UCS2-H.bcmap') && asked.some((file) => file.startsWith('standard_fonts/')), String(asked));
  });

  it('draws pictures of scans in JPEG 2000', async () => {
    assert.equal((await preview.show(picturePdf('JPXDecode', JPEG_2000, 40, 20))).kind, 'opened');
    const drawn = await preview.frame.waitForFunction(() => {
      const canvas = document.querySelector('canvas');
      const at = (x) => canvas && [...canvas.getContext('2d').getImageData(x * canvas.width, canvas.height / 2, 1, 1).data];
      const [left, right] = [at(0.25), at(0.75)];
      return left?.[3] === 255 && left[0] !== left[2] ? [left, right] : null;
    });
    assert.deepEqual(await drawn.jsonValue(), [[255, 0, 0, 255], [0, 0, 255, 255]]);
    assert.ok((await preview.asked()).includes('wasm/openjpeg.wasm'));
  });

  it('opens what is locked by its pass phrase only', async () => {
    const locked = lockedPdf('Secret', 'sésame');
    assert.deepEqual(await preview.show(locked), { kind: 'failed', code: 'locked' });
    assert.equal((await preview.show(locked, ['faux', 'sésame'])).kind, 'opened');
    assert.equal(await textOf(1), 'Secret');
    for (const [line, cipher] of [['Plus fort', 'AES'], ['Comme de nos jours', 'AES256']]) {
      assert.equal((await preview.show(lockedPdf(line, 'sésame', cipher), ['sésame'])).kind, 'opened');
      assert.equal(await textOf(1), line);
    }
    const questions = (await preview.everything()).filter(({ kind }) => kind === 'password').map(({ again }) => again);
    assert.deepEqual(questions, [false, false, true, false, false]);
  });

  it('says what cannot be shown', async () => {
    const whole = textPdf(['Un']);
    for (const [what, bytes, code] of [
      ['no objects', Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(5_000, 0x2a)]), 'damaged'],
      ['nothing behind the mark', Buffer.from('%PDF-1.7'), 'damaged'],
      ['no pages', pdf(['<< /Type /Catalog >>']), 'damaged'],
      ['pages within themselves', pdf(['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [2 0 R] /Count 1 >>']), 'damaged'],
      ['a page of HTML', Buffer.from('<!doctype html><script>alert(1)</script>'), 'not_known'],
      ['a drawing that could run', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'), 'not_known'],
      ['nothing', Buffer.alloc(0), 'not_known'],
      ['a PNG that ends', png(40, 30).subarray(0, 40), 'damaged'],
      ['a PNG without a size', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'damaged'],
      ['a JPEG that ends', Buffer.from('ffd8ffe000104a464946', 'hex'), 'damaged'],
      ['an image of 3,600 million pixels', png(4, 4, [60_000, 60_000]), 'too_many_pixels'],
    ]) {
      assert.deepEqual(await preview.show(bytes), { kind: 'failed', code }, what);
    }
    // Without its table of places a document is still read.
    const without = Buffer.concat([whole.subarray(0, whole.indexOf('xref')), whole.subarray(whole.indexOf('trailer'))]);
    assert.equal((await preview.show(without)).kind, 'opened');
  });

  it('keeps canvases and pages within bounds', async () => {
    for (const box of ['0 0 1000000 1000000', '0 0 10 1000000', '0 0 1000000 10', '0 0 0.001 0.001', '0 0 14400 14400']) {
      const opened = await preview.show(textPdf(['Grand'], { box }));
      assert.equal(opened.kind, 'opened', box);
      await preview.frame.waitForFunction(() => document.querySelector('canvas') !== null);
      assert.ok((await canvases()).every((pixels) => pixels <= MAX_CANVAS_PIXELS), box);
    }
    await preview.show(textPdf(Array.from({ length: 40 }, (_, at) => `Page ${at + 1}`)));
    for (const page of [10, 20, 30, 40]) {
      await preview.tell({ kind: 'go', page });
      assert.equal(await textOf(page), `Page ${page}`);
      assert.ok((await canvases()).length <= MAX_DRAWN + 1);
    }
    const many = await preview.show(textPdf(Array.from({ length: MAX_PAGES + 1 }, (_, at) => `${at}`)));
    assert.deepEqual([many.pages, many.shown], [MAX_PAGES + 1, MAX_PAGES]);
  });

  it('shows images by what they are', async () => {
    for (const [what, bytes, width, height] of [
      ['png', png(40, 30), 40, 30],
      ['bmp', bmp(5, 7), 5, 7],
      ['gif', GIF, 1, 1],
      ['webp', WEBP, 1, 1],
      ['webp, lossless', WEBP_LOSSLESS, 1, 1],
    ]) {
      assert.deepEqual(await preview.show(bytes), { kind: 'opened', what: 'image', pages: 1, width, height }, what);
    }
    assert.equal(await preview.frame.locator('img').getAttribute('alt'), 'Image');
  });

  it('shows the last file it was handed, whatever was under way', async () => {
    for (const last of [png(40, 30), textPdf(['Dernier'])]) {
      const [, opened] = await Promise.all([preview.show(textPdf(['Premier', 'Second'])), preview.show(last)]);
      assert.equal(opened.pages, 1);
    }
    assert.equal(await textOf(1), 'Dernier');
    assert.equal(await preview.frame.locator('main > *').count(), 1);
    const last = (await preview.everything()).filter(({ kind }) => ['opened', 'failed'].includes(kind)).slice(-2);
    assert.deepEqual(last.map(({ what }) => what), ['image', 'pdf'], 'the others were told to be open');
  });

  it('ends when it is closed, and tells the page of its keys', async () => {
    await preview.show(textPdf(['Fin']));
    await preview.forget();
    await preview.frame.locator('body').press('+');
    assert.equal((await preview.said(['at'])).zoom, 125);
    await preview.frame.locator('body').press('Escape');
    assert.deepEqual(await preview.said(['key']), { kind: 'key', key: 'Escape' });
    await preview.tell({ kind: 'close' });
    await preview.frame.waitForFunction(() => document.querySelector('main').childElementCount === 0);
  });

  it('asked nobody but the relay, and the browser had nothing to complain of', () => {
    const foreign = requests.filter((url) => !url.startsWith(`${relay.url}/`) && !url.startsWith('blob:') && !url.startsWith('data:'));
    assert.deepEqual(foreign, []);
    assert.deepEqual(browser.said.filter((complaint) => !asked(complaint)), []);
  });
});

describe('what draws PDFs', () => {
  it('is refused when one byte of it was changed', async () => {
    const folder = await newFolder('preview-changed');
    await mkdir(join(folder.path, 'data'));
    const dist = join(folder.path, 'dist');
    await cp(environment.dist, dist, { recursive: true });
    const names = (await readdir(join(dist, 'lazy/pdf'))).filter((name) => name.startsWith('pdf.worker'));
    assert.ok(names.length > 0);
    for (const name of names) {
      const bytes = await readFile(join(dist, 'lazy/pdf', name));
      bytes[bytes.length >> 1] ^= 1;
      await writeFile(join(dist, 'lazy/pdf', name), bytes);
    }
    const relay = await startRelay({ data: join(folder.path, 'data'), page: dist });
    const browser = await openBrowser(join(folder.path, 'profile'));
    try {
      await browser.page.goto(relay.url);
      const preview = await openPreview(browser.page);
      assert.deepEqual(await preview.show(textPdf(['Un'])), { kind: 'failed', code: 'no_engine' });
      assert.equal((await preview.show(png(4, 3))).kind, 'opened', 'an image needs none of it');
    } finally {
      await browser.close();
      await relay.stop();
      await folder.remove();
    }
  });
});
