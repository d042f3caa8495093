//! What a file is, by its content (WHATWG MIME Sniffing, and what care adds): names and declared types are hints of the sender.

use sceau_mime::Part;
use sceau_protocol::{Caution, PartKind};

use super::names::{ending, is_hidden_mark};

/// Octets that are looked at to tell text from other things.
const LOOKED_AT: usize = 4096;

/// Endings that a double click runs, on one system or another.
const RUNS: [&str; 40] = [
    "app",
    "appx",
    "bat",
    "chm",
    "cmd",
    "com",
    "cpl",
    "desktop",
    "dll",
    "exe",
    "gadget",
    "hta",
    "inf",
    "ins",
    "iso",
    "jar",
    "js",
    "jse",
    "lnk",
    "msc",
    "msi",
    "msix",
    "msp",
    "one",
    "pif",
    "ps1",
    "py",
    "reg",
    "scf",
    "scr",
    "sct",
    "settingcontent-ms",
    "sh",
    "url",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "ws",
    "wsf",
];

/// Endings of what people expect to receive: before one that runs they are a disguise.
const HARMLESS: [&str; 20] = [
    "bmp", "csv", "doc", "docx", "eml", "gif", "hpr", "hprim", "htm", "html", "jpeg", "jpg", "odt", "pdf",
    "png", "rtf", "txt", "xls", "xlsx", "xml",
];

/// What a part is.
pub(super) fn kind(part: &Part, name: &str) -> PartKind {
    let octets = part.bytes.as_slice();
    if let Some(kind) = by_first_octets(octets) {
        return if kind == PartKind::Archive { packed(octets, name) } else { kind };
    }
    if part.content_type == "message/rfc822" || ending(name) == "eml" {
        return PartKind::Letter;
    }
    if RUNS.contains(&ending(name).as_str()) {
        return PartKind::Program;
    }
    if is_text(octets) { text(part, name, octets) } else { PartKind::Other }
}

fn by_first_octets(octets: &[u8]) -> Option<PartKind> {
    const STARTS: [(&[u8], PartKind); 22] = [
        (b"%PDF-", PartKind::Pdf),
        (b"\x89PNG\r\n\x1a\n", PartKind::Image),
        (b"\xff\xd8\xff", PartKind::Image),
        (b"GIF87a", PartKind::Image),
        (b"GIF89a", PartKind::Image),
        (b"II*\0", PartKind::OtherImage),
        (b"MM\0*", PartKind::OtherImage),
        (b"PK\x03\x04", PartKind::Archive),
        (b"PK\x05\x06", PartKind::Archive),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", PartKind::Office),
        (b"{\\rtf", PartKind::Office),
        (b"MZ", PartKind::Program),
        (b"\x7fELF", PartKind::Program),
        (b"\xca\xfe\xba\xbe", PartKind::Program),
        (b"\xcf\xfa\xed\xfe", PartKind::Program),
        (b"#!", PartKind::Program),
        (b"ID3", PartKind::Media),
        (b"OggS", PartKind::Media),
        (b"fLaC", PartKind::Media),
        (b"\x1aE\xdf\xa3", PartKind::Media),
        (b"Rar!\x1a\x07", PartKind::Other),
        (b"7z\xbc\xaf\x27\x1c", PartKind::Other),
    ];
    let found = STARTS.iter().find(|(start, _)| octets.starts_with(start)).map(|(_, kind)| *kind);
    found.or_else(|| by_later_octets(octets))
}

fn by_later_octets(octets: &[u8]) -> Option<PartKind> {
    let at = |from: usize, wanted: &[u8]| octets.get(from..from.saturating_add(wanted.len())) == Some(wanted);
    if at(0, b"RIFF") {
        return Some(if at(8, b"WEBPVP") { PartKind::Image } else { PartKind::Media });
    }
    if at(128, b"DICM") {
        return Some(PartKind::OtherImage);
    }
    if at(4, b"ftyp") {
        return Some(PartKind::Media);
    }
    // A bitmap names its own length, or nearly; two letters alone begin many a text.
    let bitmap = at(0, b"BM") && at(6, b"\0\0\0\0") && octets.len() > 54;
    bitmap.then_some(PartKind::Image)
}

/// What is packed as a ZIP may be a document or a program.
fn packed(octets: &[u8], name: &str) -> PartKind {
    let first_name = octets.get(30..).unwrap_or_default();
    let office = ["[Content_Types].xml", "mimetypeapplication/vnd.oasis", "mimetypeapplication/epub"];
    if office.iter().any(|mark| first_name.starts_with(mark.as_bytes()))
        || matches!(ending(name).as_str(), "docx" | "xlsx" | "pptx" | "odt" | "ods" | "odp" | "epub")
    {
        return PartKind::Office;
    }
    if RUNS.contains(&ending(name).as_str()) { PartKind::Program } else { PartKind::Archive }
}

/// Whether it reads as text in some charset: no octet that text never has.
fn is_text(octets: &[u8]) -> bool {
    let octets = octets.get(..LOOKED_AT).unwrap_or(octets);
    if octets.starts_with(&[0xff, 0xfe]) || octets.starts_with(&[0xfe, 0xff]) {
        return true;
    }
    !octets.iter().any(|octet| matches!(octet, 0..=8 | 11 | 14..=26 | 28..=31 | 127))
}

