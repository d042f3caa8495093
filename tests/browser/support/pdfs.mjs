// PDFs written object by object (ISO 32000-1), tricks included.

import { createCipheriv, createHash } from 'node:crypto';

/** A document of these objects, the first one its catalogue; `trailer` is what else the trailer says. */
export function pdf(objects, trailer = '') {
  const pieces = [Buffer.from('%PDF-1.7\n')];
  const places = [];
  let length = pieces[0].length;
  const put = (bytes) => { pieces.push(bytes); length += bytes.length; };
  objects.forEach((object, at) => {
    places.push(length);
    put(Buffer.concat([Buffer.from(`${at + 1} 0 obj\n`), Buffer.from(object, 'latin1'), Buffer.from('\nendobj\n')]));
  });
  const start = length;
  const rows = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  put(Buffer.from(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`));
  put(Buffer.from(`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${start}\n%%EOF\n`));
  return Buffer.concat(pieces);
}

const stream = (content) => `<< /Length ${content.length} >>\nstream\n${content}\nendstream`;
const words = (text) => `BT /F1 24 Tf 60 700 Td (${text}) Tj ET`;

/** Pages with a line of text each. `catalogue`, `page` and `more`: what else stands in them, and objects from number 4 on. */
export function textPdf(lines, { catalogue = '', page = '', more = [], box = '0 0 595 842' } = {}) {
  const first = 4 + more.length;
  const kids = lines.map((_, at) => `${first + 2 * at} 0 R`).join(' ');
  const pages = lines.flatMap((line, at) => [
    `<< /Type /Page /Parent 2 0 R /MediaBox [${box}] /Resources << /Font << /F1 3 0 R >> >> /Contents ${first + 2 * at + 1} 0 R ${page} >>`,
    stream(words(line)),
  ]);
  return pdf([
    `<< /Type /Catalog /Pages 2 0 R ${catalogue} >>`,
    `<< /Type /Pages /Kids [${kids}] /Count ${lines.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    ...more,
    ...pages,
  ]);
}

/** Where the links of `actingPdf` lie, in points from the lower left. */
export const LINKS = { elsewhere: [60, 600, 300, 630], script: [60, 500, 300, 530], program: [60, 400, 300, 430], within: [60, 300, 300, 330] };

/** Everything that a document can want to do by itself, or at a click; whatever it says comes to `address`. */
export function actingPdf(address) {
  const says = (how) => `<< /S /JavaScript /JS (app.alert\\("${how}"\\); this.submitForm\\("${address}/${how}"\\); app.launchURL\\("${address}/${how}"\\);) >>`;
  const link = (rect, action) => `<< /Type /Annot /Subtype /Link /Border [0 0 1] /Rect [${rect.join(' ')}] ${action} >>`;
  const more = [
    link(LINKS.elsewhere, `/A << /S /URI /URI (${address}/lien) >>`),
    link(LINKS.script, `/A ${says('clic')}`),
    link(LINKS.program, '/A << /S /Launch /F (calc.exe) /Win << /F (calc.exe) >> >>'),
    link(LINKS.within, '/Dest [13 0 R /Fit]'),
    `<< /Type /Annot /Subtype /Widget /FT /Tx /T (champ) /V (rempli) /Rect [60 200 300 230] /DA (/F1 12 Tf) /AA << /F ${says('format')} /C ${says('calcul')} >> >>`,
    `<< /Type /Annot /Subtype /Screen /Rect [60 100 300 130] /A << /S /Rendition /JS (app.alert\\("film"\\)) >> >>`,
    `<< /Type /Filespec /F (${address}/fichier) /FS /URL >>`,
  ];
  const catalogue = `/OpenAction ${says('ouverture')} /AA << /WC ${says('fermeture')} >> /Names << /JavaScript << /Names [(a) ${says('noms')}] >> >>
    /AcroForm << /Fields [8 0 R] /CO [8 0 R] /XFA [(x) 10 0 R] >>`;
  const page = `/Annots [4 0 R 5 0 R 6 0 R 7 0 R 8 0 R 9 0 R] /AA << /O ${says('page')} /C ${says('adieu')} >>`;
  return textPdf(['Premi\\350re page', 'Seconde page'], { catalogue, page, more });
}

/** A page in a Japanese font that is not in it, by a character map that is not in it. */
export function japanesePdf() {
  const codes = [...'日本'].map((character) => character.charCodeAt(0).toString(16).padStart(4, '0')).join('');
  return pdf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [6 0 R] /Count 1 >>',
    '<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiMin-W3 /Encoding /UniJIS-UCS2-H /DescendantFonts [4 0 R] >>',
    '<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiMin-W3 /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /FontDescriptor 5 0 R >>',
    '<< /Type /FontDescriptor /FontName /HeiseiMin-W3 /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents 7 0 R >>',
    stream(`BT /F1 24 Tf 60 700 Td <${codes}> Tj ET`),
  ]);
}

