//! A mail server of somebody else's beside the relay: Debian's Dovecot, which takes letters by LMTP (RFC 2033), gives them out by
//! IMAP (RFC 3501), and syncs each to disk before it says so (`mail_fsync=always`).

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use sceau_crash::trouble::{Trouble, told};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::figures::Times;
use crate::letters::Letters;
use crate::machine;
use crate::smtp::{Kind, Session};

/// Where Debian puts it.
const PROGRAM: &str = "/usr/sbin/dovecot";
/// How long it may take to begin.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who has a mailbox there.
pub(crate) const MEMBERS: usize = 16;

/// A running Dovecot; it ends with this.
pub(crate) struct Dovecot {
    child: Child,
    pub(crate) lmtp: SocketAddr,
    pub(crate) imap: SocketAddr,
}

impl Dovecot {
    /// Starts one whose everything lies in `folder`; why not, when it is not there or may not be started.
    pub(crate) fn start(folder: &Path) -> Result<Self, Trouble> {
        if !Path::new(PROGRAM).exists() {
            return Err(Trouble::new("Dovecot is not there: apt-get install dovecot-lmtpd dovecot-imapd"));
        }
        let (lmtp, imap) = (free_port()?, free_port()?);
        let file = configure(folder, lmtp.port(), imap.port()).map_err(told("Dovecot's folder"))?;
        let child = Command::new(PROGRAM).arg("-F").arg("-c").arg(&file).stdin(Stdio::null()).spawn();
        let mut server = Self { child: child.map_err(told("Dovecot"))?, lmtp, imap };
        server.wait()?;
        Ok(server)
    }

