//! `sceau open` and `sceau verify`: open a letter and judge it.

use std::io::IsTerminal;
use std::path::Path;

use sceau_smime::backend::ready;
use sceau_smime::letter::{BigRequest, Bounds, Judged, OpenRequest, TrustSettings};
use sceau_smime::stream::{self, View};
use sceau_smime::{Error, Identity, Trust, letter};

use crate::args::{JudgeArgs, OpenArgs, VerifyArgs};
use crate::big::{self, Input};
use crate::failure::Failure;
use crate::shared::Shared;
use crate::{files, keys, output, trust};

/// Most characters of a part's own name in the name of its file.
const MAX_NAME: usize = 80;

pub(crate) fn open(args: &OpenArgs) -> Result<u8, Failure> {
    let shared = Shared::of(args)?;
    if args.key.is_empty() && shared.is_empty() {
        return Err(Failure::usage("--key is missing; sceau verify judges signed letters without keys"));
    }
    let identities = keys::identities(&args.key, args.judge.password_file.as_deref())?;
    let input = big::input(&args.judge.file)?;
    let reader = Reader { args: &args.judge, identities: &identities, shared: &shared };
    match reader.by_ranges(&input, None)? {
        Some(exit) => Ok(exit),
        None => reader.tell(&reader.judge(input.into_memory(&args.judge.file)?.as_slice(), None)?),
    }
}

pub(crate) fn verify(args: &VerifyArgs) -> Result<u8, Failure> {
    let reader = Reader { args: &args.judge, identities: &[], shared: &Shared::default() };
    let input = big::input(&args.judge.file)?;
    let content = args.content.as_deref().map(big::input).transpose()?;
    if let Some(exit) = reader.by_ranges(&input, content.as_ref())? {
        return Ok(exit);
    }
    let bytes = input.into_memory(&args.judge.file)?;
    let (Some(path), Some(content)) = (&args.content, content) else {
        return reader.tell(&reader.judge(&bytes, None)?);
    };
    let content = content.into_memory(path)?;
    let judged = reader.judge(&bytes, Some(&content))?;
    // Text is signed with CR LF (RFC 8551 §3.1.1) and kept with LF on many machines.
    let canonical = with_crlf(&content);
    if judged.has_code("digest_mismatch") && canonical != **content {
        let again = reader.judge(&bytes, Some(&canonical))?;
        if !again.has_code("digest_mismatch") {
            return reader.tell(&again);
        }
    }
    reader.tell(&judged)
}

fn with_crlf(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    let mut last = 0;
    for byte in content {
        if *byte == b'\n' && last != b'\r' {
            out.push(b'\r');
        }
        out.push(*byte);
        last = *byte;
    }
    out
}

/// Who reads, with what.
struct Reader<'a> {
    args: &'a JudgeArgs,
    identities: &'a [Identity],
    shared: &'a Shared,
}

impl Reader<'_> {
    fn judge(&self, bytes: &[u8], detached: Option<&[u8]>) -> Result<Judged, Failure> {
        let args = self.args;
        let settings = self.settings()?;
        let request = OpenRequest { detached, ..self.request(bytes, &settings)? };
        letter::open(&request, &mut files::randomness()).map_err(|error| Failure::about(&args.file, &error))
    }

    fn settings(&self) -> Result<TrustSettings, Failure> {
        let mut settings = trust::settings(&self.args.trust, &self.args.tsa_trust, self.args.revocation)?;
        settings.domain_bound = self.args.domain_bound;
        Ok(settings)
    }

    fn request<'r>(
        &'r self,
        bytes: &'r [u8],
        settings: &'r TrustSettings,
    ) -> Result<OpenRequest<'r>, Failure> {
        let now = files::moment(self.args.trust.at.as_deref())?;
        Ok(OpenRequest {
            keks: &self.shared.keks,
            passwords: &self.shared.passwords,
            danger_legacy: self.args.trust.danger_legacy,
            keep_layers: self.args.raw.is_some(),
            ..OpenRequest::new(bytes, self.identities, &self.args.own, settings, now)
        })
    }

    /// A letter that is too big for memory, or whose detached content is; `None` for others. `--raw` asks for more than
    /// can be given of such a letter.
    fn by_ranges(&self, input: &Input, content: Option<&Input>) -> Result<Option<u8>, Failure> {
        let is_big = |input: &Input| matches!(input, Input::Big(_));
        if self.args.raw.is_some() || !(is_big(input) || content.is_some_and(is_big)) {
            return Ok(None);
        }
        let about = |error: Error| Failure::about(&self.args.file, &error);
        let settings = self.settings()?;
        let open = |detached: Option<View>| {
            let request = self.request(&[], &settings)?;
            let big = BigRequest { request, source: input.view(), detached, bounds: Bounds::default() };
            match letter::open_big(&big, &mut files::randomness()) {
                Ok(letter) => Ok(Some(letter)),
                // What cannot be read by ranges is read as small letters are, as long as it fits.
                Err(Error::LimitExceeded { .. }) if input.fits() => Ok(None),
                Err(error) => Err(about(error)),
            }
        };
        let content = content.map(Input::view);
        let Some(mut letter) = open(content.clone())? else { return Ok(None) };
        // Text is signed with CR LF (RFC 8551 §3.1.1) and kept with LF on many machines.
        if let Some(content) = content.filter(|_| letter.judged().has_code("digest_mismatch")) {
            let canonical = ready(stream::with_crlf(&content)).map_err(about)?;
            let again = open(Some(canonical))?;
            letter = again.filter(|again| !again.judged().has_code("digest_mismatch")).unwrap_or(letter);
        }
        if let Some(folder) = &self.args.out {
            big::write_out(Path::new(folder), &letter)?;
        }
        self.say(letter.judged()).map(Some)
    }

    fn tell(&self, judged: &Judged) -> Result<u8, Failure> {
        if let Some(folder) = &self.args.out {
            write_out(Path::new(folder), judged)?;
        }
        if let Some(folder) = &self.args.raw {
            write_layers(Path::new(folder), judged)?;
        }
        self.say(judged)
    }

    fn say(&self, judged: &Judged) -> Result<u8, Failure> {
        if self.args.json {
            output::json(judged)?;
        } else {
            output::notice(&summary(judged));
            output::text(&shown(&judged.letter().text))?;
        }
        Ok(judged.trust().exit_code())
    }
}

