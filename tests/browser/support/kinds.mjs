// Letters of every kind that programs send, as MIME: what the reading pane is tried and looked at with.

import { deflateRawSync } from 'node:zlib';
import { deliveryReport } from './letters.mjs';
import { actingPdf, lockedPdf } from './pdfs.mjs';

const SENT = 'Tue, 24 Nov 2026 09:42:00 +0100';

/** A letter of the kind, unsigned: `from` and `to` are `{ name, address }`. */
export function kinds(from, to) {
  const mail = (subject, body, fields = []) => message(from, to, subject, body, fields);
  return {
    text: mail('Suivi de M. Roux', textPart([
      'Bonjour,', '', 'J’ai revu M. Roux ce matin. Tension 13/8, pouls régulier ; il supporte bien le traitement et marche à nouveau une demi-heure chaque jour.',
      '', 'Le compte rendu complet est sur https://cabinet.example/dossiers/roux.', '', '> Pouvez-vous me dire où en est M. Roux ?', '> Il revient lundi.', '', '-- ', 'Dr Claire Lemoine', 'Cardiologie',
    ].join('\r\n'))),
    newsletter: mail('Lettre du réseau de soins', newsletter()),
    outlook: mail('Protocole de l’équipe', outlook()),
    charset: mail('Resultats', legacyText()),
    attachments: mail('Bilan et images', attachments()),
    documents: mail('Documents', documents()),
    disguised: mail('Facture', disguised()),
    nested: mail('Tr: avis du laboratoire', nested(to)),
    winmail: mail('Compte rendu Outlook', winmail()),
    calendar: mail('Réunion de concertation', calendar()),
    uuencode: mail('Envoi du logiciel', textPart(`Voici le fichier.\r\n\r\n${uuencoded('releve.txt', 'Relevé du jour\r\n')}\r\nCordialement\r\n`)),
    deceiving: mail('Votre compte Ameli', deceiving()),
    report: deliveryReport(to.address, mail('Ordonnance de sortie', textPart('Un comprimé le matin.'))),
  };
}

/** A message of its header and a part. */
export function message(from, to, subject, part, fields = []) {
  return Buffer.concat([
    Buffer.from([
      `From: ${from.name} <${from.address}>`, `To: ${to.name} <${to.address}>`, `Subject: ${encoded(subject)}`, `Date: ${SENT}`,
      `Message-ID: <${encodeURIComponent(subject).replace(/[^A-Za-z0-9]/g, '.')}@${from.address.split('@')[1]}>`, 'MIME-Version: 1.0', ...fields, '',
    ].join('\r\n')),
    Buffer.isBuffer(part) ? part : Buffer.from(part),
  ]);
}

const encoded = (text) => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
const lines = (bytes) => Buffer.from(bytes).toString('base64').replace(/(.{76})/g, '$1\r\n');

export function textPart(text, type = 'text/plain') {
  return `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines(text)}\r\n`;
}

export const htmlPart = (html) => textPart(html, 'text/html');

export function filePart(name, type, bytes, more = []) {
  const disposition = `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}`;
  return [`Content-Type: ${type}`, disposition, 'Content-Transfer-Encoding: base64', ...more, '', lines(bytes), ''].join('\r\n');
}

export function multipart(kind, parts, parameters = '') {
  const boundary = `----${kind}-${parts.length}`;
  const joined = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('');
  return `Content-Type: multipart/${kind}; boundary="${boundary}"${parameters}\r\n\r\n${joined}--${boundary}--\r\n`;
}

/** A picture of one colour, by hand: PNG of `width` by `height`. */
export function png(width, height, [red, green, blue]) {
  const row = Buffer.concat([Buffer.from([0]), Buffer.concat(Array.from({ length: width }, () => Buffer.from([red, green, blue])))]);
  const raw = Buffer.concat(Array.from({ length: height }, () => row));
  const zlib = Buffer.concat([Buffer.from([0x78, 0x01]), deflateRawSync(raw), adler32(raw)]);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', zlib), chunk('IEND', Buffer.alloc(0))]);
}

function adler32(bytes) {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(((b << 16) | a) >>> 0);
  return sum;
}

function chunk(name, data) {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([size, body, sum]);
}

export function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** The smallest PDF that shows a line of text. */
export function pdf(text, { catalog = '' } = {}) {
  const stream = `BT /F1 24 Tf 72 760 Td (${text}) Tj ET`;
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R ${catalog} >>`, '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`, '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let body = '%PDF-1.4\n';
  const places = objects.map((object, index) => {
    const place = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return place;
  });
  const table = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  return Buffer.from(`${body}xref\n0 6\n0000000000 65535 f \n${table}trailer << /Size 6 /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`, 'latin1');
}

