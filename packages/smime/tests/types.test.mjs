// The types say what the package does.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { folder, inAFolder, sceau } from './package.mjs';

const run = promisify(execFile);
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
const OPTIONS = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom'];

test('a typed program compiles, for Node and for bundlers', async () => {
  await inAFolder(async (at) => {
    await mkdir(join(at, 'node_modules', '@sceau'), { recursive: true });
    await symlink(folder, join(at, 'node_modules', '@sceau', 'smime'));
    await cp(new URL('typed.ts', import.meta.url), join(at, 'typed.mts'));
    for (const resolution of [['--module', 'nodenext'], ['--module', 'esnext', '--moduleResolution', 'bundler']]) {
      await run(process.execPath, [tsc, ...OPTIONS, ...resolution, 'typed.mts'], { cwd: at })
        .catch((error) => assert.fail(error.stdout));
    }
  });
});

test('what is exported is what is typed, and nothing is of any type', async () => {
  const types = await readFile(join(folder, 'src', 'index.d.ts'), 'utf8');
  const typed = [...types.matchAll(/^export (?:class|function) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(Object.keys(sceau).sort(), typed.sort());
  for (const name of ['Keys', 'Letter', 'TrustSettings']) {
    const [, body] = types.match(new RegExp(`export class ${name} \\{([^]*?)\\n\\}`));
    const members = [...body.matchAll(/^ {2}(?:static |readonly )?(\w+)[(:]/gm)].map(([, member]) => member);
    const has = (member) => member in sceau[name].prototype || member in sceau[name];
    assert.ok(members.length > 3 && members.every(has), `${name}: ${members}`);
  }
  for (const file of ['src/index.d.ts', 'src/types.d.ts']) {
    const declared = await readFile(join(folder, file), 'utf8');
    const code = declared.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/\/\/.*/g, '').replaceAll(/"[^"]*"/g, '');
    assert.doesNotMatch(code, /\bany\b/, file);
  }
});
