//! Object storage of the tests' own: a server that speaks S3, on loopback, which keeps everything in its memory.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::place::Place;
use crate::postgres::free_port;
use crate::run::program;
use crate::setup;
use crate::trouble::{Trouble, trouble};

/// What the tests' objects lie in.
const BUCKET: &str = "sceau";
/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs; it ends with this.
pub(crate) struct ObjectStorage {
    child: Child,
    address: SocketAddr,
}

impl ObjectStorage {
    /// Starts a server and waits until it has a bucket.
    pub(crate) fn start(place: &Place) -> Result<Self, Trouble> {
        let interpreter = setup::object_storage(place)?;
        let log = std::env::temp_dir().join(format!("sceau-object-storage-{}.log", std::process::id()));
        let told = |error| trouble(format!("{}: {error}", log.display()), "Is there room below /tmp?");
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let child = program(place, interpreter)
            .args(&["-m", "moto.server", "-H", "127.0.0.1", "-p", &address.port().to_string()])
            .complain_to(File::create(&log).map_err(told)?)
            .into_command()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| trouble(format!("object storage: {error}"), "Run ./x setup, then try again."))?;
        let mut server = Self { child, address };
        server.wait(&log.display().to_string())?;
        // It lists every request; who needs it has it by now.
        let _ = std::fs::remove_file(&log);
        Ok(server)
    }

    /// What tells the relay's tests, and whoever they start, where it is.
    pub(crate) fn environment(&self) -> [(&'static str, String); 6] {
        [
            ("SCEAU_TEST_S3", format!("s3://{BUCKET}")),
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ]
    }

    fn wait(&mut self, log: &str) -> Result<(), Trouble> {
        let begun = Instant::now();
        while !make_bucket(self.address).is_ok_and(|is_made| is_made) {
            let has_ended = self.child.try_wait().is_ok_and(|status| status.is_some());
            if has_ended || begun.elapsed() > PATIENCE {
                return Err(trouble("the server of object storage does not answer", format!("See {log}.")));
            }
            sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

impl Drop for ObjectStorage {
    fn drop(&mut self) {
        // One that has ended by itself cannot be ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether the server says that it made the bucket.
fn make_bucket(address: SocketAddr) -> std::io::Result<bool> {
    let mut line = TcpStream::connect(address)?;
    line.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        line,
        "PUT /{BUCKET} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    line.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}
