//! A folder as a relay left it two hours ago: uploads that are over, letters that are due, files without rows.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use sceau_api::UtcDate;
use sceau_relay::clock::{Clock as _, ManualClock, SystemClock};
use sceau_relay::{Relay, app};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::chance::Chance;
use crate::client::{Door, Member};
use crate::letter::letter;
use crate::trouble::{Trouble, told};
use crate::workload::{Act, Key, Later, MEMBERS, Mark, Marks, admit};

/// How long ago, in seconds.
const AGO: i64 = 7_200;
/// Of each kind.
const COUNT: usize = 4;

/// Prepares `data`; gives its members.
pub(super) fn prepare(
    runtime: &Runtime,
    data: &Path,
    marks: &Marks,
    next: &AtomicU64,
    chance: &mut Chance,
) -> Result<Vec<Member>, Trouble> {
    let clock = Arc::new(ManualClock::at(SystemClock.now() - AGO));
    let relay = Relay::open_to_serve_at(data, None, clock.clone()).map_err(told("a new folder"))?;
    let members = admit(&relay, marks)?;
    let door = Arc::new(Door::Router(app(relay.clone())));
    let first = members.first().cloned().ok_or_else(|| Trouble::new("nobody is there"))?;
    let anne = Member { door, ..first };
    for at in 0..COUNT {
        let due = clock.now() + 60;
        let work = async {
            anne.upload(chance.octets(500)).await.map_err(told("an upload"))?;
            waiting(&anne, marks, next, due, &format!("due{at}"), chance).await
        };
        runtime.block_on(work)?;
    }
    drop(relay);
    litter(data, chance)?;
    Ok(members)
}

/// A letter that waits.
async fn waiting(
    anne: &Member,
    marks: &Marks,
    next: &AtomicU64,
    due: i64,
    name: &str,
    chance: &mut Chance,
) -> Result<(), Trouble> {
    let mut put = |part: &str| letter(&anne.address, &format!("{name}{part}"), &chance.octets(300));
    let (copy, main) = (put("copy"), put("main"));
    let copy = anne.upload(copy).await.map_err(told("an upload"))?;
    let main = anne.upload(main).await.map_err(told("an upload"))?;
    let key = |member, blob: &str| Key { member, blob: blob.to_owned(), card: None };
    let later = Later { at: due, adds: (0..MEMBERS.len()).map(|member| key(member, &main)).collect() };
    let act =
        Act { what: format!("send {name}"), adds: vec![key(0, &copy)], later: Some(later), ..Act::default() };
    let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    marks.put(&Mark::Act(number, act))?;
    let arguments = json!({
        "clientLetterId": name, "sendAt": UtcDate::from_unix(due).0, "sentCopy": {"blobId": copy},
        "envelopes": [{"blobId": main, "rcptTo": MEMBERS}],
    });
    anne.call("Letter/send", arguments).await.map_err(told("a letter that waits"))?;
    marks.put(&Mark::Done(number))
}

/// Files that a process which was killed leaves.
fn litter(data: &Path, chance: &mut Chance) -> Result<(), Trouble> {
    let blobs = data.join("blobs");
    for _ in 0..COUNT {
        let name = hex::encode(chance.octets(32));
        let shard = blobs.join(name.get(..2).unwrap_or_default());
        fs::create_dir_all(&shard).map_err(told("a folder"))?;
        fs::write(shard.join(&name), "no row").map_err(told("a file"))?;
        fs::write(blobs.join("incoming").join(&name), "half").map_err(told("a file"))?;
    }
    Ok(())
}
