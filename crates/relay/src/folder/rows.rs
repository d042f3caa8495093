//! What must hold between rows, asked of the database itself.
//!
//! References are read from the schema, so that a table added later is checked without a word here. Rows are named by
//! their numbers, never by addresses, names or Message-IDs.

use rusqlite::{Connection, types::Value};
use sceau_api::BlobId;
use serde::de::IgnoredAny;

use crate::{
    account::wire_id,
    store::{Tx, sql},
};

/// A reference of one table to another, as the schema declares it.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) table: String,
    column: String,
    pub(crate) parent: String,
    key: String,
    /// The columns that tell rows apart and say nothing about people: the numbers of the primary key.
    names: Vec<String>,
    /// SQL for the account a row belongs to.
    account: String,
}

/// A row that is wrong.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) account: Option<String>,
}

/// A rule the schema cannot express: what is wrong, and a query for the number and account of each such row.
pub(crate) struct Rule {
    pub(crate) wrong: &'static str,
    pub(crate) table: &'static str,
    /// The schema that has what it speaks of.
    pub(crate) since: usize,
    sql: &'static str,
    /// For a database that cannot tell JSON: a query whose third column must be some.
    json: Option<&'static str>,
}

/// Every rule beside the references.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        wrong: "is in no mailbox",
        table: "email",
        since: 1,
        sql: "SELECT id, account FROM email AS e WHERE NOT EXISTS (SELECT 1 FROM email_mailbox AS m WHERE m.email = e.id)",
        json: None,
    },
    Rule {
        wrong: "is in another account's thread",
        table: "email",
        since: 1,
        sql: "SELECT e.id, e.account FROM email AS e JOIN thread AS t ON t.id = e.thread WHERE t.account <> e.account",
        json: None,
    },
    Rule {
        wrong: "is in another account's mailbox",
        table: "email",
        since: 1,
        sql: "SELECT e.id, e.account FROM email_mailbox AS x JOIN email AS e ON e.id = x.email
            JOIN mailbox AS m ON m.id = x.mailbox WHERE m.account <> e.account",
        json: None,
    },
    Rule {
        wrong: "has outer headers that cannot be read",
        table: "email",
        since: 1,
        sql: "SELECT id, account FROM email WHERE NOT json_valid(outer)",
        json: Some("SELECT id, account, \"outer\" FROM email"),
    },
    Rule {
        wrong: "holds no email",
        table: "thread",
        since: 1,
        sql: "SELECT id, account FROM thread AS t WHERE NOT EXISTS (SELECT 1 FROM email AS e WHERE e.thread = t.id)",
        json: None,
    },
    Rule {
        wrong: "is remembered for another account's thread",
        table: "thread_message_id",
        since: 1,
        sql: "SELECT t.id, x.account FROM thread_message_id AS x JOIN thread AS t ON t.id = x.thread
            WHERE t.account <> x.account",
        json: None,
    },
    Rule {
        wrong: "lies below another account's mailbox",
        table: "mailbox",
        since: 1,
        sql: "SELECT m.id, m.account FROM mailbox AS m JOIN mailbox AS p ON p.id = m.parent WHERE p.account <> m.account",
        json: None,
    },
    Rule {
        wrong: "lies below itself",
        table: "mailbox",
        since: 1,
        sql: "WITH RECURSIVE up (start, id) AS (SELECT id, parent FROM mailbox WHERE parent IS NOT NULL
                UNION SELECT up.start, m.parent FROM up JOIN mailbox AS m ON m.id = up.id WHERE m.parent IS NOT NULL)
            SELECT m.id, m.account FROM up JOIN mailbox AS m ON m.id = up.start WHERE up.id = up.start",
        json: None,
    },
    Rule {
        wrong: "lacks its inbox, drafts or sent mailbox",
        table: "account",
        since: 1,
        sql: "SELECT a.id, a.id FROM account AS a WHERE 3 <> (SELECT count(*) FROM mailbox AS m
            WHERE m.account = a.id AND m.role IN ('inbox', 'drafts', 'sent'))",
        json: None,
    },
    Rule {
        wrong: "gave out a state beyond its counter",
        table: "account",
        since: 1,
        sql: "SELECT DISTINCT a.id, a.id FROM account AS a JOIN change_floor AS f ON f.account = a.id
            WHERE f.state > a.modseq OR f.floor > a.modseq",
        json: None,
    },
    Rule {
        wrong: "waits for its time without the envelope to deliver",
        table: "letter",
        since: 1,
        sql: "SELECT DISTINCT l.id, l.account FROM letter AS l JOIN letter_envelope AS e ON e.letter = l.id
            WHERE l.undo_status = 'pending' AND (e.blob IS NULL OR e.outer IS NULL OR NOT json_valid(e.outer))",
        json: Some(
            "SELECT l.id, l.account, CASE WHEN e.blob IS NULL THEN NULL ELSE e.\"outer\" END
            FROM letter AS l JOIN letter_envelope AS e ON e.letter = l.id WHERE l.undo_status = 'pending'",
        ),
    },
    Rule {
        wrong: "has other counts than its emails",
        table: "mailbox",
        since: 6,
        sql: "SELECT m.id, m.account FROM mailbox AS m WHERE
            total_emails <> (SELECT count(*) FROM email_mailbox AS x WHERE x.mailbox = m.id)
            OR unread_emails <> (SELECT count(*) FROM email_mailbox AS x WHERE x.mailbox = m.id AND NOT EXISTS
                (SELECT 1 FROM email_keyword AS k WHERE k.email = x.email AND k.keyword IN ('$seen', '$draft')))
            OR total_threads <> (SELECT count(DISTINCT e.thread) FROM email_mailbox AS x JOIN email AS e ON e.id = x.email
                WHERE x.mailbox = m.id)
            OR unread_threads <> (SELECT count(DISTINCT e.thread) FROM email_mailbox AS x JOIN email AS e ON e.id = x.email
                WHERE x.mailbox = m.id AND EXISTS (SELECT 1 FROM email AS o WHERE o.thread = e.thread
                    AND NOT EXISTS (SELECT 1 FROM email_keyword AS k WHERE k.email = o.id
                        AND k.keyword IN ('$seen', '$draft'))
                    AND (coalesce(m.role, '') = 'trash') = EXISTS (SELECT 1 FROM email_mailbox AS y
                        JOIN mailbox AS t ON t.id = y.mailbox WHERE y.email = o.id AND t.role = 'trash')))",
        json: None,
    },
    Rule {
        wrong: "stands at another time in a mailbox than it was received",
        table: "email",
        since: 6,
        sql: "SELECT e.id, e.account FROM email AS e JOIN email_mailbox AS x ON x.email = e.id
            WHERE x.received_at <> e.received_at",
        json: None,
    },
    Rule {
        wrong: "waits for another relay without the letter to send",
        table: "queue",
        since: 7,
        sql: "SELECT q.id, l.account FROM queue AS q JOIN letter AS l ON l.id = q.letter
            LEFT JOIN letter_envelope AS e ON e.letter = q.letter AND e.number = q.number
            WHERE q.next_attempt_at IS NOT NULL AND (e.blob IS NULL OR e.envelope_id IS NULL)",
        json: None,
    },
];

