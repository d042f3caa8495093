-- Attempts to sign in are counted by where they come from; half log-ins of before know nothing of that and begin anew.
DROP TABLE attempt;
CREATE TABLE attempt (
    key BLOB PRIMARY KEY,                     -- SHA-256 of whom and from where, known or not
    taken INTEGER NOT NULL,                   -- seconds of waiting that the attempts cost
    at INTEGER NOT NULL                       -- when that was so
) STRICT, WITHOUT ROWID;
DELETE FROM login;
ALTER TABLE login ADD COLUMN network_key BLOB;
ALTER TABLE login ADD COLUMN account_key BLOB;
-- From where an account was opened: attempts from there do not wait for those of strangers.
CREATE TABLE known_network (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    network BLOB NOT NULL,                    -- SHA-256 of the account and the network
    used_at INTEGER NOT NULL,
    PRIMARY KEY (account, network)
) STRICT, WITHOUT ROWID;
CREATE TABLE device (
    token_hash BLOB PRIMARY KEY,              -- SHA-256
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX device_account ON device (account);
