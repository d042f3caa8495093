-- What has outlived its time is found by its time: the sweep's work must not grow with what is stored.
CREATE INDEX upload_time ON upload (uploaded_at);
CREATE INDEX change_log_time ON change_log (at);
