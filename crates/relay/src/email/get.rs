//! `Email/get` (RFC 8621 §4.2).

use std::collections::BTreeMap;

use sceau_api::{
    BlobId, EmailId, MailboxId, ThreadId, UtcDate, capability,
    email::{Email, EmailBodyPart, EmailGet},
    push::ObjectType,
};
use serde_json::{Map, Value, json};

use super::{
    header_form::{HeaderProperty, all_headers},
    outer::Outer,
};
use crate::{
    fault::Fault,
    jmap::{Call, Outcome, Refusal, answer, error, invalid, row_id},
    limits,
    store::{
        Tx, change,
        sql::{self, OptionalExtension as _, params},
    },
};

/// What comes when nothing is asked for (RFC 8621 §4.2).
const DEFAULTS: [&str; 23] = [
    "id",
    "blobId",
    "threadId",
    "mailboxIds",
    "keywords",
    "size",
    "receivedAt",
    "messageId",
    "inReplyTo",
    "references",
    "sender",
    "from",
    "to",
    "cc",
    "bcc",
    "replyTo",
    "subject",
    "sentAt",
    "hasAttachment",
    "preview",
    "bodyValues",
    "textBody",
    "htmlBody",
];
/// Sceau's own; they come by themselves only to who uses the capability they belong to.
const OF_LETTERS: [&str; 2] = ["cardBlobId", "heldBlobIds"];
/// More that can be asked for; `attachments` belongs to the defaults as well.
const OTHERS: [&str; 3] = ["attachments", "bodyStructure", "headers"];

const BODY_DEFAULTS: [&str; 9] =
    ["partId", "blobId", "size", "name", "type", "charset", "disposition", "cid", "language"];
const BODY_OTHERS: [&str; 3] = ["location", "headers", "subParts"];

/// `Email/get`.
pub(crate) fn get(call: &Call<'_>) -> Outcome {
    let request: EmailGet = call.arguments()?;
    let wanted = Wanted::read(&request, call.using.iter().any(|used| used == capability::LETTER))?;
    if let Some(ids) = &request.ids {
        call.limit(ids.len(), limits::OBJECTS_IN_GET)?;
    }
    call.read(|tx| {
        let ids = match &request.ids {
            Some(ids) => ids.clone(),
            None => all_ids(tx, call)?,
        };
        let (mut list, mut not_found) = (Vec::new(), Vec::new());
        let mut seen = std::collections::BTreeSet::new();
        for id in ids.into_iter().filter(|id| seen.insert(id.clone())) {
            match row_id('e', id.as_str()).map(|row| read(tx, call.account(), row)).transpose()?.flatten() {
                Some(stored) => list.push(wanted.shape(&stored)?),
                None => not_found.push(id),
            }
        }
        let state = change::state(tx, call.account(), &ObjectType::Email)?;
        answer(&json!({"accountId": request.account_id, "state": state, "list": list, "notFound": not_found}))
    })
}

fn all_ids(tx: &Tx<'_>, call: &Call<'_>) -> Result<Vec<EmailId>, Refusal> {
    let mut statement = tx.prepare_cached("SELECT id FROM email WHERE account = ? ORDER BY id")?;
    let rows = statement.query_map([call.account()], |row| row.get::<i64>(0))?;
    let ids: Vec<EmailId> = rows.map(|row| Ok(EmailId(format!("e{}", row?)))).collect::<sql::Result<_>>()?;
    // RFC 8620 §5.1: too many for one answer is an error, not a shorter list.
    call.limit(ids.len(), limits::OBJECTS_IN_GET)?;
    Ok(ids)
}

/// An Email with all its properties but the body parts, and the header block it was read from.
pub(crate) struct Stored {
    pub(crate) row: i64,
    pub(crate) email: Email,
    pub(crate) header: Vec<u8>,
}

/// Reads one Email of the account.
pub(crate) fn read(tx: &Tx<'_>, account: i64, row: i64) -> Result<Option<Stored>, Fault> {
    type Columns = (i64, String, Option<String>, i64, i64, String, Vec<u8>);
    let found: Option<Columns> = tx
        .prepare_cached(
            "SELECT thread, blob, card, size, received_at, \"outer\", header FROM email WHERE id = ? AND account = ?",
        )?
        .query_row([row, account], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?, r.get(6)?))
        })
        .optional()?;
    let Some((thread, blob, card, size, received_at, outer, header)) = found else { return Ok(None) };
    let outer: Outer = serde_json::from_str(&outer).map_err(|_| Fault::Damaged("outer headers"))?;
    let blob = BlobId(blob);
    let size = u64::try_from(size).map_err(|_| Fault::Damaged("size"))?;
    let email = Email {
        id: EmailId(format!("e{row}")),
        blob_id: Some(blob),
        card_blob_id: card.map(BlobId),
        held_blob_ids: column(tx, "SELECT blob FROM email_held WHERE email = ? ORDER BY blob", row)?
            .into_iter()
            .map(BlobId)
            .collect(),
        thread_id: Some(ThreadId(format!("t{thread}"))),
        mailbox_ids: column(tx, "SELECT 'm' || mailbox FROM email_mailbox WHERE email = ?", row)?
            .into_iter()
            .map(|id| (MailboxId(id), true))
            .collect(),
        keywords: keywords(tx, row)?,
        size,
        received_at: Some(UtcDate::from_unix(received_at)),
        message_id: outer.message_id,
        in_reply_to: outer.in_reply_to,
        references: outer.references,
        sender: outer.sender,
        from: outer.from,
        to: outer.to,
        cc: outer.cc,
        bcc: outer.bcc,
        reply_to: outer.reply_to,
        subject: outer.subject,
        sent_at: outer.sent_at,
        has_attachment: false,
        preview: String::new(),
        body_structure: None,
        body_values: Map::new(),
        text_body: Vec::new(),
        html_body: Vec::new(),
        attachments: Vec::new(),
        headers: Vec::new(),
    };
    Ok(Some(Stored { row, email, header }))
}

