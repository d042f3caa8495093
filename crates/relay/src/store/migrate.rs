//! The schema, step by step. A step once released is never edited; the next one follows.

use rusqlite::{Connection, TransactionBehavior};

use super::{
    postgres::{SCHEMA_LOCK, Session, dialect, transaction},
    sql,
};
use crate::{fail_point::fail_point, fault::Fault};

const NEWER: &str = "the data belong to a newer version of this program";

/// Every step from an empty file to the newest schema; the number of steps done is SQLite's `user_version`.
pub(crate) const STEPS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
    include_str!("schema/9.sql"),
    include_str!("schema/10.sql"),
    include_str!("schema/11.sql"),
    include_str!("schema/12.sql"),
    include_str!("schema/13.sql"),
    include_str!("schema/14.sql"),
    include_str!("schema/15.sql"),
];

/// Brings `db` to the newest schema.
pub(crate) fn to_newest(db: &mut Connection) -> Result<(), Fault> {
    to_version(db, STEPS.len())
}

fn to_version(db: &mut Connection, target: usize) -> Result<(), Fault> {
    loop {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: u32 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let done = usize::try_from(version).unwrap_or(usize::MAX);
        if done > STEPS.len() {
            return Err(Fault::Damaged(NEWER));
        }
        let Some(step) = STEPS.get(done).filter(|_| done < target) else { return Ok(()) };
        tx.execute_batch(step)?;
        fail_point!("migrate.step_done");
        tx.pragma_update(None, "user_version", version + 1)?;
        tx.commit()?;
        fail_point!("migrate.step_committed");
    }
}

/// Brings a database of PostgreSQL to the newest schema; relays that start at the same time wait for each other.
pub(super) fn postgres_to_newest(session: &Session) -> Result<(), Fault> {
    loop {
        session.begin("BEGIN")?;
        let is_newest = transaction(session, postgres_step)?;
        if is_newest {
            return Ok(());
        }
    }
}

/// The number of the schema in a database of PostgreSQL; 0 for none.
pub(super) fn postgres_version(session: &Session) -> sql::Result<usize> {
    if !session.value("SELECT to_regclass('schema_step') IS NOT NULL", &[])? {
        return Ok(0);
    }
    let done: u32 = session.value("SELECT count(*) FROM schema_step", &[])?;
    Ok(usize::try_from(done).unwrap_or(usize::MAX))
}

