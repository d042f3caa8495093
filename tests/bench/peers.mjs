// The peers, each at its best: keys imported once, the platform's fastest base64, postal-mime for what is inside. They check the
// signature but no certificate chain. `open` gives the attachment's octets, the text and whether the signature was right.

import * as asn1js from 'asn1js';
import forge from 'node-forge';
import * as openpgp from 'openpgp';
import * as pkijs from 'pkijs';
import PostalMime from 'postal-mime';
import { concat, splitMail, splitSigned } from './split.mjs';

const { subtle } = crypto;
const latin = new TextDecoder('latin1');
const utf8 = new TextEncoder();
pkijs.setEngine('bench', new pkijs.CryptoEngine({ name: 'bench', crypto, subtle }));

const HEAD = 'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\r\nContent-Transfer-Encoding: base64\r\nMIME-Version: 1.0\r\n\r\n';
const BOUNDARY = '=_signed';
const SIGNED_HEAD = `Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="${BOUNDARY}"\r\n\r\n--${BOUNDARY}\r\n`;
const signedTail = (base64) =>
  `\r\n--${BOUNDARY}\r\nContent-Type: application/pkcs7-signature; name="smime.p7s"\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}\r\n--${BOUNDARY}--\r\n`;

const fromBase64 = (octets) => Uint8Array.fromBase64(latin.decode(octets));
const toLines = (octets) => octets.toBase64().match(/.{1,76}/g).join('\r\n') + '\r\n';
const ownBuffer = (octets) => octets.buffer.slice(octets.byteOffset, octets.byteOffset + octets.length);

/** Octets as forge wants them; its own way breaks on more than a stack holds. */
function binary(octets) {
  const pieces = [];
  for (let at = 0; at < octets.length; at += 32_768) pieces.push(String.fromCharCode.apply(null, octets.subarray(at, at + 32_768)));
  return pieces.join('');
}

async function read(inner, ok) {
  const mail = await PostalMime.parse(inner);
  return { ok, text: mail.text, file: new Uint8Array(mail.attachments[0]?.content ?? []) };
}

/** asn1js refuses more than 16 MiB unless told otherwise. */
const structure = (octets) =>
  new pkijs.ContentInfo({ schema: asn1js.fromBER(ownBuffer(octets), { maxContentLength: 2 ** 31 - 1, maxNodes: 1e6 }).result });

export async function pkiJs({ signer, recipients }) {
  const own = pkijs.Certificate.fromBER(ownBuffer(signer.certificate));
  const others = recipients.map(({ certificate }) => pkijs.Certificate.fromBER(ownBuffer(certificate)));
  const opening = await subtle.importKey('pkcs8', recipients[0].key, { name: 'RSA-OAEP', hash: 'SHA-256' }, false, ['decrypt']);
  const signing = await subtle.importKey('pkcs8', signer.key, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['sign']);
  const attribute = (type, value) => new pkijs.Attribute({ type, values: [value] });
  const signature = async (mime) => {
    const sid = new pkijs.IssuerAndSerialNumber({ issuer: own.issuer, serialNumber: own.serialNumber });
    const info = new pkijs.SignerInfo({ version: 1, sid });
    info.signedAttrs = new pkijs.SignedAndUnsignedAttributes({ type: 0, attributes: [
      attribute('1.2.840.113549.1.9.3', new asn1js.ObjectIdentifier({ value: '1.2.840.113549.1.7.1' })),
      attribute('1.2.840.113549.1.9.4', new asn1js.OctetString({ valueHex: await subtle.digest('SHA-256', mime) })),
    ] });
    const encapContentInfo = new pkijs.EncapsulatedContentInfo({ eContentType: '1.2.840.113549.1.7.1' });
    const signed = new pkijs.SignedData({ version: 1, encapContentInfo, signerInfos: [info], certificates: [own] });
    await signed.sign(signing, 0, 'SHA-256', mime);
    const content = new pkijs.ContentInfo({ contentType: '1.2.840.113549.1.7.2', content: signed.toSchema(true) });
    return new Uint8Array(content.toSchema().toBER(false));
  };
  return {
    async open(mail) {
      const enveloped = new pkijs.EnvelopedData({ schema: structure(fromBase64(splitMail(mail))).content });
      const opened = new Uint8Array(await enveloped.decrypt(0, { recipientCertificate: others[0], recipientPrivateKey: opening }));
      const { content, signature } = splitSigned(opened);
      const signed = new pkijs.SignedData({ schema: structure(fromBase64(signature)).content });
      return read(content, await signed.verify({ signer: 0, data: ownBuffer(content), checkChain: false }));
    },
    async seal(mime, number) {
      const body = concat(utf8.encode(SIGNED_HEAD), mime, utf8.encode(signedTail(toLines(await signature(mime)))));
      const enveloped = new pkijs.EnvelopedData();
      for (const other of others.slice(0, number)) enveloped.addRecipientByCertificate(other, { oaepHashAlgorithm: 'SHA-256' });
      await enveloped.encrypt({ name: 'AES-CBC', length: 256 }, ownBuffer(body));
      const content = new pkijs.ContentInfo({ contentType: '1.2.840.113549.1.7.3', content: enveloped.toSchema() });
      return utf8.encode(HEAD + toLines(new Uint8Array(content.toSchema().toBER(false))));
    },
  };
}

