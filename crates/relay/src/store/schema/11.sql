-- Letters for other relays: how a domain is reached, who still waits, which hosts are left alone for now.
CREATE TABLE route (
    domain TEXT PRIMARY KEY,                  -- lower case; * for every domain without a route of its own
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    tls TEXT NOT NULL,                        -- required, implicit, opportunistic
    paused INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    letter INTEGER NOT NULL REFERENCES letter ON DELETE CASCADE,
    number INTEGER NOT NULL,                  -- with the letter: the envelope
    address TEXT NOT NULL,
    domain TEXT NOT NULL,
    urgent INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_attempt_at INTEGER,
    next_attempt_at INTEGER,                  -- NULL: its state is final
    delay_at INTEGER,                         -- when the sender is told; NULL once told
    delayed_at INTEGER,
    expires_at INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX queue_recipient ON queue (letter, number, address);
CREATE INDEX queue_due ON queue (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX queue_domain ON queue (domain, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE TABLE queue_host (
    host TEXT PRIMARY KEY,                    -- host:port
    failures INTEGER NOT NULL,                -- in a row
    open_until INTEGER NOT NULL               -- nothing is tried before
) STRICT, WITHOUT ROWID;

-- What a report from outside names a sending by.
ALTER TABLE letter ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE letter ADD COLUMN released_at INTEGER; -- local recipients have it, the others are in the queue
UPDATE letter SET released_at = send_at WHERE undo_status = 'final';
ALTER TABLE letter_envelope ADD COLUMN envelope_id TEXT;
ALTER TABLE letter_envelope ADD COLUMN message_id TEXT;
CREATE INDEX letter_envelope_id ON letter_envelope (envelope_id) WHERE envelope_id IS NOT NULL;
CREATE INDEX letter_envelope_message ON letter_envelope (message_id) WHERE message_id IS NOT NULL;
ALTER TABLE letter_recipient ADD COLUMN displayed INTEGER NOT NULL DEFAULT 0;

-- Letters taken from other relays, so that one sent twice arrives once.
CREATE TABLE inbound (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    fingerprint BLOB NOT NULL,                -- SHA-256 of return path, envelope id or Message-ID, and content
    received_at INTEGER NOT NULL,
    PRIMARY KEY (account, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbound_received ON inbound (received_at);
