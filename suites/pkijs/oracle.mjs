// PKI.js as an oracle: told line by line what to write or read (see suites/src/lines.rs).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { webcrypto } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';

const folder = process.argv[2];
const engine = new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto, subtle: webcrypto.subtle });
pkijs.setEngine('node', engine);

const PASSWORD = readFileSync(join(folder, 'password'));
const kekId = octets => Uint8Array.of(0xde, 0xad, 0xbe, octets).buffer;
const kek = octets => Uint8Array.from({ length: octets }, (_, at) => at + 1).buffer;
const HASHES = { sha1: 'SHA-1', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' };
const CURVES = { 'p-256': 'P-256', 'p-384': 'P-384', 'p-521': 'P-521' };

/** The octets of a view alone, whatever buffer they lie in. */
const own = view => view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
const file = name => own(readFileSync(join(folder, name)));
const certificate = key => pkijs.Certificate.fromBER(file(`${key}.crt.der`));

/** `sign key=p-256 …` as an object. */
function layerOf(words) {
    const [kind, ...rest] = words.split(' ');
    return { kind, ...Object.fromEntries(rest.map(word => word.split(/=(.*)/s).slice(0, 2))) };
}

const waysOf = layer => layer.to.split(',').map(way => {
    const [key, method, kdf, wrap, byKeyId, cofactor] = way.split('/');
    return { key, method, kdf, wrap, byKeyId: byKeyId === 'true', cofactor: cofactor === 'true' };
});

function cannot(what) {
    throw new Error(`not offered: ${what}`);
}

async function signingKey(layer) {
    const hash = HASHES[layer.scheme.split('-').at(-1)] ?? cannot(layer.scheme);
    const algorithm = layer.scheme.startsWith('rsa-pkcs1') ? { name: 'RSASSA-PKCS1-v1_5', hash }
        : layer.scheme.startsWith('rsa-pss') ? { name: 'RSA-PSS', hash }
        : { name: 'ECDSA', namedCurve: CURVES[layer.key] ?? cannot(layer.key) };
    return [await webcrypto.subtle.importKey('pkcs8', file(`${layer.key}.key.der`), algorithm, false, ['sign']), hash];
}

async function sign(layer, content) {
    const [key, hash] = await signingKey(layer);
    if (layer.by_key_id === 'true') cannot('a signer named by key identifier');
    const signer = certificate(layer.key);
    const info = new pkijs.SignerInfo({
        version: 1,
        sid: new pkijs.IssuerAndSerialNumber({ issuer: signer.issuer, serialNumber: signer.serialNumber }),
    });
    if (layer.attributes === 'true') {
        const digest = await webcrypto.subtle.digest(hash, content);
        info.signedAttrs = new pkijs.SignedAndUnsignedAttributes({
            type: 0,
            attributes: [
                new pkijs.Attribute({ type: '1.2.840.113549.1.9.3', values: [new asn1js.ObjectIdentifier({ value: '1.2.840.113549.1.7.1' })] }),
                new pkijs.Attribute({ type: '1.2.840.113549.1.9.5', values: [new asn1js.UTCTime({ valueDate: new Date() })] }),
                new pkijs.Attribute({ type: '1.2.840.113549.1.9.4', values: [new asn1js.OctetString({ valueHex: digest })] }),
            ],
        });
    }
    const inside = layer.detached === 'true' ? {} : { eContent: new asn1js.OctetString({ valueHex: content }) };
    const signed = new pkijs.SignedData({
        version: 1,
        encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: '1.2.840.113549.1.7.1', ...inside }),
        signerInfos: [info],
        certificates: [signer],
    });
    await signed.sign(key, 0, hash, content);
    return object('1.2.840.113549.1.7.2', signed.toSchema(true));
}

function object(contentType, content) {
    return new pkijs.ContentInfo({ contentType, content }).toSchema().toBER(false);
}

async function verify(info, detached) {
    const signed = new pkijs.SignedData({ schema: info.content });
    const content = signed.encapContentInfo.eContent;
    const fits = await signed.verify({ signer: 0, checkChain: false, ...(content ? {} : { data: detached }) });
    if (!fits) throw new Error('the signature does not fit');
    return content ? content.getValue() : detached;
}

