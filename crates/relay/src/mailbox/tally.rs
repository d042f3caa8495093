//! The counts of Mailboxes (RFC 8621 §2), kept with each change of a Thread, so that no request has to add them up.
//!
//! An Email is unread without `$seen` and `$draft`; a Thread is unread in a Mailbox when it has an Email there and an unread
//! Email anywhere, except that Trash counts by itself.

use std::collections::BTreeMap;

use sceau_api::{email::keyword, push::ObjectType};

use crate::{
    fault::Fault,
    store::{
        Tx,
        change::{self, What},
        sql::{self, params},
    },
};

/// What a Thread adds to the counts of one Mailbox, or what they are altogether.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Counts {
    emails: i64,
    unread_emails: i64,
    threads: i64,
    unread_threads: i64,
}

/// What a Thread adds to each Mailbox it is in.
type Shares = BTreeMap<i64, Counts>;

/// A Thread about to change.
pub(crate) struct Tally {
    thread: i64,
    before: Shares,
}

impl Tally {
    /// Looks at a Thread before it changes.
    pub(crate) fn before(tx: &Tx<'_>, thread: i64) -> sql::Result<Self> {
        Ok(Self { thread, before: shares(tx, thread)? })
    }

    /// Of a Thread that is only now made.
    pub(crate) fn of_new(thread: i64) -> Self {
        Self { thread, before: Shares::new() }
    }

    /// Counts the first Email of a Thread that is only now made. In one Mailbox there is nothing to look at: whether that is Trash
    /// matters only beside another.
    pub(crate) fn settle_first(
        self,
        tx: &Tx<'_>,
        account: i64,
        mailboxes: &[i64],
        keywords: &[String],
    ) -> Result<(), Fault> {
        let [mailbox] = mailboxes else { return self.settle(tx, account) };
        let is_read = keywords.iter().any(|word| [keyword::SEEN, keyword::DRAFT].contains(&word.as_str()));
        let place = Place { email: 0, mailbox: *mailbox, is_trash: false, is_unread: !is_read };
        self.settle_to(tx, account, &count(&[place]))
    }

    /// Which Thread it is.
    pub(crate) fn thread(&self) -> i64 {
        self.thread
    }

    /// Looks at it again, now that it has changed, and counts what differs.
    pub(crate) fn settle(self, tx: &Tx<'_>, account: i64) -> Result<(), Fault> {
        let after = shares(tx, self.thread)?;
        self.settle_to(tx, account, &after)
    }

    fn settle_to(self, tx: &Tx<'_>, account: i64, after: &Shares) -> Result<(), Fault> {
        let mut mailboxes: Vec<i64> = self.before.keys().chain(after.keys()).copied().collect();
        mailboxes.sort_unstable();
        mailboxes.dedup();
        for mailbox in mailboxes {
            let of = |shares: &Shares| shares.get(&mailbox).copied().unwrap_or_default();
            let (before, after) = (of(&self.before), of(after));
            if before != after {
                add(tx, mailbox, after.less(before))?;
                change::record(tx, account, &ObjectType::Mailbox, mailbox, What::Counted)?;
            }
        }
        Ok(())
    }
}

impl Counts {
    fn less(self, other: Self) -> Self {
        Self {
            emails: self.emails - other.emails,
            unread_emails: self.unread_emails - other.unread_emails,
            threads: self.threads - other.threads,
            unread_threads: self.unread_threads - other.unread_threads,
        }
    }
}

fn add(tx: &Tx<'_>, mailbox: i64, more: Counts) -> sql::Result<()> {
    tx.prepare_cached(
        "UPDATE mailbox SET total_emails = total_emails + ?, unread_emails = unread_emails + ?,
             total_threads = total_threads + ?, unread_threads = unread_threads + ? WHERE id = ?",
    )?
    .put([more.emails, more.unread_emails, more.threads, more.unread_threads, mailbox])?;
    Ok(())
}

/// An Email in a Mailbox.
struct Place {
    email: i64,
    mailbox: i64,
    is_trash: bool,
    is_unread: bool,
}

