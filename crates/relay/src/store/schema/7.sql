-- Tokens of programs: sessions with an id to revoke them by, a name, an end of their own and what they may do.
-- token_id is NULL for a log-in; last_used_on is the first second of a day.
ALTER TABLE session ADD COLUMN token_id TEXT;
ALTER TABLE session ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN scopes TEXT NOT NULL DEFAULT 'all';
ALTER TABLE session ADD COLUMN last_used_on INTEGER;
CREATE UNIQUE INDEX session_token_id ON session (token_id) WHERE token_id IS NOT NULL;
