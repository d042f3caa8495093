// What can be measured of how a screen looks: does it fit, can everybody use it, in which words does it speak.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

/** What sticks out sideways: the page itself, a pane with a bar of its own, a control whose word does not fit. Empty when all is well. */
export function overflow(page) {
  return page.evaluate(() => {
    const name = (element) => `${element.tagName.toLowerCase()}.${element.className?.baseVal ?? element.className} "${(element.innerText ?? '').slice(0, 30)}"`;
    /** Cut off by something that fits itself: an ellipsis, not a bar. */
    const cut = (element) => {
      for (let around = element.parentElement; around; around = around.parentElement) {
        if (['hidden', 'clip'].includes(getComputedStyle(around).overflowX)) return around.getBoundingClientRect().right <= innerWidth + 1;
      }
      return false;
    };
    const found = [];
    const { scrollWidth } = document.scrollingElement;
    if (scrollWidth > innerWidth) found.push(`the page is ${scrollWidth} wide in a window of ${innerWidth}`);
    for (const element of document.querySelectorAll('body *')) {
      if (!element.checkVisibility({ visibilityProperty: true }) || element.closest('.hidden-words, svg')) continue;
      const { overflowX, position } = getComputedStyle(element);
      const bar = ['auto', 'scroll'].includes(overflowX) && element.scrollWidth > element.clientWidth + 1;
      if (bar) found.push(`a bar below ${name(element)}`);
      const box = element.getBoundingClientRect();
      const shown = box.width > 1 && box.height > 1 && position !== 'absolute' && !element.closest('[inert], .skip');
      if (shown && (box.right > innerWidth + 1 || box.left < -1) && !cut(element)) found.push(`${name(element)} lies from ${box.left} to ${box.right} of ${innerWidth}`);
      const control = element.matches('button, label.button, h1, h2, kbd');
      if (control && overflowX === 'visible' && element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0) {
        found.push(`the words of ${name(element)} need ${element.scrollWidth} of ${element.clientWidth}`);
      }
    }
    return found;
  });
}

/** What axe finds against WCAG 2.1 A and AA, one line each. */
export async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  return page.evaluate(async (tags) => {
    const { violations: found } = await globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags } });
    return found.flatMap(({ id, nodes }) => nodes.map(({ target, any, all, none }) => `${id} at ${target}: ${[...any, ...all, ...none].map(({ message }) => message).join('; ')}`));
  }, WCAG);
}

/** Every piece of text somebody sees or is read, names and tooltips included; pieces without two letters in a row are left out. */
export function wordsOf(page) {
  return page.evaluate(() => {
    const pieces = new Set();
    const say = (text) => {
      const piece = text?.replace(/\s+/g, ' ').trim();
      if (piece && /\p{L}{2}/u.test(piece)) pieces.add(piece);
    };
    for (const element of document.querySelectorAll('body, body *')) {
      if (element.matches('script, style, noscript, noscript *') || !element.checkVisibility({ visibilityProperty: true })) continue;
      for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) say(node.data);
      for (const attribute of ['aria-label', 'title', 'placeholder']) say(element.getAttribute(attribute));
    }
    return [...pieces];
  });
}
