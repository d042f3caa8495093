// Hostile HTML in Chromium and Firefox: no script of a letter runs, nothing is asked of anybody, and the page around it stays out
// of reach. Two walls, each by itself: what the sanitiser lets through, and the frame with everything the sanitiser would not.

import assert from 'node:assert/strict';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { openBrowser } from '../support/browser.mjs';
import { openFirefox } from '../support/firefox.mjs';
import { htmlPart, message, multipart } from '../support/kinds.mjs';
import { enrolWithKeyFile } from '../support/person.mjs';
import { newPractice } from '../support/practice.mjs';
import { READER, WRITER, sealer } from '../support/sealed.mjs';
import { startTrap } from '../support/trap.mjs';
import { Mailbox } from '../pages/mailbox.mjs';
import { LetterFile } from '../pages/letter_file.mjs';
import { SignIn } from '../pages/sign_in.mjs';

const WATCHDOG_MS = 180_000;
/** Long enough for an animation, a refresh of no seconds, an image. */
const SETTLE_MS = 1_500;

const payloads = await readPayloads();

describe('hostile HTML', () => {
  let practice;
  let letter;

  before(async () => {
    practice = await newPractice();
    const reader = await enrolWithKeyFile(practice, practice.relay.url, READER);
    await reader.close();
    await mkdir(practice.at('files'));
    const seal = await sealer(practice, reader.keys);
    letter = await seal('hostile', message(WRITER, READER, 'Cent ruses', multipart('mixed', payloads.map(htmlPart))));
  });
  after(() => practice?.close());

  it('is enough to say something', () => {
    assert.ok(payloads.length >= 150, `${payloads.length} payloads`);
  });

  for (const [name, open, readLog] of [['Chromium', inChromium, chromiumLog], ['Firefox', inFirefox, firefoxLog]]) {
    describe(`in ${name}`, () => {
      let trap;
      let browser;
      let page;
      let seen;
      let log;

      before(async () => {
        trap = await startTrap();
        log = practice.at(`log-${name}`);
        await mkdir(log);
        browser = await open(practice.at(`profile-${name}`), trap.port, log);
        page = browser.page;
        browser.context.setDefaultTimeout(WATCHDOG_MS);
        seen = watch(browser.context, page, practice.relay.url);
        const signIn = new SignIn(page);
        await signIn.open(practice.relay.url);
        await signIn.signIn(READER.address, READER.passPhrase);
        await new Mailbox(page).ready();
      });
      after(async () => {
        await browser?.close();
        trap?.stop();
      });

      it('sees what would happen, where nothing stands in its way', async () => {
        await page.evaluate(() => {
          const planted = document.createElement('iframe');
          document.body.append(planted);
          planted.contentWindow.alert?.('planted');
          planted.remove();
        });
        const stopped = await page.evaluate(() => new Promise((resolve) => {
          document.addEventListener('securitypolicyviolation', (event) => resolve(event.blockedURI), { once: true });
          fetch('http://planted.example/').catch(() => {});
        }));
        assert.match(stopped, /planted\.example/);
        await waitUntil(() => seen.dialogs.includes('planted'), 'a dialogue is seen');
        const other = await browser.context.newPage();
        await other.goto('http://planted.example/').catch(() => {});
        await other.close();
        await waitUntil(() => trap.asked.some((host) => host.includes('planted.example')), 'a request is seen by the proxy');
        seen.forget();
      });

      it('disarmed and shown: nothing runs, nothing is asked for, nothing complains', async () => {
        await new LetterFile(page).choose(letter);
        // One after the other, so that what fails says how far it came.
        await page.locator('.verdict[data-trust=SealedSigned]').waitFor();
        await page.locator('.letter-frame').waitFor({ state: 'attached' });
        await page.frameLocator('.letter-frame').locator('.piece').first().waitFor({ state: 'attached' });
        const frame = page.frames().find((it) => it.url().includes('/frames/letter'));
        await frame.locator('.piece').nth(payloads.length - 1).waitFor({ state: 'attached' });
        assert.equal(await frame.locator('.piece').count(), payloads.length);
        await provoke(frame);
        await page.waitForTimeout(SETTLE_MS);
        assert.deepEqual(seen.all(), { dialogs: [], requests: [], pages: 1, refused: 0 });
        assert.equal(await frame.locator('#letter').locator('script, iframe, object, embed, link, meta, base, form, svg, math, style, template, video, audio').count(), 0);
        assert.ok(await page.locator('.verdict[data-trust=SealedSigned]').isVisible(), 'the page around it is what it was');
      });

      it('has no way from the frame to the page, to storage or to the network', async () => {
        const frame = page.frames().find((it) => it.url().includes('/frames/letter'));
        const reached = await frame.evaluate(async () => {
          const tried = {};
          const attempt = async (what, act) => {
            try { await act(); tried[what] = 'reached'; } catch { tried[what] = 'out of reach'; }
          };
          await attempt('page', () => parent.document.title);
          await attempt('worker', () => { if (!parent.sceau) throw new Error('none'); });
          await attempt('storage', () => localStorage.length);
          await attempt('cookies', () => document.cookie);
          await attempt('relay', () => fetch('/'));
          await attempt('elsewhere', () => fetch('https://x.example/'));
          return { origin: self.origin, ...tried };
        });
        assert.deepEqual(reached, {
          origin: 'null', page: 'out of reach', worker: 'out of reach', storage: 'out of reach', cookies: 'out of reach',
          relay: 'out of reach', elsewhere: 'out of reach',
        });
        seen.forget();
      });

      it('as it came, without the sanitiser: the frame alone holds', async () => {
        await page.evaluate(showRaw, payloads);
        await page.waitForTimeout(SETTLE_MS);
        // What the policy stops is told as a request too: whether any left is for the proxy and the log to say.
        const { dialogs, pages } = seen.all();
        assert.deepEqual({ dialogs, pages }, { dialogs: [], pages: 1 });
        assert.ok(await page.locator('.verdict[data-trust=SealedSigned]').isVisible(), 'the page was not replaced');
      });

      it('left no word of any host with the proxy, nor in the browser’s own log', async () => {
        await browser.close();
        browser = null;
        const theirs = trap.asked.filter((host) => host.includes('.example') && !host.startsWith('planted.'));
        assert.deepEqual(theirs, []);
        const text = await readLog(log);
        assert.ok(askedFor(['planted.example'], text).length > 0, 'the log would tell');
        assert.deepEqual(askedFor(hosts(), text), []);
      });
    });
  }
});

