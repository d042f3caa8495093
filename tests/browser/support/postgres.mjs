// The relay's rows in PostgreSQL, where `SCEAU_TEST_POSTGRES` names a server (as libpq has it): a new database for every data
// folder, named by a `store.toml` in it.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environment } from './environment.mjs';

const run = promisify(execFile);
const STORE = 'store.toml';
/** What one table may hold, copied out. */
const ROOM = 256 * 1024 * 1024;

const psql = (place, ...words) =>
  run('psql', ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--dbname', place, ...words], { encoding: 'buffer', maxBuffer: ROOM });

const places = new Map();

/** Gives a data folder its database, once, where there is a server. */
export async function prepareStore(data) {
  const server = environment.postgres;
  if (!server || existsSync(join(data, STORE)) || existsSync(join(data, 'relay.sqlite'))) return;
  const name = `browser_${randomBytes(8).toString('hex')}`;
  await psql(`${server} dbname=postgres`, '--command', `CREATE DATABASE ${name}`);
  await mkdir(data, { recursive: true });
  const place = `${server} dbname=${name}`;
  places.set(data, place);
  await writeFile(join(data, STORE), `database = "${place}"\nblobs = "${join(data, 'blobs')}"\n`);
}

/** Copies every row, octet by octet, into files of the data folder, so that whoever searches it finds them; nothing without a server. */
export async function copyRowsOut(data) {
  const place = places.get(data);
  if (!place) return;
  const { stdout } = await psql(place, '--command', "SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  for (const table of stdout.toString().split('\n').filter(Boolean)) {
    const rows = await psql(place, '--command', `COPY ${table} TO STDOUT (FORMAT binary)`);
    await writeFile(join(data, `rows-${table}.bin`), rows.stdout);
  }
}
