//! Containers exchanged with OpenSSL, Java's keytool and Python's cryptography, in both directions.

use std::path::PathBuf;
use std::process::{Command, Output};

use sceau_smime::ca::{Issue, Usage, self_signed};
use sceau_smime::pkcs12::{Integrity, write_with_integrity, write_with_iterations};
use sceau_smime::{Algorithm, Error, Identity, Pkcs12, PrivateKey, Structure, UnixTime};

const PASSWORD: &str = "phrase d'essai é";

fn rng() -> rand_core::UnwrapErr<getrandom::SysRng> {
    rand_core::UnwrapErr(getrandom::SysRng)
}

fn identity(algorithm: Algorithm, name: &str) -> Identity {
    let key = PrivateKey::generate(algorithm, &mut rng()).unwrap();
    let issue = Issue { email: "a@b.example", usage: Usage::Both, days: 3_000 };
    let certificate = self_signed(&key, name, issue, UnixTime(1_780_000_000), &mut rng()).unwrap();
    Identity::new(key, certificate, Vec::new()).unwrap()
}

/// A folder in which one program runs.
struct Bench(tempfile::TempDir);

impl Bench {
    /// `None` after saying loudly what is not run, when `probe` does not succeed.
    fn find(program: &str, probe: &[&str], cases: usize) -> Option<Self> {
        if !Command::new(program).args(probe).output().is_ok_and(|out| out.status.success()) {
            eprintln!("SKIPPED: {program} {} does not run, {cases} cases not run", probe.join(" "));
            return None;
        }
        Some(Self(tempfile::tempdir().unwrap()))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn try_run(&self, program: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.0.path()).env("LC_ALL", "C.UTF-8").output().unwrap()
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let out = self.try_run(program, arguments);
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.success(), "{arguments:?}: {text} {}", String::from_utf8_lossy(&out.stderr));
        text
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }
}

fn count(text: &str, what: &str) -> usize {
    text.matches(what).count()
}

#[test]
fn openssl_opens_our_containers() {
    let Some(bench) = Bench::find("openssl", &["version"], 6) else { return };
    let identities = [identity(Algorithm::P256, "Clé une"), identity(Algorithm::Rsa2048, "Clé deux")];
    for number in [1, 2] {
        for password in ["", "00", PASSWORD] {
            let bytes = write_with_iterations(&identities[..number], password, 2_000, &mut rng()).unwrap();
            bench.write("ours.p12", &bytes);
            let pass = format!("pass:{password}");
            let text = bench.run("openssl", &["pkcs12", "-in", "ours.p12", "-noenc", "-passin", &pass]);
            assert_eq!(count(&text, "BEGIN CERTIFICATE"), number, "{password}");
            assert_eq!(count(&text, "BEGIN PRIVATE KEY"), number, "{password}");
            let wrong = ["pkcs12", "-in", "ours.p12", "-noenc", "-passin", "pass:wrong"];
            assert!(!bench.try_run("openssl", &wrong).status.success());
        }
    }
}

#[test]
fn containers_of_openssl_open() {
    let ciphers = [
        "PBE-SHA1-3DES",
        "PBE-SHA1-2DES",
        "PBE-SHA1-RC2-128",
        "PBE-SHA1-RC2-40",
        "AES-128-CBC",
        "AES-192-CBC",
        "AES-256-CBC",
        "DES-EDE3-CBC",
        "NONE",
    ];
    let macs = ["-nomac", "sha1", "sha256", "sha384", "sha512"];
    let Some(bench) = Bench::find("openssl", &["version"], ciphers.len() * macs.len() * 2) else { return };
    let own = identity(Algorithm::P256, "A");
    let pem = format!("{}{}", own.key.to_pkcs8_pem().unwrap().as_str(), own.certificate.to_pem());
    bench.write("both.pem", pem.as_bytes());
    let mut opened = 0;
    for cipher in ciphers {
        for mac in macs {
            for password in ["", PASSWORD] {
                let pass = format!("pass:{password}");
                let mut arguments = vec!["pkcs12", "-export", "-in", "both.pem", "-out", "theirs.p12"];
                arguments.extend(["-keypbe", cipher, "-certpbe", cipher, "-passout", &pass, "-iter", "100"]);
                arguments.extend(["-legacy", "-name", "Nom é"]);
                arguments.extend(if mac == "-nomac" { vec![mac] } else { vec!["-macalg", mac] });
                bench.run("openssl", &arguments);
                let bytes = std::fs::read(bench.path("theirs.p12")).unwrap();
                let read = Pkcs12::read(&bytes, Some(password)).unwrap();
                assert_eq!((read.keys.len(), read.certificates.len()), (1, 1), "{cipher} {mac}");
                assert_eq!(read.identities().len(), 1);
                assert_eq!(read.mac.is_some(), mac != "-nomac");
                if mac != "-nomac" {
                    assert_eq!(Pkcs12::read(&bytes, Some("wrong")).err(), Some(Error::WrongPassword));
                }
                opened += 1;
            }
        }
    }
    assert_eq!(opened, 90);
}

