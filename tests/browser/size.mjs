// What a browser really fetches up to the first inbox: read from its own log of the network, per file.
//
//     node size.mjs [--json] [--limit BYTES]

import { parseArgs } from 'node:util';
import { measure } from './support/weight.mjs';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, limit: { type: 'string' } } });
const { files, upTo } = await measure();
const total = files.reduce((sum, file) => sum + file.bytes, 0);
const limit = values.limit === undefined ? null : Number(values.limit);

if (values.json) {
  console.log(JSON.stringify({ upTo, total, limit, files }));
} else {
  for (const { name, bytes } of files) console.log(`${String(bytes).padStart(9)}  ${name}`);
  console.log(`${String(total).padStart(9)}  bytes in all, headers included, up to ${upTo}`);
}
if (limit !== null && total > limit) {
  console.error(`The page is too large: ${total} bytes are fetched, ${limit} are allowed.`);
  process.exitCode = 1;
}
