// Every failure throws an `Error` with a `code` that is never renamed (docs/cli of the project lists them).

import type {
  Capabilities, CertificateFacts, ChainOptions, ChainReport, Choice, Correspondent, Inspection, LetterToSeal, MailPart, Mailbox,
  NewKeys, OpenOptions, Pkcs12Report, Report, RequestFacts, SealedLetter, Trust,
} from './types.js';

export type {
  Capabilities, CertificateFacts, ChainOptions, ChainReport, Choice, Correspondent, Entity, Inspection, Layer,
  LetterToSeal, Level, MailPart, Mailbox, NewKeys, Note, OpenOptions, Pkcs12Report, Profile, Report, RequestFacts, SealedLetter,
  SealedMail, Signer, Trust,
} from './types.js';

/** The moment may be left out: then it is the present. */
export type AtMoment<T extends { now: number }> = Omit<T, 'now'> & { now?: number };

/**
 * By whose primitives: the browser's or Node's WebCrypto where it has them (what is taken unless said otherwise), or the reference
 * in Rust alone. Both give the same answers. WebCrypto keeps private keys where nobody can take them out, until `Keys.free`.
 */
export type Backend = 'webcrypto' | 'rust';

/** What is thrown. */
export interface SceauError extends Error { readonly code: string }

/**
 * A ring of private keys with their certificates. They stay in the memory of one wasm module at a time, never in
 * JavaScript's, and are wiped by `free`.
 */
export class Keys {
  /** Makes keys with self-signed certificates, for tests and first exchanges. */
  static generate(person: AtMoment<NewKeys>): Promise<Keys>;
  /** Adds every key of a PKCS#12 container that has its certificate there. */
  addPkcs12(container: Uint8Array, password?: string): Promise<void>;
  /** Adds a private key (PKCS#8, SEC1 or PKCS#1, PEM or DER) with its certificate and those above it. */
  addKey(key: Uint8Array, certificates: Uint8Array, password?: string): Promise<void>;
  /** How many keys with a certificate there are. */
  size(): Promise<number>;
  /** The keys' certificates, PEM. */
  certificates(): Promise<string>;
  /** A certification request (PKCS#10) in PEM for every key. */
  toRequests(name: string, email: string): Promise<string>;
  /** All keys with their certificates in a PKCS#12 container, closed with a pass phrase. */
  toPkcs12(password: string): Promise<Uint8Array>;
  /** Wipes the keys, after what was begun before. */
  free(): Promise<void>;
}

/** Anchors, intermediates, revocation. A new one trusts nobody. */
export class TrustSettings {
  /** Trusts the authorities in a PEM or DER file, for those mail domains or for all. */
  addAnchors(certificates: Uint8Array, domains?: string[]): Promise<void>;
  /** Adds certificates that may complete a path; they are not trusted by themselves. */
  addIntermediates(certificates: Uint8Array): Promise<void>;
  /** Adds revocation lists; each counts only when its own signature does. */
  addCrls(lists: Uint8Array): Promise<void>;
  /** Adds OCSP answers; each counts only when its own signature does. Loads the complete module. */
  addOcsp(answers: Uint8Array): Promise<void>;
  /** How revocation is asked for; `if-given` unless said otherwise. */
  setRevocation(mode: 'require' | 'if-given' | 'off'): Promise<void>;
  /**
   * Whether a certificate that names a mail domain and no address speaks for every address of that domain, as the Direct network
   * has them; not unless said. Such letters carry the warning `domain_bound_certificate`. Loads the complete module.
   */
  setDomainBound(believed: boolean): Promise<void>;
  /** Gives the memory back, after what was begun before. The settings can still be used. */
  free(): void;
}

/** A letter that was opened and judged. */
export class Letter {
  private constructor();
  readonly trust: Trust;
  /** What `sceau open --json` prints. */
  readonly report: Report;
  /** What the sender's program said that it reads; only of a letter whose sender is confirmed. Keep it for `choose`. */
  readonly senderCapabilities: Capabilities | null;
  /** Plain text of the letter. */
  readonly text: string;
  /** The message exactly as it was protected. Copies. */
  readonly message: Uint8Array;
  /** The content of an attachment, counted as in the report's `parts`. Copies. */
  part(index: number): Uint8Array;
  /** Wipes the letter. */
  free(): void;
}

/** Opens a letter (a mail, or CMS in PEM or DER) with own keys and judges it. */
export function open(
  bytes: Uint8Array,
  options: { keys: Keys; trust: TrustSettings; backend?: Backend } & AtMoment<OpenOptions>,
): Promise<Letter>;

/** Judges a letter that is signed only, without keys. */
export function verify(
  bytes: Uint8Array,
  options: { trust: TrustSettings; backend?: Backend } & AtMoment<OpenOptions>,
): Promise<Letter>;

/**
 * Signs and seals a letter: one copy for each class of recipients, one for each blind copy, one for the sender. The
 * recipients' certificates are taken as given: judging them is the caller's part.
 */
export function seal(
  letter: AtMoment<LetterToSeal>,
  options: { keys: Keys; backend?: Backend },
): Promise<SealedLetter>;