    fn wait(&mut self) -> Result<(), Trouble> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if std::net::TcpStream::connect(self.lmtp).is_ok() {
                return Ok(());
            }
            if self.child.try_wait().map_err(told("Dovecot"))?.is_some() {
                return Err(Trouble::new("Dovecot ended at once; it wants to be started by root"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(Trouble::new("Dovecot does not answer"))
    }

    /// Clients that deliver to so many recipients each, as fast as they are answered; what they did in `warm` is not counted.
    pub(crate) async fn flat_out(
        &self,
        clients: usize,
        recipients: usize,
        ciphertext: usize,
        (warm, time): (Duration, Duration),
    ) -> Result<Times, Trouble> {
        let begun = Instant::now() + warm;
        let working = (0..clients).map(|client| async move {
            let mut session = Session::open(self.lmtp, Kind::Lmtp).await?;
            let letters = Letters::new("membre0@exemple.fr", ciphertext);
            let to = members(client, recipients);
            let mut times = Times::default();
            for number in 0_u64.. {
                let at = Instant::now();
                if at >= begun + time {
                    break;
                }
                session.deliver(&to, &letters.make(number)).await?;
                if at >= begun {
                    times.add(at.elapsed());
                }
            }
            Ok::<_, std::io::Error>(times)
        });
        let all = try_join_all(working).await.map_err(told("Dovecot's LMTP"))?;
        let mut times = Times::default();
        all.into_iter().for_each(|one| times.extend(one));
        Ok(times)
    }

    /// Delivers so many letters to member 0.
    pub(crate) async fn deliver(&self, letters: usize, ciphertext: usize) -> Result<(), Trouble> {
        let work = async {
            let (mut session, made) =
                (Session::open(self.lmtp, Kind::Lmtp).await?, Letters::new("membre1@exemple.fr", ciphertext));
            for number in 0..u64::try_from(letters).unwrap_or_default() {
                session.deliver(&["membre0".to_owned()], &made.make(number)).await?;
            }
            Ok::<_, std::io::Error>(())
        };
        work.await.map_err(told("Dovecot's LMTP"))
    }

    /// Octets of memory of all its processes.
    pub(crate) fn memory(&self) -> u64 {
        let processes = machine::descendants(self.child.id());
        processes.into_iter().filter_map(|process| machine::memory(process).ok()).sum()
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // It ends its own processes when it is asked to; killed, it would leave them.
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        if asked.is_ok_and(|status| status.success()) {
            let _ = self.child.wait();
        }
    }
}

/// So many of its members, from one on.
pub(crate) fn members(first: usize, count: usize) -> Vec<String> {
    (0..count).map(|next| format!("membre{}", (first + next) % MEMBERS)).collect()
}

pub(crate) fn free_port() -> Result<SocketAddr, Trouble> {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).map_err(told("no port"))
}

/// Writes its settings and makes its folders.
fn configure(folder: &Path, lmtp: u16, imap: u16) -> std::io::Result<PathBuf> {
    let mail = folder.join("mail");
    fs::create_dir_all(&mail)?;
    // Its processes are other users than the one who starts it.
    for folder in [folder, &mail] {
        let mut rights = fs::metadata(folder)?.permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o777);
        fs::set_permissions(folder, rights)?;
    }
    let (home, mail) = (folder.display(), mail.display());
    let file = folder.join("dovecot.conf");
    fs::write(
        &file,
        format!(
            "protocols = lmtp imap
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = sdbox:{mail}/%n
mail_fsync = always
first_valid_uid = 1
mail_max_userip_connections = 10000
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
  }}
}}
passdb {{
  driver = static
  args = nopassword=yes
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={mail}/%n
}}
service lmtp {{
  client_limit = 1
  process_limit = 100
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service imap-login {{
  service_count = 0
  client_limit = 1000
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service imap {{
  process_limit = 1000
}}
service anvil {{
  client_limit = 4000
}}
service auth {{
  client_limit = 4000
}}
"
        ),
    )?;
    Ok(file)
}

/// A conversation by IMAP, signed in, with the Inbox open.
pub(crate) struct Imap {
    stream: TcpStream,
    next: u32,
}

impl Imap {
    /// As a member, by her number.
    pub(crate) async fn open(address: SocketAddr, member: usize) -> Result<Self, Trouble> {
        let stream = TcpStream::connect(address).await.map_err(told("IMAP"))?;
        stream.set_nodelay(true).map_err(told("IMAP"))?;
        let mut session = Self { stream, next: 0 };
        session.until(b"OK").await?;
        session.command(&format!("LOGIN membre{member} x")).await?;
        session.command("SELECT INBOX").await?;
        Ok(session)
    }

    /// A command to its end; octets of the answer.
    pub(crate) async fn command(&mut self, command: &str) -> Result<usize, Trouble> {
        let tag = self.tag();
        self.send(&format!("{tag} {command}\r\n")).await?;
        self.until(format!("{tag} OK").as_bytes()).await
    }

    /// Puts a letter into one of her mailboxes; it goes with the command (RFC 7888).
    pub(crate) async fn append(&mut self, mailbox: &str, letter: &[u8]) -> Result<(), Trouble> {
        let tag = self.tag();
        self.send(&format!("{tag} APPEND {mailbox} {{{}+}}\r\n", letter.len())).await?;
        self.stream.write_all(letter).await.map_err(told("IMAP"))?;
        self.send("\r\n").await?;
        self.until(format!("{tag} OK").as_bytes()).await.map(drop)
    }

    /// Waits for news and does nothing else (RFC 2177).
    pub(crate) async fn idle(&mut self) -> Result<(), Trouble> {
        self.send("i IDLE\r\n").await?;
        self.until(b"+ ").await.map(drop)
    }

    /// What the next command is called by.
    fn tag(&mut self) -> String {
        self.next += 1;
        format!("a{}", self.next)
    }

    async fn send(&mut self, text: &str) -> Result<(), Trouble> {
        self.stream.write_all(text.as_bytes()).await.map_err(told("IMAP"))
    }

    /// Reads until what arrived last has these octets; letters here never have them.
    async fn until(&mut self, mark: &[u8]) -> Result<usize, Trouble> {
        let (mut all, mut read) = (Vec::new(), vec![0; 65_536]);
        loop {
            let count = self.stream.read(&mut read).await.map_err(told("IMAP"))?;
            if count == 0 {
                return Err(Trouble::new("IMAP: the connection ended"));
            }
            all.extend_from_slice(read.get(..count).unwrap_or_default());
            let from = all.len().saturating_sub(count + mark.len());
            let fresh = all.get(from..).unwrap_or_default();
            if fresh.windows(mark.len()).any(|window| window == mark) {
                return Ok(all.len());
            }
        }
    }
}
