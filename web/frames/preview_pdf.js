// A PDF by pdf.js: pages as they come into sight, words that can be selected, links that are only told. No script of the file
// runs: nothing here interprets any, and the policy has no `unsafe-eval`.

/** Nothing, where the build had no pdf.js. */
const { pdfjsLib } = globalThis;

/** Pages that are laid out at most; a report has some, a textbook a thousand. */
const MAX_PAGES = 5_000;
/** Pixels of a page's canvas: iOS draws nothing on a larger one. Four octets each. */
const MAX_CANVAS_PIXELS = 16 * 1024 * 1024;
/** Pixels of its longer side: more than that Chromium and Firefox do not draw. */
const MAX_CANVAS_SIDE = 16_384;
/** Height of a page in CSS pixels: a page of paper is 1,700 high at most, a roll of an electrocardiogram longer. */
const MAX_PAGE_HEIGHT = 30_000;
/** Pages that are drawn at a time: two in sight, some before and after; 64 MiB each at worst. */
const MAX_DRAWN = 6;
/** Pixels of an image within a page; a sheet of A3 at 600 dots per inch has 70 million. Larger ones are left out. */
const MAX_IMAGE_PIXELS = 100_000_000;
/** Links of one page. */
const MAX_LINKS = 1_000;
/** Targets that are told; anything else leads nowhere. */
const TARGET = /^(https?:\/\/|mailto:)[^\s]{1,8000}$/i;

/** Everything is handed in by the page: the frame has no network. Names end in a slash as pdf.js wants it. */
const OPTIONS = {
  cMapUrl: 'cmaps/',
  standardFontDataUrl: 'standard_fonts/',
  wasmUrl: 'wasm/',
  useWorkerFetch: false,
  useSystemFonts: false,
  disableWorkerRendering: true,
  enableXfa: false,
  maxImageSize: MAX_IMAGE_PIXELS,
  canvasMaxAreaInBytes: 4 * MAX_CANVAS_PIXELS,
  verbosity: 0,
};

/** What pdf.js asks for, asked of the page. */
function dataFactory(need) {
  const FOLDERS = { cMapUrl: 'cmaps/', standardFontDataUrl: 'standard_fonts/', wasmUrl: 'wasm/' };
  return class {
    async fetch({ kind, filename }) {
      const bytes = await need(`${FOLDERS[kind]}${filename}`);
      if (!bytes) throw new Error(`${filename} is not there`);
      return bytes;
    }
  };
}

/** A document, its pages one below the other. */
class PdfView {
  #document = null;
  #loading = null;
  #worker = null;
  /** Per page: its element, its size at scale 1, and what is under way. */
  #pages = [];
  #drawn = new Set();
  #wanted = new Set();
  #drawing = false;
  #closed = false;
  #width = 0;
  #zoom = 1;

  /** `ask`: what the view wants of the page, see docs/design/preview.md. */
  constructor(main, words, ask) {
    this.main = main;
    this.words = words;
    this.ask = ask;
    const near = { root: null, rootMargin: '50% 0px' };
    this.sight = new IntersectionObserver((seen) => this.#see(seen), near);
  }

  async open(bytes) {
    this.#worker = await this.#startWorker();
    this.#loading = pdfjsLib.getDocument({
      ...OPTIONS,
      data: bytes,
      worker: pdfjsLib.PDFWorker.create({ port: this.#worker, verbosity: 0 }),
      BinaryDataFactory: dataFactory(this.ask.need),
    });
    this.#loading.onPassword = (answer, reason) => {
      const again = reason === pdfjsLib.PasswordResponses.INCORRECT_PASSWORD;
      this.ask.password(again).then((word) => answer(word ?? new Error('declined')));
    };
    this.#document = await Promise.race([this.#loading.promise, this.#died()]).catch((error) => { throw codeOf(error); });
    return this.#layOut();
  }

