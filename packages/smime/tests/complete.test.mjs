// Whatever the core does not confirm is asked again of the complete module, and the keys follow.

import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import test from 'node:test';
import { NOW, file, keysOf, letter, sceau, trustInTheWorld } from './package.mjs';

const text = (string) => new TextEncoder().encode(string);

test('a post-quantum letter moves the keys to the complete module, where they still open the others', async () => {
  const bruno = await keysOf('bruno');
  const sealed = await sceau.seal(await letter(), { keys: await keysOf('amelie') });
  assert.deepEqual(sceau.loadedModules(), ['core']);

  const person = { name: 'Chloé', email: 'chloe@b.example', now: NOW };
  const chloe = await sceau.Keys.generate({ ...person, algorithm: 'ml-dsa-65' });
  const certificate = text(await chloe.certificates());
  const trust = await trustInTheWorld();
  await trust.addAnchors(certificate);
  const me = { name: 'Chloé', email: 'chloe@b.example' };
  const [, own] = (await chloe.certificates()).split(/(?<=-----END CERTIFICATE-----\n)/);
  const recipients = [{ address: me.email, certificate: text(own), profile: 'pq' }];
  const pq = await sceau.seal(await letter({ from: me, to: [me], recipients }), { keys: chloe });
  const opened = await sceau.open(pq.outgoing[0].eml, { keys: chloe, trust, now: NOW });
  assert.equal(opened.trust, 'sealed_signed');
  assert.match(opened.report.layers[0].key, /ml-kem/i);

  // Not for Bruno: only the complete module can say so.
  await assert.rejects(sceau.open(pq.outgoing[0].eml, { keys: bruno, trust, now: NOW }), { code: 'not_for_this_key' });
  const ordinary = await sceau.open(sealed.outgoing[0].eml, { keys: bruno, trust, now: NOW });
  assert.equal(ordinary.trust, 'sealed_signed');
  assert.equal(await bruno.size(), 2);
  await bruno.free();
  assert.equal(await bruno.size(), 0);
});

test('an older program that knows RSA alone gets its own kind of copy', async () => {
  const amelie = await keysOf('amelie');
  const recipients = [{ ...(await letter()).recipients[0], profile: 'compat' }];
  const sealed = await sceau.seal(await letter({ recipients }), { keys: amelie });
  const opened = await sceau.open(sealed.outgoing[0].eml, { keys: await keysOf('bruno'), trust: await trustInTheWorld(), now: NOW });
  assert.equal(opened.report.layers[0].type, 'EnvelopedData');
  assert.equal(opened.report.layers[0].authenticated, false);
  assert.equal(opened.report.layers[0].key, 'rsa-pkcs1v15');
});

test('a key is taken without its public half, and out of its pass phrase', async () => {
  const key = createPrivateKey(await file('amelie.sign.key'));
  const certificate = await file('amelie.sign.crt');
  const scalar = Buffer.from(key.export({ format: 'jwk' }).d, 'base64url');
  // ECPrivateKey (RFC 5915 §3) with the curve and nothing else.
  const bare = Buffer.concat([Buffer.from('30310201010420', 'hex'), scalar, Buffer.from('a00a06082a8648ce3d030107', 'hex')]);
  const sealed = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'phrase d’essai' });
  for (const [octets, password] of [[bare], [Buffer.from(sealed), 'phrase d’essai']]) {
    const keys = new sceau.Keys();
    await keys.addKey(octets, certificate, password);
    assert.equal(await keys.certificates(), certificate.toString());
    await keys.free();
  }
  const keys = new sceau.Keys();
  await assert.rejects(keys.addKey(Buffer.from(sealed), certificate), { code: 'password_required' });
  await assert.rejects(keys.addKey(Buffer.from(sealed), certificate, 'autre'), { code: 'wrong_password' });
  await assert.rejects(keys.addKey(bare, await file('bruno.sign.crt')), { code: 'key_mismatch' });
});

test('a certificate whose key is no point of its curve seals nothing', async () => {
  const [, base64] = (await file('amelie.encrypt.crt')).toString().split('-----').map((part) => part.replaceAll('\n', '')).slice(1);
  const certificate = Buffer.from(base64, 'base64');
  const point = certificate.indexOf(Buffer.from('03420004', 'hex')) + 4;
  certificate[point + 40] ^= 1;
  const to = { name: null, email: 'amelie.roche@cabinet.example' };
  const job = sceau.seal(await letter({ to: [to], recipients: [{ address: to.email, certificate }] }), { keys: await keysOf('amelie') });
  await assert.rejects(job, { code: 'wrong_key_kind' });
});

