// Letters that are read by ranges.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { open as openFile, writeFile } from 'node:fs/promises';
import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { NOW, inAFolder, keysOf, letter, sceau, trustInTheWorld } from './package.mjs';

const OCTETS = 3_000_000;
const image = Uint8Array.from({ length: OCTETS }, (_, at) => (Math.imul(at, 2_654_435_761) >>> 24));

function mail() {
  const lines = Buffer.from(image).toString('base64').replace(/.{76}/g, '$&\r\n');
  return new TextEncoder().encode(`From: <amelie.roche@cabinet.example>\r\nTo: <bruno.keller@cardio.example>\r\nSubject: Radio\r\n`
    + 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nVoici.\r\n'
    + '--b\r\nContent-Type: image/png; name="r.png"\r\nContent-Transfer-Encoding: base64\r\n'
    + `Content-Disposition: attachment\r\n\r\n${lines}\r\n--b--\r\n`);
}

/** Keeps what is written. */
function heap() {
  const chunks = [];
  return { chunks, write: async (octets) => { chunks.push(octets); }, all: () => Buffer.concat(chunks) };
}

test('a letter is sealed to a sink and opened from a Blob', async () => {
  const [amelie, bruno, trust] = await Promise.all([keysOf('amelie'), keysOf('bruno'), trustInTheWorld()]);
  const { recipients } = await letter();
  for (const profile of ['default', 'compat']) {
    const [sink, own] = [heap(), heap()];
    const wanted = recipients.map((one) => ({ ...one, profile }));
    const sealed = await sceau.sealBig(mail(), { keys: amelie, recipients: wanted, sink, sent: own, now: NOW });
    assert.equal(sealed.bytes, sink.all().length);
    assert.equal(sealed.sha256, createHash('sha256').update(sink.all()).digest('hex'));
    const read = { trust, now: NOW, self: ['bruno.keller@cardio.example'] };
    const opened = await sceau.openBig(new Blob([sink.all()]), { keys: bruno, ...read });
    assert.equal(opened.trust, 'sealed_signed');
    assert.equal(opened.text, 'Voici.');
    assert.equal(opened.report.parts[0].bytes, OCTETS);
    const part = heap();
    await opened.writePart(0, part);
    assert.deepEqual(part.all(), Buffer.from(image));
    const message = createHash('sha256');
    await opened.writeMessage(new WritableStream({ write: (octets) => { message.update(octets); } }));
    assert.equal(message.digest('hex'), sealed.messageSha256);
    await assert.rejects(opened.writePart(1, heap()), { code: 'no_such_part' });
    const small = await sceau.open(sink.all(), { keys: bruno, ...read });
    assert.deepEqual(small.report, opened.report);
    opened.free();
    const sent = await sceau.openBig(own.all(), { keys: amelie, trust, now: NOW });
    assert.equal(sent.trust, 'sealed_signed');
  }
});

test('what fails is told, and nothing is delivered', async () => {
  const [amelie, bruno, trust] = await Promise.all([keysOf('amelie'), keysOf('bruno'), trustInTheWorld()]);
  const sink = heap();
  await sceau.sealBig(mail(), { keys: amelie, recipients: (await letter()).recipients, sink, now: NOW });
  const sealed = sink.all();
  // One base64 digit for another: whatever else would be malformed before anything is deciphered.
  const digit = sealed.findIndex((octet, at) => at > sealed.length / 2 && /[A-Za-z0-9]/.test(String.fromCharCode(octet)));
  sealed[digit] = sealed[digit] === 0x42 ? 0x43 : 0x42;
  await assert.rejects(sceau.openBig(sealed, { keys: bruno, trust, now: NOW }), { code: 'cannot_open' });
  const broken = { size: 5_000_000, read: async () => { throw new Error('gone'); } };
  await assert.rejects(sceau.openBig(broken, { keys: bruno, trust, now: NOW }), { code: 'storage' });
  await assert.rejects(sceau.openBig('text', { keys: bruno, trust, now: NOW }), { code: 'bad_argument' });
  await assert.rejects(sceau.openBig(sealed, { keys: bruno, trust, now: NOW, slef: [] }), { code: 'bad_argument' });
  const full = new WritableStream({ write() { throw new Error('full'); } });
  const recipients = (await letter()).recipients;
  await assert.rejects(sceau.sealBig(mail(), { keys: amelie, recipients, sink: full, now: NOW }), { code: 'storage' });
});

test('a file is read where it is', async () => {
  await inAFolder(async (folder) => {
    const path = join(folder, 'mail.eml');
    await writeFile(path, mail());
    const blob = await openAsBlob(path);
    const clear = await sceau.verifyBig(blob, { trust: await trustInTheWorld(), now: NOW });
    assert.equal(clear.trust, 'clear');
    assert.equal(clear.report.parts[0].bytes, OCTETS);
    const handle = await openFile(path);
    try {
      const source = {
        size: blob.size,
        read: async (offset, length) => {
          const { bytesRead, buffer } = await handle.read(new Uint8Array(length), 0, length, offset);
          return buffer.subarray(0, bytesRead);
        },
      };
      const again = await sceau.verifyBig(source, { trust: await trustInTheWorld(), now: NOW });
      assert.deepEqual(again.report, clear.report);
    } finally {
      await handle.close();
    }
  });
});
