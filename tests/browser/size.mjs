// What a browser really fetches up to the first inbox: read from its own log of the network, per file.
//
//     node size.mjs [--json] [--limit BYTES]

import { parseArgs } from 'node:util';
import { measure } from './support/weight.mjs';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, limit: { type: 'string' } } });
const { before: files, after } = await measure();
const weigh = (some) => some.reduce((sum, file) => sum + file.bytes, 0);
const total = weigh(files);
const limit = values.limit === undefined ? null : Number(values.limit);

if (!files.some(({ name }) => name.endsWith('.wasm'))) throw new Error('no module was fetched: the measure is wrong');

if (values.json) {
  console.log(JSON.stringify({ total, limit, files, after }));
} else {
  const print = (bytes, name) => console.log(`${String(bytes).padStart(9)}  ${name}`);
  for (const { name, bytes } of files) print(bytes, name);
  print(total, 'bytes in all, headers included, up to the first inbox');
  for (const { name, bytes } of after) print(bytes, name);
  print(weigh(after), 'bytes after it, which it does not wait for');
}
if (limit !== null && total > limit) {
  console.error(`The page is too large: ${total} bytes are fetched, ${limit} are allowed.`);
  process.exitCode = 1;
}
