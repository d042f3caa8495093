// The examples of the README do what stands below them.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { folder, inAFolder } from './package.mjs';

const run = promisify(execFile);

test('the examples of the README print what it says', async () => {
  const readme = await readFile(join(folder, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/```js\n([^]*?)```\n\nIt prints `([^`]*)`/g)];
  assert.equal(examples.length, (readme.match(/```js/g) ?? []).length);
  await inAFolder(async (at) => {
    await mkdir(join(at, 'node_modules', '@sceau'), { recursive: true });
    await symlink(folder, join(at, 'node_modules', '@sceau', 'smime'));
    for (const [, code, printed] of examples) {
      await writeFile(join(at, 'example.mjs'), code);
      const { stdout } = await run(process.execPath, ['example.mjs'], { cwd: at });
      assert.equal(stdout.trim(), printed);
    }
  });
});