/// The verdict for whoever sits at the terminal: the words of the pages, the code, the warnings.
fn summary(judged: &Judged) -> String {
    let trust = judged.trust();
    let words = match trust {
        Trust::SealedSigned => "Scellé et signé",
        Trust::Signed => "Signé, non scellé",
        Trust::Gateway => "Lisible à la passerelle",
        Trust::SealedUnverified => "Scellé, expéditeur non vérifié",
        Trust::Clear => "Non protégé",
        Trust::Broken => "Ne pas se fier",
    };
    let mut lines = vec![match judged.sender_name() {
        Some(name) => format!("{words} ({}): {}", trust.code(), safe(name)),
        None => format!("{words} ({})", trust.code()),
    }];
    lines.extend(judged.warnings().iter().map(|note| format!("{}: {}", note.code, safe(&note.text))));
    lines.join("\n")
}

/// On a terminal a letter must not be able to move the cursor or forge a verdict.
fn shown(text: &str) -> String {
    if std::io::stdout().is_terminal() { safe(text) } else { text.to_owned() }
}

fn safe(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect()
}

/// message.eml as it was protected, text.txt, parts/NN-name.
fn write_out(folder: &Path, judged: &Judged) -> Result<(), Failure> {
    let parts = folder.join("parts");
    std::fs::create_dir_all(&parts).map_err(|error| Failure::file(&parts.display().to_string(), &error))?;
    write(&folder.join("message.eml"), judged.message())?;
    write(&folder.join("text.txt"), judged.letter().text.as_bytes())?;
    for (at, part) in judged.letter().parts.iter().enumerate() {
        write(&parts.join(part_file(at, part)), &part.bytes)?;
    }
    Ok(())
}

/// What each layer held, outermost first: layer-NN.bin, byte for byte.
fn write_layers(folder: &Path, judged: &Judged) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::file(&folder.display().to_string(), &error))?;
    for (at, content) in judged.layer_contents().enumerate() {
        write(&folder.join(format!("layer-{:02}.bin", at + 1)), content)?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    files::write_public(Some(&path.display().to_string()), bytes)
}

/// The name of a part's file, by its place in the letter.
pub(crate) fn part_file(at: usize, part: &sceau_mime::Part) -> String {
    format!("{:02}-{}", at + 1, file_name(part.name.as_deref().unwrap_or("part")))
}

/// A sender's name for a part is a hint, never a path.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let forbidden = |c: char| c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*');
    let clean: String = last.chars().map(|c| if forbidden(c) { '_' } else { c }).take(MAX_NAME).collect();
    let clean = clean.trim_matches(['.', ' ']);
    if clean.is_empty() { "part".to_owned() } else { clean.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parts_are_no_paths() {
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name("C:\\x\\échographie.pdf"), "échographie.pdf");
        assert_eq!(file_name(".."), "part");
        assert_eq!(file_name("a\u{0}b:c"), "a_b_c");
        assert_eq!(file_name(&"x".repeat(500)).len(), MAX_NAME);
    }

    #[test]
    fn letters_cannot_move_the_cursor() {
        assert_eq!(safe("a\u{1b}[2Jb\n\tc"), "a\u{fffd}[2Jb\n\tc");
    }

    #[test]
    fn lines_end_as_they_are_signed() {
        assert_eq!(with_crlf(b"a\nb\r\nc"), b"a\r\nb\r\nc");
    }
}
