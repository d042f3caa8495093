//! The people of the suites: the same keys and certificates in every run, in memory and as files for other programs.

use std::path::{Path, PathBuf};

use sceau_smime::ca::{self, Authority, CertificationRequest, Issue, Usage};
use sceau_smime::key::MlKemSet;
use sceau_smime::letter::TrustSettings;
use sceau_smime::{Algorithm, Anchors, Certificate, Identity, PrivateKey, UnixTime};

use crate::random::Seeded;
use crate::trouble::{Trouble, told};

/// Everybody's address.
pub const ADDRESS: &str = "someone@suites.example";
/// 2024-01-01T00:00:00Z: since when the certificates are valid.
const BEGIN: UnixTime = UnixTime(1_704_067_200);
/// 2033-06-01T00:00:00Z: the moment of every verdict, before the certificates end. Programs that sign by the machine's own
/// clock then do so while they are valid.
pub const NOW: UnixTime = UnixTime(2_001_196_800);
/// 2026-06-01T00:00:00Z: when we sign.
pub const SIGNED_AT: UnixTime = UnixTime(1_780_272_000);
/// The pass phrase of PasswordRecipientInfo.
pub const PASSWORD: &str = "phrase de passe";
/// How other programs spell the moment of a verdict: seconds since 1970.
pub const ATTIME: &str = "2001196800";

/// Keys by name. `big` ones take seconds to make.
const KEYS: &[(&str, Algorithm, bool)] = &[
    ("rsa-2048", Algorithm::Rsa2048, false),
    ("rsa-3072", Algorithm::Rsa3072, true),
    ("rsa-4096", Algorithm::Rsa4096, true),
    ("p-256", Algorithm::P256, false),
    ("p-384", Algorithm::P384, false),
    ("p-521", Algorithm::P521, false),
    ("ed25519", Algorithm::Ed25519, false),
    ("x25519", Algorithm::X25519, false),
    ("ml-kem-768", Algorithm::MlKem(MlKemSet::MlKem768), false),
];

/// The people and the folder where other programs find them.
#[derive(Debug)]
pub struct World {
    people: Vec<(&'static str, Identity)>,
    /// Whom the reader trusts.
    pub trust: TrustSettings,
    folder: tempfile::TempDir,
}

impl World {
    /// Makes everybody; without `big` nobody has a long RSA key.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn new(big: bool) -> Result<Self, Trouble> {
        let mut rng = Seeded::new(&["sceau suites", "world"]);
        let folder = tempfile::tempdir().map_err(told("a folder for keys could not be made"))?;
        let made = |error| Trouble::new(format!("the authority could not be made: {error}"));
        let mut authority = Authority::generate("Autorité des suites", &[], BEGIN, &mut rng).map_err(made)?;
        let mut people = Vec::new();
        for (name, algorithm, is_big) in KEYS {
            let mut own = Seeded::new(&["sceau suites", "key", name]);
            if *is_big && !big {
                continue;
            }
            let identity = person(&mut authority, name, *algorithm, &mut own)
                .map_err(|error| Trouble::new(format!("the key {name} could not be made: {error}")))?;
            write(folder.path(), name, &identity)?;
            people.push((*name, identity));
        }
        let root = authority.identity.certificate.clone();
        put(&folder.path().join("root.pem"), root.to_pem().as_bytes())?;
        put(&folder.path().join("root.der"), root.der())?;
        put(&folder.path().join("password"), PASSWORD.as_bytes())?;
        let trust =
            TrustSettings { anchors: Anchors::from_certificates(vec![root]), ..TrustSettings::default() };
        Ok(Self { people, trust, folder })
    }

    /// Everybody's name.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.people.iter().map(|(name, _)| *name)
    }

    /// Somebody by the name of the key.
    ///
    /// # Errors
    /// When nobody has that key.
    pub fn person(&self, name: &str) -> Result<&Identity, Trouble> {
        let found = self.people.iter().find(|(known, _)| *known == name);
        found.map(|(_, identity)| identity).ok_or_else(|| Trouble::new(format!("nobody has a key {name}")))
    }

    /// Where the files of the world lie: `NAME.key`, `NAME.crt`, both also with `.der`, and `root.pem`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// One of the files, as an argument.
    #[must_use]
    pub fn file(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The shared key of so many octets, the same in every run, and its identifier.
#[must_use]
pub fn kek(octets: usize) -> (Vec<u8>, [u8; 4]) {
    let length = u8::try_from(octets).unwrap_or_default();
    ((1..=length).collect(), [0xde, 0xad, 0xbe, length])
}

fn person(
    authority: &mut Authority,
    name: &str,
    algorithm: Algorithm,
    rng: &mut Seeded,
) -> Result<Identity, sceau_smime::Error> {
    let key = PrivateKey::generate(algorithm, rng)?;
    let signs = !matches!(algorithm, Algorithm::X25519 | Algorithm::MlKem(_));
    let usage = if algorithm == Algorithm::Ed25519 { Usage::Sign } else { Usage::Both };
    let issue = Issue { email: ADDRESS, usage, days: ca::AUTHORITY_DAYS };
    let certificate: Certificate = if signs {
        let request = CertificationRequest::generate(&key, name, ADDRESS, usage, rng)?;
        authority.issue(&request, issue, BEGIN, rng)?
    } else {
        ca::signed_by(&authority.identity, &key.public_key(), issue, BEGIN, rng)?
    };
    Identity::new(key, certificate, Vec::new())
}

fn write(folder: &Path, name: &str, identity: &Identity) -> Result<(), Trouble> {
    let unwritable = |error| Trouble::new(format!("the key {name} could not be written: {error}"));
    let certificate = &identity.certificate;
    put(&folder.join(format!("{name}.crt")), certificate.to_pem().as_bytes())?;
    put(&folder.join(format!("{name}.crt.der")), certificate.der())?;
    put(&folder.join(format!("{name}.key")), identity.key.to_pkcs8_pem().map_err(unwritable)?.as_bytes())?;
    put(&folder.join(format!("{name}.key.der")), &identity.key.to_pkcs8_der().map_err(unwritable)?)
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    std::fs::write(path, bytes).map_err(told("a file of the suite could not be written"))
}
