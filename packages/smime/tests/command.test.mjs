// The command over wasm, where it could differ from the native one: files, streams, the terminal. Its forms are tested by
// crates/cli/tests, which run whatever SCEAU_BIN names.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { command, inAFolder } from './package.mjs';

const PASSWORD = 'phrase d’essai';

function sceau(cwd, arguments_, { input = '', env = { SCEAU_PASSWORD: PASSWORD } } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...arguments_], {
    cwd, input, env: { PATH: process.env.PATH, ...env }, maxBuffer: 100 << 20,
  });
  return { status, stdout, stderr: stderr.toString() };
}

const person = ['key', 'new', '--name', 'A', '--email', 'a@b.example', '--single', '--danger-iterations', '1000'];

test('names are relative to where the command was started, absolute, or through links', async () => {
  await inAFolder(async (folder) => {
    await mkdir(join(folder, 'one', 'two'), { recursive: true });
    await symlink('one', join(folder, 'link'));
    const made = sceau(join(folder, 'one'), [...person, '--out', '../a.p12']);
    assert.equal(made.status, 0, made.stderr);
    assert.equal(made.stderr, '');
    assert.equal((await stat(join(folder, 'a.p12'))).mode & 0o777, 0o600);
    for (const [from, name] of [['.', 'a.p12'], ['one/two', '../../a.p12'], ['link', '../a.p12'], ['one', join(folder, 'a.p12')]]) {
      assert.equal(sceau(join(folder, from), ['p12', name]).status, 0, `${from} ${name}`);
    }
    const input = await readFile(join(folder, 'a.p12'));
    assert.match(sceau(folder, ['p12', '-'], { input }).stdout.toString(), /^mac: /);
    // A file that is there is not overwritten, and one that is not is named.
    assert.equal(sceau(folder, [...person, '--out', 'a.p12']).status, 3);
    const missing = sceau(folder, ['p12', 'none.p12']);
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /^sceau: none\.p12: /);
  });
});

test('a pass phrase comes from a file or the variable, and nobody is asked', async () => {
  await inAFolder(async (folder) => {
    await writeFile(join(folder, 'password.txt'), `${PASSWORD}\n`);
    assert.equal(sceau(folder, [...person, '--out', 'a.p12', '--password-file', 'password.txt'], { env: {} }).status, 0);
    assert.equal(sceau(folder, ['p12', 'a.p12']).status, 0);
    const none = sceau(folder, ['p12', 'a.p12'], { env: {} });
    assert.equal(none.status, 3);
    assert.match(none.stderr, /--password-file or the variable SCEAU_PASSWORD/);
  });
});

test('a letter of 20 MB goes through, by files and by streams', async () => {
  await inAFolder(async (folder) => {
    await writeFile(join(folder, 'a.pem'), sceau(folder, [...person, '--out', 'a.p12']).stdout);
    const line = `${'0123456789abcdef'.repeat(4)}\r\n`;
    const text = line.repeat(Math.ceil((20 << 20) / line.length));
    const mail = `From: a@b.example\r\nTo: a@b.example\r\nSubject: x\r\nDate: Tue, 01 Dec 2026 08:00:00 +0000\r\n\r\n${text}`;
    const sealed = sceau(folder, ['seal', '--from', 'a.p12', '--to', 'a.pem'], { input: mail });
    assert.equal(sealed.status, 0, sealed.stderr);
    assert.ok(sealed.stdout.length > 20 << 20);
    const opened = sceau(folder, ['open', '--key', 'a.p12', '--trust', 'a.pem', '--out', 'out', '-'], { input: sealed.stdout });
    assert.equal(opened.status, 0, opened.stderr);
    const read = await readFile(join(folder, 'out', 'text.txt'), 'utf8');
    assert.equal(read.replaceAll('\r\n', '\n').trimEnd(), text.replaceAll('\r\n', '\n').trimEnd());
    const said = sceau(folder, ['open', '--key', 'a.p12', '--trust', 'a.pem', '-'], { input: sealed.stdout });
    assert.equal(said.stdout.toString().split(line.trimEnd()).length, text.split(line).length);
  });
});

test('usage is told as by the native command', () => {
  assert.equal(sceau('/', ['--version']).status, 0);
  assert.equal(sceau('/', ['nonsense']).status, 3);
});
