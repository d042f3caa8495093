//! `sceau open` and `sceau verify`: open a letter and judge it.

use std::io::IsTerminal;
use std::path::Path;

use sceau_smime::letter::{Judged, OpenRequest};
use sceau_smime::{Identity, Trust, letter};

use crate::args::{JudgeArgs, OpenArgs, VerifyArgs};
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
    let judged = judge(&args.judge, &identities, &shared, None)?;
    tell(&args.judge, &judged)
}

pub(crate) fn verify(args: &VerifyArgs) -> Result<u8, Failure> {
    let nothing = Shared::default();
    let Some(path) = &args.content else {
        return tell(&args.judge, &judge(&args.judge, &[], &nothing, None)?);
    };
    let content = files::read(path)?;
    let judged = judge(&args.judge, &[], &nothing, Some(&content))?;
    // Text is signed with CR LF (RFC 8551 §3.1.1) and kept with LF on many machines.
    let canonical = with_crlf(&content);
    if judged.has_code("digest_mismatch") && canonical != **content {
        let again = judge(&args.judge, &[], &nothing, Some(&canonical))?;
        if !again.has_code("digest_mismatch") {
            return tell(&args.judge, &again);
        }
    }
    tell(&args.judge, &judged)
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

fn judge(
    args: &JudgeArgs,
    identities: &[Identity],
    shared: &Shared,
    detached: Option<&[u8]>,
) -> Result<Judged, Failure> {
    let mut settings = trust::settings(&args.trust, &args.tsa_trust, args.revocation)?;
    settings.domain_bound = args.domain_bound;
    let bytes = files::read(&args.file)?;
    let now = files::moment(args.trust.at.as_deref())?;
    let request = OpenRequest {
        keks: &shared.keks,
        passwords: &shared.passwords,
        detached,
        danger_legacy: args.trust.danger_legacy,
        keep_layers: args.raw.is_some(),
        ..OpenRequest::new(&bytes, identities, &args.own, &settings, now)
    };
    letter::open(&request, &mut files::randomness()).map_err(|error| Failure::about(&args.file, &error))
}

fn tell(args: &JudgeArgs, judged: &Judged) -> Result<u8, Failure> {
    if let Some(folder) = &args.out {
        write_out(Path::new(folder), judged)?;
    }
    if let Some(folder) = &args.raw {
        write_layers(Path::new(folder), judged)?;
    }
    if args.json {
        output::json(judged)?;
    } else {
        output::notice(&summary(judged));
        output::text(&shown(&judged.letter().text))?;
    }
    Ok(judged.trust().exit_code())
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
        let name = format!("{:02}-{}", at + 1, file_name(part.name.as_deref().unwrap_or("part")));
        write(&parts.join(name), &part.bytes)?;
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
