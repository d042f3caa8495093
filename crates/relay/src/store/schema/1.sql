-- Accounts and ways in.
CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL UNIQUE,             -- lower case
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    modseq INTEGER NOT NULL DEFAULT 0,
    code_hash BLOB,                           -- SHA-256 of the enrolment code, until used
    code_expires_at INTEGER,
    last_sign_in_at INTEGER,
    last_sign_in_from TEXT
) STRICT;
CREATE TABLE slot (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    slot TEXT NOT NULL,
    version INTEGER NOT NULL,
    record BLOB NOT NULL,
    wrap BLOB NOT NULL,
    PRIMARY KEY (account, slot)
) STRICT, WITHOUT ROWID;
CREATE TABLE login (
    id_hash BLOB PRIMARY KEY,
    account INTEGER REFERENCES account ON DELETE CASCADE, -- NULL: nobody; the answer was a fake one
    slot TEXT NOT NULL,
    slot_version INTEGER NOT NULL,
    attempt_key BLOB NOT NULL,
    state BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE attempt (
    key BLOB PRIMARY KEY,                     -- SHA-256 of address and way in, known or not
    window_started_at INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE session (
    token_hash BLOB PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    fresh_until INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account);

-- States.
CREATE TABLE change_log (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    kind TEXT NOT NULL,
    modseq INTEGER NOT NULL,
    object INTEGER NOT NULL,
    what TEXT NOT NULL,                       -- created, updated, counted, destroyed
    at INTEGER NOT NULL,
    PRIMARY KEY (account, kind, modseq)
) STRICT, WITHOUT ROWID;
CREATE TABLE change_floor (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    kind TEXT NOT NULL,
    state INTEGER NOT NULL,                   -- the newest state, even when its log line is gone
    floor INTEGER NOT NULL,                   -- states below cannot be calculated from
    PRIMARY KEY (account, kind)
) STRICT, WITHOUT ROWID;

-- Bytes and who may reach them.
CREATE TABLE blob (
    id TEXT PRIMARY KEY,
    size INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE upload (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    blob TEXT NOT NULL REFERENCES blob,
    uploaded_at INTEGER NOT NULL,
    PRIMARY KEY (account, blob)
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_blob ON upload (blob);

-- Mail.
CREATE TABLE mailbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    name TEXT NOT NULL,
    parent INTEGER REFERENCES mailbox,
    role TEXT,
    sort_order INTEGER NOT NULL,
    subscribed INTEGER NOT NULL
) STRICT;
CREATE INDEX mailbox_account ON mailbox (account);
CREATE UNIQUE INDEX mailbox_role ON mailbox (account, role) WHERE role IS NOT NULL;
CREATE TABLE thread (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE
) STRICT;
CREATE TABLE email (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    thread INTEGER NOT NULL REFERENCES thread,
    blob TEXT NOT NULL REFERENCES blob,
    card TEXT REFERENCES blob,
    size INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    sent_at INTEGER,
    from_text TEXT NOT NULL,
    to_text TEXT NOT NULL,
    cc_text TEXT NOT NULL,
    bcc_text TEXT NOT NULL,
    subject_text TEXT NOT NULL,
    outer TEXT NOT NULL,                      -- the outer headers, parsed, as JSON
    header BLOB NOT NULL                      -- the outer headers as they stand
) STRICT;
CREATE INDEX email_account ON email (account, received_at);
CREATE INDEX email_thread ON email (thread);
CREATE INDEX email_blob ON email (blob);
CREATE INDEX email_card ON email (card);
CREATE TABLE email_mailbox (
    email INTEGER NOT NULL REFERENCES email ON DELETE CASCADE,
    mailbox INTEGER NOT NULL REFERENCES mailbox,
    PRIMARY KEY (email, mailbox)
) STRICT, WITHOUT ROWID;
CREATE INDEX email_mailbox_mailbox ON email_mailbox (mailbox, email);
CREATE TABLE email_keyword (
    email INTEGER NOT NULL REFERENCES email ON DELETE CASCADE,
    keyword TEXT NOT NULL,
    PRIMARY KEY (email, keyword)
) STRICT, WITHOUT ROWID;
CREATE TABLE email_held (
    email INTEGER NOT NULL REFERENCES email ON DELETE CASCADE,
    blob TEXT NOT NULL REFERENCES blob,
    PRIMARY KEY (email, blob)
) STRICT, WITHOUT ROWID;
CREATE INDEX email_held_blob ON email_held (blob);
CREATE TABLE thread_message_id (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    message_id TEXT NOT NULL,
    thread INTEGER NOT NULL REFERENCES thread ON DELETE CASCADE,
    PRIMARY KEY (account, message_id, thread)
) STRICT, WITHOUT ROWID;

-- Sendings: Letter/send and EmailSubmission alike.
CREATE TABLE letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    client_letter_id TEXT,                    -- NULL for an EmailSubmission
    arguments_hash BLOB,
    email INTEGER NOT NULL,                   -- kept when the Email is gone
    thread INTEGER NOT NULL,
    mail_from TEXT NOT NULL,
    send_at INTEGER NOT NULL,
    undo_status TEXT NOT NULL,                -- pending, final, canceled
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX letter_client ON letter (account, client_letter_id) WHERE client_letter_id IS NOT NULL;
CREATE INDEX letter_due ON letter (send_at) WHERE undo_status = 'pending';
CREATE TABLE letter_envelope (
    letter INTEGER NOT NULL REFERENCES letter ON DELETE CASCADE,
    number INTEGER NOT NULL,
    blob TEXT REFERENCES blob,                -- this and what follows: NULL once delivered
    card TEXT REFERENCES blob,
    size INTEGER,
    outer TEXT,
    header BLOB,
    PRIMARY KEY (letter, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX letter_envelope_blob ON letter_envelope (blob);
CREATE INDEX letter_envelope_card ON letter_envelope (card);
CREATE TABLE letter_recipient (
    letter INTEGER NOT NULL REFERENCES letter ON DELETE CASCADE,
    number INTEGER NOT NULL,
    address TEXT NOT NULL,
    delivered TEXT NOT NULL,
    smtp_reply TEXT NOT NULL,
    delivered_at INTEGER,
    PRIMARY KEY (letter, number, address)
) STRICT, WITHOUT ROWID;

-- Sealed things of the client.
CREATE TABLE vault (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (account, id)
) STRICT;
CREATE TABLE index_segment (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    device TEXT NOT NULL,
    counter INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (account, device, counter)
) STRICT;

-- The directory.
CREATE TABLE certificate (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    number INTEGER NOT NULL,
    der BLOB NOT NULL,
    PRIMARY KEY (account, number)
) STRICT;
CREATE TABLE authority (
    id TEXT PRIMARY KEY,                      -- SHA-256 of the certificate
    certificate BLOB NOT NULL,
    intermediates TEXT NOT NULL,              -- JSON array of base64
    domains TEXT NOT NULL,                    -- JSON array
    crl BLOB
) STRICT;