/** A ZIP of stored files: `[name, bytes]`. */
export function zip(files) {
  const [local, central] = [[], []];
  let place = 0;
  for (const [name, bytes] of files) {
    const [file, data] = [Buffer.from(name), Buffer.from(bytes)];
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x800, 2);
    fields.writeUInt32LE(crc32(data), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(data.length, 18);
    fields.writeUInt16LE(file.length, 22);
    const entry = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, file, data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(place, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, rest, file]));
    local.push(entry);
    place += entry.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(place, 16);
  return Buffer.concat([...local, directory, end]);
}

function newsletter() {
  const html = `<!DOCTYPE html><html><head><style>.x{color:red}</style></head><body style="background:#f4efe6">
    <table width="600" align="center" bgcolor="#ffffff" cellpadding="0" cellspacing="0" style="border:1px solid #ddd">
      <tr><td bgcolor="#1f5673" style="padding:20px;color:#ffffff;font-family:Arial;font-size:22px">Réseau de soins des Alpes</td></tr>
      <tr><td style="padding:20px;font-family:Arial;color:#333333"><img src="cid:logo@alpes" width="120" height="60" alt="Logo du réseau">
        <h2 style="color:#1f5673">Campagne de vaccination</h2><p>Les <b>doses</b> sont arrivées. Prenez rendez-vous sur
        <a href="https://alpes.example/rdv?utm_source=lettre">le site du réseau</a> avant le <span style="color:#b00020">12 décembre</span>.</p>
        <ul><li>Grippe : toutes les officines</li><li>Zona : sur ordonnance</li></ul>
        <table border="1" cellpadding="6" style="border-collapse:collapse"><tr><th>Centre</th><th>Places</th></tr><tr><td>Annecy</td><td align="right">128</td></tr><tr><td>Chambéry</td><td align="right">64</td></tr></table>
        <img src="https://traceur.example/ouvert.gif?id=42" width="1" height="1"></td></tr></table></body></html>`;
  return multipart('related', [
    multipart('alternative', [textPart('Les doses sont arrivées. Prenez rendez-vous avant le 12 décembre.\r\n'), htmlPart(html)]),
    `Content-Type: image/png\r\nContent-ID: <logo@alpes>\r\nContent-Disposition: inline; filename=logo.png\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines(png(120, 60, [31, 86, 115]))}\r\n`,
  ]);
}

function outlook() {
  return multipart('alternative', [
    textPart('Chère équipe,\r\n\r\nle protocole change lundi.\r\n'),
    htmlPart(`<html><body><div class=MsoNormal><p>Chère équipe,</p><p>le <b>protocole</b> change lundi :</p>
      <ol><li>vérifier l’identité du patient ;</li><li>noter l’heure de la prise ;</li><li>prévenir le médecin si la tension dépasse <i>16/9</i>.</li></ol>
      <blockquote><p>Quand commence-t-on ?</p></blockquote><p>Merci à toutes et à tous,<br>Claire</p></div></body></html>`),
  ]);
}

/** Text of a program of the nineties: CP850, and not a word about it. */
function legacyText() {
  const cp850 = { é: 0x82, è: 0x8a, à: 0x85, ç: 0x87, ê: 0x88, ô: 0x93, É: 0x90, '°': 0xf8, µ: 0xe6, î: 0x8c };
  const text = 'Résultats de la glycémie\r\n\r\nÀ jeun : 5,4 mmol/l, très légèrement élevée par rapport à février.\r\nContrôle conseillé dans six mois, même régime.\r\nReçu le prélèvement à 9 h, température 4°.\r\n'.replace('À', 'A');
  return Buffer.concat([Buffer.from('Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'), Buffer.from([...text].map((letter) => cp850[letter] ?? letter.charCodeAt(0)))]);
}

function attachments() {
  return multipart('mixed', [
    textPart('Ci-joint le bilan, les images et les valeurs.\r\n'),
    filePart('bilan.pdf', 'application/pdf', pdf('Bilan du 24 novembre')),
    filePart('radio.png', 'image/png', png(320, 200, [70, 70, 80])),
    filePart('resultats.hpr', 'text/plain', Buffer.from('RES001\r\nROUX\r\nPaul\r\nGlyc\x82mie : 5,4 mmol/l\r\n****FIN****\r\n', 'latin1')),
    filePart('valeurs.csv', 'text/csv', Buffer.from('Analyse;Valeur;Unité\r\nGlycémie;5,4;mmol/l\r\nHémoglobine;13,2;g/dl\r\n')),
    filePart('cda.xml', 'application/xml', Buffer.from('<?xml version="1.0" encoding="utf-8"?>\n<ClinicalDocument>\n  <title>Compte rendu</title>\n</ClinicalDocument>\n')),
    filePart('dossier.zip', 'application/zip', zip([['lisez-moi.txt', 'Bonjour\r\n'], ['images/radio.png', png(8, 8, [1, 2, 3])]])),
  ]);
}