#[test]
fn keys_under_every_function_of_pbkdf2_open() {
    let functions = ["SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA512-224", "SHA512-256"];
    let ciphers = ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des3"];
    let Some(bench) = Bench::find("openssl", &["version"], functions.len() * ciphers.len()) else { return };
    let own = identity(Algorithm::P256, "A");
    bench.write("plain.pem", own.key.to_pkcs8_pem().unwrap().as_bytes());
    let pass = format!("pass:{PASSWORD}");
    let mut opened = 0;
    for function in functions {
        for cipher in ciphers {
            let prf = format!("hmacWith{function}");
            let mut arguments = vec!["pkcs8", "-topk8", "-in", "plain.pem", "-out", "locked.pem"];
            arguments.extend(["-v2", cipher, "-v2prf", &prf, "-iter", "100", "-passout", &pass]);
            bench.run("openssl", &arguments);
            let bytes = std::fs::read(bench.path("locked.pem")).unwrap();
            let key = PrivateKey::read(&bytes, Some(PASSWORD)).unwrap();
            assert!(key.matches(&own.key.public_key()), "{function} {cipher}");
            assert_eq!(PrivateKey::read(&bytes, None).err(), Some(Error::PasswordRequired));
            opened += 1;
        }
    }
    assert_eq!(opened, 28);
}

#[test]
fn keytool_and_we_open_each_others_containers() {
    let Some(bench) = Bench::find("keytool", &["-help"], 4) else { return };
    // keytool names no entry without a pass phrase of six characters.
    let password = "phrase-essai";
    let identities = [identity(Algorithm::P256, "une"), identity(Algorithm::Rsa2048, "deux")];
    let bytes = write_with_iterations(&identities, password, 2_000, &mut rng()).unwrap();
    bench.write("ours.p12", &bytes);
    let list = ["-list", "-storetype", "PKCS12", "-keystore", "ours.p12", "-storepass"];
    let text = bench.run("keytool", &[&list[..], &[password]].concat());
    assert_eq!(count(&text, "PrivateKeyEntry"), 2, "{text}");
    assert!(!bench.try_run("keytool", &[&list[..], &["wrong-phrase"]].concat()).status.success());
    for (algorithm, kind, size) in [("RSA", "rsa2048", "2048"), ("EC", "p256", "256")] {
        let file = format!("{kind}.p12");
        let mut make = vec!["-genkeypair", "-keyalg", algorithm, "-keysize", size, "-alias", "a"];
        make.extend(["-dname", "CN=A", "-storetype", "PKCS12", "-keystore", &file, "-storepass", password]);
        bench.run("keytool", &make);
        let read = Pkcs12::read(&std::fs::read(bench.path(&file)).unwrap(), Some(password)).unwrap();
        assert_eq!(read.identities().len(), 1);
        assert_eq!(read.keys[0].kind().to_string(), kind);
    }
}

#[test]
fn pbmac1_is_written_and_read() {
    let own = identity(Algorithm::P256, "A");
    let write = |password: &str| {
        let identities = std::slice::from_ref(&own);
        write_with_integrity(identities, password, 2_000, Integrity::Pbmac1, &mut rng()).unwrap()
    };
    let bytes = write(PASSWORD);
    let read = Pkcs12::read(&bytes, Some(PASSWORD)).unwrap();
    assert_eq!((read.mac.as_deref(), read.identities().len()), (Some("pbmac1"), 1));
    assert_eq!(Pkcs12::read(&bytes, Some("wrong")).err(), Some(Error::WrongPassword));
    // The code itself stands before the salt and the rounds that PBMAC1 does not use.
    let mut damaged = bytes.clone();
    let code = bytes.len() - 16 - 2 - 4 - 1;
    damaged[code] ^= 1;
    let damage = Some(Error::Malformed { what: Structure::Pkcs12 });
    assert_eq!(Pkcs12::read(&damaged, Some(PASSWORD)).err(), damage);
    assert_eq!(Pkcs12::read(&write(""), Some("")).unwrap().identities().len(), 1);
}

/// OpenSSL opens PBMAC1 from 3.4 on; the one inside Python's cryptography is newer than Debian's.
#[test]
fn cryptography_opens_pbmac1() {
    let probe = "from cryptography.hazmat.backends.openssl import backend as b; import sys; \
                 sys.exit(b.openssl_version_number() < 0x30400000)";
    let Some(bench) = Bench::find("python3", &["-c", probe], 2) else { return };
    let own = identity(Algorithm::P256, "A");
    let bytes =
        write_with_integrity(std::slice::from_ref(&own), PASSWORD, 2_000, Integrity::Pbmac1, &mut rng())
            .unwrap();
    bench.write("ours.p12", &bytes);
    let script = "import sys; from cryptography.hazmat.primitives.serialization import pkcs12, Encoding; \
                  k, c, o = pkcs12.load_key_and_certificates(open('ours.p12', 'rb').read(), sys.argv[1].encode()); \
                  sys.stdout.write(c.public_bytes(Encoding.PEM).decode() + str(k.key_size))";
    let text = bench.run("python3", &["-c", script, PASSWORD]);
    assert_eq!(text, format!("{}256", own.certificate.to_pem()));
    assert!(!bench.try_run("python3", &["-c", script, "wrong"]).status.success());
}
