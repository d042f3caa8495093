// A ring of private keys. It lives in the memory of one wasm module at a time, and moves once, when a letter or a key needs
// the complete one.

import { load } from './modules.mjs';
import { isForTheComplete } from './where.mjs';

export class Keys {
  /** Where the keys are: `{ module, ring }`. */
  #home = null;
  /** Ends with the last call begun. One at a time: a ring must not move while it is used. */
  #turn = Promise.resolve();

  /** Makes keys with self-signed certificates. */
  static async generate(person) {
    const keys = new Keys();
    const now = Math.floor(Date.now() / 1000);
    const module = await load('complete');
    keys.#home = { module, ring: module.glue.Keys.generate({ now, ...person }) };
    return keys;
  }

  /** Adds every key of a PKCS#12 container that has its certificate there. */
  addPkcs12(container, password) {
    return this.use(true, ({ ring }) => ring.addPkcs12(container, password));
  }

  /** Adds a private key with its certificate and the certificates above it. */
  addKey(key, certificates, password) {
    return this.#add(({ ring }) => ring.addKey(key, certificates, password));
  }

  /** How many keys with a certificate there are. */
  size() {
    return this.use(false, ({ ring }) => ring.size);
  }

  /** The keys' certificates, PEM. */
  certificates() {
    return this.use(false, ({ ring }) => ring.certificates);
  }

  /** A certification request in PEM for every key. */
  toRequests(name, email) {
    return this.use(true, ({ ring }) => ring.toRequests(name, email));
  }

  /** All keys in a PKCS#12 container. */
  toPkcs12(password) {
    return this.use(true, ({ ring }) => ring.toPkcs12(password));
  }

  /** Wipes the keys, after what was begun before. */
  free() {
    this.#turn = this.#turn.then(() => {
      this.#home?.ring.free();
      this.#home?.module.forget();
      this.#home = null;
    });
    return this.#turn;
  }

  [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    return this.free();
  }

  /**
   * Does a job that needs the keys, when those begun before are done. The package's own; a job may wait, and others wait for it.
   * @internal
   */
  use(isComplete, job) {
    const done = this.#turn.then(async () => job(await this.#at(isComplete)));
    this.#turn = done.then(() => {}, () => {});
    return done;
  }

  async #add(job) {
    try {
      await this.use(false, job);
    } catch (error) {
      if (!isForTheComplete(error)) throw error;
      await this.use(true, job);
    }
  }

  async #at(isComplete) {
    if (this.#home === null) {
      const module = await load(isComplete ? 'complete' : 'core');
      this.#home = { module, ring: new module.glue.Keys() };
    }
    if (isComplete && !this.#home.module.isComplete) this.#home = moved(this.#home, await load('complete'));
    return this.#home;
  }
}

/**
 * Carries the keys into another module and wipes them here. They go from memory to memory: no array of JavaScript's own ever
 * holds them.
 */
function moved({ module, ring }, to) {
  const there = new to.glue.Keys();
  const packed = ring.pack();
  try {
    const parcel = new to.glue.Parcel(packed.length);
    try {
      const octets = new Uint8Array(module.memory.buffer, packed.address, packed.length);
      new Uint8Array(to.memory.buffer, parcel.address, parcel.length).set(octets);
      there.unpack(parcel);
    } finally {
      parcel.free();
    }
  } catch (error) {
    there.free();
    throw error;
  } finally {
    packed.free();
  }
  ring.free();
  module.forget();
  return { module: to, ring: there };
}
