-- Digests of the secrets that all relays over one database must share.
CREATE TABLE shared_secret (
    name TEXT PRIMARY KEY,
    digest BLOB NOT NULL
) STRICT;
