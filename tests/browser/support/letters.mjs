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
