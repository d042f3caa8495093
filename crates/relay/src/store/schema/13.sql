-- The access trace: who did what, when, with which answer; no word of letters or correspondents. A row is written with what
-- it records, and linked into its node's chain of hashes within a second.
CREATE TABLE access_trace (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    node TEXT NOT NULL,                       -- the relay that wrote it
    at INTEGER NOT NULL,
    zone INTEGER NOT NULL,                    -- seconds its local time was ahead of UTC
    author TEXT NOT NULL,                     -- an account's id, operator:NAME, or nobody
    action TEXT NOT NULL,
    request TEXT NOT NULL,                    -- ids of what it was about
    answer TEXT NOT NULL,
    times INTEGER NOT NULL,                   -- how often, within one second
    number INTEGER,                           -- its place in the chain; this and what follows: NULL until linked
    previous BLOB,
    hash BLOB
) STRICT;
CREATE INDEX access_trace_unlinked ON access_trace (node, id) WHERE number IS NULL;
CREATE UNIQUE INDEX access_trace_number ON access_trace (node, number) WHERE number IS NOT NULL;
CREATE TABLE access_chain (
    node TEXT PRIMARY KEY,
    removed INTEGER NOT NULL,                 -- the last row whose time was over, and its hash
    removed_hash BLOB NOT NULL,
    linked INTEGER NOT NULL,                  -- the last row of the chain, and its hash
    linked_hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;