/** Signs and seals one mail for recipients of one profile: without a copy for the sender, and without a card. */
export function sealCopy(
  letter: AtMoment<LetterToSeal>,
  options: { keys: Keys; backend?: Backend },
): Promise<Uint8Array>;

/**
 * Chooses for every correspondent how to write to her: from what her program said in a confirmed letter, her certificate, and the
 * directory, in this order. A weaker way than between ourselves is never taken silently: `weaknesses` says what is weaker, and
 * `needs_consent` that letters to her were sealed better before. Each choice is fit for `recipients` of `seal`, with the
 * certificate. Loads the complete module.
 */
export function choose(correspondents: Correspondent[], wishes?: { postQuantum?: boolean }): Promise<Choice[]>;

/** Where a big letter is: read at any place, again and again, and unchanged. */
export type BigSource = Blob | Uint8Array | {
  readonly size: number;
  /** At least one octet and at most `length`, from `offset` on. */
  read(offset: number, length: number): Promise<Uint8Array>;
};

/** Where octets go, in order. A stream is closed at the end, and aborted when something fails. */
export type BigSink = WritableStream<Uint8Array> | { write(octets: Uint8Array): unknown };

/** What may be said besides when a letter of any size is judged. */
export type BigOptions = AtMoment<Omit<OpenOptions, 'detached'>> & { trust: TrustSettings; detached?: BigSource };

/** A letter of any size that was judged and can be delivered. Little of it is in memory. */
export class BigLetter {
  private constructor();
  readonly trust: Trust;
  /** What `sceau open --json` prints. */
  readonly report: Report;
  /** Plain text of the letter. */
  readonly text: string;
  /** Writes the message exactly as it was protected. What a failure leaves in the sink is to be thrown away. */
  writeMessage(sink: BigSink): Promise<void>;
  /** Writes the content of an attachment, counted as in the report's `parts`. */
  writePart(index: number, sink: BigSink): Promise<void>;
  /** Wipes what is in memory of the letter. */
  free(): void;
}

/** Opens a letter of any size with own keys and judges it. Loads the complete module. */
export function openBig(source: BigSource, options: { keys: Keys } & BigOptions): Promise<BigLetter>;

/** Judges a letter of any size that is signed only, without keys. Loads the complete module. */
export function verifyBig(source: BigSource, options: BigOptions): Promise<BigLetter>;

/** A copy that was written. */
export interface BigSealed { bytes: number; sha256: string; messageSha256: string }

/**
 * Signs a mail of any size (RFC 5322, its body protected as it stands) and seals one copy for all of `recipients`, written for
 * the programs of the first; with `sent`, the sender's own copy too. Loads the complete module.
 */
export function sealBig(mail: BigSource, options: {
  keys: Keys;
  recipients: LetterToSeal['recipients'];
  sink: BigSink;
  sent?: BigSink;
  now?: number;
}): Promise<BigSealed>;

/** Judges a certificate up to a trusted one (RFC 5280). The first in `leaf` is judged, the others may complete its path. */
export function chain(
  leaf: Uint8Array,
  options: { trust: TrustSettings } & AtMoment<ChainOptions>,
): Promise<ChainReport>;

/** What a mail says. Nothing of it was judged: whoever shows it has to say that it is neither sealed nor signed. */
export class Mail {
  private constructor();
  readonly from: Mailbox[];
  readonly sender: Mailbox | null;
  readonly replyTo: Mailbox[];
  readonly to: Mailbox[];
  readonly cc: Mailbox[];
  readonly bcc: Mailbox[];
  /** RFC 3339. */
  readonly date: string | null;
  readonly subject: string;
  readonly messageId: string | null;
  readonly inReplyTo: string[];
  readonly references: string[];
  /** Every word that is shown; made of the HTML when there is nothing else. Line ends are LF. */
  readonly text: string;
  /** The HTML form as its author wrote it: it has to be sanitised before it is shown. */
  readonly html: string | null;
  /** Files, and all else that is not shown. */
  readonly parts: MailPart[];
  /** What is odd about it: `odd_from`, `damaged_charset` and the like. */
  readonly defects: string[];
  /** Every field in order, unfolded and decoded. */
  readonly headers: { name: string; value: string }[];
}

/** Reads a mail that nobody sealed: decodes its fields, texts and files. Needs no key and judges nothing. Loads the complete module. */
export function readMail(mail: Uint8Array): Promise<Mail>;

/** The structure of a mail. Needs no key and judges nothing. */
export function inspect(mail: Uint8Array): Promise<Inspection>;

/** What is in a PKCS#12 container, keys by their fingerprints only. */
export function pkcs12(container: Uint8Array, password?: string): Promise<Pkcs12Report>;

/** What the certificates in a PEM, DER or certificates-only CMS file say. Judges nothing. */
export function certificates(file: Uint8Array): Promise<CertificateFacts[]>;

/** What the certification requests in a PEM or DER file say. */
export function requests(file: Uint8Array): Promise<RequestFacts[]>;

/** The wasm modules loaded so far. */
export function loadedModules(): ('core' | 'complete')[];
