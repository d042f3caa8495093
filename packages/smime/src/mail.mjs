// A mail that was read, made of what `readMail` of a module gives: all its texts as one, how long each is, and its files.

const ABSENT = 0xffff_ffff;

class Cursor {
  #words;
  #numbers;
  #place = 0;
  #at = 0;

  constructor(words, numbers) {
    this.#words = words;
    this.#numbers = numbers;
  }

  number() {
    return this.#numbers[this.#place++];
  }

  text() {
    const length = this.number();
    return length === ABSENT ? null : this.#words.slice(this.#at, (this.#at += length));
  }

  list(one) {
    const list = new Array(this.number());
    for (let at = 0; at < list.length; at += 1) list[at] = one(this, at);
    return list;
  }
}

const text = (cursor) => cursor.text();
const address = (cursor) => ({ name: cursor.text(), email: cursor.text() });
const field = (cursor) => ({ name: cursor.text(), value: cursor.text() });

/** What a mail says. Its header fields are cut out when they are first asked for. */
export class Mail {
  #rest;
  #headers;

  /** @internal */
  constructor([words, numbers, ...files]) {
    const cursor = new Cursor(words, numbers);
    this.text = cursor.text();
    this.html = cursor.text();
    this.subject = cursor.text();
    this.date = cursor.text();
    this.messageId = cursor.text();
    [this.sender = null] = cursor.list(address);
    this.from = cursor.list(address);
    this.replyTo = cursor.list(address);
    this.to = cursor.list(address);
    this.cc = cursor.list(address);
    this.bcc = cursor.list(address);
    this.inReplyTo = cursor.list(text);
    this.references = cursor.list(text);
    this.defects = cursor.list(text);
    this.parts = cursor.list((part, at) => ({
      type: part.text(), charset: part.text(), name: part.text(), contentId: part.text(), inline: part.number() === 1, bytes: files[at],
    }));
    this.#rest = cursor;
  }

  /** Every field in order, unfolded and decoded. */
  get headers() {
    this.#headers ??= this.#rest.list(field);
    return this.#headers;
  }
}
