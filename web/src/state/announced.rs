//! Whether the words of a letter say that something is attached.

/// Words that say so by themselves, in lower case and without accents.
const WORDS: [&str; 22] = [
    "ci-joint",
    "ci-jointe",
    "ci-joints",
    "ci-jointes",
    "cijoint",
    "ci-inclus",
    "ci-incluse",
    "ci-annexe",
    "ci-annexes",
    "pj",
    "pjs",
    "attached",
    "attachment",
    "attachments",
    "enclosed",
    "enclosure",
    "enclosures",
    "en-piece-jointe",
    "piece-jointe",
    "pieces-jointes",
    "fichier-joint",
    "fichiers-joints",
];
/// Words that say so next to each other; `…` stands for at most three others.
const PHRASES: [&[&str]; 22] = [
    &["piece", "jointe"],
    &["pieces", "jointes"],
    &["fichier", "joint"],
    &["fichiers", "joints"],
    &["document", "joint"],
    &["documents", "joints"],
    &["ci", "joint"],
    &["ci", "jointe"],
    &["ci", "joints"],
    &["ci", "jointes"],
    &["p", "j"],
    &["en", "annexe"],
    &["en", "pj"],
    &["je", "vous", "joins"],
    &["je", "joins"],
    &["je", "te", "joins"],
    &["nous", "joignons"],
    &["vous", "joignons"],
    &["i", "attach"],
    &["i", "enclose"],
    &["find", "…", "attached"],
    &["i", "am", "attaching"],
];
/// Words after which "attached" means something else.
const NOT_BEFORE: [&str; 4] = ["to", "tendon", "is", "was"];

/// Whether a text says that something is attached. Quoted lines are somebody else's.
pub fn announces_files(text: &str) -> bool {
    let own = text.lines().take_while(|line| *line != "-- ").filter(|line| !line.starts_with('>'));
    own.map(words_of).any(|words| says_so(&words))
}

fn says_so(words: &[String]) -> bool {
    let single = words.iter().enumerate().any(|(at, word)| {
        let next = at.checked_add(1).and_then(|next| words.get(next));
        let otherwise = word == "attached" && next.is_some_and(|next| NOT_BEFORE.contains(&next.as_str()));
        WORDS.contains(&word.as_str()) && !otherwise
    });
    single || PHRASES.iter().any(|phrase| (0..words.len()).any(|at| begins(words.get(at..), phrase)))
}

fn begins(words: Option<&[String]>, phrase: &[&str]) -> bool {
    let Some(words) = words else { return false };
    match phrase.split_first() {
        None => true,
        Some((&"…", rest)) => (0..=3).any(|skipped| begins(words.get(skipped..), rest)),
        Some((first, rest)) => {
            words.first().is_some_and(|word| word == first) && begins(words.get(1..), rest)
        }
    }
}

/// The words of a line, in lower case and without accents; hyphens join, everything else parts.
fn words_of(line: &str) -> Vec<String> {
    let plain: String = line.to_lowercase().chars().map(without_accent).collect();
    let parts = plain.split(|letter: char| !letter.is_alphanumeric() && letter != '-');
    parts.map(|word| word.trim_matches('-').to_owned()).filter(|word| !word.is_empty()).collect()
}

fn without_accent(letter: char) -> char {
    match letter {
        'à' | 'â' => 'a',
        'ç' => 'c',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' => 'o',
        'û' | 'ù' => 'u',
        // Word writes hyphens that do not break.
        '\u{2010}' | '\u{2011}' => '-',
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_announce_a_file() {
        for text in [
            "Vous trouverez ci-joint le compte rendu.",
            "Bonjour,\n\nCi-jointes les deux radios.",
            "CI JOINT l’ordonnance",
            "ci‑joint le bilan",
            "Voir pièce jointe.",
            "Le compte rendu en pièce-jointe",
            "Les pièces jointes suivent",
            "cf. PJ",
            "P.J. : 2",
            "Le protocole figure en annexe.",
            "Je vous joins le courrier du Dr Roy.",
            "Nous vous joignons le dossier",
            "voir le fichier joint",
            "Please find attached the report.",
            "Please find the report attached.",
            "The report is attached.",
            "Enclosed: two images",
            "See the attachment.",
            "I attach the results",
        ] {
            assert!(announces_files(text), "{text:?}");
        }
    }

    #[test]
    fn words_that_do_not() {
        for text in [
            "",
            "Douleur du joint de hanche droit.",
            "Il habite le Pays joint à la commune.",
            "Joint au téléphone ce matin, il va bien.",
            "Je vous rejoins à midi.",
            "Sa conjointe est présente ; compte joint.",
            "Lésion des annexes de l’utérus, annexe droite normale.",
            "Une pièce du dossier manque.",
            "Le médecin adjoint a signé. Ci-dessus, ci-dessous.",
            "The ligament is attached to the bone.",
            "An attached tendon? No: attached tendon was seen.",
            "Merci.\n> Vous trouverez ci-joint le compte rendu.",
            "Merci.\n-- \nLes pièces jointes sont confidentielles.",
            "Projet PJM, SPJ, pjx",
        ] {
            assert!(!announces_files(text), "{text:?}");
        }
    }
}
