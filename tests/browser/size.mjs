// What a browser really fetches up to the first inbox: read from its own log of the network, per file.
//
//     node size.mjs [--json] [--limit BYTES]

import { parseArgs } from 'node:util';
import { measure } from './support/weight.mjs';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, limit: { type: 'string' } } });
const files = await measure();
const total = files.reduce((sum, file) => sum + file.bytes, 0);
const limit = values.limit === undefined ? null : Number(values.limit);

if (!files.some(({ name }) => name.endsWith('.wasm'))) throw new Error('no module was fetched: the measure is wrong');

if (values.json) {
  console.log(JSON.stringify({ total, limit, files }));
} else {
  for (const { name, bytes } of files) console.log(`${String(bytes).padStart(9)}  ${name}`);
  console.log(`${String(total).padStart(9)}  bytes in all, headers included, up to the first inbox`);
}
if (limit !== null && total > limit) {
  console.error(`The page is too large: ${total} bytes are fetched, ${limit} are allowed.`);
  process.exitCode = 1;
}
