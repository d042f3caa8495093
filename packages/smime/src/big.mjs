// Letters larger than memory: where they are read from and written to.

/** A letter that was judged and can be delivered. */
export class BigLetter {
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

  /** Plain text of the letter. */
  get text() {
    return this.#letter.text;
  }

  /** Writes the message exactly as it was protected. What a failure leaves in the sink is to be thrown away. */
  writeMessage(sink) {
    return writing(sink, (to) => this.#letter.writeMessage(to));
  }

  /** Writes the content of an attachment, counted as in the report's `parts`. */
  writePart(index, sink) {
    return writing(sink, (to) => this.#letter.writePart(index, to));
  }

  /** Wipes what is in memory of the letter. */
  free() {
    this.#letter.free();
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.free();
  }
}

/** What wasm reads from: a Blob, a File, octets, or something that says its size and reads ranges. */
export function sourceOf(given) {
  if (given instanceof Uint8Array) {
    return { size: given.length, read: async (offset, length) => given.subarray(offset, offset + length) };
  }
  if (typeof given?.slice === 'function' && typeof given.size === 'number') {
    return {
      size: given.size,
      read: async (offset, length) => new Uint8Array(await given.slice(offset, offset + length).arrayBuffer()),
    };
  }
  if (typeof given?.read === 'function' && typeof given.size === 'number') return given;
  throw badArgument('a source is a Blob, a Uint8Array, or has a size and reads ranges');
}

/** Lets a job write to something that has `write`, or to a WritableStream, which is closed when the job is done. */
export async function writing(sink, job) {
  if (typeof sink?.getWriter !== 'function') {
    if (typeof sink?.write !== 'function') throw badArgument('a sink is a WritableStream or has a function write');
    return job(sink);
  }
  const writer = sink.getWriter();
  try {
    const done = await job({ write: (octets) => writer.ready.then(() => writer.write(octets)) });
    await writer.close();
    return done;
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  } finally {
    writer.releaseLock();
  }
}

function badArgument(detail) {
  return Object.assign(new Error(`an argument is not as documented: ${detail}`), { code: 'bad_argument' });
}
