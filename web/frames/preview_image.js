// Images, by their first octets only: what they are and how large they will be, before any decoder sees them.

/** Pixels that are decoded at most: four octets each in memory; cameras of these years make 50 million. */
const MAX_PIXELS = 64 * 1024 * 1024;
/** Octets of a JPEG in which its size must stand: profiles and miniatures come before it. */
const MAX_JPEG_HEADER = 4 * 1024 * 1024;

const ASCII = (bytes, from, length) => String.fromCharCode(...bytes.subarray(from, from + length));

/** Kinds of image: how they begin, and where their width and height stand. */
const KINDS = [
  ['image/png', (bytes) => ASCII(bytes, 0, 8) === '\x89PNG\r\n\x1a\n', pngSize],
  ['image/jpeg', (bytes) => ASCII(bytes, 0, 3) === '\xff\xd8\xff', jpegSize],
  ['image/gif', (bytes) => /^GIF8[79]a$/.test(ASCII(bytes, 0, 6)), (view) => [view.getUint16(6, true), view.getUint16(8, true)]],
  ['image/webp', (bytes) => ASCII(bytes, 0, 4) === 'RIFF' && ASCII(bytes, 8, 4) === 'WEBP', webpSize],
  ['image/bmp', (bytes) => ASCII(bytes, 0, 2) === 'BM', bmpSize],
];

/** What an image is: `{ type, width, height }`; null when it is none, `damaged` when it says no size. */
function imageOf(bytes) {
  const kind = KINDS.find(([, begins]) => begins(bytes));
  if (!kind) return null;
  const [type, , sizeOf] = kind;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const [width, height] = sizeOf(view, bytes);
    return width > 0 && height > 0 ? { type, width, height } : { type, damaged: true };
  } catch {
    // A view that ends too early throws.
    return { type, damaged: true };
  }
}

/** IHDR comes first (PNG §11.2.2). */
function pngSize(view, bytes) {
  return ASCII(bytes, 12, 4) === 'IHDR' ? [view.getUint32(16), view.getUint32(20)] : [0, 0];
}

/** The first frame header (ISO/IEC 10918-1 §B.2.2); segments before it are stepped over. */
function jpegSize(view) {
  let at = 2;
  while (at < MAX_JPEG_HEADER) {
    if (view.getUint8(at) !== 0xff) return [0, 0];
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return [view.getUint16(at + 7), view.getUint16(at + 5)];
    // Filling octets, and markers without a segment.
    if (marker === 0xff) at += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else at += 2 + Math.max(2, view.getUint16(at + 2));
  }
  return [0, 0];
}

/** VP8X has the canvas; else the one frame's own header (RFC 9649 §2.5 to 2.7). */
function webpSize(view, bytes) {
  const three = (at) => view.getUint16(at, true) + view.getUint8(at + 2) * 65_536;
  switch (ASCII(bytes, 12, 4)) {
    case 'VP8X': return [three(24) + 1, three(27) + 1];
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
    }
    case 'VP8 ': return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
    default: return [0, 0];
  }
}

/** The old header has 16 bits, all others 32, the height below zero where lines go downwards. */
function bmpSize(view) {
  const isOld = view.getUint32(14, true) === 12;
  return isOld
    ? [view.getUint16(18, true), view.getUint16(20, true)]
    : [Math.abs(view.getInt32(18, true)), Math.abs(view.getInt32(22, true))];
}

/** One image, at the width of the frame or enlarged. */
class ImageView {
  #picture = document.createElement('img');
  #image;
  #url;
  #closed = false;

  constructor(main, words) {
    this.main = main;
    this.#picture.className = 'picture';
    this.#picture.alt = words.image ?? '';
  }

  /** Resolves when it is shown; rejects with a code. */
  async open(bytes) {
    this.#image = imageOf(bytes);
    if (this.#image.damaged) throw 'damaged';
    if (this.#image.width * this.#image.height > MAX_PIXELS) throw 'too_many_pixels';
    this.#url = URL.createObjectURL(new Blob([bytes], { type: this.#image.type }));
    this.#picture.src = this.#url;
    await this.#picture.decode().catch(() => { throw 'damaged'; });
    if (this.#closed) throw 'closed';
    this.main.replaceChildren(this.#picture);
    return { what: 'image', pages: 1, width: this.#picture.naturalWidth, height: this.#picture.naturalHeight };
  }

  lay(width, zoom) {
    const fitted = Math.min(width, this.#picture.naturalWidth);
    this.#picture.style.width = `${Math.max(1, Math.round(fitted * zoom))}px`;
  }

  page() { return 1; }

  go() {}

  close() {
    this.#closed = true;
    this.#picture.removeAttribute('src');
    if (this.#url) URL.revokeObjectURL(this.#url);
  }
}
