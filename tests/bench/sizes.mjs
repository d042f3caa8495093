// How much of what there is; known to who makes it and to who measures it.

export const PEOPLE = ['signer', 'r0', 'r1', 'r2', 'r3', 'r4'];
/** Octets of the attachment. */
export const LETTERS = { small: 9_000, big: 20 * 1024 * 1024 };
export const MAILBOX = 1000;
/** As many letters of the mailbox have a PKCS#1 v1.5 form too, for who has no OAEP. */
export const SAMPLE = 50;

/** Octets of each file of the mail of 10 MB. */
export const BIG_MAIL = [3_000_000, 2_500_000, 1_500_000, 600_000, 100_000];
export const SMALL_MAILS = 1000;
