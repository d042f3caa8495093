//! Letters given to mail servers by SMTP (RFC 5321) and LMTP (RFC 2033).

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// Which of the two is spoken.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A letter has one reply: the server answers for it.
    Smtp,
    /// It has one for each recipient, who has it by then.
    Lmtp,
}

/// A conversation.
pub(crate) struct Session {
    stream: BufReader<TcpStream>,
    kind: Kind,
}

impl Session {
    /// Connects and says hello.
    pub(crate) async fn open(address: SocketAddr, kind: Kind) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut session = Self { stream: BufReader::new(stream), kind };
        session.reply().await?;
        let hello: &[u8] = match kind {
            Kind::Smtp => b"EHLO bench\r\n",
            Kind::Lmtp => b"LHLO bench\r\n",
        };
        session.stream.write_all(hello).await?;
        session.reply().await?;
        Ok(session)
    }

    /// One letter, its commands sent together (RFC 2920); returns when the server said what became of it.
    pub(crate) async fn deliver(&mut self, to: &[String], letter: &[u8]) -> std::io::Result<()> {
        let recipients: String = to.iter().map(|name| format!("RCPT TO:<{name}@exemple.fr>\r\n")).collect();
        let commands = format!("MAIL FROM:<membre0@exemple.fr>\r\n{recipients}DATA\r\n");
        self.stream.write_all(commands.as_bytes()).await?;
        for _ in 0..to.len() + 2 {
            self.reply().await?;
        }
        self.stream.write_all(letter).await?;
        self.stream.write_all(b".\r\n").await?;
        let replies = match self.kind {
            Kind::Smtp => 1,
            Kind::Lmtp => to.len(),
        };
        for _ in 0..replies {
            self.reply().await?;
        }
        Ok(())
    }

    /// A reply of one or more lines; one that refuses is an error.
    async fn reply(&mut self) -> std::io::Result<()> {
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).await?;
            if !matches!(line.as_bytes().first(), Some(b'2' | b'3')) {
                return Err(std::io::Error::other(format!("it said {line:?}")));
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(());
            }
        }
    }
}
