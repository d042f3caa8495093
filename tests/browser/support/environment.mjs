// Where `./x` says things lie.

const needed = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests through ./x test`);
  return value;
};

export const environment = {
  get relay() { return needed('SCEAU_RELAY_BIN'); },
  get sceau() { return needed('SCEAU_BIN'); },
  get dist() { return needed('SCEAU_DIST'); },
  get chromium() { return process.env.SCEAU_CHROMIUM ?? '/usr/bin/chromium'; },
  get firefox() { return process.env.SCEAU_FIREFOX ?? '/usr/bin/firefox-esr'; },
  /** The backend that pages are asked to compute with, or null for the one they take by themselves. */
  get backend() { return process.env.SCEAU_BACKEND ?? null; },
  /** A server of PostgreSQL for the relay's rows, or null where they lie in its folder. */
  get postgres() { return process.env.SCEAU_TEST_POSTGRES ?? null; },
  /** Foreign test data, or null where there is none. */
  get vectors() { return process.env.SCEAU_VECTORS ?? null; },
};