impl Rule {
    /// The rows of PostgreSQL that break it.
    pub(crate) fn broken_in(&self, tx: &Tx<'_>) -> sql::Result<Vec<Row>> {
        let mut statement = tx.prepare_cached(self.json.unwrap_or(self.sql))?;
        let rows = statement.query_map([], |row| {
            let name = format!("{} {}", self.table, row.get::<i64>(0)?);
            let sound = match self.json {
                Some(_) => row.get::<Option<String>>(2)?.is_some_and(|text| is_json(&text)),
                None => false,
            };
            Ok((!sound).then_some(Row { name, account: row.get::<Option<i64>>(1)?.map(wire_id) }))
        })?;
        rows.filter_map(Result::transpose).collect()
    }

    /// The rows that break it.
    pub(crate) fn broken(&self, db: &Connection) -> rusqlite::Result<Vec<Row>> {
        let mut statement = db.prepare(self.sql)?;
        let rows = statement.query_map([], |row| {
            let name = format!("{} {}", self.table, row.get::<_, i64>(0)?);
            Ok(Row { name, account: row.get::<_, Option<i64>>(1)?.map(wire_id) })
        })?;
        rows.collect()
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Every reference the schema declares.
pub(crate) fn links(db: &Connection) -> rusqlite::Result<Vec<Link>> {
    let mut statement = db.prepare(
        "SELECT t.name, f.\"from\", f.\"table\", coalesce(f.\"to\",
             (SELECT name FROM pragma_table_info(f.\"table\") WHERE pk = 1))
         FROM sqlite_schema AS t JOIN pragma_foreign_key_list(t.name) AS f
         WHERE t.type = 'table' ORDER BY t.name, f.id",
    )?;
    let declared = statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let mut links = Vec::new();
    for link in declared {
        let (table, column, parent, key) = link?;
        let (names, account) = columns(db, &table)?;
        links.push(Link { table, column, parent, key, names, account });
    }
    Ok(links)
}

/// What names a row of a table, and SQL for its account.
fn columns(db: &Connection, table: &str) -> rusqlite::Result<(Vec<String>, String)> {
    let mut statement = db.prepare("SELECT name, type, pk FROM pragma_table_info(?)")?;
    let all: Vec<(String, String, i64)> = statement
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let has = |name: &str| all.iter().any(|(column, ..)| column == name);
    let account = account_of(has);
    let numbers = all.iter().filter(|(_, kind, key)| *key > 0 && kind == "INTEGER");
    Ok((numbers.map(|(name, ..)| name.clone()).collect(), account.to_owned()))
}

/// SQL for the account of a row of the table `t` that has those columns.
pub(super) fn account_of(has: impl Fn(&str) -> bool) -> &'static str {
    match () {
        () if has("account") => "t.account",
        () if has("email") => "(SELECT account FROM email WHERE email.id = t.email)",
        () if has("letter") => "(SELECT account FROM letter WHERE letter.id = t.letter)",
        () => "CAST(NULL AS BIGINT)",
    }
}

impl Link {
    /// The rows whose reference leads nowhere.
    pub(crate) fn dangling(&self, db: &Connection) -> rusqlite::Result<Vec<Row>> {
        let Self { table, column, parent, key, account, .. } = self;
        let shown: String = self.names.iter().map(|name| format!(", t.\"{name}\"")).collect();
        let mut statement = db.prepare(&format!(
            "SELECT {account}, t.\"{column}\"{shown} FROM \"{table}\" AS t WHERE t.\"{column}\" IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM \"{parent}\" AS p WHERE p.\"{key}\" = t.\"{column}\")"
        ))?;
        let rows = statement.query_map([], |row| {
            let mut name = table.clone();
            for (at, column) in self.names.iter().enumerate() {
                let number: Value = row.get(at + 2)?;
                name.push_str(&match number {
                    Value::Integer(number) if column == "id" => format!(" {number}"),
                    Value::Integer(number) => format!(" {column} {number}"),
                    _ => format!(" {column} unreadable"),
                });
            }
            name.push_str(&match row.get(1)? {
                Value::Integer(number) => format!(", which names {parent} {number}"),
                Value::Text(id) if crate::store::blobs::is_blob_id(&BlobId(id.clone())) => {
                    format!(", which names {parent} {id}")
                }
                _ => format!(", which names a {parent}"),
            });
            Ok(Row { name, account: row.get::<_, Option<i64>>(0)?.map(wire_id) })
        })?;
        rows.collect()
    }

    /// The accounts whose rows refer to a blob by this link; none when the link leads elsewhere.
    pub(crate) fn accounts_of_blob(&self, db: &Connection, blob: &BlobId) -> rusqlite::Result<Vec<i64>> {
        if self.parent != "blob" {
            return Ok(Vec::new());
        }
        let Self { table, column, account, .. } = self;
        let mut statement =
            db.prepare(&format!("SELECT DISTINCT {account} FROM \"{table}\" AS t WHERE t.\"{column}\" = ?"))?;
        let found = statement.query_map([blob.as_str()], |row| row.get::<_, Option<i64>>(0))?;
        Ok(found.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }
}
