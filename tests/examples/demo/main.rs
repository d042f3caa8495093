//! Fills a relay's folder with a small practice and its letters, by the client itself: what `./x demo` serves.
//!
//! Usage: demo DATA AUTHORITY SCEAU RELAY (the relay's folder, the authority's, the two programs)
#![expect(clippy::print_stdout, reason = "tells how far it has come")]

mod authority;
mod files;
mod letters;
mod member;
mod people;
mod world;

use std::path::{Path, PathBuf};

use sceau_relay::Relay;

use crate::authority::{Authority, invite};
use crate::member::Member;
use crate::people::{EVERYBODY, Who};

/// Whatever stops the seeding; it is told and the demo starts anew.
pub(crate) type Trouble = Box<dyn std::error::Error>;

fn main() -> Result<(), Trouble> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [data, folder, sceau, relay]: [PathBuf; 4] =
        arguments.try_into().map_err(|_| "usage: demo DATA AUTHORITY SCEAU RELAY")?;
    let authority = Authority { folder, sceau };
    let codes = invitations(&relay, &data)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, seed(&data, &authority, codes))
}

fn invitations(relay: &Path, data: &Path) -> Result<Vec<(Who, String)>, Trouble> {
    EVERYBODY
        .into_iter()
        .map(|who| invite(relay, data, &who.address(), who.name()).map(|code| (who, code)))
        .collect()
}

async fn seed(data: &Path, authority: &Authority, codes: Vec<(Who, String)>) -> Result<(), Trouble> {
    let relay = Relay::open_to_serve(data, None)?;
    let router = sceau_relay::app(relay.clone());
    let mut members = Vec::new();
    for (who, code) in codes {
        members.push((who, Member::enrolled(&router, who, code, authority).await?));
        println!("  {} ({}) has keys and certificates", who.name(), who.trade());
    }
    for letter in letters::all() {
        let (_, writer) = members.iter().find(|(who, _)| *who == letter.from).ok_or("an unknown writer")?;
        writer.write(letter).await?;
        relay.deliver_due()?;
    }
    println!("  {} letters were written, sealed and delivered", letters::all().len());
    Ok(())
}
