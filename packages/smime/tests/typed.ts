// Every function once, as a TypeScript program uses it. Compiled by tests/types.test.mjs, never run.

import {
  Keys, Letter, TrustSettings, certificates, chain, choose, inspect, open, pkcs12, readMail, requests, seal, sealCopy, verify,
  type Backend, type ChainReport, type Layer, type Report, type SceauError, type SealedLetter, type Trust,
} from '@sceau/smime';

export async function everything(bytes: Uint8Array): Promise<Trust> {
  const keys = await Keys.generate({ name: 'A', email: 'a@b.example', algorithm: 'p384' });
  await keys.addPkcs12(bytes, 'pass');
  await keys.addKey(bytes, bytes);
  const container: Uint8Array = await keys.toPkcs12('pass');
  const request: string = await keys.toRequests('A', 'a@b.example');
  const trust = new TrustSettings();
  await trust.addAnchors(bytes, ['b.example']);
  await trust.addOcsp(bytes);
  await trust.setRevocation('require');
  // @ts-expect-error: no such mode
  await trust.setRevocation('none');
  const sealed: SealedLetter = await seal({
    from: { name: null, email: 'a@b.example' }, subject: 's', text: 't',
    recipients: [{ address: 'a@b.example', certificate: bytes, profile: 'pq' }],
  }, { keys });
  const [choice] = await choose([{ address: 'a@b.example', certificate: bytes, before: 'authenticated' }], { postQuantum: true });
  if (choice && !choice.needs_consent) void choice.weaknesses.includes('unknown_program');
  const backend: Backend = 'rust';
  const mail: Uint8Array = await sealCopy({
    from: { name: null, email: 'a@b.example' }, subject: 's', text: 't',
    recipients: [{ address: 'a@b.example', certificate: bytes, profile: 'compat', oaep: true }],
  }, { keys, backend });
  // @ts-expect-error: no such backend
  await open(mail, { keys, trust, backend: 'openssl' });
  // @ts-expect-error: keys are needed
  await seal({ from: { name: null, email: 'a@b.example' }, subject: 's', text: 't', recipients: [] });
  const letter: Letter = await open(sealed.sent.eml, { keys, trust, self: ['a@b.example'] });
  const signed = await verify(bytes, { trust, detached: bytes, now: 0 });
  const report: Report = letter.report;
  const described = report.layers.map((layer: Layer) => {
    switch (layer.kind) {
      case 'signed': return layer.verdict;
      case 'encrypted': return layer.cipher;
      case 'compressed': return layer.algorithm;
      case 'digested': return layer.digest;
      case 'authenticated': return layer.mac;
    }
  });
  const path: ChainReport = await chain(bytes, { trust, purpose: 'server', names: ['dns:b.example'] });
  const found = [(await certificates(bytes))[0]?.subject, (await requests(bytes))[0]?.proven, (await pkcs12(container)).mac];
  const code = (error: unknown): string => (error as SceauError).code;
  // @ts-expect-error: a report has no such field
  void report.colour;
  void [request, described, path.valid, found, code, signed.text, (await inspect(bytes)).tree.children, (await readMail(bytes)).parts[0]?.bytes.length];
  await keys.free();
  return letter.trust;
}
