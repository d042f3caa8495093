-- Tickets by which a browser opens a WebSocket: used once, for a minute, bound to the session that asked.
CREATE TABLE ticket (
    ticket_hash BLOB PRIMARY KEY,             -- SHA-256
    session BLOB NOT NULL REFERENCES session ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_session ON ticket (session);
