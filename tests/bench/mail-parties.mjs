// Readers of mail: ours and the peers', each made to decode every part. `read` gives what the party gives, `seen` what of it is
// compared: addresses, words and files.

import PostalMime from 'postal-mime';
import { MailReader } from '../../packages/smime/src/mail.mjs';

/** `library` is the package's complete module: `{ glue, memory }`. */
export const ours = (library, reader = new MailReader(library)) => ({
  read: (mail) => reader.read(mail),
  seen: ({ subject, from, to, cc, text, html, parts }) => ({
    subject, from: emails(from), to: emails(to), cc: emails(cc), text, html,
    files: parts.map(({ name, type, bytes }) => ({ name, type, bytes })),
  }),
});

export const postalMime = () => ({
  read: (mail) => PostalMime.parse(mail),
  seen: ({ subject, from, to = [], cc = [], text, html, attachments }) => ({
    subject, from: [from.address], to: addresses(to), cc: addresses(cc), text, html,
    files: attachments.map(({ filename, mimeType, content }) => ({ name: filename, type: mimeType, bytes: new Uint8Array(content) })),
  }),
});

/** Without what it would make besides: text of HTML, HTML of text, links. */
const MAILPARSER = { skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true, skipImageLinks: true };

export const mailparser = (simpleParser) => ({
  read: (mail) => simpleParser(Buffer.from(mail.buffer, mail.byteOffset, mail.length), MAILPARSER),
  seen: ({ subject, from, to, cc, text, html, attachments }) => ({
    subject, from: addresses(from?.value), to: addresses(to?.value), cc: addresses(cc?.value), text, html,
    files: attachments.map(({ filename, contentType, content }) => ({ name: filename, type: contentType, bytes: content })),
  }),
});

const emails = (list) => list.map(({ email }) => email);
const addresses = (list = []) => list.map(({ address }) => address);

/** Line ends and white space at the end are each reader's own. */
const words = (text) => (text || '').replaceAll('\r\n', '\n').trimEnd();

function same(one, other) {
  return one.length === other.length && one.every((octet, at) => octet === other[at]);
}

/** Fails unless both saw the same. The text of a letter in HTML alone is ours to make, and is not compared. */
export function agree(name, { text, html, files, ...one }, { text: otherText, html: otherHtml, files: otherFiles, ...other }) {
  const differ = (what, a, b) => {
    if (a !== b) throw new Error(`${name} reads another ${what}:\n${String(a).slice(0, 2000)}\n--- ours:\n${String(b).slice(0, 2000)}`);
  };
  for (const field of Object.keys(one)) differ(field, String(other[field]), String(one[field]));
  differ('html', words(otherHtml), words(html));
  if (otherText || !html) differ('text', words(otherText), words(text));
  differ('number of files', otherFiles.length, files.length);
  for (const [at, file] of files.entries()) {
    for (const field of ['name', 'type']) differ(`file's ${field}`, otherFiles[at][field], file[field]);
    differ(`file: ${file.name}`, same(otherFiles[at].bytes, file.bytes), true);
  }
}
