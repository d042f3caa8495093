//! Idle push connections: event sources that wait, and what each takes of memory.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use sceau_crash::trouble::{Trouble, told};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::Bench;
use crate::dovecot::{Dovecot, Imap};
use crate::figures::{kb, number, octets};
use crate::letters::ONE_KB;
use crate::practice::{Person, Practice};
use crate::relay::Relay;
use crate::report::{Bound, Report};
use crate::senders::clients;

/// People whose pages wait.
const PEOPLE: usize = 500;
/// Connections from one address; the relay allows one network 2,000.
const PER_ADDRESS: usize = 1_000;
/// Connections of Dovecot: each of them is a process.
const OF_DOVECOT: usize = 100;
/// How long memory is given to settle.
const SETTLE: Duration = Duration::from_secs(2);
/// How long news may take to every one of them.
const NEWS: Duration = Duration::from_secs(30);

pub(super) fn run(bench: &Bench, report: &mut Report) -> Result<(), Trouble> {
    let each = ours(bench)?;
    let mut rows = vec![vec!["ours, event source".to_owned(), bench.connections.to_string(), kb(each)]];
    match peer(bench) {
        Ok(each) => rows.push(vec!["Dovecot, IMAP IDLE".to_owned(), OF_DOVECOT.to_string(), kb(each)]),
        Err(why) => report.note(&format!("Dovecot was not measured: {why}.")),
    }
    report.table("Idle push connections", &["what", "connections", "memory each"], &rows);
    report.goal("memory of an idle push connection", each / 1_000.0, " KB", Bound::AtMost(40.0));
    Ok(())
}

fn ours(bench: &Bench) -> Result<f64, Trouble> {
    let practice = Practice::new(&bench.place("idle")?.join("data"), None, PEOPLE)?;
    let relay = Relay::start(&practice.data)?;
    let first = clients(&practice.people, |_| Some(relay.address), 1, 1, ONE_KB);
    bench.runtime.block_on(async {
        // What the first requests bring with them is not the connections'.
        for client in &first {
            client.submit().await.map_err(told("a submission"))?;
        }
        let before = relay.memory()?;
        let mut open = Vec::with_capacity(bench.connections);
        for (at, person) in (0..bench.connections).zip(practice.people.iter().cycle()) {
            open.push(follow(relay.address, at, person).await.map_err(told(format!("connection {at}")))?);
        }
        tokio::time::sleep(SETTLE).await;
        let taken = relay.memory()?.saturating_sub(before);
        // They are worth something only if they are told.
        for client in &first {
            client.submit().await.map_err(told("a submission"))?;
        }
        let sender = open.first_mut().ok_or_else(|| Trouble::new("one connection is the least"))?;
        tokio::time::timeout(NEWS, sender.read(&mut [0; 1_024]))
            .await
            .map_err(told("an idle connection was not told"))?
            .map_err(told("an idle connection"))?;
        Ok(octets(taken) / number(bench.connections))
    })
}

/// An event source of a person, from one of several addresses of this machine.
async fn follow(relay: SocketAddr, at: usize, person: &Person) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let host = u8::try_from(at / PER_ADDRESS).unwrap_or(u8::MAX).saturating_add(1);
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 1, host), 0)))?;
    let mut stream = socket.connect(relay).await?;
    let request = format!(
        "GET /jmap/eventsource/?types=*&closeafter=no&ping=0 HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer {}\r\n\r\n",
        person.token()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    match head.starts_with(b"HTTP/1.1 200") {
        true => Ok(stream),
        false => Err(std::io::Error::other(String::from_utf8_lossy(&head).into_owned())),
    }
}

fn peer(bench: &Bench) -> Result<f64, Trouble> {
    let dovecot = Dovecot::start(&bench.place("idle-dovecot")?)?;
    bench.runtime.block_on(async {
        dovecot.deliver(1, ONE_KB).await?;
        let first = idle(&dovecot).await?;
        let before = dovecot.memory();
        let mut open = vec![first];
        for _ in 0..OF_DOVECOT {
            open.push(idle(&dovecot).await?);
        }
        tokio::time::sleep(SETTLE).await;
        let taken = dovecot.memory().saturating_sub(before);
        Ok(octets(taken) / number(OF_DOVECOT))
    })
}

async fn idle(dovecot: &Dovecot) -> Result<Imap, Trouble> {
    let mut session = Imap::open(dovecot.imap, 0).await?;
    session.idle().await?;
    Ok(session)
}
