// The frame in which one PDF or one image is looked at. It has an opaque origin, no network and no storage; whatever it needs
// the page hands in over a MessagePort: docs/design/preview.md.

/** Largest file that is shown: three copies of it have to lie in memory for a while. */
const MAX_OCTETS = 256 * 1024 * 1024;
/** Where `%PDF-` must stand; other readers allow as much before it. */
const PDF_WITHIN = 1024;
/** How far one may go in and out, of the width of the frame. */
const ZOOMS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4];
/** A page is not laid out wider than this at zoom 1: lines would be too long to read. */
const MAX_FITTED = 1100;
/** Room beside a page. */
const MARGIN = 24;
/** Keys that zoom here. */
const ZOOM_KEYS = new Map([['+', 'in'], ['=', 'in'], ['-', 'out'], ['0', 'width']]);

const main = document.querySelector('main');
let port = null;
let view = null;
let zoom = 1;
/** Questions to the page that wait for an answer. */
const waiting = new Map();
let asked = 0;

/** The first message from the page brings the port; nobody else is heard. */
function greet(event) {
  if (event.source !== parent || !event.ports[0]) return;
  removeEventListener('message', greet);
  [port] = event.ports;
  port.onmessage = ({ data }) => hear(data);
  tell({ kind: 'ready' });
}

function tell(message) {
  port.postMessage(message);
}

function hear(message) {
  switch (message?.kind) {
    case 'open': return void open(message);
    case 'answer': return answer(message);
    case 'zoom': return setZoom(message.by);
    case 'go': return view?.go(Number(message.page));
    case 'theme': return setTheme(message.theme);
    case 'close': return close();
  }
}

/** Asks the page for something and waits. */
function ask(question) {
  asked += 1;
  tell({ ...question, id: asked });
  return new Promise((resolve) => waiting.set(asked, resolve));
}

function answer({ id, value }) {
  waiting.get(id)?.(value ?? null);
  waiting.delete(id);
}

const asks = {
  need: async (file) => {
    const bytes = await ask({ kind: 'need', file });
    return bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : null;
  },
  password: async (again) => {
    const word = await ask({ kind: 'password', again });
    return typeof word === 'string' ? word : null;
  },
  tell,
};

async function open({ bytes, words = {}, theme, language }) {
  close();
  setTheme(theme);
  if (language) document.documentElement.lang = language;
  const octets = new Uint8Array(bytes);
  let mine = null;
  try {
    if (octets.length > MAX_OCTETS) throw 'too_large';
    mine = viewOf(octets, words);
    view = mine;
    const opened = await mine.open(octets);
    // Somebody closed it, or opened another.
    if (view !== mine) return;
    lay(1);
    scrollTo(0, 0);
    tell({ kind: 'opened', ...opened });
    tellPlace();
  } catch (error) {
    if (view !== mine && mine) return;
    close();
    tell({ kind: 'failed', code: typeof error === 'string' ? error : 'damaged' });
  }
}

function viewOf(octets, words) {
  const begin = String.fromCharCode(...octets.subarray(0, PDF_WITHIN));
  // A picture whose words contain this mark is a picture.
  if (imageOf(octets)) return new ImageView(main, words);
  if (begin.includes('%PDF-')) return new PdfView(main, words, asks);
  throw 'not_known';
}

function close() {
  view?.close();
  view = null;
  zoom = 1;
  // Who waits for the page waits no longer.
  for (const resolve of waiting.values()) resolve(null);
  waiting.clear();
  main.replaceChildren();
}

function setTheme(theme) {
  if (['light', 'dark', 'machine'].includes(theme)) document.documentElement.dataset.theme = theme;
}

function setZoom(by) {
  const [larger, smaller] = [ZOOMS.find((each) => each > zoom), ZOOMS.findLast((each) => each < zoom)];
  zoom = { in: larger ?? zoom, out: smaller ?? zoom, width: 1 }[by] ?? zoom;
  lay();
  tellPlace();
}

/** Lays everything out anew, and comes back to what was looked at. */
function lay(page = view?.page()) {
  if (!view) return;
  view.lay(Math.max(1, Math.min(MAX_FITTED, document.documentElement.clientWidth - MARGIN)), zoom);
  if (page > 1) view.go(page);
}

let told = '';
function tellPlace() {
  if (!view) return;
  const place = { kind: 'at', page: view.page(), zoom: Math.round(zoom * 100) };
  if (JSON.stringify(place) === told) return;
  told = JSON.stringify(place);
  tell(place);
}

/** Once for all that happens before the next picture. */
function soon(work) {
  let planned = false;
  return () => {
    if (planned) return;
    planned = true;
    requestAnimationFrame(() => { planned = false; work(); });
  };
}

let width = 0;
addEventListener('resize', soon(() => {
  if (width === document.documentElement.clientWidth) return;
  width = document.documentElement.clientWidth;
  lay();
}));
addEventListener('scroll', soon(tellPlace), { passive: true });
addEventListener('keydown', (event) => {
  if (!port || event.altKey || event.ctrlKey || event.metaKey) return;
  const by = ZOOM_KEYS.get(event.key);
  if (by) setZoom(by);
  else if (event.key === 'Escape') tell({ kind: 'key', key: event.key });
  else return;
  event.preventDefault();
});
addEventListener('message', greet);