fn shares(tx: &Tx<'_>, thread: i64) -> sql::Result<Shares> {
    let mut statement = tx.prepare_cached(
        "SELECT place.email, place.mailbox, coalesce(mailbox.role, '') = 'trash',
             NOT EXISTS (SELECT 1 FROM email_keyword AS k WHERE k.email = email.id AND k.keyword IN ('$seen', '$draft'))
         FROM email JOIN email_mailbox AS place ON place.email = email.id JOIN mailbox ON mailbox.id = place.mailbox
         WHERE email.thread = ?",
    )?;
    let places = statement.query_map([thread], |row| {
        let (email, mailbox, is_trash, is_unread) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(Place { email, mailbox, is_trash, is_unread })
    })?;
    Ok(count(&places.collect::<sql::Result<Vec<_>>>()?))
}

fn count(places: &[Place]) -> Shares {
    let trashed = |email: i64| places.iter().any(|place| place.email == email && place.is_trash);
    // Whether an Email in Trash is unread, and whether one elsewhere is.
    let (mut trash, mut elsewhere) = (false, false);
    for place in places.iter().filter(|place| place.is_unread) {
        match trashed(place.email) {
            true => trash = true,
            false => elsewhere = true,
        }
    }
    let mut shares = Shares::new();
    for place in places {
        let share = shares.entry(place.mailbox).or_default();
        share.emails += 1;
        share.unread_emails += i64::from(place.is_unread);
        share.threads = 1;
        share.unread_threads = i64::from(if place.is_trash { trash } else { elsewhere });
    }
    shares
}

/// The counts of every Mailbox of an account from its Emails: where the role of Trash went to another, nothing less tells.
const ALL: &str = "
    WITH tagged AS (
        SELECT e.id, e.thread, NOT EXISTS (SELECT 1 FROM email_keyword AS k WHERE k.email = e.id
            AND k.keyword IN ('$seen', '$draft')) AS unread,
            EXISTS (SELECT 1 FROM email_mailbox AS x JOIN mailbox AS t ON t.id = x.mailbox
                WHERE x.email = e.id AND t.role = 'trash') AS trashed
        FROM email AS e WHERE e.account = ?1
    )
    SELECT m.id, count(t.id), count(CASE WHEN t.unread THEN 1 END), count(DISTINCT t.thread),
        count(DISTINCT CASE WHEN EXISTS (SELECT 1 FROM tagged AS o WHERE o.thread = t.thread AND o.unread
            AND o.trashed = (coalesce(m.role, '') = 'trash')) THEN t.thread END)
    FROM mailbox AS m LEFT JOIN email_mailbox AS em ON em.mailbox = m.id LEFT JOIN tagged AS t ON t.id = em.email
    WHERE m.account = ?1 GROUP BY m.id ORDER BY m.id";

/// Counts all Mailboxes of an account anew.
pub(crate) fn anew(tx: &Tx<'_>, account: i64) -> Result<(), Fault> {
    for (mailbox, counts) in from_emails(tx, account)? {
        let changed = tx.execute(
            "UPDATE mailbox SET total_emails = ?1, unread_emails = ?2, total_threads = ?3, unread_threads = ?4
             WHERE id = ?5
                 AND (total_emails <> ?1 OR unread_emails <> ?2 OR total_threads <> ?3 OR unread_threads <> ?4)",
            params![
                counts.emails,
                counts.unread_emails,
                counts.threads,
                counts.unread_threads,
                mailbox
            ],
        )?;
        if changed > 0 {
            change::record(tx, account, &ObjectType::Mailbox, mailbox, What::Counted)?;
        }
    }
    Ok(())
}

fn from_emails(tx: &Tx<'_>, account: i64) -> sql::Result<Vec<(i64, Counts)>> {
    let mut statement = tx.prepare_cached(ALL)?;
    let rows = statement.query_map([account], |row| {
        let (emails, unread_emails) = (row.get(1)?, row.get(2)?);
        let (threads, unread_threads) = (row.get(3)?, row.get(4)?);
        Ok((row.get(0)?, Counts { emails, unread_emails, threads, unread_threads }))
    })?;
    rows.collect()
}
