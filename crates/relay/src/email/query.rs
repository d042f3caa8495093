//! `Email/query` (RFC 8621 §4.4), over what the relay can see. `text`, `subject`, `body` and `header` filters are
//! refused: the words are sealed, and the client searches its own index.

use std::collections::BTreeSet;

use sceau_api::{
    MailboxId, MethodErrorType,
    email::{EmailCondition, EmailQuery},
    method::{Comparator, Filter, FilterOperator},
    push::ObjectType,
};

use super::is_keyword;
use crate::{
    fault::Fault,
    jmap::{
        Call, Outcome, Refusal, count, error, invalid,
        query::{Page, answer_page, answer_with},
        row_id,
    },
    limits,
    store::{
        Tx,
        sql::{self, Row, Value as Sql, containing, params_from_iter},
    },
};

/// Rows read at a time where it shows only from them how many are needed.
const ROWS_AT_A_TIME: u64 = 5_000;

/// What the relay sorts by; the session resource says so.
pub(crate) const SORTS: [&str; 9] = [
    "receivedAt",
    "sentAt",
    "size",
    "from",
    "to",
    "subject",
    "hasKeyword",
    "allInThreadHaveKeyword",
    "someInThreadHaveKeyword",
];

const HAS: &str = "EXISTS (SELECT 1 FROM email_keyword AS k WHERE k.email = email.id AND k.keyword = ?)";
const SOME_IN_THREAD: &str = "EXISTS (SELECT 1 FROM email AS o JOIN email_keyword AS k ON k.email = o.id
    WHERE o.thread = email.thread AND k.keyword = ?)";
const ALL_IN_THREAD: &str = "NOT EXISTS (SELECT 1 FROM email AS o WHERE o.thread = email.thread
    AND NOT EXISTS (SELECT 1 FROM email_keyword AS k WHERE k.email = o.id AND k.keyword = ?))";

/// `Email/query`.
pub(crate) fn query(call: &Call<'_>) -> Outcome {
    let request: EmailQuery = call.arguments()?;
    let counted = Builder::filtered(call.account(), request.filter.as_ref())?;
    let builder = counted.clone().sorted(request.sort.as_deref())?;
    let collapse = request.collapse_threads == Some(true);
    call.read(|tx| {
        let Some(page) = Page::of(&request) else {
            let ids = builder.all(tx, collapse, None)?.unwrap_or_default();
            return answer_with(tx, call, &ObjectType::Email, ids, &request);
        };
        let ids = builder.some(tx, collapse, page)?;
        let total = match request.calculate_total {
            Some(true) => Some(counted.total(tx, collapse)?),
            _ => None,
        };
        answer_page(tx, call, &ObjectType::Email, ids, page, total)
    })
}

/// A statement and its values, grown together. Text from outside is only ever a value.
#[derive(Clone)]
pub(super) struct Builder {
    text: String,
    values: Vec<Sql>,
    conditions: usize,
    /// What is received when: of the Email, or of its place in the Mailbox asked for, which has an index in that order.
    received_at: &'static str,
    /// The Email's number, in that index.
    id: &'static str,
    reach: Reach,
}

/// What a change of one Email may move in the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// Nothing: all that is asked about never changes.
    Nothing,
    /// That Email.
    Itself,
    /// Every Email of its Thread.
    Thread,
}

/// What is selected; the rest says of which Emails.
const COLUMNS: &str = "SELECT email.id, email.thread ";

impl Builder {
    /// Of an account, what a filter wants, in no order.
    pub(super) fn filtered(account: i64, filter: Option<&Filter<EmailCondition>>) -> Result<Self, Refusal> {
        let mut builder = Self::new(account, filter)?;
        if let Some(filter) = filter {
            builder.text.push_str(" AND ");
            builder.filter(filter, 0)?;
        }
        Ok(builder)
    }

    /// The same in an order.
    pub(super) fn sorted(mut self, sort: Option<&[Comparator]>) -> Result<Self, Refusal> {
        self.sort(sort.unwrap_or_default())?;
        Ok(self)
    }

    /// What a change of one Email may move.
    pub(super) fn reach(&self) -> Reach {
        self.reach
    }

    fn new(account: i64, filter: Option<&Filter<EmailCondition>>) -> Result<Self, Refusal> {
        let (text, received_at, id, mut values) = match filter.and_then(mailbox_of) {
            // The order of the join is ours: from the Mailbox to its Emails.
            Some(mailbox) => (
                "FROM email_mailbox AS place CROSS JOIN email WHERE place.mailbox = ? AND email.id = place.email AND ",
                "place.received_at",
                "place.email",
                vec![Sql::Integer(row_id('m', mailbox.as_str()).ok_or_else(|| invalid("inMailbox"))?)],
            ),
            None => ("FROM email WHERE ", "email.received_at", "email.id", Vec::new()),
        };
        values.push(Sql::Integer(account));
        let text = format!("{text}email.account = ?");
        Ok(Self { text, values, conditions: 0, received_at, id, reach: Reach::Nothing })
    }

