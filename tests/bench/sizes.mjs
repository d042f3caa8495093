// How much of what there is; known to who makes it and to who measures it.

export const PEOPLE = ['signer', 'r0', 'r1', 'r2', 'r3', 'r4'];
/** Octets of the attachment. */
export const LETTERS = { small: 9_000, big: 20 * 1024 * 1024 };
export const MAILBOX = 1000;
/** As many letters of the mailbox have a PKCS#1 v1.5 form too, for who has no OAEP. */
export const SAMPLE = 50;
