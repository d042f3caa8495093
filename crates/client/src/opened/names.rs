//! Names of files, as they are shown and as they are saved.

use sceau_mime::Part;

/// The name the sender gave, without any path; a number where there is none.
pub(super) fn part_name(place: usize, part: &Part) -> String {
    let given = part.name.as_deref().unwrap_or_default();
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if last.is_empty() || last == "." || last == ".." {
        let ending = if part.content_type == "message/rfc822" { ".eml" } else { "" };
        return format!("{}{ending}", place.saturating_add(1));
    }
    last.to_owned()
}

/// Longest file name saved, in characters: below the 255 octets of every file system even in UTF-8.
const MAX_FILE_NAME: usize = 60;

/// A name every file system takes, and no program reads as anything but a name.
pub(super) fn safe_name(name: &str) -> String {
    let harmless = |letter: char| {
        if letter.is_control() || "<>:\"/\\|?*".contains(letter) || is_hidden_mark(letter) {
            '_'
        } else {
            letter
        }
    };
    let plain: String = name.chars().map(harmless).collect();
    let plain = plain.trim_matches(|letter: char| letter == '.' || letter.is_whitespace());
    let (stem, ending) = plain.rsplit_once('.').map_or((plain, ""), |(stem, ending)| (stem, ending));
    let room = MAX_FILE_NAME.saturating_sub(ending.chars().count().min(10));
    let stem: String = stem.chars().take(room).collect();
    let ending: String = ending.chars().take(10).collect();
    if ending.is_empty() { stem } else { format!("{stem}.{ending}") }
}

/// The name a letter is saved under: its subject, or a word where it has none.
pub(super) fn letter_name(subject: &str, ending: &str) -> String {
    let plain = safe_name(&subject.replace('.', " "));
    let plain = plain.trim();
    if plain.is_empty() { format!("message.{ending}") } else { format!("{plain}.{ending}") }
}

/// Marks that turn the direction of writing around (`exe.fdp` must not look like a PDF) or cannot be seen.
pub(super) fn is_hidden_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{00ad}'
    )
}

/// The ending of a name in lower case, without its dot; empty where there is none.
pub(super) fn ending(name: &str) -> String {
    let harmless = name.trim_end_matches(|letter: char| letter == '.' || letter.is_whitespace());
    harmless.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_folder_or_lie_about_its_kind() {
        assert_eq!(safe_name("..\\..\\boot.ini"), "_.._boot.ini");
        assert_eq!(safe_name("bilan\u{202e}fdp.exe"), "bilan_fdp.exe");
        assert_eq!(safe_name("Compte rendu d'échographie.pdf"), "Compte rendu d'échographie.pdf");
        assert!(safe_name(&format!("{}.pdf", "é".repeat(400))).ends_with("é.pdf"));
    }

    #[test]
    fn a_letter_is_saved_under_its_subject() {
        assert_eq!(letter_name("Bilan du 12.11", "eml"), "Bilan du 12 11.eml");
        assert_eq!(letter_name("a/b:c", "zip"), "a_b_c.zip");
        assert_eq!(letter_name(" … ", "eml"), "….eml");
        assert_eq!(letter_name("  ", "eml"), "message.eml");
    }

    #[test]
    fn an_ending_is_what_a_system_takes_for_one() {
        for (name, wanted) in [("a.PDF", "pdf"), ("a.pdf. ", "pdf"), ("a", ""), ("a.tar.gz", "gz")] {
            assert_eq!(ending(name), wanted, "{name}");
        }
    }
}
