// Shows a letter's HTML, which was disarmed before it came here: docs/design/reading.md. This is the only script that runs in
// this document. It takes one port of the page and believes nothing else; the page believes nothing it says.
'use strict';

const root = document.documentElement;
const letter = document.getElementById('letter');
/** What the page does with these it does here too; everything else stays the letter's and the browser's. */
const KEYS = new Set(['j', 'k', 'r', 'a', 'f', 'e', '#', 'u', '/', 'g', 'i', 's', 'd', 'c', '?', 'l', 'Escape']);

addEventListener('message', function take(event) {
  const [port] = event.ports;
  if (event.source !== parent || !port) return;
  removeEventListener('message', take);
  listen(port);
});

function listen(port) {
  const say = (word) => port.postMessage(word);
  port.onmessage = ({ data }) => {
    dress(data);
    if (data.pieces) show(data.pieces);
    if (data.head) title(data.head);
    if (data.print) { print(); say({ printed: true }); }
  };
  new ResizeObserver(() => say({ height: Math.ceil(root.getBoundingClientRect().height) })).observe(root);
  for (const name of ['click', 'auxclick']) addEventListener(name, (event) => follow(event, say), true);
  addEventListener('keydown', (event) => press(event, say), true);
  // A pointer that leaves a link takes nothing from whoever came to one by the keyboard.
  const aims = { pointer: null, focus: null };
  for (const [by, [over, out]] of [['pointer', ['pointerover', 'pointerout']], ['focus', ['focusin', 'focusout']]]) {
    const aim = (event, now) => {
      const link = linkOf(event.target);
      if (!link) return;
      aims[by] = now(link);
      say({ aim: aims.pointer ?? aims.focus });
    };
    addEventListener(over, (event) => aim(event, (link) => link), true);
    addEventListener(out, (event) => aim(event, () => null), true);
  }
  say({ ready: true });
}

/** Language and colours of the page around. */
function dress({ lang, theme, follow: follows }) {
  if (lang) root.lang = lang;
  if (theme) root.dataset.theme = theme;
  if (follows !== undefined) root.toggleAttribute('data-follow', follows);
}

/** What no letter is shown with, should anything of it ever come this far: browsers connect for some of it whatever a policy says. */
const NEVER = 'link, meta, base, style, script, iframe, frame, frameset, object, embed, form, svg, math, template, video, audio, portal';

function show(pieces) {
  const decoder = new TextDecoder();
  letter.replaceChildren(...pieces.map((octets, place) => {
    const piece = document.createElement('div');
    piece.className = 'piece';
    piece.dataset.piece = String(place);
    // A document that is not shown loads nothing and runs nothing; what is taken over from it is not written and read again.
    const { body } = new DOMParser().parseFromString(`<!doctype html><body>${decoder.decode(octets)}`, 'text/html');
    for (const element of body.querySelectorAll(NEVER)) element.remove();
    piece.append(...body.childNodes);
    return piece;
  }));
}

/** What stands above a printed letter: words only. */
function title({ subject, lines, text }) {
  const head = document.getElementById('head');
  const heading = Object.assign(document.createElement('h1'), { textContent: subject });
  const list = document.createElement('dl');
  for (const [name, value] of lines) {
    list.append(Object.assign(document.createElement('dt'), { textContent: name }), Object.assign(document.createElement('dd'), { textContent: value }));
  }
  head.replaceChildren(heading, list);
  head.hidden = false;
  document.title = subject;
  if (text !== undefined) letter.replaceChildren(Object.assign(document.createElement('div'), { className: 'text', textContent: text }));
}

/** A link is named by its piece and its place in the piece's list; what it looks like counts for nothing. */
function linkOf(target) {
  const anchor = target instanceof Element ? target.closest('a[data-link]') : null;
  const piece = anchor?.closest('[data-piece]');
  return piece ? [Number(piece.dataset.piece), Number(anchor.dataset.link)] : null;
}

function follow(event, say) {
  const link = linkOf(event.target);
  if (!link) return;
  event.preventDefault();
  if (event.button <= 1) say({ link });
}

function press(event, say) {
  const link = event.key === 'Enter' ? linkOf(event.target) : null;
  if (link) {
    event.preventDefault();
    say({ link });
  } else if (KEYS.has(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    say({ key: event.key });
  }
}
