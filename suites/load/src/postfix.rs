//! A mail server that takes a letter from its author, beside the relay: Debian's Postfix, which keeps each on disk before it says so, hands
//! it to Dovecot by LMTP, and forgets it once that has synced it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use sceau_crash::trouble::{Trouble, told};

use crate::dovecot::{Dovecot, Imap, MEMBERS, free_port, members};
use crate::figures::{Times, rate};
use crate::letters::Letters;
use crate::smtp::{Kind, Session};

/// Where Debian puts it.
const PROGRAM: &str = "/usr/sbin/postfix";
/// How long it may take to begin, and to deliver what it took.
const PATIENCE: Duration = Duration::from_secs(60);
/// Where it keeps letters it took and has not delivered.
const QUEUES: [&str; 4] = ["maildrop", "incoming", "active", "deferred"];

/// A running Postfix; it ends with this.
pub(crate) struct Postfix {
    settings: PathBuf,
    queue: PathBuf,
    log: PathBuf,
    smtp: SocketAddr,
}

/// What it did.
pub(crate) struct Submitted {
    /// Letters a second, from the first until the last one was delivered.
    pub(crate) rate: f64,
    /// From when each was given to it until it answered and the copy was in Sent.
    pub(crate) times: Times,
}

impl Postfix {
    /// Starts one whose everything lies in `folder` and that delivers to `dovecot`; why not, when it is not there or may not be started.
    pub(crate) fn start(folder: &Path, dovecot: &Dovecot) -> Result<Self, Trouble> {
        if !Path::new(PROGRAM).exists() {
            return Err(Trouble::new("Postfix is not there: apt-get install postfix"));
        }
        let smtp = free_port()?;
        let (settings, queue) = (folder.join("settings"), folder.join("queue"));
        let server = Self { settings, queue, log: folder.join("log"), smtp };
        server.configure(folder, dovecot.lmtp.port()).map_err(told("Postfix's folder"))?;
        server.command("start")?;
        let begun = Instant::now();
        while std::net::TcpStream::connect(smtp).is_err() {
            if begun.elapsed() > PATIENCE {
                return Err(Trouble::new("Postfix does not answer"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// Clients that do what a mail program does to send a letter: give it to Postfix and put the copy into Sent, each as soon as the
    /// last one is done, for so long.
    pub(crate) async fn flat_out(
        &self,
        dovecot: &Dovecot,
        clients: usize,
        recipients: usize,
        ciphertext: usize,
        time: Duration,
    ) -> Result<Submitted, Trouble> {
        let opened = (0..clients).map(|client| Author::open(self.smtp, dovecot.imap, client));
        let authors = try_join_all(opened).await?;
        let begun = Instant::now();
        let working = authors.into_iter().map(|author| author.work(recipients, ciphertext, begun + time));
        let mut times = Times::default();
        try_join_all(working).await?.into_iter().for_each(|one| times.extend(one));
        while self.has_letters().map_err(told("Postfix's queue"))? {
            if begun.elapsed() > time + PATIENCE {
                return Err(Trouble::new("Postfix does not deliver what it took"));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let lasted = begun.elapsed();
        self.must_have_delivered()?;
        Ok(Submitted { rate: rate(times.count(), lasted), times })
    }

    /// Whether every attempt at delivering a letter succeeded.
    fn must_have_delivered(&self) -> Result<(), Trouble> {
        let log = fs::read_to_string(&self.log).map_err(told("Postfix's log"))?;
        let failed = log.lines().find(|line| line.contains(" status=") && !line.contains(" status=sent"));
        failed.map_or(Ok(()), |line| Err(Trouble::new(format!("Postfix did not deliver: {line}"))))
    }

    /// Whether it has letters that it has not delivered.
    fn has_letters(&self) -> std::io::Result<bool> {
        let mut folders: Vec<PathBuf> = QUEUES.iter().map(|name| self.queue.join(name)).collect();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                    _ => return Ok(true),
                }
            }
        }
        Ok(false)
    }

    fn command(&self, word: &str) -> Result<(), Trouble> {
        let done = Command::new(PROGRAM).arg("-c").arg(&self.settings).arg(word).output();
        let done = done.map_err(told("Postfix"))?;
        if done.status.success() {
            return Ok(());
        }
        Err(Trouble::new(format!("postfix {word}: {}", String::from_utf8_lossy(&done.stderr).trim())))
    }

    /// Writes its settings and makes its folders.
    fn configure(&self, folder: &Path, lmtp: u16) -> std::io::Result<()> {
        let data = folder.join("data");
        for folder in [&self.settings, &self.queue, &data] {
            fs::create_dir_all(folder)?;
        }
        // It keeps there what only its own user may change.
        let owned = Command::new("chown").arg("postfix").arg(&data).status()?;
        if !owned.success() {
            return Err(std::io::Error::other("its folder could not be given to the user postfix"));
        }
        let (queue, data, home) = (self.queue.display(), data.display(), folder.display());
        let log = self.log.display();
        let settings = format!(
            "compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {log}
maillog_file_prefixes = {home}
myhostname = bench.exemple.fr
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = exemple.fr
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
lmtp_destination_concurrency_limit = 50
lmtp_destination_recipient_limit = 50
lmtp_connection_cache_on_demand = yes
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_tls_security_level = none
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
"
        );
        fs::write(self.settings.join("main.cf"), settings)?;
        fs::write(self.settings.join("master.cf"), services(self.smtp.port()))
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // What it still has is of no use to anybody.
        let _ = self.command("stop");
    }
}

/// Its processes, as Debian has them, but for those that no letter here comes to.
fn services(port: u16) -> String {
    format!(
        "127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"
    )
}

/// Somebody who writes letters: connected to Postfix, and to Dovecot for the copies.
struct Author {
    number: usize,
    smtp: Session,
    imap: Imap,
}

impl Author {
    async fn open(smtp: SocketAddr, imap: SocketAddr, number: usize) -> Result<Self, Trouble> {
        let smtp = Session::open(smtp, Kind::Smtp).await.map_err(told("Postfix"))?;
        let imap = Imap::open(imap, number % MEMBERS).await?;
        Ok(Self { number, smtp, imap })
    }

    async fn work(mut self, recipients: usize, ciphertext: usize, end: Instant) -> Result<Times, Trouble> {
        let letters = Letters::new("membre0@exemple.fr", ciphertext);
        let to = members(self.number, recipients);
        let mut times = Times::default();
        for number in 0_u64.. {
            let at = Instant::now();
            if at >= end {
                break;
            }
            let letter = letters.make(number);
            self.smtp.deliver(&to, &letter).await.map_err(told("Postfix"))?;
            self.imap.append("Sent", &letter).await?;
            times.add(at.elapsed());
        }
        Ok(times)
    }
}