/** PDFs that want something: a pass phrase, to run and to lead elsewhere, to be whole. */
function documents() {
  return multipart('mixed', [
    textPart('Trois documents.\r\n'),
    filePart('protege.pdf', 'application/pdf', lockedPdf('Sous clef', 'sésame')),
    filePart('actif.pdf', 'application/pdf', actingPdf('https://ailleurs.example')),
    filePart('abime.pdf', 'application/pdf', Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(2_000, 0x2a)])),
  ]);
}

function disguised() {
  return multipart('mixed', [
    textPart('Veuillez trouver la facture.\r\n'),
    filePart('facture.pdf.exe', 'application/pdf', Buffer.from('MZ\x90\0\x03')),
    filePart('photo\u202egpj.scr', 'image/jpeg', Buffer.from('MZ\x90\0')),
    filePart('scan.jpg', 'image/jpeg', Buffer.from('<!DOCTYPE html><script>alert(1)</script>')),
  ]);
}

function nested(to) {
  const inner = message({ name: 'Laboratoire des Alpes', address: 'labo@alpes.example' }, to, 'Avis sur le prélèvement', textPart('Le prélèvement est à refaire.\r\n'));
  return multipart('mixed', [
    textPart('Pour avis, la lettre du laboratoire.\r\n'),
    `Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename="avis.eml"\r\n\r\n${inner.toString('latin1')}`,
  ]);
}

/** A winmail.dat with one text and one file (MS-OXTNEF): attributes of level, id, length, value, checksum. */
function winmail() {
  const attribute = (level, id, value) => {
    const head = Buffer.alloc(9);
    head.writeUInt8(level, 0);
    head.writeUInt32LE(id, 1);
    head.writeUInt32LE(value.length, 5);
    const sum = Buffer.alloc(2);
    sum.writeUInt16LE(value.reduce((total, byte) => (total + byte) & 0xffff, 0));
    return Buffer.concat([head, value, sum]);
  };
  const text = (words) => Buffer.from(`${words}\0`, 'latin1');
  const tnef = Buffer.concat([
    Buffer.from([0x78, 0x9f, 0x3e, 0x22, 0x01, 0x00]),
    attribute(1, 0x00089006, Buffer.from([0, 0, 1, 0])),
    attribute(1, 0x00069007, Buffer.from([0xe4, 0x04, 0, 0, 0, 0, 0, 0])),
    attribute(2, 0x00069002, Buffer.alloc(14)),
    attribute(2, 0x00018010, text('compte-rendu.txt')),
    attribute(2, 0x0006800f, Buffer.from('Examen normal.\r\n')),
  ]);
  return multipart('mixed', [textPart('Bonjour, voir le fichier.\r\n'), filePart('winmail.dat', 'application/ms-tnef', tnef)]);
}

function calendar() {
  const event = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'METHOD:REQUEST', 'BEGIN:VEVENT', 'DTSTART:20261201T130000Z', 'SUMMARY:Réunion de concertation', 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n');
  return multipart('mixed', [textPart('Réunion mardi à 14 h.\r\n'), filePart('invitation.ics', 'text/calendar; method=REQUEST; charset=utf-8', Buffer.from(event))]);
}

function uuencoded(name, text) {
  const bytes = Buffer.from(text);
  const sign = (value) => String.fromCharCode(value === 0 ? 96 : value + 32);
  let body = '';
  for (let start = 0; start < bytes.length; start += 45) {
    const line = bytes.subarray(start, start + 45);
    body += sign(line.length);
    for (let at = 0; at < line.length; at += 3) {
      const [a, b = 0, c = 0] = line.subarray(at, at + 3);
      body += [a >> 2, ((a & 3) << 4) | (b >> 4), ((b & 15) << 2) | (c >> 6), c & 63].map(sign).join('');
    }
    body += '\r\n';
  }
  return `begin 644 ${name}\r\n${body}\`\r\nend\r\n`;
}

function deceiving() {
  return htmlPart(`<p>Votre remboursement attend. Connectez-vous sur
    <a href="https://ameli.fr.voleur.example/connexion">https://www.ameli.fr</a> sous 24 heures.</p>
    <p>Ou écrivez à <a href="mailto:aide@ameli.example">l’aide</a>.</p>`);
}