test('calls at once do not tread on keys that move', async () => {
  const bruno = await keysOf('bruno');
  const sealed = await sceau.seal(await letter(), { keys: await keysOf('amelie') });
  const trust = await trustInTheWorld();
  const open = (dangerLegacy) => sceau.open(sealed.outgoing[0].eml, { keys: bruno, trust, now: NOW, dangerLegacy });
  const opened = await Promise.all([open(false), open(true), open(false), bruno.size(), open(true)]);
  assert.deepEqual(opened.map((one) => one.trust ?? one), ['sealed_signed', 'sealed_signed', 'sealed_signed', 2, 'sealed_signed']);
});

// Once only: each reading and writing of a container takes seconds, as it should.
test('a container with keys the core does not know is taken whole', async () => {
  const person = { name: 'Dora', email: 'dora@b.example', now: NOW };
  const made = await sceau.Keys.generate({ ...person, algorithm: 'ed25519' });
  const container = await made.toPkcs12('phrase d’essai');
  const taken = new sceau.Keys();
  await assert.rejects(taken.addPkcs12(container, 'autre'), { code: 'wrong_password' });
  await taken.addPkcs12(container, 'phrase d’essai');
  assert.equal(await taken.certificates(), await made.certificates());
  const facts = await sceau.pkcs12(container, 'phrase d’essai');
  assert.deepEqual(facts.keys.map(({ algorithm }) => algorithm), ['ed25519', 'x25519']);
  const single = await sceau.Keys.generate({ ...person, single: true });
  assert.equal(await single.size(), 1);
  await assert.rejects(sceau.Keys.generate({ ...person, algorithm: 'ed25519', single: true }), { code: 'bad_argument' });
  await assert.rejects(single.toPkcs12(''), { code: 'bad_argument' });
});

test('requests are made and read', async () => {
  const keys = await sceau.Keys.generate({ name: 'Dora', email: 'dora@b.example', now: NOW });
  const found = await sceau.requests(text(await keys.toRequests('Dora', 'dora@b.example')));
  assert.deepEqual(found, [
    { subject: 'CN=Dora', emails: ['dora@b.example'], usage: 'sign', algorithm: 'p256', proven: true },
    { subject: 'CN=Dora', emails: ['dora@b.example'], usage: 'encrypt', algorithm: 'p256', proven: true },
  ]);
});

test('a certificate is read and judged', async () => {
  const leaf = await file('amelie.sign.crt');
  const [facts] = await sceau.certificates(leaf);
  assert.deepEqual(facts.emails, ['amelie.roche@cabinet.example']);
  assert.equal(facts.can_sign, true);
  const trust = await trustInTheWorld();
  await trust.addCrls(await file('ca.crl'));
  const good = await sceau.chain(leaf, { trust, now: NOW, names: ['email:amelie.roche@cabinet.example'] });
  assert.equal(good.valid, true);
  assert.equal(good.path.length, 2);
  const other = await sceau.chain(leaf, { trust, now: NOW, names: ['email:other@cabinet.example'] });
  assert.deepEqual(other.reasons.map(({ code }) => code), ['name_mismatch']);
  const none = await sceau.chain(leaf, { trust: new sceau.TrustSettings(), now: NOW });
  assert.deepEqual(none.reasons.map(({ code }) => code), ['no_path_to_anchor']);
  await assert.rejects(sceau.chain(leaf, { trust, now: NOW, policies: ['x'] }), { code: 'bad_argument' });
});

