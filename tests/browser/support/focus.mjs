// Where the focus is, and whether an eye finds it.

/** The element with the focus: its id, name, row number, and whether something drawn sets it apart. */
export function focus(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    const drawn = (one) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow.includes('inset');
    };
    // The mark of a field without a border is on its line, that of a file field on its label.
    const marked = [element, element.closest('.line'), element.matches('[type=file]') ? element.nextElementSibling : null];
    const box = element.getBoundingClientRect();
    return {
      id: element.id,
      tag: element.tagName,
      name: element.getAttribute('aria-label') ?? element.innerText?.trim() ?? '',
      row: element.dataset?.index === undefined ? null : Number(element.dataset.index),
      visible: element !== document.body && marked.some((one) => one && drawn(one)),
      inSight: box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth,
    };
  });
}

/** Resolves once the element a selector finds has the focus. */
export function focusOn(page, selector) {
  return page.waitForFunction((wanted) => document.activeElement?.matches(wanted), selector);
}

/** Presses Tab until the element a selector finds has the focus; fails after a whole round of the page. */
export async function tabTo(page, selector, key = 'Tab') {
  const most = 120;
  for (let pressed = 0; pressed < most; pressed += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${selector} is not reached by ${most} presses of ${key}`);
}
