-- What an account's Emails take, counted with each of them, so that no request has to add it up; and limits of its own,
-- NULL for those everybody has.
ALTER TABLE account ADD COLUMN used_octets INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN used_letters INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN quota_octets INTEGER;
ALTER TABLE account ADD COLUMN quota_letters INTEGER;
UPDATE account SET
    used_letters = (SELECT count(*) FROM email WHERE email.account = account.id),
    used_octets =
        (SELECT coalesce(sum(blob.size), 0) FROM email JOIN blob ON blob.id = email.blob
            WHERE email.account = account.id)
        + (SELECT coalesce(sum(blob.size), 0) FROM email JOIN blob ON blob.id = email.card
            WHERE email.account = account.id)
        + (SELECT coalesce(sum(blob.size), 0) FROM email JOIN email_held ON email_held.email = email.id
            JOIN blob ON blob.id = email_held.blob WHERE email.account = account.id);
