// Letters somebody writes to herself: a mailbox with something in it, from one account.

/** Writes one letter per subject and waits until the last has come back. */
export async function writeToOneself(person, letters) {
  for (const { subject, text, files = [] } of letters) {
    await person.mailbox.write();
    await person.compose.fill({ to: [person.address], subject, text });
    if (files.length > 0) await person.compose.attach(files);
    await person.compose.send();
  }
  await person.mailbox.folder('Réception');
  for (const { subject } of letters) await person.mailbox.row(subject).first().waitFor();
}

/** What became of `original`, as Postfix reports it to its writer (RFC 3464): one address that does not exist, one that is tried again. */
export function deliveryReport(to, original) {
  return [
    'From: MAILER-DAEMON@mx.example (Mail Delivery System)', `To: ${to}`, 'Subject: Undelivered Mail Returned to Sender',
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`, 'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="r"', '',
    '--r', 'Content-Type: text/plain', '', 'This is the mail system at host mx.example.', '',
    '--r', 'Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx.example', '',
    'Final-Recipient: rfc822; durand@cabinet.example', 'Action: failed', 'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 <durand@cabinet.example>: User unknown', '',
    'Final-Recipient: rfc822; labo@alpes.example', 'Action: delayed', 'Status: 4.4.1', 'Will-Retry-Until: Sat, 7 Nov 2026 09:00:00 +0100', '',
    '--r', 'Content-Type: message/rfc822', '', original, '--r--', '',
  ].join('\r\n');
}
