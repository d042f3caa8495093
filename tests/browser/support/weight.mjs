// Weighs the page: a fresh profile, a fresh relay, the browser's own count of bytes received per request.

import { enrol, sitDown } from './person.mjs';
import { DOMAIN, newPractice } from './practice.mjs';

const SOMEBODY = { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine', passPhrase: 'tisane quinquet balustrade ouistiti' };

/** What is in the list once it is there, with no letter in it. */
const EMPTY = 'Aucune lettre';

/** Everything a browser that has never seen the page asks for until the first inbox is there; what comes after it, apart. */
export async function measure() {
  const practice = await newPractice();
  try {
    const before = await enrol(practice, practice.relay.url, SOMEBODY);
    await before.close();
    const person = await sitDown(practice, 'elsewhere');
    try {
      const files = recordNetwork(person.page);
      await person.page.addInitScript(noteWhenShown, EMPTY);
      await person.signIn.open(practice.relay.url);
      await person.signIn.signIn(SOMEBODY.address, SOMEBODY.passPhrase);
      await person.mailbox.ready();
      await person.page.getByText(EMPTY).waitFor();
      // What the first inbox does not wait for is fetched by now too.
      await person.page.workers()[0].evaluate(() => self.sceau.loadSecondary());
      return await files(await person.page.evaluate(() => globalThis.shownAt));
    } finally {
      await person.close();
    }
  } finally {
    await practice.close();
  }
}

/** Runs inside the page: when words are first shown, in milliseconds since 1970. */
function noteWhenShown(words) {
  const look = () => {
    if (!document.body?.innerText.includes(words)) return;
    globalThis.shownAt = performance.timeOrigin + performance.now();
    observer.disconnect();
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { childList: true, subtree: true, characterData: true });
}

/** What crossed the wire, the worker's own requests included: compressed bodies and headers, summed per address, for what was asked for
 * before a moment and for what was asked for after it. */
function recordNetwork(page) {
  const requests = [];
  page.on('requestfinished', (request) => requests.push(request));
  return async (shownAt) => {
    const sums = { before: new Map(), after: new Map() };
    for (const request of requests.filter((one) => one.url().startsWith('http'))) {
      const { responseBodySize, responseHeadersSize } = await request.sizes();
      const name = new URL(request.url()).pathname;
      const bytes = request.timing().startTime < shownAt ? sums.before : sums.after;
      bytes.set(name, (bytes.get(name) ?? 0) + responseBodySize + responseHeadersSize);
    }
    const sorted = (bytes) => [...bytes].map(([name, size]) => ({ name, bytes: size })).sort((a, b) => b.bytes - a.bytes);
    return { before: sorted(sums.before), after: sorted(sums.after) };
  };
}