/** A page with an image on it, as it comes from one of the compressions of PDF (ISO 32000-1 §7.4). */
export function picturePdf(filter, bytes, width, height) {
  const image = `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /${filter} /Length ${bytes.length} >>`;
  return pdf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Resources << /XObject << /I 4 0 R >> >> /Contents 5 0 R >>',
    `${image}\nstream\n${bytes.toString('latin1')}\nendstream`,
    stream('q 200 0 0 100 0 0 cm /I Do Q'),
  ]);
}

const PAD = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex');
const ID = Buffer.from('0123456789abcdef');
/** Nothing but printing (ISO 32000-1, table 22). */
const PERMISSIONS = Buffer.from([0xfc, 0xff, 0xff, 0xff]);

/** A page locked by a pass phrase: RC4 with 40 bits as the oldest programs do it, AES with 128, or with 256 as those of today. */
export function lockedPdf(line, passPhrase, cipher = 'RC4') {
  const padded = Buffer.concat([Buffer.from(passPhrase, 'latin1'), PAD]).subarray(0, 32);
  const { content, owner, user, dictionary } = { RC4: oldLock, AES: aesLock, AES256: newLock }[cipher](padded, Buffer.from(words(line), 'latin1'), passPhrase);
  const hex = (bytes) => `<${bytes.toString('hex')}>`;
  return pdf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [4 0 R] /Count 1 >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R >>',
    stream(content.toString('latin1')),
  ], `/ID [${hex(ID)} ${hex(ID)}] /Encrypt << /Filter /Standard /P -4 /O ${hex(owner)} /U ${hex(user)} ${dictionary} >>`);
}

/** Revision 2 (ISO 32000-1 §7.6.2, §7.6.3): the content is the object of number 5. */
function oldLock(padded, plain) {
  const owner = rc4(md5(padded).subarray(0, 5), padded);
  const key = md5(padded, owner, PERMISSIONS, ID).subarray(0, 5);
  const content = rc4(md5(key, CONTENT).subarray(0, 10), plain);
  return { content, owner, user: rc4(key, PAD), dictionary: '/V 1 /R 2' };
}

/** Revision 4. */
function aesLock(padded, plain) {
  const fifty = (digest) => Array.from({ length: 50 }).reduce((last) => md5(last), digest);
  const twenty = (key, data) => Array.from({ length: 20 }, (_, at) => at).reduce((last, at) => rc4(key.map((octet) => octet ^ at), last), data);
  const owner = twenty(fifty(md5(padded)), padded);
  const key = fifty(md5(padded, owner, PERMISSIONS, ID));
  const user = Buffer.concat([twenty(key, md5(PAD, ID)), Buffer.alloc(16)]);
  const iv = Buffer.alloc(16, 7);
  const cipher = createCipheriv('aes-128-cbc', md5(key, CONTENT, Buffer.from('sAlT')), iv);
  const filter = '/StdCF << /CFM /AESV2 /AuthEvent /DocOpen /Length 16 >>';
  return {
    content: Buffer.concat([iv, cipher.update(plain), cipher.final()]), owner, user,
    dictionary: `/V 4 /R 4 /Length 128 /CF << ${filter} >> /StmF /StdCF /StrF /StdCF`,
  };
}

