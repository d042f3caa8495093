//! The demo's practice: an authority with its key outside the relay's folder, five accounts, a dozen letters.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::place::Place;
use crate::progress::Outcome;
use crate::run::{Program, cargo, program};
use crate::trouble::{Trouble, trouble};

const DOMAIN: &str = "demo.sceau.example";
const NEXT: &str = "See .demo/relay.log and try ./x demo --fresh. If it comes back, it is a defect of ours.";

/// The demo's folder: `authority/`, `relay/`, and `ready` once everything is written.
pub(super) struct Practice<'p> {
    place: &'p Place,
    folder: PathBuf,
}

impl<'p> Practice<'p> {
    /// The practice of this work tree.
    pub(super) fn at(place: &'p Place) -> Self {
        Self { place, folder: place.at(".demo") }
    }

    /// The relay's data folder.
    pub(super) fn relay(&self) -> PathBuf {
        self.folder.join("relay")
    }

    fn authority(&self) -> PathBuf {
        self.folder.join("authority")
    }

    /// The relay, the command line, and what writes the letters.
    pub(super) fn build_programs(&self) -> Result<Outcome, Trouble> {
        let packages = ["-p", "sceau-relay", "-p", "sceau-cli", "-p", "sceau-tests"];
        cargo(self.place, &["build", "--locked", "--bins", "--example", "demo"])
            .args(&packages)
            .run("The workspace does not build: see above.")?;
        Ok(Outcome::Done)
    }

    /// Makes the practice, unless it is there; a half-made one is made anew.
    pub(super) fn prepare(&self, fresh: bool) -> Result<Outcome, Trouble> {
        if fresh || !self.folder.join("ready").exists() {
            self.clear()?;
            self.make()?;
        }
        self.renew_revocations()?;
        Ok(Outcome::Done)
    }

    fn clear(&self) -> Result<(), Trouble> {
        let spoilt =
            |error| trouble(format!("{}: {error}", self.folder.display()), "Does the demo run elsewhere?");
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).map_err(spoilt)?;
        }
        fs::create_dir_all(self.relay()).map_err(spoilt)?;
        fs::create_dir_all(self.authority()).map_err(spoilt)
    }

    fn make(&self) -> Result<(), Trouble> {
        write(&self.authority().join("password"), "une autorité pour la démonstration\n")?;
        self.sceau(&["ca", "new", "--name", "Autorité de démonstration", "--domain", DOMAIN])
            .args(&[Path::new("--out"), &self.authority().join("ca.p12")])
            .args(&[Path::new("--cert"), &self.authority().join("ca.pem")])
            .run(NEXT)?;
        self.relay_command(&["authority", "add"])
            .args(&[self.authority().join("ca.pem")])
            .args(&["--domain", DOMAIN])
            .run(NEXT)?;
        self.renew_revocations()?;
        program(self.place, self.place.binary("examples/demo"))
            .args(&[
                self.relay(),
                self.authority(),
                self.place.binary("sceau"),
                self.place.binary("sceau-relay"),
            ])
            .complain_to(self.log()?)
            .run(NEXT)?;
        write(&self.folder.join("ready"), "")
    }

    /// A new revocation list: without a fresh one nothing is sealed.
    pub(super) fn renew_revocations(&self) -> Result<(), Trouble> {
        let list = self.authority().join("ca.crl");
        self.sceau(&["ca", "crl"])
            .args(&[Path::new("--ca"), &self.authority().join("ca.p12"), Path::new("--out"), &list])
            .run(NEXT)?;
        self.relay_command(&["crl", "add"]).args(&[list]).run(NEXT)
    }

    /// Where the relay writes its log, beside its folder: the terminal is for people.
    pub(super) fn log(&self) -> Result<File, Trouble> {
        let path = self.folder.join("relay.log");
        let open = File::options().create(true).append(true).open(&path);
        open.map_err(|error| trouble(format!("{}: {error}", path.display()), "Is the disk full?"))
    }

    fn sceau(&self, words: &[&str]) -> Program {
        program(self.place, self.place.binary("sceau"))
            .args(words)
            .args(&[Path::new("--password-file"), &self.authority().join("password")])
    }

    fn relay_command(&self, words: &[&str]) -> Program {
        program(self.place, self.place.binary("sceau-relay"))
            .args(words)
            .args(&[Path::new("--data"), &self.relay()])
    }

    /// Where to go and what to try.
    pub(super) fn welcome(&self, port: u16) {
        println!("{}", WELCOME.replace("{port}", &port.to_string()));
    }
}

fn write(path: &Path, text: &str) -> Result<(), Trouble> {
    fs::write(path, text)
        .map_err(|error| trouble(format!("{}: {error}", path.display()), "Is the disk full?"))
}

const WELCOME: &str = "
  Sceau is at http://localhost:{port}

  Log in as (address · pass phrase)
    Dr Claire Lemoine, médecin généraliste   claire.lemoine@demo.sceau.example   stéthoscope au clou rouge
    Dr Antoine Vasseur, cardiologue          antoine.vasseur@demo.sceau.example  le coeur a ses raisons
    Laboratoire Bellecour                    labo.bellecour@demo.sceau.example   quatre tubes bouchon violet
    Nadia Benali, infirmière                 nadia.benali@demo.sceau.example     tournée du matin en vélo
    Sophie Carlier, secrétaire médicale      sophie.carlier@demo.sceau.example   agenda plein jusqu'à mardi

  Try
    - read \"Compte rendu d’échocardiographie\" as Dr Lemoine, and see what the seal says and why
    - answer it with a file of your own, then read the answer as Dr Vasseur in another browser
    - read the same letter as Nadia Benali, whom nobody else sees among its readers
    - search for a word of a letter, then look for it in .demo/relay: it is not there

  Letters are kept between runs; ./x demo --fresh begins anew. Ctrl-C ends.
";

#[cfg(test)]
mod tests {
    use super::*;

    /// The demo's people are written down where they are enrolled; what is printed must be the same.
    #[test]
    fn the_printed_logins_are_those_of_the_accounts() {
        let people = include_str!("../../../tests/examples/demo/people.rs");
        let printed: Vec<&str> =
            people.lines().filter_map(|line| line.trim().strip_prefix("Self::")?.split('"').nth(1)).collect();
        assert_eq!(printed.len(), 20, "four facts about each of five people: {printed:?}");
        for fact in printed {
            assert!(WELCOME.to_lowercase().contains(&fact.to_lowercase()), "{fact} is not printed");
        }
    }
}
