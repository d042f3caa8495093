//! Quotas (RFC 9425): octets and number of an account's Emails. An account over its limit can read, delete and receive;
//! what it cannot do is add. Counts are kept with the Emails, in the same transaction.

pub(crate) mod get;
pub(crate) mod query;

use sceau_api::{
    BlobId, QuotaId,
    push::ObjectType,
    quota::{Quota, ResourceType, Scope},
};

use crate::{
    fault::Fault,
    limits,
    store::{
        Tx,
        change::{self, What},
        sql::{self, OptionalExtension as _, params},
    },
};

/// What the account is told when it may add nothing.
pub(crate) const OVER: &str = "The account is over its quota; destroy letters first. Nothing was kept.";

/// The largest number JMAP writes (RFC 8620 §1.3).
const UNSIGNED_INT_MAXIMUM: u64 = (1 << 53) - 1;

/// The row numbers of the two Quotas, for their ids and the log.
const OCTETS: i64 = 1;
const LETTERS: i64 = 2;

/// What one or more Emails take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Load {
    pub(crate) octets: i64,
    pub(crate) letters: i64,
}

impl Load {
    /// What is added when something else goes by the same change.
    pub(crate) fn less(self, freed: Self) -> Self {
        Self {
            octets: self.octets.saturating_sub(freed.octets),
            letters: self.letters.saturating_sub(freed.letters),
        }
    }
}

/// Who adds an Email.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The account itself: up to its limit.
    Itself,
    /// Somebody else: into the reserve above it as well, since letters must arrive.
    Others,
}

/// Use and limit of an account.
#[derive(Debug, Clone, Copy)]
struct Account {
    used: Load,
    limit: Load,
}

/// What an Email of these blobs takes; each counts once.
pub(crate) fn load_of(
    tx: &Tx<'_>,
    blob: &BlobId,
    card: Option<&BlobId>,
    held: &[BlobId],
) -> Result<Load, Fault> {
    let mut statement = tx.prepare_cached("SELECT size FROM blob WHERE id = ?")?;
    let mut size = |blob: &BlobId| -> Result<i64, Fault> {
        let size = statement.query_row([blob.as_str()], |row| row.get(0)).optional()?;
        size.ok_or(Fault::Damaged("a blob is missing"))
    };
    let mut octets = size(blob)?;
    if let Some(card) = card {
        octets += size(card)?;
    }
    for held in held.iter().collect::<std::collections::BTreeSet<_>>() {
        octets += size(held)?;
    }
    Ok(Load { octets, letters: 1 })
}

/// What a stored Email takes.
pub(crate) fn load_of_email(tx: &Tx<'_>, email: i64) -> sql::Result<Load> {
    tx.prepare_cached(
        "SELECT (SELECT size FROM blob WHERE id = email.blob)
             + coalesce((SELECT size FROM blob WHERE id = email.card), 0)
             + (SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM email_held JOIN blob ON blob.id = blob WHERE email = email.id)
         FROM email WHERE id = ?",
    )?
    .query_row([email], |row| Ok(Load { octets: row.get(0)?, letters: 1 }))
}

/// Counts an Email that appeared.
pub(crate) fn add(tx: &Tx<'_>, account: i64, load: Load) -> sql::Result<()> {
    count(tx, account, load.octets, load.letters)
}

/// Counts an Email that is going.
pub(crate) fn subtract(tx: &Tx<'_>, account: i64, load: Load) -> sql::Result<()> {
    count(tx, account, -load.octets, -load.letters)
}

fn count(tx: &Tx<'_>, account: i64, octets: i64, letters: i64) -> sql::Result<()> {
    tx.prepare_cached(
        "UPDATE account SET used_octets = used_octets + ?, used_letters = used_letters + ? WHERE id = ?",
    )?
    .put(params![octets, letters, account])?;
    log(tx, account, What::Counted)
}

/// One line for each Quota.
fn log(tx: &Tx<'_>, account: i64, what: What) -> sql::Result<()> {
    for quota in [OCTETS, LETTERS] {
        change::record(tx, account, &ObjectType::Quota, quota, what)?;
    }
    Ok(())
}

/// Whether there is room for one more.
pub(crate) fn has_room(tx: &Tx<'_>, account: i64, more: Load, by: By) -> sql::Result<bool> {
    let Account { used, limit } = read(tx, account)?;
    let fits = |used: i64, more: i64, limit: i64| {
        used.saturating_add(more) <= if by == By::Itself { limit } else { hard(limit) }
    };
    Ok(fits(used.octets, more.octets, limit.octets) && fits(used.letters, more.letters, limit.letters))
}

/// Whether the account is within its limit as it is.
pub(crate) fn is_within(tx: &Tx<'_>, account: i64) -> sql::Result<bool> {
    has_room(tx, account, Load { octets: 0, letters: 0 }, By::Itself)
}

/// Sets the limits of an account; `None` is the default one.
pub(crate) fn set(tx: &Tx<'_>, account: i64, octets: Option<i64>, letters: Option<i64>) -> sql::Result<()> {
    tx.execute(
        "UPDATE account SET quota_octets = ?, quota_letters = ? WHERE id = ?",
        params![octets, letters, account],
    )?;
    log(tx, account, What::Updated)
}

fn read(tx: &Tx<'_>, account: i64) -> sql::Result<Account> {
    tx.prepare_cached(
        "SELECT used_octets, used_letters, quota_octets, quota_letters FROM account WHERE id = ?",
    )?
    .query_row([account], |row| {
        let used = Load { octets: row.get(0)?, letters: row.get(1)? };
        let (octets, letters): (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
        let limit = Load {
            octets: octets.unwrap_or(limits::QUOTA_OCTETS),
            letters: letters.unwrap_or(limits::QUOTA_LETTERS),
        };
        Ok(Account { used, limit })
    })
}

/// Where nothing more comes in, whoever sends it.
fn hard(limit: i64) -> i64 {
    limit.saturating_add(limit / limits::QUOTA_RESERVE_PART)
}

fn id(row: i64) -> QuotaId {
    QuotaId(format!("q{row}"))
}

/// Both Quotas of an account.
fn all(tx: &Tx<'_>, account: i64) -> Result<[Quota; 2], Fault> {
    let Account { used, limit } = read(tx, account)?;
    Ok([
        quota(OCTETS, ResourceType::Octets, "octets", "Octets of all letters.", used.octets, limit.octets)?,
        quota(LETTERS, ResourceType::Count, "letters", "Number of letters.", used.letters, limit.letters)?,
    ])
}

fn quota(
    row: i64,
    resource_type: ResourceType,
    name: &str,
    description: &str,
    used: i64,
    limit: i64,
) -> Result<Quota, Fault> {
    let number = |number: i64| {
        let number = u64::try_from(number).map_err(|_| Fault::Damaged("quota"))?;
        Ok::<_, Fault>(number.min(UNSIGNED_INT_MAXIMUM))
    };
    Ok(Quota {
        id: id(row),
        resource_type,
        used: number(used)?,
        hard_limit: number(hard(limit))?,
        scope: Scope::Account,
        name: name.to_owned(),
        types: vec!["Email".to_owned()],
        warn_limit: Some(number(limit - limit / limits::QUOTA_WARN_PART)?),
        soft_limit: Some(number(limit)?),
        description: Some(description.to_owned()),
    })
}