async function seal(layer, content) {
    const cipher = /^aes-(128|192|256)-cbc$/.exec(layer.cipher) ?? cannot(layer.cipher);
    const enveloped = new pkijs.EnvelopedData({ version: 0 });
    for (const way of waysOf(layer)) {
        addRecipient(enveloped, way);
    }
    await enveloped.encrypt({ name: 'AES-CBC', length: Number(cipher[1]) }, content);
    return object('1.2.840.113549.1.7.3', enveloped.toSchema());
}

function addRecipient(enveloped, way) {
    if (way.byKeyId) cannot('a recipient named by key identifier');
    if (way.cofactor) cannot('the cofactor primitive');
    if (way.method.startsWith('kek-')) {
        const length = Number(way.method.slice(4));
        const keyEncryptionAlgorithm = { name: 'AES-KW', length };
        enveloped.addRecipientByPreDefinedData(kek(length / 8), { keyIdentifier: kekId(length / 8), keyEncryptionAlgorithm }, 1);
    } else if (way.method === 'password') {
        enveloped.addRecipientByPreDefinedData(own(PASSWORD), {}, 2);
    } else if (way.method.startsWith('rsa-oaep-')) {
        const oaepHashAlgorithm = HASHES[way.method.slice(9)];
        enveloped.addRecipientByCertificate(certificate(way.key), { oaepHashAlgorithm });
    } else if (way.method === 'ecdh') {
        const kdfAlgorithm = HASHES[way.kdf.slice(4)] ?? cannot(way.kdf);
        enveloped.addRecipientByCertificate(certificate(way.key), { kdfAlgorithm, kekEncryptionLength: Number(way.wrap.slice(9)) });
    } else {
        cannot(way.method);
    }
}

async function unseal(layer, info) {
    const enveloped = new pkijs.EnvelopedData({ schema: info.content });
    const reader = Number(layer.reader);
    const way = waysOf(layer)[reader];
    const shared = way.method.startsWith('kek-') ? kek(Number(way.method.slice(4)) / 8) : way.method === 'password' ? own(PASSWORD) : null;
    const parameters = shared
        ? { preDefinedData: shared }
        : { recipientCertificate: certificate(way.key), recipientPrivateKey: file(`${way.key}.key.der`) };
    return enveloped.decrypt(place(enveloped, way), parameters);
}

/** Which recipient the way is: the order is the writer's. */
function place(enveloped, way) {
    const variants = { ecdh: 2, password: 4 };
    const variant = way.method.startsWith('kek-') ? 3 : variants[way.method] ?? 1;
    const mine = way.key ? certificate(way.key) : null;
    const at = enveloped.recipientInfos.findIndex(one => {
        if (one.variant !== variant) return false;
        const rid = variant === 1 ? one.value.rid : variant === 2 ? one.value.recipientEncryptedKeys.encryptedKeys[0].rid.value : null;
        if (variant === 3) return one.value.encryptedKey.valueBlock.valueHexView.length > 0
            && one.value.keyEncryptionAlgorithm.algorithmId.endsWith({ 128: '.5', 192: '.25', 256: '.45' }[way.method.slice(4)]);
        return !mine || rid.serialNumber.isEqual(mine.serialNumber);
    });
    return at < 0 ? cannot('a recipient that is not there') : at;
}

async function answer(line) {
    const [verb, words, first, second] = line.split('\t');
    if (verb === 'version') {
        const { version } = JSON.parse(readFileSync(new URL('node_modules/pkijs/package.json', import.meta.url), 'utf8'));
        return Buffer.from(`PKI.js ${version}`);
    }
    const layer = layerOf(words);
    const octets = own(Buffer.from(first, 'base64'));
    if (verb === 'write') {
        if (layer.stream === 'true') cannot('streaming');
        return layer.kind === 'sign' ? sign(layer, octets) : layer.kind === 'seal' ? seal(layer, octets) : cannot(layer.kind);
    }
    const info = pkijs.ContentInfo.fromBER(octets);
    if (layer.kind === 'sign') return verify(info, own(Buffer.from(second, 'base64')));
    if (layer.kind !== 'seal') cannot(layer.kind);
    if (info.contentType !== '1.2.840.113549.1.7.3') cannot(`content type ${info.contentType}`);
    return unseal(layer, info);
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    try {
        const octets = await answer(line);
        process.stdout.write(`ok\t${Buffer.from(octets).toString('base64')}\n`);
    } catch (error) {
        process.stdout.write(`no\t${String(error?.message ?? error).replaceAll(/\s+/g, ' ')}\n`);
    }
}