    /// All that match, in their order; `None` when more than `most` do.
    pub(super) fn all(
        &self,
        tx: &Tx<'_>,
        collapse: bool,
        most: Option<u64>,
    ) -> Result<Option<Vec<String>>, Refusal> {
        let (limit, beyond) = match most {
            Some(most) => (" LIMIT ?", Some(number(most.saturating_add(1)))),
            None => ("", None),
        };
        let mut statement = tx.prepare_cached(&format!("{COLUMNS}{}{limit}", self.text))?;
        let values = self.values.iter().cloned().chain(beyond);
        let rows = statement.query_map(params_from_iter(values), found)?;
        let mut found: Vec<Found> = rows.collect::<Result<_, _>>()?;
        if most.is_some_and(|most| count(found.len()) > most) {
            return Ok(None);
        }
        if collapse {
            let mut seen = BTreeSet::new();
            found.retain(|found| seen.insert(found.thread));
        }
        Ok(Some(found.into_iter().map(|found| found.id()).collect()))
    }

    /// Those of a page and, where there is one, the next: read as far as needed, in their order.
    fn some(&self, tx: &Tx<'_>, collapse: bool, page: Page) -> Result<Vec<String>, Refusal> {
        let (mut skip, wanted) = (page.position, page.limit + 1);
        let mut offset = if collapse { 0 } else { std::mem::take(&mut skip) };
        let mut statement = tx.prepare_cached(&format!("{COLUMNS}{} LIMIT ? OFFSET ?", self.text))?;
        let (mut seen, mut ids) = (BTreeSet::new(), Vec::new());
        let mut length = wanted.saturating_add(skip).min(ROWS_AT_A_TIME);
        while count(ids.len()) < wanted {
            let values = self.values.iter().cloned().chain([number(length), number(offset)]);
            let rows = statement.query_map(params_from_iter(values), found)?;
            let rows: Vec<Found> = rows.collect::<Result<_, _>>()?;
            for found in &rows {
                if collapse && !seen.insert(found.thread) {
                    continue;
                }
                if skip > 0 {
                    skip -= 1;
                } else if count(ids.len()) < wanted {
                    ids.push(found.id());
                }
            }
            if count(rows.len()) < length {
                break;
            }
            offset = offset.saturating_add(length);
            length = ROWS_AT_A_TIME;
        }
        Ok(ids)
    }

    /// How many match.
    fn total(&self, tx: &Tx<'_>, collapse: bool) -> Result<u64, Refusal> {
        let what = if collapse { "count(DISTINCT email.thread)" } else { "count(*)" };
        let mut statement = tx.prepare_cached(&format!("SELECT {what} {}", self.text))?;
        let total: i64 = statement.query_row(params_from_iter(&self.values), |row| row.get(0))?;
        Ok(u64::try_from(total).map_err(|_| Fault::Damaged("a count"))?)
    }

    fn filter(&mut self, filter: &Filter<EmailCondition>, depth: usize) -> Result<(), Refusal> {
        self.conditions += 1;
        if depth > limits::FILTER_DEPTH || self.conditions > limits::FILTER_CONDITIONS {
            return Err(error(MethodErrorType::UnsupportedFilter));
        }
        let (operator, conditions) = match filter {
            Filter::Condition(condition) => return self.condition(condition),
            Filter::Operator { operator, conditions } => (operator, conditions),
        };
        let (start, between, empty) = match operator {
            FilterOperator::And => ("(", " AND ", "TRUE)"),
            FilterOperator::Or => ("(", " OR ", "FALSE)"),
            FilterOperator::Not => ("NOT (", " OR ", "FALSE)"),
            FilterOperator::Other(_) => return Err(invalid("filter")),
        };
        self.text.push_str(start);
        for condition in conditions {
            self.filter(condition, depth + 1)?;
            self.text.push_str(between);
        }
        // Closes with what changes nothing, so that an empty list needs no case of its own.
        self.text.push_str(empty);
        Ok(())
    }

    fn condition(&mut self, condition: &EmailCondition) -> Result<(), Refusal> {
        if !condition.more.is_empty() || condition.header.is_some() {
            return Err(error(MethodErrorType::UnsupportedFilter));
        }
        self.text.push('(');
        self.places(condition)?;
        self.numbers(condition)?;
        self.keywords(condition)?;
        let texts = [
            ("from_text", &condition.from),
            ("to_text", &condition.to),
            ("cc_text", &condition.cc),
            ("bcc_text", &condition.bcc),
        ];
        for (column, text) in texts {
            if let Some(text) = text {
                self.and(
                    &format!(r"{column} LIKE ? ESCAPE '\'"),
                    Sql::Text(containing(&text.to_lowercase())),
                );
            }
        }
        if condition.has_attachment == Some(true) {
            self.text.push_str("FALSE AND ");
        }
        self.text.push_str("TRUE)");
        Ok(())
    }

