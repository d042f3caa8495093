// Reading plain mail: the contenders, after every one of them has read everything once and its answers were compared with ours.

import { compare } from './measure.mjs';
import { agree, ours } from './mail-parties.mjs';

export const OURS = 'ours';
export const SHIPPED = 'ours as shipped';

const BIG = { rounds: 25, leastMs: 20, warmMs: 300 };
const SMALL = { rounds: 15, leastMs: 200, warmMs: 4_000 };

/** A job's name, its title, how it is measured and its mails. */
export const mailJobs = ({ big, small }) => ({
  'mail-10mb': { title: 'read 10 MB', how: BIG, mails: [big] },
  'mail-1000': { title: 'read 1,000 letters', how: SMALL, mails: small },
});

/** The mails of a folder; `file` reads one of its files. */
export async function mailsOf(file) {
  const lengths = JSON.parse(new TextDecoder().decode(await file('small.json')));
  const all = await file('small.eml');
  let at = 0;
  return { big: await file('big.eml'), small: lengths.map((length) => all.subarray(at, at += length)) };
}

const reading = (name, { read }, mails) => ({
  name,
  async run() {
    for (const mail of mails) {
      const found = read(mail);
      if (found instanceof Promise) await found;
    }
  },
});

/** `libraries` are the complete module built for speed, and as shipped. */
export async function measure({ how, mails }, [fast, shipped], peers) {
  const mine = ours(fast);
  const others = [[SHIPPED, ours(shipped)], ...peers];
  for (const [name, party] of others) {
    for (const mail of mails) agree(name, mine.seen(mine.read(mail)), party.seen(await party.read(mail)));
  }
  return compare([reading(OURS, mine, mails), ...others.map(([name, party]) => reading(name, party, mails))], how);
}