/** Revision 6 (ISO 32000-2 §7.6.4.4). */
function newLock(_, plain, passPhrase) {
  const word = Buffer.from(passPhrase);
  const [fileKey, iv] = [Buffer.alloc(32, 3), Buffer.alloc(16, 7)];
  const cbc = (bits, key, start, data) => {
    const cipher = createCipheriv(`aes-${bits}-cbc`, key, start).setAutoPadding(false);
    return Buffer.concat([cipher.update(data), cipher.final()]);
  };
  const lock = (salt, more) => {
    const [proof, wrap] = [Buffer.alloc(8, salt), Buffer.alloc(8, salt + 1)];
    const entry = Buffer.concat([hardened(word, proof, more), proof, wrap]);
    return [entry, cbc(256, hardened(word, wrap, more), Buffer.alloc(16), fileKey)];
  };
  const [user, userKey] = lock(1, Buffer.alloc(0));
  const [owner, ownerKey] = lock(5, user);
  const rights = Buffer.concat([PERMISSIONS, Buffer.alloc(4, 0xff), Buffer.from('Tadb'), Buffer.alloc(4, 9)]);
  const sealed = createCipheriv('aes-256-ecb', fileKey, null).setAutoPadding(false);
  const hex = (name, bytes) => `/${name} <${bytes.toString('hex')}>`;
  const keys = [hex('UE', userKey), hex('OE', ownerKey), hex('Perms', Buffer.concat([sealed.update(rights), sealed.final()]))].join(' ');
  const cipher = createCipheriv('aes-256-cbc', fileKey, iv);
  const filter = '/StdCF << /CFM /AESV3 /AuthEvent /DocOpen /Length 32 >>';
  return {
    content: Buffer.concat([iv, cipher.update(plain), cipher.final()]), owner, user,
    dictionary: `/V 5 /R 6 /Length 256 ${keys} /CF << ${filter} >> /StmF /StdCF /StrF /StdCF`,
  };

  /** Algorithm 2.B. */
  function hardened(phrase, salt, more) {
    let key = createHash('sha256').update(Buffer.concat([phrase, salt, more])).digest();
    for (let round = 0, last = 0; round < 64 || last > round - 32; round += 1) {
      const once = Buffer.concat([phrase, key, more]);
      const made = cbc(128, key.subarray(0, 16), key.subarray(16, 32), Buffer.concat(Array(64).fill(once)));
      const three = made.subarray(0, 16).reduce((sum, octet) => sum + octet, 0) % 3;
      key = createHash(['sha256', 'sha384', 'sha512'][three]).update(made).digest();
      last = made.at(-1);
    }
    return key.subarray(0, 32);
  }
}

/** The object of number 5, generation 0, as keys are made for it. */
const CONTENT = Buffer.from([5, 0, 0, 0, 0]);
const md5 = (...pieces) => createHash('md5').update(Buffer.concat(pieces)).digest();

/** Node's own is switched off in most builds. */
function rc4(key, data) {
  const state = Array.from({ length: 256 }, (_, at) => at);
  for (let at = 0, other = 0; at < 256; at += 1) {
    other = (other + state[at] + key[at % key.length]) & 255;
    [state[at], state[other]] = [state[other], state[at]];
  }
  let [one, two] = [0, 0];
  return Buffer.from(data.map((octet) => {
    one = (one + 1) & 255;
    two = (two + state[one]) & 255;
    [state[one], state[two]] = [state[two], state[one]];
    return octet ^ state[(state[one] + state[two]) & 255];
  }));
}
