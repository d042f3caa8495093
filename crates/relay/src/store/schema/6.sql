-- A page of a Mailbox is read from an index in its order, and its counts from its row: both stay the same work however many
-- Emails there are.
ALTER TABLE email_mailbox ADD COLUMN received_at INTEGER NOT NULL DEFAULT 0;
UPDATE email_mailbox SET received_at = (SELECT email.received_at FROM email WHERE email.id = email_mailbox.email);
DROP INDEX email_mailbox_mailbox;
CREATE INDEX email_mailbox_order ON email_mailbox (mailbox, received_at, email);
ALTER TABLE mailbox ADD COLUMN total_emails INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mailbox ADD COLUMN unread_emails INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mailbox ADD COLUMN total_threads INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mailbox ADD COLUMN unread_threads INTEGER NOT NULL DEFAULT 0;
UPDATE mailbox SET
    total_emails = (SELECT count(*) FROM email_mailbox AS here WHERE here.mailbox = mailbox.id),
    unread_emails = (SELECT count(*) FROM email_mailbox AS here WHERE here.mailbox = mailbox.id
        AND NOT EXISTS (SELECT 1 FROM email_keyword AS seen WHERE seen.email = here.email
            AND seen.keyword IN ('$seen', '$draft'))),
    total_threads = (SELECT count(DISTINCT email.thread) FROM email_mailbox AS here
        JOIN email ON email.id = here.email WHERE here.mailbox = mailbox.id),
    unread_threads = (SELECT count(DISTINCT email.thread) FROM email_mailbox AS here
        JOIN email ON email.id = here.email WHERE here.mailbox = mailbox.id
        AND EXISTS (SELECT 1 FROM email AS other WHERE other.thread = email.thread
            AND NOT EXISTS (SELECT 1 FROM email_keyword AS seen WHERE seen.email = other.id
                AND seen.keyword IN ('$seen', '$draft'))
            AND (coalesce(mailbox.role, '') = 'trash') = EXISTS (SELECT 1 FROM email_mailbox AS place
                JOIN mailbox AS there ON there.id = place.mailbox
                WHERE place.email = other.id AND there.role = 'trash')));

-- Blobs that may have lost their last reference: the sweep looks at these and at no others.
CREATE TABLE blob_doubt (
    blob TEXT PRIMARY KEY
) STRICT;
INSERT INTO blob_doubt (blob) SELECT id FROM blob;