/** It has no verification of SignedData: done by hand from its parts. */
export function nodeForge({ signer, recipients }) {
  const { asn1, pki, pkcs7, md } = forge;
  const certificateOf = ({ certificate }) => pki.certificateFromAsn1(asn1.fromDer(binary(certificate)));
  const keyOf = ({ key }) => pki.privateKeyFromAsn1(asn1.fromDer(binary(key)));
  const [own, signing, opening] = [certificateOf(signer), keyOf(signer), keyOf(recipients[0])];
  const others = recipients.map(certificateOf);
  const sha256 = (text) => md.sha256.create().update(text).digest().bytes();
  const isRight = (content, octets) => {
    const message = pkcs7.messageFromAsn1(asn1.fromDer(octets));
    const { authenticatedAttributes, signature } = message.rawCapture;
    const named = authenticatedAttributes.find(({ value }) => asn1.derToOid(value[0].value) === pki.oids.messageDigest);
    const set = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SET, true, authenticatedAttributes);
    return named.value[1].value[0].value === sha256(content)
      && message.certificates[0].publicKey.verify(sha256(asn1.toDer(set).getBytes()), signature);
  };
  return {
    async open(mail) {
      const message = pkcs7.messageFromAsn1(asn1.fromDer(binary(fromBase64(splitMail(mail)))));
      message.decrypt(message.findRecipient(others[0]), opening);
      const { content, signature } = splitSigned(forge.util.binary.raw.decode(message.content.getBytes()));
      return read(content, isRight(binary(content), binary(fromBase64(signature))));
    },
    async seal(mime, number) {
      const signed = pkcs7.createSignedData();
      const text = binary(mime);
      signed.content = forge.util.createBuffer(text);
      signed.addCertificate(own);
      const authenticatedAttributes = [{ type: pki.oids.contentType, value: pki.oids.data }, { type: pki.oids.messageDigest }];
      signed.addSigner({ key: signing, certificate: own, digestAlgorithm: pki.oids.sha256, authenticatedAttributes });
      signed.sign({ detached: true });
      const enveloped = pkcs7.createEnvelopedData();
      for (const other of others.slice(0, number)) enveloped.addRecipient(other);
      const tail = signedTail(forge.util.encode64(asn1.toDer(signed.toAsn1()).getBytes(), 76));
      enveloped.content = forge.util.createBuffer(SIGNED_HEAD + text + tail);
      enveloped.encrypt();
      return utf8.encode(HEAD + forge.util.encode64(asn1.toDer(enveloped.toAsn1()).getBytes(), 76));
    },
  };
}

/** RSA-2048 keys, content under AEAD (SEIPD version 2, AES-256-GCM). */
export async function openPgp() {
  const config = { aeadProtect: true, preferredAEADAlgorithm: openpgp.enums.aead.gcm };
  const make = async (name) => {
    const userIDs = [{ name, email: `${name}@example.org` }];
    const { privateKey } = await openpgp.generateKey({ type: 'rsa', rsaBits: 2048, userIDs, format: 'object', config });
    return privateKey;
  };
  const signing = await make('signer');
  const keys = [];
  for (const name of ['r0', 'r1', 'r2', 'r3', 'r4']) keys.push(await make(name));
  return {
    async open(armoredMessage) {
      const message = await openpgp.readMessage({ armoredMessage: latin.decode(armoredMessage), config });
      const verificationKeys = signing.toPublic();
      const opened = await openpgp.decrypt({ message, decryptionKeys: keys[0], verificationKeys, format: 'binary', config });
      return read(opened.data, await opened.signatures[0].verified);
    },
    async seal(mime, number) {
      const message = await openpgp.createMessage({ binary: mime });
      const encryptionKeys = keys.slice(0, number).map((key) => key.toPublic());
      return utf8.encode(await openpgp.encrypt({ message, encryptionKeys, signingKeys: signing, format: 'armored', config }));
    },
    /** Whether a message of its is really under AEAD: a version 2 packet. */
    async isAead(armoredMessage) {
      const message = await openpgp.readMessage({ armoredMessage: latin.decode(armoredMessage), config });
      return message.packets.some((packet) => packet instanceof openpgp.SymEncryptedIntegrityProtectedDataPacket && packet.version === 2);
    },
  };
}
