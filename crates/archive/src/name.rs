//! Names of entries: decoded, and made safe to show and to save under.

use mail_parser::Charset;
use rawzip::ZipFileHeaderRecord;
use rawzip::extra_fields::ExtraFieldId;

/// Longest name of a file or a folder, in octets of UTF-8: file systems take 255, and ` (2)` may be added.
pub const MAX_NAME_OCTETS: usize = 240;
/// Most folders around a file; of more the innermost are kept. Windows takes paths of 260 characters.
pub const MAX_FOLDERS: usize = 16;
/// What a name is when nothing is left of it.
const NAMELESS: &str = "_";
/// Devices of Windows, whatever ending they are given (Win32, "Naming files"); of COM and LPT follow the digits.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// A name in Unicode.
pub(crate) struct Decoded {
    pub(crate) text: String,
    pub(crate) damaged: bool,
}

/// The name of an untrusted entry: UTF-8 where it says so (APPNOTE appendix D), or in a field of its own (§4.6.9); else UTF-8
/// if it is that, as programs of Apple write it; else code page 850, whose letters of French 437 has at the same places.
pub(crate) fn decode(record: &ZipFileHeaderRecord<'_>) -> Decoded {
    let raw = record.file_path().as_bytes();
    if let Some(text) = unicode_path(record, raw) {
        return Decoded { text, damaged: false };
    }
    match (std::str::from_utf8(raw), record.flags().is_utf8()) {
        (Ok(text), _) => Decoded { text: text.to_owned(), damaged: false },
        (Err(_), true) => Decoded { text: String::from_utf8_lossy(raw).into_owned(), damaged: true },
        (Err(_), false) => {
            let charset = Charset::from_label(b"ibm850").unwrap_or_default();
            let (text, damaged) = charset.decode_checked(raw);
            Decoded { text: text.into_owned(), damaged }
        }
    }
}

/// Info-ZIP's field: version 1, the checksum of the name that it replaces, the name.
fn unicode_path(record: &ZipFileHeaderRecord<'_>, raw: &[u8]) -> Option<String> {
    let (_, field) = record.extra_fields().find(|(id, _)| *id == ExtraFieldId::INFO_ZIP_UNICODE_PATH)?;
    let (checksum, text) = field.strip_prefix(&[1])?.split_first_chunk::<4>()?;
    let is_for_it = u32::from_le_bytes(*checksum) == rawzip::crc32(raw);
    std::str::from_utf8(text).ok().filter(|_| is_for_it).map(str::to_owned)
}

/// A path that is safe, and what had to be done for it.
pub(crate) struct Safe {
    pub(crate) path: String,
    pub(crate) leaves_folder: bool,
    pub(crate) changed: bool,
}

/// An untrusted path as one that is relative, stays below its folder and means the same on every machine: folders apart by `/`, and no
/// part of it empty, `.`, `..`, a device, longer than [`MAX_NAME_OCTETS`] or with a character that cannot be seen.
///
/// It is the same again when it is made safe again.
#[must_use]
pub fn safe_path(path: &str) -> String {
    safe(path).path
}

pub(crate) fn safe(path: &str) -> Safe {
    let (path, has_drive) = without_drive(path);
    let is_apart = |at: char| matches!(at, '/' | '\\');
    let mut leaves_folder = has_drive || path.starts_with(is_apart);
    let mut changed = false;
    let mut parts = Vec::new();
    for part in path.split(is_apart).filter(|part| !part.is_empty() && *part != ".") {
        let is_upwards = part.trim_end() == "..";
        leaves_folder |= is_upwards;
        if !is_upwards {
            let safe = safe_part(part);
            changed |= safe != part;
            parts.push(safe);
        }
    }
    let kept = parts.split_off(parts.len().saturating_sub(MAX_FOLDERS.saturating_add(1)));
    changed |= !parts.is_empty();
    let path = if kept.is_empty() { NAMELESS.to_owned() } else { kept.join("/") };
    Safe { path, leaves_folder, changed }
}

/// `C:` at the start is a drive of Windows.
fn without_drive(path: &str) -> (&str, bool) {
    let drive = |rest: &&str| path.starts_with(|at: char| at.is_ascii_alphabetic()) && rest.starts_with(':');
    match path.get(1..).filter(drive) {
        Some(rest) => (rest.strip_prefix(':').unwrap_or(rest), true),
        None => (path, false),
    }
}

