//! Names of files as they are shown.

/// A name in which nothing hides: marks that cannot be seen, or turn the direction of writing around, show as a sign.
pub fn plain_name(name: &str) -> String {
    const SHOWN: char = '\u{fffd}';
    let shown = |letter: char| if letter.is_control() || is_hidden(letter) { SHOWN } else { letter };
    name.chars().map(shown).collect()
}

fn is_hidden(letter: char) -> bool {
    matches!(
        letter,
        '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
            | '\u{00ad}'
    )
}

#[cfg(test)]
mod tests {
    use super::plain_name;

    #[test]
    fn a_turned_name_stands_as_it_was_written() {
        assert_eq!(plain_name("bilan\u{202e}fdp.exe"), "bilan\u{fffd}fdp.exe");
        assert_eq!(plain_name("Échographie.pdf"), "Échographie.pdf");
    }
}
