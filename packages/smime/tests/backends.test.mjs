// The pure-Rust primitives are in the complete module, WebCrypto's in both. One process for this file: what was loaded stays
// loaded.

import assert from 'node:assert/strict';
import test from 'node:test';
import { keysOf, letter, NOW, file, sceau, trustInTheWorld } from './package.mjs';

test('both backends read each other, and trust may change while a letter is being opened', async () => {
  const [amelie, bruno, trust] = await Promise.all([keysOf('amelie'), keysOf('bruno'), trustInTheWorld()]);
  const text = 'Bonjour.\n'.repeat(5_000);
  for (const [by, other] of [['webcrypto', 'rust'], ['rust', 'webcrypto']]) {
    const mail = await sceau.sealCopy(await letter({ text }), { keys: amelie, backend: by });
    const opening = sceau.open(mail, { keys: bruno, trust, now: NOW, backend: other });
    await trust.addCrls(await file('ca.crl'));
    const opened = await opening;
    assert.deepEqual([opened.trust, opened.text], ['sealed_signed', text]);
  }
  await assert.rejects(sceau.open(new Uint8Array(), { keys: bruno, trust, backend: 'other' }), { code: 'bad_argument' });
  assert.deepEqual(sceau.loadedModules(), ['core', 'complete']);
});
