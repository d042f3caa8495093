//! A token for a program, made by the relay's keeper without a log-in.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sceau_api::{AccountId, UtcDate};
use serde::Serialize;

use super::scope::Scopes;
use crate::{
    account,
    fault::Fault,
    limits,
    random::generate_bytes,
    relay::Relay,
    session::bearer::token_hash,
    store::{Tx, sql::params},
    watch::access::Action,
};

/// What a token shall be.
#[derive(Debug, Clone)]
pub struct TokenWish {
    /// By which its keeper knows it again.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Seconds until it ends.
    pub lifetime: i64,
}

impl Default for TokenWish {
    /// Everything, for as long as a log-in.
    fn default() -> Self {
        Self { name: String::new(), scopes: Scopes::ALL, lifetime: limits::SESSION_LIFETIME }
    }
}

/// A bearer token just made.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewToken {
    /// The address of its account.
    pub address: String,
    /// Its account.
    pub account_id: AccountId,
    /// The token; the relay keeps only its SHA-256.
    pub token: String,
    /// When it ends.
    pub expires_at: UtcDate,
    /// By which it is revoked.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<&'static str>,
}

impl Relay {
    /// Makes a token that may do everything for as long as a log-in, adding the account if there is none.
    ///
    /// # Errors
    /// When the address is none, or the store fails.
    pub fn create_token(&self, address: &str) -> Result<NewToken, Fault> {
        self.create_token_of(address, &TokenWish::default())
    }

    /// Makes a token as wished, adding the account if there is none. It is never fresh: it cannot change a pass phrase.
    ///
    /// # Errors
    /// When the address is none, or the store fails.
    pub fn create_token_of(&self, address: &str, wish: &TokenWish) -> Result<NewToken, Fault> {
        let address = account::normalise(address).ok_or(Fault::Address)?;
        self.store().write(self.now(), |tx| {
            let account = match account::find(tx, &address)? {
                Some(account) => account,
                None => account::add::create(tx, &address)?,
            };
            let created = create(tx, account, address.clone(), wish)?;
            let about = format!("{} {}", account::wire_id(account), created.id);
            self.administered(tx, Action::TokenCreate, &about, "done")?;
            Ok(created)
        })
    }
}

fn create(tx: &Tx<'_>, account: i64, address: String, wish: &TokenWish) -> Result<NewToken, Fault> {
    let token = URL_SAFE_NO_PAD.encode(generate_bytes::<32>());
    let id = hex::encode(generate_bytes::<8>());
    let expires_at = tx.now.saturating_add(wish.lifetime);
    tx.execute(
        "INSERT INTO session (token_hash, account, created_at, fresh_until, expires_at, token_id, name, scopes)
         VALUES (?, ?, ?, 0, ?, ?, ?, ?)",
        params![token_hash(&token), account, tx.now, expires_at, id, wish.name, wish.scopes.to_string()],
    )?;
    Ok(NewToken {
        address,
        account_id: AccountId(account::wire_id(account)),
        token,
        expires_at: UtcDate::from_unix(expires_at),
        id,
        name: wish.name.clone(),
        scopes: wish.scopes.names(),
    })
}
