// Weighs the page: a fresh profile, a fresh relay, the browser's own count of bytes received per request.

import { enrol, sitDown } from './person.mjs';
import { DOMAIN, newPractice } from './practice.mjs';

const SOMEBODY = { address: `claire.lemoine@${DOMAIN}`, name: 'Dr Claire Lemoine', passPhrase: 'tisane quinquet balustrade ouistiti' };

/** Everything a browser that has never seen the page fetches until the first inbox is there. */
export async function measure() {
  const practice = await newPractice();
  try {
    const before = await enrol(practice, practice.relay.url, SOMEBODY);
    await before.close();
    const person = await sitDown(practice, 'elsewhere');
    try {
      const files = recordNetwork(person.page);
      await person.signIn.open(practice.relay.url);
      await person.signIn.signIn(SOMEBODY.address, SOMEBODY.passPhrase);
      await person.mailbox.ready();
      await person.page.getByText('Aucune lettre').waitFor();
      return await files();
    } finally {
      await person.close();
    }
  } finally {
    await practice.close();
  }
}

/** What crossed the wire, the worker's own requests included: compressed bodies and headers, summed per address. */
function recordNetwork(page) {
  const requests = [];
  page.on('requestfinished', (request) => requests.push(request));
  return async () => {
    const bytes = new Map();
    for (const request of requests.filter((one) => one.url().startsWith('http'))) {
      const { responseBodySize, responseHeadersSize } = await request.sizes();
      const name = new URL(request.url()).pathname;
      bytes.set(name, (bytes.get(name) ?? 0) + responseBodySize + responseHeadersSize);
    }
    return [...bytes].map(([name, size]) => ({ name, bytes: size })).sort((a, b) => b.bytes - a.bytes);
  };
}
