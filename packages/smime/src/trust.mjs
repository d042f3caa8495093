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

  /** Whether a certificate for a mail domain speaks for every address of it, as the Direct network has them. */
  async setDomainBound(believed) {
    await this.#tell('complete', (settings) => settings.setDomainBound(believed));
    this.needsTheComplete = true;
  }

  /** Gives the memory back, after what was begun before. The settings can still be used. */
  free() {
    for (const built of this.#built.values()) {
      built.dropped = true;
      release(built);
    }
    this.#built.clear();
  }

  /** Lends the settings in a module's memory to a job, which may wait. @internal */
  async lend(module, job) {
    const built = this.#in(module);
    built.users += 1;
    try {
      return await job(built.settings);
    } finally {
      built.users -= 1;
      release(built);
    }
  }

  #in(module) {
    let built = this.#built.get(module);
    if (built === undefined) {
      built = { settings: new module.glue.TrustSettings(), users: 0, dropped: false };
      this.#built.set(module, built);
      for (const tell of this.#told) tell(built.settings);
    }
    return built;
  }

  /** Keeps what was told if a module takes it; then all build anew. Settings that a job is using do not change under it. */
  async #tell(name, tell) {
    const module = await load(name);
    const trial = new module.glue.TrustSettings();
    try {
      tell(trial);
    } finally {
      trial.free();
    }
    this.#told.push(tell);
    this.free();
  }
}

function release({ settings, users, dropped }) {
  if (dropped && users === 0) settings.free();
}