test('without trust nothing is green, and a changed letter never opens', async () => {
  const keys = await keysOf('bruno');
  const sealed = await sceau.seal(await letter(), { keys: await keysOf('amelie') });
  const eml = sealed.outgoing[0].eml;
  const trust = new sceau.TrustSettings();
  assert.equal((await sceau.open(eml, { keys, trust, now: NOW })).trust, 'sealed_unverified');
  const changed = new TextDecoder().decode(eml);
  const at = changed.length - 200;
  const other = changed[at] === 'A' ? 'B' : 'A';
  const damaged = text(changed.slice(0, at) + other + changed.slice(at + 1));
  await assert.rejects(sceau.open(damaged, { keys, trust, now: NOW }), { code: 'cannot_open' });
  const nobody = new sceau.Keys();
  await assert.rejects(sceau.open(eml, { keys: nobody, trust, now: NOW }), { code: 'not_for_this_key' });
  await assert.rejects(sceau.seal(await letter(), { keys: nobody }), { code: 'no_key' });
});

test('a letter in another charset than the core reads is shown right', async () => {
  const mail = Buffer.concat([
    text('From: a@b.example\r\nContent-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'),
    Buffer.from([0xc4, 0xe3, 0xba, 0xc3]),
  ]);
  assert.equal((await sceau.verify(mail, { trust: new sceau.TrustSettings() })).text.trim(), '你好');
});

test('the structure of a mail is told', async () => {
  const tree = await sceau.inspect(text('From: a@b.example\r\nSubject: x\r\n\r\nbonjour'));
  assert.deepEqual(tree, { kind: 'mail', tree: { type: 'text/plain', name: null, bytes: 7, children: [] } });
});

test('a mail that nobody sealed is read', async () => {
  const mail = await sceau.readMail(text(['From: =?utf-8?Q?=C3=89lo=C3=AFse?= <a@b.example>', 'To: c@d.example, e@f.example',
    'Date: Mon, 23 Nov 2026 09:30:00 +0100', 'Subject: =?utf-8?B?8J+OiA==?=', 'Content-Type: multipart/mixed; boundary=x', '',
    '--x', 'Content-Type: text/html; charset=utf-8', '', '<p>été €</p>', '--x',
    'Content-Type: application/pdf; name="r.pdf"', 'Content-Transfer-Encoding: base64', '', 'AAEC', '--x--', ''].join('\r\n')));
  assert.deepEqual(mail.from, [{ name: 'Éloïse', email: 'a@b.example' }]);
  assert.deepEqual(mail.to.map(({ email }) => email), ['c@d.example', 'e@f.example']);
  assert.deepEqual([mail.subject, mail.date, mail.sender, mail.messageId], ['🎈', '2026-11-23T09:30:00+01:00', null, null]);
  assert.deepEqual([mail.text.trim(), mail.html.trim(), mail.defects], ['été €', '<p>été €</p>', []]);
  assert.deepEqual(mail.parts, [{ type: 'application/pdf', charset: null, name: 'r.pdf', contentId: null, inline: false, bytes: new Uint8Array([0, 1, 2]) }]);
  assert.deepEqual(mail.headers.at(1), { name: 'To', value: 'c@d.example, e@f.example' });
  assert.equal(mail.headers.length, 5);
  await assert.rejects(sceau.readMail(new Uint8Array()), { code: 'not_a_message' });
});

test('words of a mail are those that were written', async () => {
  const plain = ['', 'a', 'é', '\r\n', '\n', 'plus de seize lettres, toutes ordinaires', 'été à la forêt, où', '\r'];
  const inLatin = (words) => Buffer.from(words.replaceAll('€', '\x80'), 'latin1');
  // Words that have room in an octet each, and others.
  for (const [charset, encoded, pieces] of [
    ['utf-8', Buffer.from, plain], ['utf-8', Buffer.from, [...plain, '€', '🎈']],
    ['windows-1252', inLatin, plain], ['windows-1252', inLatin, [...plain, '€']],
  ]) {
    let words = '';
    for (let number = 0; number < pieces.length ** 4; number += 1) {
      const piece = (power) => pieces[Math.floor(number / pieces.length ** power) % pieces.length];
      words += [0, 1, 2, 3].map(piece).join('') + '.'.repeat(number % 5);
    }
    const head = `From: a@b.example\r\nContent-Type: text/plain; charset=${charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n`;
    const mail = await sceau.readMail(Buffer.concat([text(head), encoded(words)]));
    assert.ok(mail.text === words.replaceAll('\r\n', '\n').replaceAll('\r', '\n'), charset);
    assert.deepEqual(mail.headers.map(({ name }) => name), ['From', 'Content-Type', 'Content-Transfer-Encoding']);
  }
});

