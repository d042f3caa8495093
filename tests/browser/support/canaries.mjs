// Looks for words that must not be where they are not meant to be, in every spelling they could have on the way.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Every way a word may stand in a file or on the wire: a list of { spelling, bytes }. */
export function spellings(word) {
  const texts = [['utf-8', Buffer.from(word, 'utf8')], ['utf-16le', Buffer.from(word, 'utf16le')]];
  if (isLatin1(word)) texts.push(['latin-1', Buffer.from(word, 'latin1')]);
  const found = texts.map(([spelling, bytes]) => ({ spelling, bytes }));
  for (const [name, bytes] of texts) {
    for (const alignment of [0, 1, 2]) {
      const text = base64At(bytes, alignment);
      found.push({ spelling: `base64 of ${name} at ${alignment}`, bytes: Buffer.from(text) });
      const url = text.replaceAll('+', '-').replaceAll('/', '_');
      if (url !== text) found.push({ spelling: `base64url of ${name} at ${alignment}`, bytes: Buffer.from(url) });
    }
  }
  const unique = new Map(found.map((entry) => [entry.bytes.toString('latin1'), entry]));
  return [...unique.values()];
}

/** Where in `bytes` any of the words stands: a list of sentences, empty when there is none. */
export function hitsIn(bytes, words, place) {
  return words.flatMap((word) =>
    spellings(word)
      .filter(({ bytes: needle }) => bytes.includes(needle))
      .map(({ spelling }) => `"${word}" (${spelling}) in ${place}`));
}

/** Searches a folder, names of files included. `skip` leaves out files a test names, with its reason beside it. */
export async function hitsBelow(folder, words, skip = () => false) {
  const hits = [];
  for (const path of await filesBelow(folder)) {
    const place = relative(folder, path);
    if (skip(place)) continue;
    hits.push(...hitsIn(Buffer.from(place), words, `the name ${place}`));
    hits.push(...hitsIn(await unlessGone(readFile(path), Buffer.alloc(0)), words, place));
  }
  return hits;
}

/** How many files and bytes a search below a folder covers: a search over nothing proves nothing. */
export async function extent(folder) {
  const files = await filesBelow(folder);
  const sizes = await Promise.all(files.map(async (path) => (await unlessGone(stat(path), { size: 0 })).size));
  return { files: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

async function filesBelow(folder) {
  const entries = await unlessGone(readdir(folder, { withFileTypes: true }), []);
  const found = await Promise.all(entries.map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  }));
  return found.flat();
}

/** A browser at work removes files while we look: what is gone is not left behind. */
async function unlessGone(look, otherwise) {
  try {
    return await look;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return otherwise;
  }
}

/** The characters of base64 that depend on the word alone when it begins `alignment` bytes into a group of three. */
function base64At(bytes, alignment) {
  const encoded = Buffer.concat([Buffer.alloc(alignment), bytes]).toString('base64').replaceAll('=', '');
  const first = Math.ceil((alignment * 8) / 6);
  const whole = Math.floor(((alignment + bytes.length) * 8) / 6);
  return encoded.slice(first, whole);
}

function isLatin1(word) {
  return Buffer.from(word, 'latin1').toString('latin1') === word;
}
