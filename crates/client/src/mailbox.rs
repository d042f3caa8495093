//! Mailboxes and lists: order, flags and places come from JMAP, words from the sealed index.

use std::collections::BTreeMap;

use sceau_api::email::{Email, EmailCondition, EmailGet, EmailGetResponse, EmailQuery, EmailSet, keyword};
use sceau_api::mailbox::{Mailbox as ApiMailbox, MailboxGet, MailboxGetResponse, Role};
use sceau_api::method::{
    ChangesRequest, ChangesResponse, Comparator, Filter, PatchObject, QueryResponse, SetResponse,
};
use sceau_api::{BlobId, EmailId as ApiEmailId, MailboxId as ApiMailboxId, State};
use sceau_protocol::{EmailId, FailureCode, Mailbox, MailboxId, MailboxRole, Row, RowContent, RowPage};
use serde_json::Value;

use crate::failure::{Error, Result};
use crate::job::Job;
use crate::unlocked::Unlocked;

/// Emails asked for or changed in one call: below every relay's limit (RFC 8620 §2 wants at least 500).
const BATCH: usize = 200;
/// Rows in one page at most, whatever the page asks for.
const MAX_ROWS: u32 = 500;

/// The properties a row needs.
const ROW_PROPERTIES: [&str; 8] =
    ["id", "blobId", "cardBlobId", "mailboxIds", "keywords", "size", "receivedAt", "heldBlobIds"];

/// The mailboxes with their counts.
///
/// # Errors
/// That the relay does not answer.
pub async fn mailboxes(unlocked: &Unlocked, job: &Job) -> Result<Vec<Mailbox>> {
    Ok(all_mailboxes(unlocked, job).await?.into_iter().map(mailbox).collect())
}

/// The mailbox with a role.
///
/// # Errors
/// `Gone` when the account has none, or that the relay does not answer.
pub(crate) async fn mailbox_for(unlocked: &Unlocked, job: &Job, role: MailboxRole) -> Result<ApiMailboxId> {
    let all = all_mailboxes(unlocked, job).await?;
    let wanted = Some(role);
    let found = all.into_iter().find(|mailbox| mailbox.role.as_ref().and_then(role_of) == wanted);
    found.map(|mailbox| mailbox.id).ok_or(Error::of(FailureCode::Gone))
}

async fn all_mailboxes(unlocked: &Unlocked, job: &Job) -> Result<Vec<ApiMailbox>> {
    let all = MailboxGet::all(unlocked.account.clone());
    let answer: MailboxGetResponse = unlocked.relay.call_again(job, "Mailbox/get", &all).await?;
    Ok(answer.list)
}

fn mailbox(mailbox: ApiMailbox) -> Mailbox {
    Mailbox {
        id: MailboxId(mailbox.id.0),
        role: mailbox.role.as_ref().and_then(role_of),
        name: mailbox.name,
        total: count(mailbox.total_emails),
        unread: count(mailbox.unread_emails),
    }
}

fn role_of(role: &Role) -> Option<MailboxRole> {
    match role {
        Role::Inbox => Some(MailboxRole::Inbox),
        Role::Drafts => Some(MailboxRole::Drafts),
        Role::Sent => Some(MailboxRole::Sent),
        Role::Archive => Some(MailboxRole::Archive),
        Role::Trash => Some(MailboxRole::Trash),
        Role::Other(_) => None,
    }
}

fn count(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What part of a list is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which mailbox.
    pub mailbox: MailboxId,
    /// Words that must occur.
    pub search: Option<String>,
    /// The first row, from 0.
    pub offset: u32,
    /// Rows at most.
    pub limit: u32,
}

/// Rows of a mailbox, newest first. A search looks through what the sealed index knows.
///
/// # Errors
/// That the relay does not answer.
pub async fn list(unlocked: &Unlocked, job: &Job, wanted: Wanted) -> Result<RowPage> {
    unlocked.load_index(job).await?;
    let search = wanted.search.as_deref().map(str::trim).filter(|words| !words.is_empty());
    match search {
        Some(words) => found(unlocked, job, &wanted, words).await,
        None => stretch(unlocked, job, &wanted).await,
    }
}

async fn stretch(unlocked: &Unlocked, job: &Job, wanted: &Wanted) -> Result<RowPage> {
    let (ids, total) = query(unlocked, job, Some(&wanted.mailbox), wanted.offset, wanted.limit).await?;
    let emails = emails(unlocked, job, ids).await?;
    let rows = emails.into_iter().map(|email| row(unlocked, email)).collect();
    Ok(RowPage { total, offset: wanted.offset, rows })
}

