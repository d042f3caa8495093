// What every letter needs comes from the core alone. One process for this file: what was loaded stays loaded.

import assert from 'node:assert/strict';
import test from 'node:test';
import { NOW, file, keysOf, letter, sceau, trustInTheWorld } from './package.mjs';

test('a letter is sealed and opened by the core alone', async () => {
  const [amelie, bruno, trust] = await Promise.all([keysOf('amelie'), keysOf('bruno'), trustInTheWorld()]);
  await trust.addCrls(await file('ca.crl'));
  const sealed = await sceau.seal(await letter(), { keys: amelie });
  assert.deepEqual(sealed.outgoing.map(({ rcptTo, isBlind }) => [rcptTo, isBlind]), [[['bruno.keller@cardio.example'], false]]);
  const opened = await sceau.open(sealed.outgoing[0].eml, { keys: bruno, trust, now: NOW, self: ['bruno.keller@cardio.example'] });
  assert.equal(opened.trust, 'sealed_signed');
  assert.equal(opened.text, 'Bonjour.\n');
  assert.deepEqual([...opened.part(0)], [0, 13, 10, 255]);
  assert.throws(() => opened.part(1), { code: 'no_such_part' });
  assert.equal(opened.report.subject, 'Écho — été');
  assert.deepEqual(opened.report.warnings, []);
  assert.match(new TextDecoder().decode(opened.message), /Content-Type/i);
  opened.free();
  const own = await sceau.open(sealed.sent.eml, { keys: amelie, trust, now: NOW });
  assert.equal(own.trust, 'sealed_signed');
  const clear = await sceau.verify(new TextEncoder().encode('From: a@b.example\r\nSubject: x\r\n\r\nbonjour'), { trust });
  assert.equal(clear.trust, 'clear');
  assert.equal(await bruno.size(), 2);
  assert.match(await bruno.certificates(), /^-----BEGIN CERTIFICATE-----/);
  assert.deepEqual(sceau.loadedModules(), ['core']);
});

test('an older program gets its own kind of copy from the core too', async () => {
  const [amelie, bruno, trust] = await Promise.all([keysOf('amelie'), keysOf('bruno'), trustInTheWorld()]);
  const sealed = await sceau.seal(await fromBrunoToAmelie({ profile: 'compat' }), { keys: bruno });
  const opened = await sceau.open(sealed.outgoing[0].eml, { keys: amelie, trust, now: NOW });
  assert.equal(opened.report.layers[0].type, 'EnvelopedData');
  assert.equal(opened.report.layers[0].authenticated, false);
  assert.equal(opened.report.layers[1].verdict, 'valid');
  assert.deepEqual(sceau.loadedModules(), ['core']);
});

test('every kind of key of the core signs and opens', async () => {
  const trust = await trustInTheWorld();
  const [amelie, chloe] = await Promise.all([keysOf('amelie'), keysOf('chloe')]);
  const from = { name: 'Chloé Vasseur', email: 'chloe.vasseur@labo.example' };
  const to = [{ name: null, email: 'amelie.roche@cabinet.example' }];
  const recipients = [{ address: to[0].email, certificate: await file('amelie.encrypt.crt') }];
  const sealed = await sceau.seal(await letter({ from, to, recipients }), { keys: chloe });
  for (const [eml, keys] of [[sealed.outgoing[0].eml, amelie], [sealed.sent.eml, chloe]]) {
    const opened = await sceau.open(eml, { keys, trust, now: NOW });
    assert.equal(opened.report.layers[1].verdict, 'valid');
    assert.match(opened.report.layers[1].algorithm, /sha384/);
  }
  assert.deepEqual(sceau.loadedModules(), ['core']);
});

test('what is misspelt is told at once', async () => {
  const [keys, trust] = [await keysOf('bruno'), await trustInTheWorld()];
  await assert.rejects(sceau.open(new Uint8Array(), { keys, trust, slef: [] }), { code: 'bad_argument' });
  await assert.rejects(sceau.seal({ ...(await letter()), bbc: [] }, { keys }), { code: 'bad_argument' });
  await assert.rejects(trust.setRevocation('none'), { code: 'bad_argument' });
  await assert.rejects(keys.addKey(await file('amelie.sign.key'), await file('bruno.sign.crt')), { code: 'key_mismatch' });
  assert.equal(await keys.size(), 2);
  assert.deepEqual(sceau.loadedModules(), ['core']);
});

async function fromBrunoToAmelie(more) {
  const to = { name: null, email: 'amelie.roche@cabinet.example' };
  const recipient = { address: to.email, certificate: await file('amelie.encrypt.crt'), ...more };
  return letter({ from: { name: 'Bruno Keller', email: 'bruno.keller@cardio.example' }, to: [to], recipients: [recipient] });
}
