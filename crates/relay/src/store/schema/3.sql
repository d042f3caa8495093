-- Parameters of the client's key stretching, kept per way in so that they can grow. Records made before have the only
-- ones there were: 64 MiB, three passes, one lane.
ALTER TABLE slot ADD COLUMN memory_kib INTEGER NOT NULL DEFAULT 65536;
ALTER TABLE slot ADD COLUMN passes INTEGER NOT NULL DEFAULT 3;
ALTER TABLE slot ADD COLUMN lanes INTEGER NOT NULL DEFAULT 1;
