// The plain objects that cross to wasm and back.

export type Trust = "sealed_signed" | "signed" | "gateway" | "sealed_unverified" | "clear" | "broken";

export interface OpenOptions {
  /** Seconds since 1970: `Math.floor(Date.now() / 1000)`. */
  now: number;
  /** The reader's own addresses. */
  self?: string[];
  /** What a detached signature is over. */
  detached?: Uint8Array;
  /** Reads SHA-1 and short keys; never gives a green state. */
  dangerLegacy?: boolean;
}

export interface ChainOptions {
  /** Seconds since 1970. */
  now: number;
  /** `email` unless said otherwise. */
  purpose?: "email" | "server" | "client" | "any";
  /** Names the certificate must have: `email:a@b`, `dns:host`, `ip:address`. */
  names?: string[];
  /** Acceptable policies (OIDs); any without. */
  policies?: string[];
  requireExplicitPolicy?: boolean;
  inhibitMapping?: boolean;
  inhibitAnyPolicy?: boolean;
  maxDepth?: number;
  /** Lets SHA-1 and short keys stand. */
  dangerLegacy?: boolean;
}

/** What `sceau chain --json` prints. */
export interface ChainReport { valid: boolean; path: string[]; policies: string[]; reasons: Note[] }

export interface CertificateFacts {
  sha256: string;
  spki_sha256: string;
  subject: string;
  issuer: string;
  serial: string;
  emails: string[];
  not_before: string;
  not_after: string;
  /** `null` for a key of a kind that is not implemented. */
  algorithm: string | null;
  can_sign: boolean;
  can_encrypt: boolean;
}

export interface RequestFacts {
  subject: string;
  emails: string[];
  usage: "sign" | "encrypt" | "both" | null;
  algorithm: string | null;
  /** Whether it proves that the requester holds the key. */
  proven: boolean;
}

export interface NewKeys {
  name: string;
  email: string;
  /** Seconds since 1970. */
  now: number;
  /** `p256` unless said otherwise. */
  algorithm?: "rsa2048" | "rsa3072" | "rsa4096" | "p256" | "p384" | "p521" | "ed25519" | "ml-dsa-65";
  /** One key for signing and sealing instead of two. */
  single?: boolean;
  /** 396 unless said otherwise. */
  days?: number;
}

export interface Note { code: string; text: string }

export interface Signer { subject: string; emails: string[]; serial: string }

export type Layer =
  | { kind: "encrypted"; type: string; cipher: string; key: string; authenticated: boolean; content_sha256: string }
  | { kind: "compressed"; algorithm: string; bytes: number }
  | { kind: "digested"; digest: string; intact: boolean }
  | { kind: "authenticated"; mac: string; key: string }
  | { kind: "signed"; verdict: "valid" | "invalid" | "untrusted" | "legacy" | "unknown"; signer: Signer | null;
      on_behalf_of: Signer | null; algorithm: string | null; signing_time: string | null; reasons: Note[];
      /** Of the complete module, which judges every letter that has something to tell here. */
      ess?: Record<string, unknown>; countersignatures?: unknown[]; timestamps?: unknown[] };

/** What `sceau open --json` prints. */
export interface Report {
  trust: Trust;
  judged_at: string;
  time_source: "token" | "signing_time" | "given";
  layers: Layer[];
  headers: { name: string; value: string; state: "signed" | "encrypted" | "both" | "none" }[];
  from: string | null;
  to: string[];
  cc: string[];
  bcc: string[];
  date: string | null;
  subject: string;
  message_id: string | null;
  text: string;
  parts: { type: string; name: string | null; bytes: number; sha256: string }[];
  warnings: Note[];
}

export interface Entity { type: string; name: string | null; bytes: number; children: Entity[] }

export interface Inspection { kind: "mail"; tree: Entity }

export interface Pkcs12Report {
  mac: string | null;
  bags: string[];
  certificates: { sha256: string; subject: string; emails: string[] }[];
  keys: { spki_sha256: string; algorithm: string }[];
}

export interface Mailbox { name: string | null; email: string }

/** A file of a mail that was read. Its name is a hint of the sender's, never a path to write to. */
export interface MailPart {
  type: string;
  charset: string | null;
  name: string | null;
  contentId: string | null;
  inline: boolean;
  bytes: Uint8Array;
}

export interface LetterToSeal {
  from: Mailbox;
  to?: Mailbox[];
  cc?: Mailbox[];
  bcc?: Mailbox[];
  subject: string;
  text: string;
  parts?: { name: string; type: string; bytes: Uint8Array }[];
  inReplyTo?: string[];
  references?: string[];
  /** Seconds since 1970. */
  now: number;
  /** Minutes east of UTC: `-new Date().getTimezoneOffset()`. */
  offsetMinutes?: number;
  recipients: {
    address: string;
    certificate: Uint8Array;
    profile?: Profile;
    /** What the recipient's program reads, as `choose` gives it. */
    capabilities?: Capabilities | null;
    /** The program is known to read RSAES-OAEP, which profiles `compat` and `direct` do not take for granted. */
    oaep?: boolean;
  }[];
}

/** How a copy is written: `kim` and `direct` for the networks of these names. */
export type Profile = "default" | "compat" | "kim" | "direct" | "pq";

/** What a program said that it reads (RFC 8551, section 2.5.2). */
export interface Capabilities {
  aes256_gcm: boolean;
  aes256_cbc: boolean;
  rsa_oaep: boolean;
  cek_hkdf: boolean;
  aes128_gcm?: boolean;
  aes128_cbc?: boolean;
  rsa_pss?: boolean;
  ecdh?: boolean;
}

export type Level = "unauthenticated" | "authenticated" | "post_quantum";

/** Somebody to write to, and all that is known of her program. */
export interface Correspondent {
  address: string;
  certificate: Uint8Array;
  /** `senderCapabilities` of her newest confirmed letter. */
  letter?: Capabilities | null;
  /** What the directory says, as far as it is believed. */
  directory?: { network: "own" | "kim" | "direct" | "other"; capabilities: Capabilities | null } | null;
  /** The level chosen the last time. */
  before?: Level | null;
}

export interface Correspondents { correspondents: Correspondent[]; postQuantum?: boolean }

/** How to write to one person. */
export interface Choice {
  address: string;
  profile: Profile;
  capabilities: Capabilities | null;
  cipher: string;
  transport: "rsa-oaep" | "rsa-pkcs1v15" | "ecdh" | "kem";
  /** What the choice was made from. */
  source: "letter" | "certificate" | "directory" | "nothing";
  level: Level;
  /** What is weaker than between ourselves. */
  weaknesses: (
    | "not_authenticated" | "old_key_transport" | "shorter_key" | "unknown_program" | "not_post_quantum" | "weaker_than_before"
  )[];
  /** Letters to her were sealed better before: ask the writer first. */
  needs_consent: boolean;
}

export interface SealedMail { eml: Uint8Array; card: Uint8Array }

export interface SealedLetter {
  outgoing: (SealedMail & { rcptTo: string[]; isBlind: boolean })[];
  sent: SealedMail;
  messageId: string;
}
