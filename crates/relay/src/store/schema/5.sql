-- Small blobs lie beside their rows: one commit makes both durable, and a million letters are not two million files.
CREATE TABLE blob_octets (
    id TEXT PRIMARY KEY REFERENCES blob ON DELETE CASCADE,
    octets BLOB NOT NULL
) STRICT;