/// Does the next step, if there is one.
pub(super) fn postgres_step(session: &Session) -> Result<bool, Fault> {
    session.batch(&format!(
        "SELECT pg_advisory_xact_lock({SCHEMA_LOCK});
         CREATE TABLE IF NOT EXISTS schema_step (number BIGINT PRIMARY KEY)"
    ))?;
    let done = postgres_version(session)?;
    if done > STEPS.len() {
        return Err(Fault::Damaged(NEWER));
    }
    let Some(step) = STEPS.get(done) else { return Ok(true) };
    session.batch(&dialect::schema(step))?;
    session.batch(&format!("INSERT INTO schema_step (number) VALUES ({})", done + 1))?;
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(db: &Connection) -> Vec<String> {
        let mut statement =
            db.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn every_older_version_reaches_the_newest() {
        let mut fresh = Connection::open_in_memory().unwrap();
        to_newest(&mut fresh).unwrap();
        for version in 0..=STEPS.len() {
            let mut db = Connection::open_in_memory().unwrap();
            to_version(&mut db, version).unwrap();
            to_newest(&mut db).unwrap();
            assert_eq!(tables(&db), tables(&fresh), "from version {version}");
        }
    }

    #[test]
    fn rows_of_version_1_survive() {
        let mut db = Connection::open_in_memory().unwrap();
        to_version(&mut db, 1).unwrap();
        db.execute("INSERT INTO account (address, name, created_at) VALUES ('a@b.fr', 'A', 5)", []).unwrap();
        to_newest(&mut db).unwrap();
        let (address, at): (String, i64) = db
            .query_row("SELECT address, created_at FROM account", [], |r| Ok((r.get(0)?, r.get(1)?)))
            .unwrap();
        assert_eq!((address.as_str(), at), ("a@b.fr", 5));
    }

    #[test]
    fn records_of_version_2_have_the_stretching_they_were_made_with() {
        let mut db = Connection::open_in_memory().unwrap();
        to_version(&mut db, 2).unwrap();
        db.execute_batch(
            "INSERT INTO account (id, address, name, created_at) VALUES (1, 'a@b.fr', 'A', 5);
             INSERT INTO slot (account, slot, version, record, wrap) VALUES (1, 'passphrase', 1, x'00', x'00')",
        )
        .unwrap();
        to_newest(&mut db).unwrap();
        let kept: (u32, u32, u32) = db
            .query_row("SELECT memory_kib, passes, lanes FROM slot", [], |r| {
                Ok((r.get(0)?, r.get(1)?, r.get(2)?))
            })
            .unwrap();
        assert_eq!(kept, (65_536, 3, 1));
    }

    #[test]
    fn emails_of_version_3_are_counted() {
        let mut db = Connection::open_in_memory().unwrap();
        to_version(&mut db, 3).unwrap();
        db.execute_batch(
            "INSERT INTO account (id, address, name, created_at) VALUES (1, 'a@b.fr', 'A', 5), (2, 'c@d.fr', 'C', 5);
             INSERT INTO blob (id, size) VALUES ('x', 100), ('y', 20), ('z', 3);
             INSERT INTO thread (id, account) VALUES (1, 1);
             INSERT INTO email (id, account, thread, blob, card, size, received_at, from_text, to_text, cc_text,
                 bcc_text, subject_text, outer, header)
             VALUES (1, 1, 1, 'x', 'y', 100, 5, '', '', '', '', '', '{}', x''),
                 (2, 1, 1, 'x', NULL, 100, 5, '', '', '', '', '', '{}', x'');
             INSERT INTO email_held (email, blob) VALUES (1, 'y'), (1, 'z')",
        )
        .unwrap();
        to_newest(&mut db).unwrap();
        let used = |account: i64| -> (i64, i64) {
            let sql = "SELECT used_letters, used_octets FROM account WHERE id = ?";
            db.query_row(sql, [account], |r| Ok((r.get(0)?, r.get(1)?))).unwrap()
        };
        assert_eq!((used(1), used(2)), ((2, 243), (0, 0)));
    }

    #[test]
    fn changes_of_version_14_are_told() {
        let mut db = Connection::open_in_memory().unwrap();
        to_version(&mut db, 14).unwrap();
        db.execute_batch(
            "INSERT INTO account (id, address, name, created_at, modseq) VALUES (1, 'a@b.fr', 'A', 5, 8);
             INSERT INTO change_log (account, kind, modseq, object, what, at)
             VALUES (1, 'Email', 7, 3, 'created', 50), (1, 'Mailbox', 8, 2, 'counted', 50)",
        )
        .unwrap();
        to_newest(&mut db).unwrap();
        let rows: Vec<(i64, String)> = db
            .prepare("SELECT last, changes FROM account_change WHERE account = 1 AND at = 50 ORDER BY last")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let wanted = [(7, r#"[[7,"Email",3,"created"]]"#), (8, r#"[[8,"Mailbox",2,"counted"]]"#)];
        assert_eq!(rows, wanted.map(|(last, changes)| (last, changes.to_owned())));
    }

    #[test]
    fn a_newer_folder_is_left_alone() {
        let mut db = Connection::open_in_memory().unwrap();
        db.pragma_update(None, "user_version", u32::try_from(STEPS.len()).unwrap() + 1).unwrap();
        assert!(matches!(to_newest(&mut db), Err(Fault::Damaged(_))));
    }
}