/** Our own payloads, those of the sanitiser's tests: escapes for what cannot be seen, headings between them. */
async function readPayloads() {
  const file = fileURLToPath(new URL('../../../crates/sanitize/tests/all/hostile.txt', import.meta.url));
  const unescape = (line) => line.replace(/\\n/g, '\n').replace(/\\t/g, '\t').replace(/\\r/g, '\r').replace(/\\u([0-9a-f]{4})/gi, (_, code) => String.fromCharCode(parseInt(code, 16)));
  return (await readFile(file, 'utf8')).split('\n').filter((line) => line && !line.startsWith('## ')).map(unescape);
}

/** Every host that a payload names. */
function hosts() {
  return [...new Set(payloads.flatMap((payload) => payload.match(/[a-z0-9-]+\.example\b/g) ?? []))].filter((host) => !host.startsWith('a.'));
}

/** The lines by which a log says that one of these hosts was asked for, and not only that a page named it: in Firefox what the process says
 * that alone may use the network. */
function askedFor(names, text) {
  const theirs = new RegExp(names.map((host) => `\\b${host.replaceAll('.', '\\.')}\\b`).join('|'));
  const asking = /"(?:host|hostname|url)":|\[Parent.*(?:nsHostResolver|nsHttp)/;
  return text.split('\n').filter((line) => theirs.test(line) && asking.test(line)).map((line) => line.slice(0, 300));
}

/** Waits for something that is told later; the test runner ends what never comes. */
async function waitUntil(holds, what) {
  for (let turn = 0; turn < 100; turn += 1) {
    if (holds()) return;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  assert.fail(what);
}

/** What happens in a browser while a letter is shown; requests to the relay and within the browser are the page's own. */
function watch(context, page, own) {
  const found = { dialogs: [], requests: [], refused: 0 };
  page.on('dialog', (dialog) => { found.dialogs.push(dialog.message()); dialog.dismiss().catch(() => {}); });
  page.on('console', (said) => { if (/Content.Security.Policy|Refused to|blocked/i.test(said.text())) found.refused += 1; });
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(own) && !/^(blob|data|about|chrome):/.test(url)) found.requests.push(url);
  });
  return {
    dialogs: found.dialogs,
    requests: found.requests,
    get refused() { return found.refused; },
    all: () => ({ dialogs: [...found.dialogs], requests: [...found.requests], pages: context.pages().length, refused: found.refused }),
    forget() { found.dialogs.length = 0; found.requests.length = 0; found.refused = 0; },
  };
}

/** Whatever a handler could wait for. */
function provoke(frame) {
  return frame.evaluate(() => {
    const types = ['load', 'error', 'focus', 'blur', 'mouseover', 'mouseenter', 'pointerenter', 'pointerover', 'animationstart', 'animationend', 'transitionend', 'toggle', 'beforetoggle', 'begin', 'end', 'repeat', 'start', 'finish', 'bounce', 'scroll', 'wheel', 'copy', 'cut', 'paste', 'drag', 'drop', 'input', 'change', 'invalid', 'submit', 'reset', 'select', 'keydown', 'keyup', 'contextmenu', 'resize', 'canplay', 'loadstart', 'message', 'show', 'securitypolicyviolation'];
    for (const element of document.querySelectorAll('#letter *')) {
      for (const type of types) element.dispatchEvent(new Event(type, { bubbles: true, cancelable: true }));
    }
  });
}

/** Runs in the page: every payload in a frame of its own, as the page itself would show it, but unread by anybody. */
async function showRaw(pieces) {
  const address = document.querySelector('meta[name=sceau-frame-letter]').content;
  const show = (piece) => new Promise((resolve) => {
    const frame = Object.assign(document.createElement('iframe'), { src: address });
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.onload = () => {
      frame.onload = null;
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => { if (data.ready) port1.postMessage({ pieces: [new TextEncoder().encode(piece)] }); };
      frame.contentWindow.postMessage(null, '*', [port2]);
      setTimeout(() => { frame.remove(); resolve(); }, 400);
    };
    document.body.append(frame);
  });
  for (let start = 0; start < pieces.length; start += 30) await Promise.all(pieces.slice(start, start + 30).map(show));
}

async function inChromium(profile, proxy, log) {
  return openBrowser(profile, {
    proxy: { server: `http://127.0.0.1:${proxy}`, bypass: 'localhost,127.0.0.1' },
    flags: [`--log-net-log=${join(log, 'net.json')}`],
  });
}

async function inFirefox(_profile, proxy, log) {
  return openFirefox({ proxy, log: join(log, 'firefox') });
}

function chromiumLog(log) {
  return readFile(join(log, 'net.json'), 'utf8');
}

async function firefoxLog(log) {
  const files = await readdir(log);
  return (await Promise.all(files.map((file) => readFile(join(log, file), 'utf8')))).join('\n');
}
