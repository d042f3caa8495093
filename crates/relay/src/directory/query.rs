//! `Directory/query`: for the completion of recipients.

use sceau_api::directory::{DirectoryQuery, DirectoryQueryResponse};

use super::entry;
use crate::{
    account,
    jmap::{Call, Outcome, answer, invalid},
    limits,
    store::sql::{containing, params_from_iter},
};

/// Longest text, and most words, of a query.
const TEXT_BYTES: usize = 256;
const WORDS: usize = 8;

/// `Directory/query`: every word is part of the name or the address, accents and case aside.
pub(crate) fn query(call: &Call<'_>) -> Outcome {
    let request: DirectoryQuery = call.arguments()?;
    if request.text.len() > TEXT_BYTES {
        return Err(invalid("text"));
    }
    let folded = account::fold(&request.text);
    let words: Vec<String> = folded.split_whitespace().take(WORDS).map(containing).collect();
    let limit = request.limit.unwrap_or(limits::DIRECTORY_RESULTS).min(limits::DIRECTORY_RESULTS);
    call.read(|tx| {
        let conditions = vec![r"folded LIKE ? ESCAPE '\'"; words.len()].join(" AND ");
        let conditions = if words.is_empty() { "TRUE" } else { &conditions };
        let sql = format!("SELECT id FROM account WHERE {conditions} ORDER BY folded LIMIT {limit}");
        let mut statement = tx.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(&words), |row| row.get::<i64>(0))?;
        let mut list = Vec::new();
        for account in rows {
            list.push(entry(tx, account?)?);
        }
        answer(&DirectoryQueryResponse { account_id: request.account_id.clone(), list })
    })
}
