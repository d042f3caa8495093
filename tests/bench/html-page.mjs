// In a page of Chromium: a letter's HTML made fit to be shown, ours beside DOMPurify.

import DOMPurify from 'dompurify';
import { compare } from './measure.mjs';

const HOW = { rounds: 25, leastMs: 60, warmMs: 1_000 };

async function library(name) {
  const glue = await import(`/module/${name}.js`);
  await glue.default({ module_or_path: fetch(`/module/${name}_bg.wasm`) });
  return glue;
}

const parsed = (html) => new DOMParser().parseFromString(html, 'text/html');

/** Fails when a script or a handler is left, or an address that runs one. */
function disarmed(name, html) {
  const attributes = [...parsed(html).querySelectorAll('*')].flatMap((element) => [...element.attributes]);
  const runs = attributes.find(({ name, value }) => name.startsWith('on') || /^[\s\0-\x20]*javascript:/i.test(value));
  if (runs || parsed(html).querySelector('script')) throw new Error(`${name} left in what runs: ${runs?.name}=${runs?.value}`);
}

/** The words that are seen: without sheets, scripts and the preview that is hidden; of drawings ours has none. Those of images count, since
 * ours has them where the others have an image that is not drawn. */
function seen(html) {
  const { body } = parsed(html);
  for (const image of body.querySelectorAll('img')) image.replaceWith(image.alt);
  for (const element of body.querySelectorAll('style, script, svg, [style*="display:none"]')) element.remove();
  return body.textContent.replaceAll(/\s+/g, '');
}

function difference(one, other) {
  const at = Array.from(one).findIndex((letter, place) => letter !== other[place]);
  return `${one.slice(at, at + 80)} / ${other.slice(at, at + 80)}`;
}

async function contenders(html) {
  const [fast, shipped] = [await library('sanitize'), await library('sanitize-shipped')];
  const all = [
    { name: 'ours', run: () => fast.sanitize(html) },
    { name: 'ours as shipped', run: () => shipped.sanitize(html) },
    { name: 'DOMPurify', run: () => DOMPurify.sanitize(html) },
  ];
  const wanted = seen(html);
  for (const { name, run } of all) {
    disarmed(name, run());
    const found = seen(run());
    if (found !== wanted) throw new Error(`${name} has other words (${difference(found, wanted)})`);
  }
  return all;
}

/** The figures of one letter. */
export async function sanitizing() {
  const html = await (await fetch('/fixtures/newsletter.html')).text();
  const { length } = new TextEncoder().encode(html);
  return { job: `sanitise ${Math.round(length / 1000)} KB`, rows: await compare(await contenders(html), HOW) };
}
