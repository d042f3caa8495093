//! `sceau-relay token`.

use std::path::PathBuf;

use clap::Subcommand;

use super::{create::TokenWish, list::TokenEntry, scope::Scopes};
use crate::{
    command::{Failure, print, print_json},
    limits,
    relay::Relay,
    watch::access::{Action, command as trace},
};

/// Commands of the relay's keeper about tokens; they work beside a serving relay.
#[derive(Subcommand)]
pub(crate) enum TokenCommand {
    /// Makes a bearer token, adding the account if there is none; it is shown this once.
    Create {
        address: String,
        #[arg(long)]
        data: PathBuf,
        /// By which you know it again; a token with a name lives for a year.
        #[arg(long)]
        name: Option<String>,
        /// What it may do: read, change, send, directory, keys, all; may be given several times. Otherwise everything.
        #[arg(long, value_delimiter = ',', value_parser = scope)]
        scope: Vec<Scopes>,
        /// Days until it ends.
        #[arg(long, value_parser = clap::value_parser!(i64).range(1..=limits::TOKEN_DAYS))]
        days: Option<i64>,
        #[arg(long)]
        json: bool,
    },
    /// Lists the tokens of programs, of one account or of all.
    List {
        address: Option<String>,
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// Ends a token now.
    Revoke {
        /// As `token list` shows it.
        id: String,
        #[arg(long)]
        data: PathBuf,
    },
}

fn scope(name: &str) -> Result<Scopes, &'static str> {
    Scopes::named(name).ok_or("the scopes are read, change, send, directory, keys and all")
}

/// Runs one of them.
pub(crate) fn run(command: TokenCommand) -> Result<(), Failure> {
    match command {
        TokenCommand::Create { address, data, name, scope, days, json } => {
            let created = Relay::open(&data)?.create_token_of(&address, &wish(name, &scope, days)?)?;
            if json { print_json(&serde_json::to_value(created)?) } else { print(&created.token) }
        }
        TokenCommand::List { address, data, json } => {
            let relay = Relay::open(&data)?;
            let entries = relay.tokens(address.as_deref())?;
            trace::record(&relay, Action::TokenList, "all", "done")?;
            if json { print_json(&serde_json::to_value(entries)?) } else { entries.iter().try_for_each(show) }
        }
        TokenCommand::Revoke { id, data } => {
            let ended = Relay::open(&data)?.revoke_token(&id)?;
            ended
                .then_some(())
                .ok_or_else(|| "there is no such token; `token list` shows those that live".into())
        }
    }
}

fn wish(name: Option<String>, scopes: &[Scopes], days: Option<i64>) -> Result<TokenWish, Failure> {
    let usual = TokenWish::default();
    if name
        .as_ref()
        .is_some_and(|name| name.len() > limits::TOKEN_NAME_BYTES || name.contains(char::is_control))
    {
        return Err(
            format!("a token's name is one line of at most {} bytes", limits::TOKEN_NAME_BYTES).into()
        );
    }
    let days = days.or(name.as_ref().map(|_| limits::TOKEN_DAYS_USUAL));
    let given = scopes.iter().copied().reduce(Scopes::and);
    Ok(TokenWish {
        name: name.unwrap_or_default(),
        scopes: given.unwrap_or(usual.scopes),
        lifetime: days.map_or(usual.lifetime, |days| days * limits::DAY),
    })
}

fn show(entry: &TokenEntry) -> Result<(), Failure> {
    let TokenEntry { id, address, name, expires_at, .. } = entry;
    let used = entry
        .last_used_on
        .as_ref()
        .map_or_else(|| "never".to_owned(), |day| day.0.chars().take(10).collect());
    print(&format!(
        "{id}\t{address}\t{name}\t{}\tuntil {}\tused {used}",
        entry.scopes.join(" "),
        expires_at.0
    ))
}
