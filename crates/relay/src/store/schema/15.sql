-- What one transaction changed of an account is one row, where it was one for each change: a delivery has a dozen of them.
-- Rows lie in the order of their time, so that those of one commit are beside each other; so do uploads from now on.
CREATE TABLE account_change (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    last INTEGER NOT NULL,                    -- the number of the last of its changes
    at INTEGER NOT NULL,
    changes TEXT NOT NULL,                    -- JSON: [number, type, object, what], in their order
    PRIMARY KEY (account, last)
) STRICT;
CREATE INDEX account_change_time ON account_change (at);
INSERT INTO account_change (account, last, at, changes)
    SELECT account, modseq, at, '[[' || modseq || ',"' || kind || '",' || object || ',"' || what || '"]]' FROM change_log;
DROP TABLE change_log;
CREATE TABLE new_upload (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    blob TEXT NOT NULL REFERENCES blob,
    uploaded_at INTEGER NOT NULL,
    PRIMARY KEY (blob, account)
) STRICT;
INSERT INTO new_upload (account, blob, uploaded_at) SELECT account, blob, uploaded_at FROM upload ORDER BY uploaded_at;
DROP TABLE upload;
ALTER TABLE new_upload RENAME TO upload;
CREATE INDEX upload_time ON upload (uploaded_at);
