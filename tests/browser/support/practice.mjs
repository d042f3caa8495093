// A practice from nothing: an authority whose key lies outside the relay's folder, a relay, accounts by invitation.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { newAuthority } from './authority.mjs';
import { smallDisk } from './disk.mjs';
import { environment } from './environment.mjs';
import { newFolder, relayCommand, startRelay } from './relay.mjs';

export const DOMAIN = 'cabinet.sceau.example';

/**
 * `folder` holds `authority/`, `relay/` (the data folder), `logs/`, and whatever a test adds. With `room` (a size as
 * `mount` takes it) the data folder is a disk of its own, where the system lets us: `disk` is null otherwise.
 */
export async function newPractice({ room } = {}) {
  const folder = await newFolder('practice');
  const at = (name) => join(folder.path, name);
  await Promise.all(['authority', 'relay', 'logs'].map((name) => mkdir(at(name))));
  // With the rows elsewhere, a full disk here would be nobody's.
  const disk = room && !environment.postgres ? await smallDisk(at('relay'), room) : null;
  const authority = await newAuthority(at('authority'), DOMAIN);
  await relayCommand('authority', 'add', '--data', at('relay'), authority.certificate, '--domain', DOMAIN);
  await renewRevocations(authority, at('relay'));
  let relay = await startRelay({ data: at('relay'), logs: at('logs') });
  const startAgain = async (options = {}) => {
    relay = await startRelay({ data: at('relay'), logs: at('logs'), listen: `127.0.0.1:${relay.port}`, ...options });
  };

  return {
    folder: folder.path,
    at,
    authority,
    disk,
    get relay() { return relay; },
    /** An account and its one-time enrolment code. */
    async invite(address, name) {
      const said = await relayCommand('account', 'add', address, '--data', at('relay'), '--name', name, '--json');
      return JSON.parse(said).enrolmentCode;
    },
    /** An account known by its certificates alone: nobody has entered it yet. */
    async list({ address, name }, certificates) {
      const published = certificates.flatMap((file) => ['--cert', file]);
      await relayCommand('account', 'add', address, '--data', at('relay'), '--name', name, ...published);
    },
    /** Stops the relay and starts it again at the same place, perhaps with another build of the page. */
    async restart(options = {}) {
      await relay.stop();
      await startAgain(options);
    },
    /** The same relay again, on its data and its port, after `relay.kill()`. */
    startAgain,
    async close() {
      await relay.stop();
      await disk?.release();
      await folder.remove();
    },
  };
}

async function renewRevocations(authority, data) {
  await relayCommand('crl', 'add', '--data', data, await authority.revocations());
}
