//! `Email/query` (RFC 8621 §4.4), over what the relay can see. `text`, `subject`, `body` and `header` filters are
//! refused: the words are sealed, and the client searches its own index.

use std::collections::BTreeSet;

use sceau_api::{
    MethodErrorType,
    email::{EmailCondition, EmailQuery},
    method::{Comparator, Filter, FilterOperator},
    push::ObjectType,
};

use super::is_keyword;
use crate::{
    jmap::{Call, Outcome, Refusal, error, invalid, query::answer_with, row_id},
    limits,
    store::sql::{Value as Sql, containing, params_from_iter},
};

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
    let mut sql = Builder::new(call.account());
    if let Some(filter) = &request.filter {
        sql.text.push_str(" AND ");
        sql.filter(filter, 0)?;
    }
    sql.sort(request.sort.as_deref().unwrap_or(&[]))?;
    call.read(|tx| {
        let mut statement = tx.prepare_cached(&sql.text)?;
        let rows = statement.query_map(params_from_iter(&sql.values), |row| {
            Ok((format!("e{}", row.get::<i64>(0)?), row.get::<i64>(1)?))
        })?;
        let mut found: Vec<(String, i64)> = rows.collect::<Result<_, _>>()?;
        if request.collapse_threads == Some(true) {
            let mut seen = BTreeSet::new();
            found.retain(|(_, thread)| seen.insert(*thread));
        }
        answer_with(tx, call, &ObjectType::Email, found.into_iter().map(|(id, _)| id).collect(), &request)
    })
}

/// A statement and its values, grown together. Text from outside is only ever a value.
struct Builder {
    text: String,
    values: Vec<Sql>,
    conditions: usize,
}

impl Builder {
    fn new(account: i64) -> Self {
        let text = "SELECT id, thread FROM email WHERE account = ?".to_owned();
        Self { text, values: vec![Sql::Integer(account)], conditions: 0 }
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
        for (text, date) in [("received_at < ?", &condition.before), ("received_at >= ?", &condition.after)] {
            if let Some(date) = date {
                self.and(text, Sql::Integer(date.to_unix().ok_or_else(|| invalid("filter"))?));
            }
        }
        for (text, size) in [("size >= ?", condition.min_size), ("size < ?", condition.max_size)] {
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
            (HAS, &condition.has_keyword),
            (&not_has, &condition.not_keyword),
            (ALL_IN_THREAD, &condition.all_in_thread_have_keyword),
            (SOME_IN_THREAD, &condition.some_in_thread_have_keyword),
            (&none_in_thread, &condition.none_in_thread_have_keyword),
        ];
        for (text, keyword) in keywords {
            if let Some(keyword) = keyword {
                self.and(text, keyword_value(keyword)?);
            }
        }
        Ok(())
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
                "receivedAt" => "received_at",
                "sentAt" => "coalesce(sent_at, received_at)",
                "size" => "size",
                "from" => "from_text",
                "to" => "to_text",
                "subject" => "subject_text",
                "hasKeyword" => HAS,
                "allInThreadHaveKeyword" => ALL_IN_THREAD,
                "someInThreadHaveKeyword" => SOME_IN_THREAD,
                _ => return Err(error(MethodErrorType::UnsupportedSort)),
            };
            if key.property.ends_with("Keyword") {
                let keyword = key.keyword.as_deref().ok_or_else(|| invalid("sort"))?;
                self.values.push(keyword_value(keyword)?);
            }
            self.text.push_str(expression);
            self.text.push_str(if key.is_ascending { " ASC, " } else { " DESC, " });
        }
        // Newest first where nothing else decides, so that the order is always one.
        self.text.push_str("received_at DESC, id DESC");
        Ok(())
    }
}

fn keyword_value(keyword: &str) -> Result<Sql, Refusal> {
    let keyword = keyword.to_lowercase();
    if is_keyword(&keyword) { Ok(Sql::Text(keyword)) } else { Err(invalid("filter")) }
}