fn keywords(tx: &Tx<'_>, row: i64) -> sql::Result<BTreeMap<String, bool>> {
    let found = column(tx, "SELECT keyword FROM email_keyword WHERE email = ?", row)?;
    Ok(found.into_iter().map(|keyword| (keyword, true)).collect())
}

fn column(tx: &Tx<'_>, sql: &str, row: i64) -> sql::Result<Vec<String>> {
    tx.prepare_cached(sql)?.query_map(params![row], |row| row.get(0))?.collect()
}

/// The one leaf the relay shows of a sealed letter.
fn sealed_part(email: &Email, header: &[u8]) -> EmailBodyPart {
    let name = HeaderProperty::parse("header:Content-Disposition").map(|property| property.value(header));
    let name = name.as_ref().and_then(Value::as_str).and_then(|text| text.split_once("filename="));
    let name =
        name.map(|(_, rest)| rest.split(';').next().unwrap_or_default().trim().trim_matches('"').to_owned());
    let disposition = name.is_some().then(|| "attachment".to_owned());
    EmailBodyPart {
        part_id: Some("1".to_owned()),
        blob_id: email.blob_id.clone(),
        size: email.size,
        headers: None,
        name,
        kind: "application/pkcs7-mime".to_owned(),
        charset: None,
        disposition,
        cid: None,
        language: None,
        location: None,
        sub_parts: None,
    }
}

/// Which properties a client asked for.
struct Wanted {
    plain: Vec<String>,
    headers: Vec<HeaderProperty>,
    body: Vec<String>,
}

impl Wanted {
    /// `own`: whether the request uses the capability of Sceau's own properties.
    fn read(request: &EmailGet, own: bool) -> Result<Self, Refusal> {
        let own: &[&str] = if own { &OF_LETTERS } else { &[] };
        let defaults = || DEFAULTS.iter().chain(&["attachments"]).chain(own).map(|&name| name.to_owned());
        let is_plain =
            |name: &str| [&DEFAULTS[..], &OF_LETTERS, &OTHERS].iter().any(|all| all.contains(&name));
        let asked: Vec<String> = request.properties.clone().unwrap_or_else(|| defaults().collect());
        let (mut plain, mut headers) = (Vec::new(), Vec::new());
        for name in asked {
            if is_plain(&name) {
                plain.push(name);
            } else {
                headers.push(HeaderProperty::parse(&name).ok_or_else(|| invalid("properties"))?);
            }
        }
        let body_defaults = || BODY_DEFAULTS.iter().map(|&name| name.to_owned()).collect();
        let body: Vec<String> = request.body_properties.clone().unwrap_or_else(body_defaults);
        let known = |name: &String| {
            let name = name.as_str();
            BODY_DEFAULTS.contains(&name)
                || BODY_OTHERS.contains(&name)
                || HeaderProperty::parse(name).is_some()
        };
        if !body.iter().all(known) {
            return Err(invalid("bodyProperties"));
        }
        Ok(Self { plain, headers, body })
    }

    fn shape(&self, stored: &Stored) -> Outcome {
        let Value::Object(mut members) = answer(&stored.email)? else {
            return Err(error(sceau_api::MethodErrorType::ServerFail));
        };
        members.retain(|name, _| name == "id" || self.plain.contains(name));
        if self.plain.iter().any(|name| name == "headers") {
            members.insert("headers".to_owned(), answer(&all_headers(&stored.header))?);
        }
        for header in &self.headers {
            members.insert(header.property.clone(), header.value(&stored.header));
        }
        self.insert_parts(&mut members, stored)?;
        Ok(Value::Object(members))
    }

    /// The one part, only where it is wanted: its name costs a look at the header.
    fn insert_parts(&self, members: &mut Map<String, Value>, stored: &Stored) -> Result<(), Refusal> {
        let wanted = |name: &str| self.plain.iter().any(|property| property == name);
        if !wanted("bodyStructure") && !wanted("attachments") {
            return Ok(());
        }
        let part = self.part(stored)?;
        if wanted("attachments") {
            members.insert("attachments".to_owned(), Value::Array(vec![part.clone()]));
        }
        if wanted("bodyStructure") {
            members.insert("bodyStructure".to_owned(), part);
        }
        Ok(())
    }

    fn part(&self, stored: &Stored) -> Outcome {
        let mut part = answer(&sealed_part(&stored.email, &stored.header))?;
        let Some(members) = part.as_object_mut() else { return Ok(part) };
        members.retain(|name, _| self.body.contains(name));
        if self.body.iter().any(|name| name == "headers") {
            members.insert("headers".to_owned(), answer(&all_headers(&stored.header))?);
        }
        for property in self.body.iter().filter_map(|name| HeaderProperty::parse(name)) {
            members.insert(property.property.clone(), property.value(&stored.header));
        }
        Ok(part)
    }
}
