-- Directory queries fold accents and case; SQLite's LIKE folds ASCII only.
ALTER TABLE account ADD COLUMN folded TEXT NOT NULL DEFAULT '';
UPDATE account SET folded = lower(name) || ' ' || address;
