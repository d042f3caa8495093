// Ours, over one backend, every check on: the chain up to a pinned authority, protected headers, the whole MIME tree, files
// decoded.

const now = Math.floor(Date.now() / 1000);
const mailbox = (name) => ({ name: null, email: `${name}@example.org` });

/** `library` is the wasm module's glue. */
export function ours(library, backend, { authority, signer, recipients }) {
  const engine = new library.Engine(backend);
  if (engine.name !== backend) throw new Error(`${backend} is not there: ${engine.name}`);
  const trust = new library.TrustSettings();
  trust.addAnchors(authority, undefined);
  const ring = ({ key, certificate }) => {
    const keys = new library.Keys();
    keys.addKey(key, certificate, undefined);
    return keys;
  };
  const [opening, signing] = [ring(recipients[0]), ring(signer)];
  const sealing = (profile, number) => recipients.slice(0, number).map(({ name, certificate }) =>
    ({ address: `${name}@example.org`, certificate, profile, oaep: true }));
  return {
    async open(mail, { hasFile = true } = {}) {
      const letter = await library.openWith(engine, mail, opening, trust, { now, self: ['r0@example.org'] });
      const { trust: found, settled, text } = letter;
      const file = hasFile ? letter.part(0) : new Uint8Array();
      letter.free();
      // Whether the complete module has to be asked too is looked at as the package does; octets of a file may look like a charset.
      return { ok: found === 'sealed_signed' && typeof settled === 'boolean', text, file };
    },
    seal({ text, file }, number, profile) {
      const to = recipients.slice(0, number).map(({ name }) => mailbox(name));
      const parts = [{ name: 'a.bin', type: 'application/octet-stream', bytes: file }];
      const letter = { from: mailbox('signer'), to, subject: 'bench', text, parts, now, recipients: sealing(profile, number) };
      return library.sealCopyWith(engine, signing, letter);
    },
  };
}