async fn found(unlocked: &Unlocked, job: &Job, wanted: &Wanted, words: &str) -> Result<RowPage> {
    let all = everything(unlocked, job, Some(&wanted.mailbox)).await?;
    let matches = |email: &Email| matches_words(unlocked, email, words);
    let hits: Vec<Email> = all.into_iter().filter(matches).collect();
    let total = u32::try_from(hits.len()).unwrap_or(u32::MAX);
    let (first, limit) = (index(wanted.offset), index(wanted.limit.min(MAX_ROWS)));
    let rows = hits.into_iter().skip(first).take(limit).map(|email| row(unlocked, email)).collect();
    Ok(RowPage { total, offset: wanted.offset, rows })
}

fn matches_words(unlocked: &Unlocked, email: &Email, words: &str) -> bool {
    let Some(blob) = &email.blob_id else { return false };
    if is_draft(email) {
        return unlocked.drafts.borrow().matches(blob, words);
    }
    unlocked.index.with(|records| records.get(blob.as_str()).is_some_and(|record| record.matches(words)))
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// All Emails of a mailbox, or of the account, newest first, with the properties of a row.
pub(crate) async fn everything(
    unlocked: &Unlocked,
    job: &Job,
    mailbox: Option<&MailboxId>,
) -> Result<Vec<Email>> {
    let mut all = Vec::new();
    loop {
        let offset = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let (ids, total) = query(unlocked, job, mailbox, offset, MAX_ROWS).await?;
        let received = ids.len();
        all.extend(emails(unlocked, job, ids).await?);
        if received == 0 || all.len() >= index(total) {
            return Ok(all);
        }
    }
}

/// The Emails that are new or changed since everything was read, and the state they belong to; all Emails when the
/// relay cannot tell.
pub(crate) async fn changed(unlocked: &Unlocked, job: &Job) -> Result<(Vec<Email>, State)> {
    let since = unlocked.read_up_to.borrow().clone();
    if let Some(since) = since {
        match changes(unlocked, job, since).await {
            Err(Error::Method(_)) => {}
            other => return other,
        }
    }
    let state = state(unlocked, job).await?;
    Ok((everything(unlocked, job, None).await?, state))
}

async fn changes(unlocked: &Unlocked, job: &Job, mut since: State) -> Result<(Vec<Email>, State)> {
    let mut ids = Vec::new();
    loop {
        let ask = ChangesRequest {
            account_id: unlocked.account.clone(),
            since_state: since,
            max_changes: Some(u64::from(MAX_ROWS)),
        };
        let answer: ChangesResponse<ApiEmailId> =
            unlocked.relay.call_again(job, "Email/changes", &ask).await?;
        ids.extend(answer.created.into_iter().chain(answer.updated));
        since = answer.new_state;
        if !answer.has_more_changes {
            break;
        }
    }
    Ok((emails(unlocked, job, ids).await?, since))
}

/// The state of Emails now.
async fn state(unlocked: &Unlocked, job: &Job) -> Result<State> {
    let mut get = EmailGet::of(unlocked.account.clone(), Vec::new());
    get.properties = Some(vec!["id".to_owned()]);
    let answer: EmailGetResponse = unlocked.relay.call_again(job, "Email/get", &get).await?;
    Ok(answer.state)
}

async fn query(
    unlocked: &Unlocked,
    job: &Job,
    mailbox: Option<&MailboxId>,
    offset: u32,
    limit: u32,
) -> Result<(Vec<ApiEmailId>, u32)> {
    let mut query = EmailQuery::new(unlocked.account.clone());
    query.filter =
        mailbox.map(|mailbox| Filter::Condition(EmailCondition::in_mailbox(ApiMailboxId(mailbox.0.clone()))));
    query.sort = Some(vec![Comparator::newest_first()]);
    query.position = Some(i64::from(offset));
    query.limit = Some(u64::from(limit.min(MAX_ROWS)));
    query.calculate_total = Some(true);
    let answer: QueryResponse<ApiEmailId> = unlocked.relay.call_again(job, "Email/query", &query).await?;
    let total = answer.total.ok_or(Error::Unexpected { what: "Email/query" })?;
    Ok((answer.ids, count(total)))
}

/// Emails in the order of their ids; those gone meanwhile are left out.
pub(crate) async fn emails(unlocked: &Unlocked, job: &Job, ids: Vec<ApiEmailId>) -> Result<Vec<Email>> {
    let mut found = BTreeMap::new();
    for batch in ids.chunks(BATCH) {
        let mut get = EmailGet::of(unlocked.account.clone(), batch.to_vec());
        get.properties = Some(ROW_PROPERTIES.map(str::to_owned).to_vec());
        let answer: EmailGetResponse = unlocked.relay.call_again(job, "Email/get", &get).await?;
        found.extend(answer.list.into_iter().map(|email| (email.id.clone(), email)));
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// One Email.
///
/// # Errors
/// `Gone`, or that the relay does not answer.
pub(crate) async fn email(unlocked: &Unlocked, job: &Job, id: &EmailId) -> Result<Email> {
    let found = emails(unlocked, job, vec![ApiEmailId(id.0.clone())]).await?;
    found.into_iter().next().ok_or(Error::of(FailureCode::Gone))
}

/// An Email's main blob.
///
/// # Errors
/// When the relay names none.
pub(crate) fn main_blob(email: &Email) -> Result<&BlobId> {
    email.blob_id.as_ref().ok_or(Error::Unexpected { what: "Email/get" })
}

fn row(unlocked: &Unlocked, email: Email) -> Row {
    let content = content(unlocked, &email);
    let has = |word: &str| email.keywords.get(word).copied().unwrap_or_default();
    Row {
        unread: !has(keyword::SEEN) && !has(keyword::DRAFT),
        answered: has(keyword::ANSWERED),
        draft: has(keyword::DRAFT),
        date: email.received_at.as_ref().and_then(sceau_api::UtcDate::to_unix).unwrap_or_default(),
        size: email.size,
        content,
        email: EmailId(email.id.0),
    }
}

pub(crate) fn is_draft(email: &Email) -> bool {
    email.keywords.get(keyword::DRAFT).copied().unwrap_or_default()
}

/// What is known of an Email's content without opening anything.
pub(crate) fn content(unlocked: &Unlocked, email: &Email) -> RowContent {
    let Some(blob) = &email.blob_id else { return RowContent::Pending };
    let known = if is_draft(email) {
        unlocked.drafts.borrow().summary(blob)
    } else {
        unlocked.index.with(|records| records.get(blob.as_str()).map(|record| record.summary()))
    };
    match known {
        Some(summary) => RowContent::Known(summary),
        None if unlocked.unreadable.borrow().contains(blob) => RowContent::Unreadable,
        None => RowContent::Pending,
    }
}

/// Marks letters read or unread.
///
/// # Errors
/// That the relay does not answer.
pub async fn mark_seen(unlocked: &Unlocked, job: &Job, ids: &[EmailId], seen: bool) -> Result<()> {
    mark(unlocked, job, ids, keyword::SEEN, seen).await
}

/// Sets or clears a keyword.
pub(crate) async fn mark(
    unlocked: &Unlocked,
    job: &Job,
    ids: &[EmailId],
    word: &str,
    on: bool,
) -> Result<()> {
    let value = if on { Value::Bool(true) } else { Value::Null };
    let patch = PatchObject::from_iter([(format!("keywords/{word}"), value)]);
    update(unlocked, job, ids, &patch).await
}

/// Moves letters to the mailbox with a role.
///
/// # Errors
/// `Gone` when a letter or the mailbox is no longer there, or that the relay does not answer.
pub async fn move_to(unlocked: &Unlocked, job: &Job, ids: &[EmailId], role: MailboxRole) -> Result<()> {
    let target = mailbox_for(unlocked, job, role).await?;
    let place = serde_json::json!({ target.0: true });
    update(unlocked, job, ids, &PatchObject::from_iter([("mailboxIds".to_owned(), place)])).await
}

async fn update(unlocked: &Unlocked, job: &Job, ids: &[EmailId], patch: &PatchObject) -> Result<()> {
    for batch in ids.chunks(BATCH) {
        let mut set = EmailSet::new(unlocked.account.clone());
        set.update = Some(batch.iter().map(|id| (ApiEmailId(id.0.clone()), patch.clone())).collect());
        let answer = set_emails(unlocked, job, &set).await?;
        first_refusal(answer.not_updated)?;
    }
    Ok(())
}

/// Destroys letters for good; those gone already count as destroyed.
///
/// # Errors
/// That the relay does not answer.
pub async fn destroy(unlocked: &Unlocked, job: &Job, ids: &[EmailId]) -> Result<()> {
    for batch in ids.chunks(BATCH) {
        let mut set = EmailSet::new(unlocked.account.clone());
        set.destroy = Some(batch.iter().map(|id| ApiEmailId(id.0.clone())).collect());
        let mut refused = set_emails(unlocked, job, &set).await?.not_destroyed.unwrap_or_default();
        refused.retain(|_, error| error.kind != sceau_api::SetErrorType::NotFound);
        first_refusal(Some(refused))?;
    }
    Ok(())
}

async fn set_emails(unlocked: &Unlocked, job: &Job, set: &EmailSet) -> Result<SetResponse<ApiEmailId>> {
    unlocked.relay.call_again(job, "Email/set", set).await
}

fn first_refusal(refused: Option<BTreeMap<ApiEmailId, sceau_api::SetError>>) -> Result<()> {
    match refused.unwrap_or_default().into_values().next() {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}
