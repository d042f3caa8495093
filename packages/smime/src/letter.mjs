// A letter that was opened and judged.

export class Letter {
  #letter;

  /** @internal */
  constructor(letter) {
    this.#letter = letter;
  }

  /** The state. */
  get trust() {
    return this.#letter.trust;
  }

  /** The whole report, as `sceau open --json` prints it. */
  get report() {
    return this.#letter.report;
  }

  /** What the sender's program said that it reads; only of a letter whose sender is confirmed. */
  get senderCapabilities() {
    return this.#letter.senderCapabilities;
  }

  /** Plain text of the letter. */
  get text() {
    return this.#letter.text;
  }

  /** The message exactly as it was protected. Copies. */
  get message() {
    return this.#letter.message;
  }

  /** The content of an attachment, counted as in the report's `parts`. Copies. */
  part(index) {
    return this.#letter.part(index);
  }

  /** Wipes the letter. */
  free() {
    this.#letter.free();
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.free();
  }
}
