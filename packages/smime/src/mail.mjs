// A mail that was read, made of what a module laid out in its memory: all words one after the other, and numbers that say how long
// each is.

const ABSENT = 0xffff_ffff;

/** Node has a way from octets to words that costs a short text less than its TextDecoder. */
const NODE = globalThis.Buffer?.prototype?.ucs2Slice && globalThis.Buffer.prototype.latin1Slice ? globalThis.Buffer : null;
const utf16 = NODE ? null : new TextDecoder('utf-16le', { ignoreBOM: true });

/** Reads mail in a module: `{ glue, memory }`. */
export class MailReader {
  #glue;
  #memory;
  #octets;
  #numbers;
  #units;

  constructor({ glue, memory }) {
    this.#glue = glue;
    this.#memory = memory;
  }

  /** What a mail says. */
  read(mail) {
    return this.#told(this.#glue.readMail(mail, !NODE), (cursor) => new Mail(cursor, (section) => this.#fields(section)));
  }

  /** The fields of a header section, whose octets stand as characters. */
  #fields(section) {
    const octets = new Uint8Array(section.length);
    for (let at = 0; at < octets.length; at += 1) octets[at] = section.charCodeAt(at);
    return this.#told(this.#glue.readFields(octets, !NODE), (cursor) => cursor.list(field));
  }

  #told(address, make) {
    if (this.#octets?.buffer !== this.#memory.buffer) this.#look();
    try {
      return make(this.#cursor(address >>> 2));
    } finally {
      this.#glue.forgetMail();
    }
  }

  /** Whenever memory grew. */
  #look() {
    const { buffer } = this.#memory;
    this.#octets = new Uint8Array(buffer);
    this.#numbers = new Uint32Array(buffer);
    this.#units = NODE?.from(buffer);
  }

  #cursor(at) {
    const numbers = this.#numbers;
    const start = numbers[at];
    const end = start + numbers[at + 1] * numbers[at + 2];
    return new Cursor(this.#words(start, end, numbers[at + 1] === 1), numbers, at + 3, this.#octets);
  }

  #words(start, end, isNarrow) {
    if (!NODE) return utf16.decode(this.#octets.subarray(start, end));
    return isNarrow ? this.#units.latin1Slice(start, end) : this.#units.ucs2Slice(start, end);
  }
}

class Cursor {
  #words;
  #numbers;
  #octets;
  #place;
  #at = 0;

  constructor(words, numbers, place, octets) {
    this.#words = words;
    this.#numbers = numbers;
    this.#place = place;
    this.#octets = octets;
  }

  number() {
    return this.#numbers[this.#place++];
  }

  word(length = this.number()) {
    return length === ABSENT ? null : this.#words.slice(this.#at, (this.#at += length));
  }

  list(one, length = this.number()) {
    const list = [];
    for (let at = 0; at < length; at += 1) list.push(one(this));
    return list;
  }

  octets() {
    const start = this.number();
    return this.#octets.slice(start, start + this.number());
  }
}

const word = (cursor) => cursor.word();
const address = (cursor) => ({ name: cursor.word(), email: cursor.word() });
const field = (cursor) => ({ name: cursor.word(), value: cursor.word() });
const part = (cursor) => ({
  type: cursor.word(), charset: cursor.word(), name: cursor.word(), contentId: cursor.word(), inline: cursor.number() === 1,
  bytes: cursor.octets(),
});

/** What a mail says. Its header fields are read when they are first asked for. */
export class Mail {
  #section;
  #fields;
  #headers;

  /** @internal */
  constructor(cursor, fields) {
    const [text, html, files] = [cursor.number(), cursor.number(), cursor.number()];
    this.text = cursor.word(text);
    this.html = cursor.word(html);
    this.parts = cursor.list(part, files);
    this.subject = cursor.word();
    this.date = cursor.word();
    this.messageId = cursor.word();
    [this.sender = null] = cursor.list(address);
    this.from = cursor.list(address);
    this.replyTo = cursor.list(address);
    this.to = cursor.list(address);
    this.cc = cursor.list(address);
    this.bcc = cursor.list(address);
    this.inReplyTo = cursor.list(word);
    this.references = cursor.list(word);
    this.defects = cursor.list(word);
    this.#section = cursor.word();
    this.#fields = fields;
  }

  /** Every field in order, unfolded and decoded. */
  get headers() {
    this.#headers ??= this.#fields(this.#section);
    return this.#headers;
  }
}