fn safe_part(part: &str) -> String {
    let seen = part.chars().filter(|at| !is_invisible(*at));
    let plain: String = seen.map(|at| if is_special(at) && !at.is_whitespace() { '_' } else { at }).collect();
    // One space for any white space: many of them push an ending out of sight.
    let spaced = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = without_end(&spaced);
    let name = if is_device(name) { format!("_{name}") } else { name.to_owned() };
    // What is cut may end in a dot again.
    match without_end(&shortened(&name)) {
        "" => NAMELESS.to_owned(),
        name => name.to_owned(),
    }
}

/// Without the dots and spaces at the end, which Windows takes away.
fn without_end(name: &str) -> &str {
    name.trim_end_matches(['.', ' '])
}

/// Not to be seen, or turning the direction of what is around it (Unicode: default ignorable, bidirectional controls).
fn is_invisible(at: char) -> bool {
    matches!(at,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Of a meaning to an operating system, or to a shell.
fn is_special(at: char) -> bool {
    at.is_control() || matches!(at, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*')
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let is_digit = |digit: &str| {
        matches!(digit, "¹" | "²" | "³")
            || digit.len() == 1 && digit.starts_with(|at: char| at.is_ascii_digit())
    };
    DEVICES.contains(&stem.as_str()) || port.is_some_and(is_digit)
}

/// At most [`MAX_NAME_OCTETS`], with its ending, by which people and programs know what it is.
fn shortened(name: &str) -> String {
    if name.len() <= MAX_NAME_OCTETS {
        return name.to_owned();
    }
    const LONGEST_ENDING: usize = 16;
    let ending = name.rfind('.').and_then(|at| name.get(at..)).filter(|it| it.len() <= LONGEST_ENDING);
    let ending = ending.unwrap_or_default();
    let mut room = MAX_NAME_OCTETS.saturating_sub(ending.len());
    while !name.is_char_boundary(room) {
        room = room.saturating_sub(1);
    }
    format!("{}{ending}", name.get(..room).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{MAX_FOLDERS, MAX_NAME_OCTETS, safe, safe_path};

    #[test]
    fn names_stay_below_their_folder() {
        for (sent, path) in [
            ("../../etc/passwd", "etc/passwd"),
            ("/etc/passwd", "etc/passwd"),
            ("C:\\Windows\\x.exe", "Windows/x.exe"),
            ("c:x.exe", "x.exe"),
            ("\\\\serveur\\partage\\x", "serveur/partage/x"),
            ("a/../../b", "a/b"),
            ("a\\..\\..\\b", "a/b"),
            ("a/.. /b", "a/b"),
            ("..", "_"),
            ("/", "_"),
        ] {
            let safe = safe(sent);
            assert_eq!(safe.path, path, "{sent:?}");
            assert!(safe.leaves_folder, "{sent:?}");
        }
        assert!(!safe("résultats/2026/bio.pdf").leaves_folder);
    }

    #[test]
    fn names_mean_the_same_everywhere() {
        for (sent, path) in [
            ("nul", "_nul"),
            ("CON.txt", "_CON.txt"),
            ("com1", "_com1"),
            ("Lpt².pdf", "_Lpt².pdf"),
            ("aux /x", "_aux/x"),
            ("compte.pdf", "compte.pdf"),
            ("com.pdf", "com.pdf"),
            ("com10.pdf", "com10.pdf"),
            ("a:b.txt", "b.txt"),
            ("ab:c.txt", "ab_c.txt"),
            ("x\0.pdf", "x_.pdf"),
            ("fin. . ", "fin"),
            ("bio.pdf          \n      .exe", "bio.pdf .exe"),
            ("...", "_"),
            ("a\u{202e}fdp.exe", "afdp.exe"),
            ("a\u{200b}b", "ab"),
            ("\u{feff}", "_"),
            ("été/œdème.pdf", "été/œdème.pdf"),
            ("", "_"),
        ] {
            assert_eq!(safe_path(sent), path, "{sent:?}");
        }
    }

    #[test]
    fn names_are_short_and_keep_their_ending() {
        let long = format!("{}.pdf", "é".repeat(500));
        let path = safe_path(&long);
        assert!(path.len() <= MAX_NAME_OCTETS && path.ends_with("é.pdf"), "{path}");
        let dots = format!("{}{}", "a".repeat(MAX_NAME_OCTETS - 1), ".".repeat(400) + "b");
        assert!(!safe_path(&dots).ends_with('.'));
        let deep = "a/".repeat(200) + "fin.pdf";
        let path = safe(&deep);
        assert_eq!(path.path.matches('/').count(), MAX_FOLDERS);
        assert!(path.path.ends_with("/fin.pdf") && path.changed);
    }
}
