//! A PostgreSQL of the tests' own: on loopback, in a folder that goes with it, with nothing to lose.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
};

use crate::place::Place;
use crate::run::{Program, program};
use crate::trouble::{Trouble, trouble};

/// Where Debian keeps its versions.
const VERSIONS: &str = "/usr/lib/postgresql";

/// A server that runs; it ends with this.
pub(crate) struct Server {
    place: Place,
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Makes a new, empty server and waits until it answers. It syncs nothing: nothing in it is to last.
    pub(crate) fn start(place: &Place) -> Result<Self, Trouble> {
        Self::start_with(place, &std::env::temp_dir(), "-c fsync=off")
    }

    /// The same with Debian's own settings, where what a commit costs is measured.
    pub(crate) fn start_durable(place: &Place, folder: &Path) -> Result<Self, Trouble> {
        Self::start_with(place, folder, "")
    }

    fn start_with(place: &Place, folder: &Path, settings: &str) -> Result<Self, Trouble> {
        let folder = folder.join(format!("sceau-postgres-{}", std::process::id()));
        let server = Self { place: place.clone(), programs: programs()?, folder, port: free_port()? };
        server
            .prepare()
            .map_err(|error| trouble(format!("PostgreSQL: {error}"), "Is there room below /tmp?"))?;
        let data = server.folder.join("data");
        server
            .program("initdb")
            .args(&["-A", "trust", "-U", "postgres", "--no-sync", "-D"])
            .args(&[&data])
            .read("initdb says above what it lacks.")?;
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 {settings}",
            server.port
        );
        server
            .program("pg_ctl")
            .args(&["-w", "-o", &options, "-D"])
            .args(&[&data])
            .args(&["-l"])
            .args(&[&server.folder.join("log")])
            .args(&["start"])
            .read("Its log says why; it lies in the folder named above.")?;
        Ok(server)
    }

    /// How it is reached, as libpq has it, without a database.
    pub(crate) fn address(&self) -> String {
        format!("host=127.0.0.1 port={} user=postgres", self.port)
    }

    /// Its folder, for whoever it runs as: it refuses to run as root.
    fn prepare(&self) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        if is_root() {
            let users = fs::read_to_string("/etc/passwd")?;
            let ids = users.lines().find_map(|line| {
                let mut fields = line.split(':');
                let is_it = fields.next() == Some("postgres");
                let (user, group) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
                is_it.then_some((user, group))
            });
            let (user, group) = ids.ok_or(std::io::ErrorKind::NotFound)?;
            chown(&self.folder, Some(user), Some(group))?;
        }
        Ok(())
    }

    fn program(&self, name: &str) -> Program {
        let path = self.programs.join(name);
        let program = match is_root() {
            true => program(&self.place, "setpriv")
                .args(&["--reuid=postgres", "--regid=postgres", "--clear-groups"])
                .args(&[&path]),
            false => program(&self.place, &path),
        };
        program.within(&self.folder)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stop = self.program("pg_ctl").args(&["-m", "immediate", "-D"]).args(&[self.folder.join("data")]);
        if stop.args(&["stop"]).read("").is_ok() {
            // What cannot be removed lies where everything temporary lies.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// The programs of the newest version there is.
fn programs() -> Result<PathBuf, Trouble> {
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().flatten().map(|entry| entry.path());
    let number = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.filter_map(|path| Some((number(&path)?, path))).max();
    let (_, path) = newest.ok_or_else(|| {
        trouble("there is no PostgreSQL", format!("Debian's lies in {VERSIONS}: apt install postgresql"))
    })?;
    Ok(path.join("bin"))
}

/// A port of loopback that nobody listens at.
pub(crate) fn free_port() -> Result<u16, Trouble> {
    let found = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    Ok(found.map_err(|error| trouble(format!("no free port: {error}"), "Is loopback up?"))?.port())
}
