//! We ourselves as a command: `sceau`, or whatever else has its forms.

use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::layer::{Layer, Way};
use crate::party::{Made, Ours, Report, Seen};
use crate::recipe::Recipe;
use crate::trouble::{Trouble, told};
use crate::world::{ADDRESS, World, kek};

/// The moment of every verdict, as the command takes it: [`crate::world::NOW`].
const NOW: &str = "2033-06-01T00:00:00Z";
/// When we sign: [`crate::world::SIGNED_AT`].
const SIGNED_AT: &str = "2026-06-01T00:00:00Z";
/// How `open` ends when it could judge: 0 confirmed, 1 not.
const JUDGED: [i32; 2] = [0, 1];

/// A command with the forms of `sceau`.
#[derive(Debug, Clone)]
pub struct Program<'a> {
    /// The people.
    pub world: &'a World,
    /// The program and its first arguments.
    pub words: Vec<String>,
}

impl Ours for Program<'_> {
    fn name(&self) -> String {
        self.words.join(" ")
    }

    fn writes_letters_only(&self) -> bool {
        true
    }

    /// A letter in its profile; a command writes nothing else.
    fn write(&self, recipe: &Recipe, _words: &[&str]) -> Result<Made, Trouble> {
        let [Layer::Signed(signed), Layer::Sealed(sealed)] = recipe.layers.as_slice() else {
            return Err(Trouble::new("the command writes whole letters only"));
        };
        let folder = tempfile::tempdir().map_err(told("a folder could not be made"))?;
        let (input, out) = (folder.path().join("in.eml"), folder.path().join("out.eml"));
        put(&input, &mail(recipe))?;
        let reader = sealed.recipients.first().map(|way| way.key).unwrap_or_default();
        let profile = recipe.profile.and_then(|name| name.strip_prefix("profile-")).unwrap_or("default");
        let from = self.key(signed.key);
        let to = self.world.file(&format!("{reader}.crt"));
        let mut command = self.start(&["seal", "--from", &from, "--to", &to, "--profile", profile]);
        command.args(["--at", SIGNED_AT, "--in"]).arg(&input).arg("--out").arg(&out);
        run(command, &[0])?;
        let message = get(&out)?;
        let content = self.read(recipe, &message)?.content;
        Ok(Made { message, content_sha256: Sha256::digest(content).into() })
    }

    fn read(&self, recipe: &Recipe, message: &[u8]) -> Result<Report, Trouble> {
        let folder = tempfile::tempdir().map_err(told("a folder could not be made"))?;
        let (input, out) = (folder.path().join("message"), folder.path().join("opened"));
        put(&input, message)?;
        let root = self.world.file("root.pem");
        // Without a key there is nothing to open.
        let sealed = recipe.layers.iter().any(|layer| matches!(layer, Layer::Sealed(_)));
        let form = if sealed { "open" } else { "verify" };
        let mut command = self.start(&[form, "--json", "--at", NOW, "--self", ADDRESS, "--trust", &root]);
        for layer in &recipe.layers {
            if let Layer::Sealed(sealed) = layer
                && let Some(way) = sealed.recipients.get(sealed.reader)
            {
                command.args(self.secret(way));
            }
        }
        command.arg("--out").arg(&out).arg(&input);
        let json = run(command, &JUDGED)?;
        let report: Value = serde_json::from_slice(&json).map_err(told("the report is no JSON"))?;
        Ok(Report {
            content: get(&out.join("message.eml"))?,
            layers: report.get("layers").and_then(Value::as_array).into_iter().flatten().map(seen).collect(),
            confirmed: ["sealed_signed", "signed"]
                .contains(&report.get("trust").and_then(Value::as_str).unwrap_or_default()),
        })
    }
}

impl Program<'_> {
    fn start(&self, arguments: &[&str]) -> Command {
        let mut words = self.words.iter();
        let mut command = Command::new(words.next().map(String::as_str).unwrap_or_default());
        command.args(words).args(arguments);
        command
    }

    fn key(&self, name: &str) -> String {
        let file = |kind: &str| self.world.file(&format!("{name}.{kind}"));
        format!("{},cert={}", file("key"), file("crt"))
    }

    fn secret(&self, way: &Way) -> [String; 2] {
        if let Some(octets) = way.kek_octets() {
            let (key, identifier) = kek(octets);
            return ["--kek".to_owned(), format!("{}:{}", hex::encode(key), hex::encode(identifier))];
        }
        if way.method == "password" {
            return ["--recipient-password-file".to_owned(), self.world.file("password")];
        }
        ["--key".to_owned(), self.key(way.key)]
    }
}

/// A mail around the content, for `seal`.
fn mail(recipe: &Recipe) -> Vec<u8> {
    let head = format!(
        "From: {ADDRESS}\r\nTo: {ADDRESS}\r\nSubject: Compte rendu\r\nDate: Mon, 01 Jun 2026 00:00:00 +0000\r\n\
         Message-ID: <lettre-1@suites.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=us-ascii\r\n\r\n"
    );
    [head.as_bytes(), &recipe.content].concat()
}

fn seen(layer: &Value) -> Seen {
    let text = |name: &str| layer[name].as_str().unwrap_or_default().to_owned();
    match text("kind").as_str() {
        "signed" => {
            Seen { summary: format!("SignedData {}", text("algorithm")), verdict: Some(text("verdict")) }
        }
        "compressed" => Seen { summary: format!("CompressedData {}", text("algorithm")), verdict: None },
        _ => Seen { summary: format!("{} {}, {}", text("type"), text("cipher"), text("key")), verdict: None },
    }
}

fn run(mut command: Command, good: &[i32]) -> Result<Vec<u8>, Trouble> {
    let shown = format!("{command:?}");
    let run = command.output().map_err(told("the command could not be started"))?;
    if run.status.code().is_some_and(|code| good.contains(&code)) {
        return Ok(run.stdout);
    }
    let said = String::from_utf8_lossy(&run.stderr);
    Err(Trouble::new(format!("{shown} ended with {}: {}", run.status, said.trim())))
}

fn put(path: &std::path::Path, bytes: &[u8]) -> Result<(), Trouble> {
    std::fs::write(path, bytes).map_err(told("a file could not be written"))
}

fn get(path: &std::path::Path) -> Result<Vec<u8>, Trouble> {
    std::fs::read(path).map_err(told("a file of the command could not be read"))
}