test('mails do not see each other, nor does what one gave change', async () => {
  const mail = (subject, body) => sceau.readMail(text(
    `From: a@b.example\r\nSubject: ${subject}\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n${body}\r\n--x\r\n`
    + 'Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--x--\r\n'));
  const [one, other] = await Promise.all([mail('Été', 'un'), mail('€', 'deux '.repeat(1_000_000))]);
  assert.deepEqual([one.subject, one.text, other.subject, other.text.length], ['Été', 'un', '€', 5_000_000]);
  await assert.rejects(sceau.readMail(new Uint8Array()), { code: 'not_a_message' });
  assert.deepEqual([one.headers, other.headers].map(([, { value }]) => value), ['Été', '€']);
  assert.deepEqual([one, other].map(({ parts: [{ bytes }] }) => [...bytes]), [[0, 1, 2], [0, 1, 2]]);
  assert.equal(one.parts[0].bytes.byteLength, one.parts[0].bytes.buffer.byteLength);
});

test('attributes that the core does not read are read by the complete module', async () => {
  const [amelie, bruno, trust] = [await keysOf('amelie'), await keysOf('bruno'), await trustInTheWorld()];
  const [recipient] = (await letter()).recipients;
  const recipients = [{ ...recipient, profile: 'kim' }];
  const sealed = await sceau.seal(await letter({ recipients }), { keys: amelie });
  const options = { keys: bruno, trust, now: NOW };
  const opened = await sceau.open(sealed.outgoing[0].eml, { ...options, self: [recipient.address] });
  const signed = opened.report.layers.find(({ kind }) => kind === 'signed');
  assert.deepEqual([opened.trust, opened.report.warnings], ['sealed_signed', []]);
  assert.deepEqual(signed.ess.recipient_emails.sort(), ['amelie.roche@cabinet.example', recipient.address]);

  const stranger = await sceau.open(sealed.outgoing[0].eml, { ...options, self: ['x@y.example'] });
  assert.deepEqual(stranger.report.warnings.map(({ code }) => code), ['not_addressed_to_reader', 'recipient_emails_without_reader']);
});

test('how to write to somebody is chosen from what is known, and the choice is fit for sealing', async () => {
  const [amelie, bruno, trust] = [await keysOf('amelie'), await keysOf('bruno'), await trustInTheWorld()];
  const [{ address, certificate }] = (await letter()).recipients;
  const [unknown, kim, direct] = await sceau.choose([
    { address, certificate },
    { address, certificate, directory: { network: 'kim', capabilities: null } },
    { address, certificate, directory: { network: 'direct', capabilities: null }, before: 'authenticated' },
  ]);
  assert.deepEqual(unknown, {
    address, profile: 'compat', capabilities: null, cipher: 'aes-256-cbc', transport: unknown.transport, source: 'nothing',
    level: 'unauthenticated', weaknesses: unknown.weaknesses, needs_consent: false,
  });
  assert.ok(['not_authenticated', 'unknown_program'].every((code) => unknown.weaknesses.includes(code)));
  assert.deepEqual([kim.profile, kim.level, kim.source], ['kim', 'authenticated', 'directory']);
  assert.deepEqual([direct.profile, direct.needs_consent], ['direct', true]);

  // Her own letter says what her program reads.
  const written = await sceau.seal(await letter(), { keys: amelie });
  const read = await sceau.open(written.outgoing[0].eml, { keys: bruno, trust, now: NOW });
  assert.equal(read.senderCapabilities.aes256_gcm, true);
  const [ours] = await sceau.choose([{ address, certificate, letter: read.senderCapabilities }], { postQuantum: true });
  assert.deepEqual([ours.profile, ours.source, ours.weaknesses], ['default', 'letter', ['not_post_quantum']]);

  for (const choice of [unknown, kim, direct, ours]) {
    const recipients = [{ ...choice, certificate }];
    const sealed = await sceau.seal(await letter({ recipients }), { keys: amelie });
    const opened = await sceau.open(sealed.outgoing[0].eml, { keys: bruno, trust, now: NOW });
    assert.equal(opened.trust, 'sealed_signed', choice.profile);
    assert.equal(opened.report.layers[0].cipher, choice.cipher);
  }
  await assert.rejects(sceau.choose([{ address, certificate: await file('amelie.sign.crt') }]), { code: 'wrong_key_kind' });
});