fn text(part: &Part, name: &str, octets: &[u8]) -> PartKind {
    let start = octets.get(..LOOKED_AT).unwrap_or(octets);
    let start = String::from_utf8_lossy(start);
    let start = start.trim_start_matches('\u{feff}').trim_start();
    let begins = |mark: &str| start.get(..mark.len()).is_some_and(|it| it.eq_ignore_ascii_case(mark));
    let (media, ending) = (part.content_type.as_str(), ending(name));
    let is = |endings: &[&str]| endings.contains(&ending.as_str());
    if begins("<!doctype html") || begins("<html") || media == "text/html" || is(&["htm", "html", "xhtml"]) {
        return PartKind::Html;
    }
    if begins("<svg") || media == "image/svg+xml" || ending == "svg" {
        return PartKind::OtherImage;
    }
    if begins("<?xml") || media.ends_with("/xml") || media.ends_with("+xml") || is(&["xml", "cda"]) {
        return PartKind::Xml;
    }
    if begins("BEGIN:VCALENDAR") || media == "text/calendar" {
        return PartKind::Calendar;
    }
    if media == "text/csv" || media == "text/tab-separated-values" || is(&["csv", "tsv"]) {
        return PartKind::Table;
    }
    if is(&["hpr", "hprim", "hpm", "hp"]) || start.contains("****FIN****") || start.contains("****LAB****") {
        return PartKind::Hprim;
    }
    PartKind::Text
}

/// Why a name should not be believed; the gravest reason only.
pub(super) fn caution(name: &str, kind: PartKind) -> Option<Caution> {
    if name.chars().any(is_hidden_mark) {
        return Some(Caution::HiddenMarks);
    }
    let last = ending(name);
    let before = name.rsplit_once('.').map(|(stem, _)| ending(stem.trim_end())).unwrap_or_default();
    if RUNS.contains(&last.as_str()) && HARMLESS.contains(&before.as_str()) {
        return Some(Caution::DoubleEnding);
    }
    if kind == PartKind::Program {
        return Some(if HARMLESS.contains(&last.as_str()) { Caution::OtherContent } else { Caution::Runs });
    }
    contradicts(&last, kind).then_some(Caution::OtherContent)
}

/// Whether an ending promises something that the content is not.
fn contradicts(ending: &str, kind: PartKind) -> bool {
    match ending {
        "pdf" => kind != PartKind::Pdf,
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "bmp" => kind != PartKind::Image,
        "docx" | "xlsx" | "pptx" | "odt" | "ods" => kind != PartKind::Office,
        "txt" | "csv" | "hpr" | "hprim" => {
            matches!(
                kind,
                PartKind::Pdf | PartKind::Image | PartKind::Archive | PartKind::Office | PartKind::Media
            )
        }
        "zip" => kind != PartKind::Archive,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(content_type: &str, bytes: &[u8]) -> Part {
        Part {
            content_type: content_type.into(),
            charset: None,
            name: None,
            content_id: None,
            inline: false,
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn a_file_is_what_its_octets_are() {
        for (bytes, declared, name, wanted) in [
            (&b"%PDF-1.7\n"[..], "application/octet-stream", "a", PartKind::Pdf),
            (b"\x89PNG\r\n\x1a\n", "application/pdf", "a.pdf", PartKind::Image),
            (b"PK\x03\x04", "application/zip", "a.zip", PartKind::Archive),
            (b"PK\x03\x04", "application/zip", "a.docx", PartKind::Office),
            (b"PK\x03\x04", "application/zip", "a.jar", PartKind::Program),
            (b"MZ\x90", "application/pdf", "a.pdf", PartKind::Program),
            (b"<?xml version='1.0'?><ClinicalDocument/>", "text/plain", "cda.txt", PartKind::Xml),
            (b" <svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "a.svg", PartKind::OtherImage),
            (b"<!DOCTYPE html><script>", "text/plain", "a.txt", PartKind::Html),
            (b"nom;valeur\r\n", "text/csv", "a.csv", PartKind::Table),
            (b"12345\r\nDUPONT\r\n", "text/plain", "r.HPR", PartKind::Hprim),
            (b"R\x82sultat\r\n", "application/octet-stream", "r.txt", PartKind::Text),
            (b"From: a@b.example\r\n\r\n", "message/rfc822", "1.eml", PartKind::Letter),
            (b"\0\x01\x02", "text/plain", "a.txt", PartKind::Other),
            (b"", "text/plain", "a.txt", PartKind::Text),
        ] {
            assert_eq!(kind(&part(declared, bytes), name), wanted, "{name}");
        }
    }

    #[test]
    fn a_name_that_hides_something_is_told() {
        for (name, kind, wanted) in [
            ("bilan.pdf", PartKind::Pdf, None),
            ("bilan\u{202e}fdp.exe", PartKind::Program, Some(Caution::HiddenMarks)),
            ("bilan.pdf.exe", PartKind::Program, Some(Caution::DoubleEnding)),
            ("bilan.pdf .js", PartKind::Text, Some(Caution::DoubleEnding)),
            ("bilan.pdf", PartKind::Program, Some(Caution::OtherContent)),
            ("photo.jpg", PartKind::Html, Some(Caution::OtherContent)),
            ("setup.exe", PartKind::Program, Some(Caution::Runs)),
            ("bilan du 12.11.txt", PartKind::Text, None),
            ("r.hpr", PartKind::Hprim, None),
        ] {
            assert_eq!(caution(name, kind), wanted, "{name}");
        }
    }
}