    fn places(&mut self, condition: &EmailCondition) -> Result<(), Refusal> {
        if condition.in_mailbox.is_some() || condition.in_mailbox_other_than.is_some() {
            self.reaches(Reach::Itself);
        }
        if let Some(mailbox) = &condition.in_mailbox {
            let row = row_id('m', mailbox.as_str()).ok_or_else(|| invalid("inMailbox"))?;
            let text = "EXISTS (SELECT 1 FROM email_mailbox AS m WHERE m.email = email.id AND m.mailbox = ?)";
            self.and(text, Sql::Integer(row));
        }
        if let Some(others) = &condition.in_mailbox_other_than {
            let places = vec!["?"; others.len()].join(",");
            self.text.push_str("EXISTS (SELECT 1 FROM email_mailbox AS m WHERE m.email = email.id ");
            self.text.push_str(&format!("AND m.mailbox NOT IN ({places})) AND "));
            for mailbox in others {
                let row = row_id('m', mailbox.as_str()).ok_or_else(|| invalid("inMailboxOtherThan"))?;
                self.values.push(Sql::Integer(row));
            }
        }
        Ok(())
    }

    fn numbers(&mut self, condition: &EmailCondition) -> Result<(), Refusal> {
        for (text, date) in [(" < ?", &condition.before), (" >= ?", &condition.after)] {
            if let Some(date) = date {
                self.and(
                    &format!("{}{text}", self.received_at),
                    Sql::Integer(date.to_unix().ok_or_else(|| invalid("filter"))?),
                );
            }
        }
        for (text, size) in [("email.size >= ?", condition.min_size), ("email.size < ?", condition.max_size)]
        {
            if let Some(size) = size {
                self.and(text, Sql::Integer(i64::try_from(size).unwrap_or(i64::MAX)));
            }
        }
        Ok(())
    }

    fn keywords(&mut self, condition: &EmailCondition) -> Result<(), Refusal> {
        let not_has = format!("NOT {HAS}");
        let none_in_thread = format!("NOT {SOME_IN_THREAD}");
        let keywords = [
            (HAS, Reach::Itself, &condition.has_keyword),
            (&not_has, Reach::Itself, &condition.not_keyword),
            (ALL_IN_THREAD, Reach::Thread, &condition.all_in_thread_have_keyword),
            (SOME_IN_THREAD, Reach::Thread, &condition.some_in_thread_have_keyword),
            (&none_in_thread, Reach::Thread, &condition.none_in_thread_have_keyword),
        ];
        for (text, reach, keyword) in keywords {
            if let Some(keyword) = keyword {
                self.reaches(reach);
                self.and(text, keyword_value(keyword)?);
            }
        }
        Ok(())
    }

    fn reaches(&mut self, reach: Reach) {
        self.reach = self.reach.max(reach);
    }

    fn and(&mut self, text: &str, value: Sql) {
        self.text.push_str(text);
        self.text.push_str(" AND ");
        self.values.push(value);
    }

    fn sort(&mut self, sort: &[Comparator]) -> Result<(), Refusal> {
        self.text.push_str(" ORDER BY ");
        for key in sort {
            if key.collation.is_some() {
                return Err(error(MethodErrorType::UnsupportedSort));
            }
            let expression = match key.property.as_str() {
                "receivedAt" => self.received_at,
                "sentAt" => "coalesce(email.sent_at, email.received_at)",
                "size" => "email.size",
                "from" => "from_text",
                "to" => "to_text",
                "subject" => "subject_text",
                "hasKeyword" => HAS,
                "allInThreadHaveKeyword" => ALL_IN_THREAD,
                "someInThreadHaveKeyword" => SOME_IN_THREAD,
                _ => return Err(error(MethodErrorType::UnsupportedSort)),
            };
            if key.property.ends_with("Keyword") {
                self.reaches(if key.property == "hasKeyword" { Reach::Itself } else { Reach::Thread });
                let keyword = key.keyword.as_deref().ok_or_else(|| invalid("sort"))?;
                self.values.push(keyword_value(keyword)?);
            }
            self.text.push_str(expression);
            self.text.push_str(if key.is_ascending { " ASC, " } else { " DESC, " });
        }
        // Newest first where nothing else decides, so that the order is always one.
        self.text.push_str(&format!("{} DESC, {} DESC", self.received_at, self.id));
        Ok(())
    }
}

/// The Mailbox in which all that match are, where the filter says so outright.
fn mailbox_of(filter: &Filter<EmailCondition>) -> Option<&MailboxId> {
    match filter {
        Filter::Condition(condition) => condition.in_mailbox.as_ref(),
        Filter::Operator { operator: FilterOperator::And, conditions } => {
            conditions.iter().find_map(mailbox_of)
        }
        Filter::Operator { .. } => None,
    }
}

fn number(number: u64) -> Sql {
    Sql::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// An Email found, and its Thread.
struct Found {
    email: i64,
    thread: i64,
}

impl Found {
    fn id(&self) -> String {
        format!("e{}", self.email)
    }
}

fn found(row: &Row<'_>) -> sql::Result<Found> {
    Ok(Found { email: row.get(0)?, thread: row.get(1)? })
}

fn keyword_value(keyword: &str) -> Result<Sql, Refusal> {
    let keyword = keyword.to_lowercase();
    if is_keyword(&keyword) { Ok(Sql::Text(keyword)) } else { Err(invalid("filter")) }
}
