// Mails taken apart for the peers that have no reader of their own for it.

const utf8 = new TextEncoder();
const latin = new TextDecoder('latin1');

export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function find(octets, text, from = 0) {
  const wanted = utf8.encode(text);
  for (let at = octets.indexOf(wanted[0], from); at >= 0; at = octets.indexOf(wanted[0], at + 1)) {
    if (wanted.every((octet, more) => octets[at + more] === octet)) return at;
  }
  return -1;
}

function findLast(octets, text, before = octets.length) {
  const wanted = utf8.encode(text);
  for (let at = octets.lastIndexOf(wanted[0], before - wanted.length); at > 0; at = octets.lastIndexOf(wanted[0], at - 1)) {
    if (wanted.every((octet, more) => octets[at + more] === octet)) return at;
  }
  return -1;
}

/** The body of a mail. */
export function splitMail(mail) {
  return mail.subarray(find(mail, '\r\n\r\n') + 4);
}

/** What a `multipart/signed` signs, and the base64 of the signature. */
export function splitSigned(entity) {
  const head = latin.decode(entity.subarray(0, 2048));
  const delimiter = `\r\n--${/boundary="?([^";\r\n]+)"?/.exec(head)[1]}`;
  const start = find(entity, '\n', find(entity, delimiter.slice(2), find(entity, '\r\n\r\n'))) + 1;
  const end = findLast(entity, `${delimiter}--`);
  const middle = findLast(entity, delimiter, end);
  return {
    content: entity.subarray(start, middle),
    signature: entity.subarray(find(entity, '\r\n\r\n', middle) + 4, end),
  };
}
