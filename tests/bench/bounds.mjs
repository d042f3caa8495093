// The bare calls of WebCrypto that nobody who uses it can do without, over as many octets, with keys imported before.

const { subtle } = crypto;
const OAEP = { name: 'RSA-OAEP', hash: 'SHA-256' };
const PKCS1 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const PSS = { name: 'RSA-PSS', hash: 'SHA-256' };

export async function bounds({ signer, recipients }) {
  const opening = await subtle.importKey('pkcs8', recipients[0].key, OAEP, true, ['decrypt']);
  const { kty, n, e } = await subtle.exportKey('jwk', opening);
  const sealing = await subtle.importKey('jwk', { kty, n, e }, OAEP, false, ['encrypt']);
  const sealedKey = await subtle.encrypt(OAEP, sealing, new Uint8Array(32));
  const pkcs1 = await subtle.importKey('pkcs8', signer.key, PKCS1, false, ['sign']);
  const pss = await subtle.importKey('pkcs8', signer.key, PSS, false, ['sign']);
  const cipher = async (name, iv) => {
    const key = await subtle.generateKey({ name, length: 256 }, false, ['encrypt', 'decrypt']);
    return [{ name, iv: new Uint8Array(iv) }, key];
  };
  const [cbc, gcm] = [await cipher('AES-CBC', 16), await cipher('AES-GCM', 12)];
  const openedKey = () => subtle.decrypt(OAEP, opening, sealedKey);
  const sealKeys = async () => { for (let at = 0; at < 5; at += 1) await subtle.encrypt(OAEP, sealing, new Uint8Array(32)); };
  const sign = (by) => subtle.sign(by === pss ? { name: 'RSA-PSS', saltLength: 32 } : PKCS1, by, new Uint8Array(200));
  return {
    openedKey,
    /** One key, the content. */
    async openCbc(content) {
      const sealed = await subtle.encrypt(...cbc, content);
      return async () => { await openedKey(); await subtle.decrypt(...cbc, sealed); await subtle.digest('SHA-256', content); };
    },
    async openGcm(content) {
      const sealed = await subtle.encrypt(...gcm, content);
      return async () => { await openedKey(); await subtle.decrypt(...gcm, sealed); };
    },
    /** A signature, five keys, the content. */
    sealCbc: (content) => async () => { await subtle.digest('SHA-256', content); await sign(pkcs1); await sealKeys(); await subtle.encrypt(...cbc, content); },
    sealGcm: (content) => async () => { await sign(pss); await sealKeys(); await subtle.encrypt(...gcm, content); },
  };
}
