//! Words as they are looked for: case and accents aside.

use std::collections::BTreeSet;

/// Most words kept of one letter: a long report has some 5,000 different ones; the index must stay small.
const MAX_WORDS: usize = 5_000;
/// Longest word kept, in characters; longer runs are data, not words.
const MAX_WORD: usize = 40;
/// Shortest word kept.
const MIN_WORD: usize = 2;

/// The different words of some texts, folded, at most [`MAX_WORDS`].
pub fn words<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in texts {
        for word in fold(text).split(|letter: char| !letter.is_alphanumeric()) {
            let length = word.chars().count();
            if (MIN_WORD..=MAX_WORD).contains(&length) && found.len() < MAX_WORDS {
                found.insert(word.to_owned());
            }
        }
    }
    found
}

/// Lower case, with the accents of Latin letters taken off.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match base(letter) {
            Some(plain) => out.push_str(plain),
            None if ('\u{300}'..='\u{36f}').contains(&letter) => {}
            None => out.push(letter),
        }
    }
    out
}

/// The plain letters of a Latin letter in lower case (Unicode blocks Latin-1 Supplement and Latin Extended-A).
fn base(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' => "t",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_do_not_matter() {
        assert_eq!(fold("Éloïse NŒUVÉGLISE"), "eloise noeuveglise");
        assert_eq!(fold("e\u{301}cho"), "echo");
        assert!(words(["Compte rendu d'échocardiographie"]).contains("echocardiographie"));
    }

    #[test]
    fn the_number_of_words_is_bounded() {
        let long: String = (0..MAX_WORDS + 10).map(|number| format!("mot{number} ")).collect();
        assert_eq!(words([long.as_str()]).len(), MAX_WORDS);
    }
}
