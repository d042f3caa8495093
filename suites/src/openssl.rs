//! `openssl cms`: a process for each layer.

use std::path::PathBuf;
use std::process::Command;

use sceau_mime as mime;

use crate::carry;
use crate::layer::{Layer, Sealed, Signed, Way};
use crate::party::{Carriage, Oracle, Written};
use crate::trouble::{Trouble, told};
use crate::world::{ADDRESS, ATTIME, PASSWORD, World, kek};

/// The program, with a folder of its own for what goes in and out.
#[derive(Debug)]
pub struct OpenSsl<'a> {
    world: &'a World,
    folder: tempfile::TempDir,
}

impl<'a> OpenSsl<'a> {
    /// A folder to work in.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(world: &'a World) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(told("a folder for openssl could not be made"))?;
        Ok(Self { world, folder })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<String, Trouble> {
        let path = self.path(name);
        std::fs::write(&path, bytes).map_err(told("a file for openssl could not be written"))?;
        Ok(path.to_string_lossy().into_owned())
    }

    /// Runs `openssl cms` and gives what it wrote.
    fn cms(&self, arguments: &[String]) -> Result<Vec<u8>, Trouble> {
        let out = self.path("out");
        let _ = std::fs::remove_file(&out);
        let run = Command::new("openssl").arg("cms").args(arguments).arg("-out").arg(&out).output();
        let run = run.map_err(told("openssl could not be started"))?;
        if !run.status.success() {
            let said = String::from_utf8_lossy(&run.stderr);
            return Err(Trouble::new(format!("openssl cms {}: {}", arguments.join(" "), said.trim())));
        }
        std::fs::read(&out).map_err(told("what openssl wrote could not be read"))
    }
}

impl Oracle for OpenSsl<'_> {
    fn version(&mut self) -> Result<String, Trouble> {
        let run = Command::new("openssl").arg("version").output().map_err(told("openssl does not run"))?;
        let said = String::from_utf8_lossy(&run.stdout);
        Ok(said.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
    }

    fn write(&mut self, layer: &Layer, content: &[u8], carriage: Carriage) -> Result<Written, Trouble> {
        let content = self.put("content", content)?;
        let mut arguments = match layer {
            Layer::Signed(signed) => signing(self.world, signed),
            Layer::Sealed(sealed) => sealing(self.world, sealed),
            Layer::Compressed => words(&["-compress"]),
        };
        arguments.extend(words(&["-binary", "-in", &content]));
        let form = if carriage.mail { "SMIME" } else { "DER" };
        arguments.extend(words(&["-outform", form]));
        if carriage.mail {
            arguments.extend(words(&["-from", ADDRESS]));
        }
        if carriage.mail && carriage.canonical {
            arguments.push("-crlfeol".to_owned());
        }
        if carriage.stream {
            arguments.push("-stream".to_owned());
        }
        let out = self.cms(&arguments)?;
        Ok(if carriage.mail { Written::Entity(out) } else { Written::Object(out) })
    }

    fn read(&mut self, layer: &Layer, message: &[u8]) -> Result<Vec<u8>, Trouble> {
        let mut arguments = match layer {
            Layer::Signed(_) => {
                words(&["-verify", "-CAfile", &self.world.file("root.pem"), "-attime", ATTIME])
            }
            Layer::Sealed(sealed) => opening(self.world, sealed)?,
            Layer::Compressed => words(&["-uncompress"]),
        };
        let (form, file) = if carry::is_text_mail(message) {
            ("SMIME", self.put("message.eml", message)?)
        } else if message.starts_with(b"-----BEGIN") {
            ("PEM", self.put("message.pem", message)?)
        } else {
            // Its own reader of mail knows no binary.
            let found = mime::unwrap_cms(message, &mime::Limits::default());
            ("DER", self.put("message.der", &found.map_err(told("no object in the message"))?.der)?)
        };
        let detached = matches!(layer, Layer::Signed(it) if it.detached);
        if !detached {
            arguments.push("-binary".to_owned());
        }
        arguments.extend(words(&["-inform", form, "-in", &file]));
        self.cms(&arguments)
    }
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn signing(world: &World, signed: &Signed) -> Vec<String> {
    let (certificate, key) = pair(world, signed.key);
    let mut all = words(&["-sign", "-signer", &certificate, "-inkey", &key]);
    if let Some((_, digest)) = signed.scheme.rsplit_once('-') {
        all.extend(words(&["-md", digest]));
    }
    if signed.scheme.starts_with("rsa-pss") {
        all.extend(words(&["-keyopt", "rsa_padding_mode:pss"]));
    }
    let flags =
        [(!signed.detached, "-nodetach"), (!signed.attributes, "-noattr"), (signed.by_key_id, "-keyid")];
    all.extend(flags.iter().filter(|(on, _)| *on).map(|(_, flag)| (*flag).to_owned()));
    all
}

fn sealing(world: &World, sealed: &Sealed) -> Vec<String> {
    let cipher = if sealed.cipher == "3des-cbc" { "des3" } else { sealed.cipher };
    let mut all = words(&["-encrypt", &format!("-{cipher}")]);
    let agreements = sealed.recipients.iter().find(|way| way.method == "ecdh");
    if let Some(way) = agreements {
        all.push(format!("-{}-wrap", way.wrap.trim_start_matches("wrap-").replace('-', "")));
    }
    for way in &sealed.recipients {
        all.extend(recipient(world, way));
    }
    // One flag names them all.
    if sealed.recipients.iter().any(|way| way.by_key_id) {
        all.push("-keyid".to_owned());
    }
    all
}

fn recipient(world: &World, way: &Way) -> Vec<String> {
    if let Some(octets) = way.kek_octets() {
        let (key, identifier) = kek(octets);
        return words(&["-secretkey", &hex::encode(key), "-secretkeyid", &hex::encode(identifier)]);
    }
    if way.method == "password" {
        return words(&["-pwri_password", PASSWORD]);
    }
    let (certificate, _) = pair(world, way.key);
    let mut all = words(&["-recip", &certificate]);
    if let Some(hash) = way.method.strip_prefix("rsa-oaep-") {
        all.extend(words(&["-keyopt", "rsa_padding_mode:oaep", "-keyopt", &format!("rsa_oaep_md:{hash}")]));
    }
    if way.method == "ecdh" {
        let hash = way.kdf.trim_start_matches("kdf-");
        all.extend(words(&["-keyopt", &format!("ecdh_kdf_md:{hash}")]));
        all.extend(words(&["-keyopt", &format!("ecdh_cofactor_mode:{}", u8::from(way.cofactor))]));
    }
    all
}

fn opening(world: &World, sealed: &Sealed) -> Result<Vec<String>, Trouble> {
    let mut all = words(&["-decrypt"]);
    let Some(way) = sealed.recipients.get(sealed.reader) else { return Err(Trouble::new("nobody reads")) };
    if let Some(octets) = way.kek_octets() {
        let (key, identifier) = kek(octets);
        all.extend(words(&["-secretkey", &hex::encode(key), "-secretkeyid", &hex::encode(identifier)]));
    } else if way.method == "password" {
        all.extend(words(&["-pwri_password", PASSWORD]));
    } else {
        let (certificate, key) = pair(world, way.key);
        all.extend(words(&["-recip", &certificate, "-inkey", &key]));
    }
    Ok(all)
}

fn pair(world: &World, name: &str) -> (String, String) {
    (world.file(&format!("{name}.crt")), world.file(&format!("{name}.key")))
}
