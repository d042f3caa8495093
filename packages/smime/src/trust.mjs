// Whom the caller trusts: nothing secret, so it is told to each module that asks.

import { load } from './modules.mjs';

export class TrustSettings {
  #told = [];
  #built = new Map();
  /** Whether it holds what only the complete module heeds. @internal */
  needsTheComplete = false;

  /** Trusts the authorities in a PEM or DER file, for those mail domains or for all. */
  addAnchors(certificates, domains) {
    return this.#tell('core', (settings) => settings.addAnchors(certificates, domains));
  }

  /** Adds certificates that may complete a path. */
  addIntermediates(certificates) {
    return this.#tell('core', (settings) => settings.addIntermediates(certificates));
  }

  /** Adds revocation lists. */
  addCrls(lists) {
    return this.#tell('core', (settings) => settings.addCrls(lists));
  }

  /** Adds OCSP answers. */
  async addOcsp(answers) {
    await this.#tell('complete', (settings) => settings.addOcsp(answers));
    this.needsTheComplete = true;
  }

  /** How revocation is asked for. */
  setRevocation(mode) {
    return this.#tell('core', (settings) => settings.setRevocation(mode));
  }

  /** Gives the memory back. The settings can still be used. */
  free() {
    for (const settings of this.#built.values()) settings.free();
    this.#built.clear();
  }

  /** The settings in a module's memory. @internal */
  in(module) {
    let settings = this.#built.get(module);
    if (settings === undefined) {
      settings = new module.glue.TrustSettings();
      this.#built.set(module, settings);
      for (const tell of this.#told) tell(settings);
    }
    return settings;
  }

  /** Keeps what was told if a module takes it; then all build anew. */
  async #tell(name, tell) {
    const module = await load(name);
    tell(this.in(module));
    this.#told.push(tell);
    this.free();
  }
}