  /** The worker is a blob of octets that the page checked: it has no place to be fetched from. */
  async #startWorker() {
    const code = await this.ask.need('pdf.worker.js');
    this.#mustBeOpen();
    if (!code || !pdfjsLib) throw 'no_engine';
    const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
    const worker = new Worker(url, { name: 'pdf' });
    URL.revokeObjectURL(url);
    return worker;
  }

  /** Whatever was waited for may come when another file is shown. */
  #mustBeOpen() {
    if (this.#closed) throw 'closed';
  }

  #died() {
    return new Promise((_, reject) => this.#worker.addEventListener('error', () => reject('no_engine')));
  }

  async #layOut() {
    const count = Math.min(this.#document.numPages, MAX_PAGES);
    const first = await this.#document.getPage(1).catch(() => { throw 'damaged'; });
    this.#mustBeOpen();
    const { width, height } = first.getViewport({ scale: 1 });
    this.#pages = Array.from({ length: count }, (_, at) => {
      const element = document.createElement('section');
      element.className = 'page';
      element.dataset.page = String(at + 1);
      element.setAttribute('aria-label', named(this.words.page, at + 1, count));
      return { element, width, height, task: null };
    });
    this.main.replaceChildren(...this.#pages.map(({ element }) => element));
    return { what: 'pdf', pages: this.#document.numPages, shown: count, width, height };
  }

  /** Gives every page its place; what was drawn for another size is drawn again when it is in sight. */
  lay(width, zoom) {
    [this.#width, this.#zoom] = [width, zoom];
    for (const at of [...this.#drawn]) this.#forget(at);
    for (const page of this.#pages) {
      this.#place(page);
      // Told anew of each that is in sight.
      this.sight.unobserve(page.element);
      this.sight.observe(page.element);
    }
  }

  #place(page) {
    const wanted = (this.#width * this.#zoom) / page.width;
    page.scale = Math.min(wanted, MAX_PAGE_HEIGHT / page.height);
    page.element.style.width = `${Math.max(1, Math.floor(page.width * page.scale))}px`;
    page.element.style.height = `${Math.max(1, Math.floor(page.height * page.scale))}px`;
    page.element.style.setProperty('--total-scale-factor', String(page.scale));
    page.element.style.setProperty('--scale-round-x', '1px');
    page.element.style.setProperty('--scale-round-y', '1px');
  }

  #see(seen) {
    for (const { target, isIntersecting } of seen) {
      const at = Number(target.dataset.page) - 1;
      if (isIntersecting) this.#wanted.add(at);
      else this.#wanted.delete(at);
    }
    this.#draw();
  }

  /** One page after the other, the one that is looked at first. */
  async #draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    for (;;) {
      const looked = this.page() - 1;
      const waiting = [...this.#wanted].filter((at) => !this.#drawn.has(at));
      if (waiting.length === 0 || !this.#document) break;
      const at = waiting.reduce((best, each) => (Math.abs(each - looked) < Math.abs(best - looked) ? each : best));
      this.#drawn.add(at);
      await this.#drawPage(at).catch((error) => this.#complain(at, error));
      this.#makeRoom(looked);
    }
    this.#drawing = false;
  }

  #complain(at, error) {
    const isOurs = error?.name === 'RenderingCancelledException' || !this.#document;
    if (!isOurs) this.ask.tell({ kind: 'warning', code: 'page_damaged', page: at + 1 });
  }

  /** Ends early when the page was laid out anew meanwhile: it is drawn again then. */
  async #drawPage(at) {
    const page = this.#pages[at];
    const source = await this.#document.getPage(at + 1);
    if (!this.#drawn.has(at)) return;
    const natural = source.getViewport({ scale: 1 });
    if (!(natural.width > 0 && natural.height > 0)) throw new Error('a page without a size');
    [page.width, page.height] = [natural.width, natural.height];
    this.#place(page);
    const canvas = document.createElement('canvas');
    const ratio = resolution(natural.width * page.scale, natural.height * page.scale);
    const viewport = source.getViewport({ scale: page.scale * ratio });
    [canvas.width, canvas.height] = [Math.max(1, Math.floor(viewport.width)), Math.max(1, Math.floor(viewport.height))];
    // Filled forms and notes are part of the picture; none of them does anything.
    page.task = source.render({ canvas, viewport, annotationMode: pdfjsLib.AnnotationMode.ENABLE });
    page.element.replaceChildren(canvas);
    await page.task.promise;
    if (this.#drawn.has(at)) await this.#addWords(page, source);
    if (this.#drawn.has(at)) await this.#addLinks(page, source);
  }

  async #addWords(page, source) {
    const container = document.createElement('div');
    container.className = 'text';
    const viewport = source.getViewport({ scale: page.scale });
    const layer = new pdfjsLib.TextLayer({ textContentSource: source.streamTextContent(), container, viewport });
    await layer.render();
    page.element.append(container);
  }

  async #addLinks(page, source) {
    const viewport = source.getViewport({ scale: page.scale });
    const notes = await source.getAnnotations({ intent: 'display' });
    const links = notes.filter((note) => note.subtype === 'Link' && (note.dest || TARGET.test(note.url ?? '')));
    for (const note of links.slice(0, MAX_LINKS)) {
      const [left, top] = viewport.convertToViewportPoint(note.rect[0], note.rect[1]);
      const [right, bottom] = viewport.convertToViewportPoint(note.rect[2], note.rect[3]);
      const link = document.createElement('button');
      link.className = 'link';
      link.setAttribute('aria-label', note.url ?? this.words.link ?? '');
      link.style.left = `${Math.min(left, right)}px`;
      link.style.top = `${Math.min(top, bottom)}px`;
      link.style.width = `${Math.abs(right - left)}px`;
      link.style.height = `${Math.abs(bottom - top)}px`;
      link.addEventListener('click', () => this.#follow(note));
      page.element.append(link);
    }
  }

  /** Within the document at once; elsewhere the page asks first. */
  async #follow({ url, dest }) {
    if (url) return this.ask.tell({ kind: 'link', target: url });
    const found = typeof dest === 'string' ? await this.#document.getDestination(dest) : dest;
    const [target] = Array.isArray(found) ? found : [];
    const at = typeof target === 'object' ? await this.#document.getPageIndex(target).catch(() => null) : target;
    if (Number.isInteger(at)) this.go(at + 1);
  }

  #makeRoom(looked) {
    const far = [...this.#drawn].sort((a, b) => Math.abs(b - looked) - Math.abs(a - looked));
    for (const at of far.slice(0, Math.max(0, far.length - MAX_DRAWN))) this.#forget(at);
  }

  #forget(at) {
    const { element, task } = this.#pages[at];
    task?.cancel();
    // A canvas gives its memory back when it has no size.
    for (const canvas of element.querySelectorAll('canvas')) canvas.width = canvas.height = 0;
    element.replaceChildren();
    this.#drawn.delete(at);
  }

  /** The page in the middle of what is seen, counted from one. */
  page() {
    const middle = document.scrollingElement.scrollTop + innerHeight / 2;
    let [low, high] = [0, this.#pages.length - 1];
    while (low < high) {
      const at = Math.ceil((low + high) / 2);
      if (this.#pages[at].element.offsetTop <= middle) low = at;
      else high = at - 1;
    }
    return low + 1;
  }

  go(page) {
    this.#pages[page - 1]?.element.scrollIntoView({ block: 'start' });
  }

  close() {
    this.#closed = true;
    this.sight.disconnect();
    this.#wanted.clear();
    for (const at of [...this.#drawn]) this.#forget(at);
    this.#document = null;
    this.#loading?.destroy().catch(() => {});
    this.#worker?.terminate();
  }
}

/** Device pixels for each of CSS, fewer where the canvas would be too large. */
function resolution(width, height) {
  const byArea = Math.sqrt(MAX_CANVAS_PIXELS / (width * height));
  return Math.min(devicePixelRatio || 1, byArea, MAX_CANVAS_SIDE / Math.max(width, height));
}

function codeOf(error) {
  if (typeof error === 'string') return error;
  return error?.name === 'PasswordException' || error?.message === 'declined' ? 'locked' : 'damaged';
}

function named(pattern, page, pages) {
  return (pattern ?? '{page} / {pages}').replace('{page}', page).replace('{pages}', pages);
}
