-- Who is told of changes by POST (RFC 8620 §7.2). A subscription belongs to the session that made it and ends with it.
CREATE TABLE push_subscription (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session BLOB NOT NULL REFERENCES session ON DELETE CASCADE,
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    device_client_id TEXT NOT NULL,
    url TEXT NOT NULL,
    host TEXT NOT NULL,                       -- of the URL, so that one slow push service is seen as one
    p256dh BLOB,                              -- this and the next: NULL when nothing is encrypted
    auth BLOB,
    server_key TEXT NOT NULL,                 -- the relay's public key when it was made (RFC 9749 §5)
    code TEXT NOT NULL,
    code_told INTEGER NOT NULL DEFAULT 0,     -- the push service took the code
    verified INTEGER NOT NULL DEFAULT 0,      -- the client handed it back
    every_type INTEGER NOT NULL,              -- otherwise those in push_type
    expires_at INTEGER,
    told INTEGER NOT NULL,                    -- what changed since this state of the account is owed
    next_at INTEGER NOT NULL DEFAULT 0,       -- nothing is sent before
    claimed_until INTEGER NOT NULL DEFAULT 0, -- a request is under way
    failures INTEGER NOT NULL DEFAULT 0,      -- in a row
    failing_since INTEGER,
    UNIQUE (session, device_client_id)
) STRICT;
CREATE INDEX push_subscription_account ON push_subscription (account);
CREATE INDEX push_subscription_next ON push_subscription (next_at);
CREATE TABLE push_type (
    subscription INTEGER NOT NULL REFERENCES push_subscription ON DELETE CASCADE,
    kind TEXT NOT NULL,
    PRIMARY KEY (subscription, kind)
) STRICT, WITHOUT ROWID;
-- How many an account made lately: each one makes the relay ask an address the account chose.
CREATE TABLE push_creation (
    account INTEGER PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    window_started_at INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
