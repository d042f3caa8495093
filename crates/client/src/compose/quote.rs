//! The words of the letter answered: what of them is quoted.

use sceau_protocol::Quote;

/// Deepest quote an answer repeats: the letter answered and the one before it.
const DEEPEST: usize = 2;
/// The line before a signature (RFC 3676 §4.3).
const SIGNATURE: &str = "-- ";

/// A quote below its head line, without signatures and old quotes; those are kept beside it.
pub(super) fn for_answer(head: &str, text: &str) -> Quote {
    let whole = quoted(head, text);
    let trimmed = quoted(head, &trimmed(text));
    if trimmed == whole {
        Quote { text: whole, whole: None }
    } else {
        Quote { text: trimmed, whole: Some(whole) }
    }
}

/// All of a text below its head line.
pub(super) fn quoted(head: &str, text: &str) -> String {
    let lines: String = text.trim_end().lines().map(quoted_line).collect();
    format!("{head}\n{}", lines.trim_end_matches('\n'))
}

fn quoted_line(line: &str) -> String {
    if line.is_empty() || line.starts_with('>') { format!(">{line}\n") } else { format!("> {line}\n") }
}

fn trimmed(text: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut within_signature = None;
    for line in text.lines() {
        let words = line.trim_start_matches('>');
        let depth = line.len().saturating_sub(words.len());
        let words = words.strip_prefix(' ').filter(|_| depth > 0).unwrap_or(words);
        if depth >= DEEPEST {
            without_head(&mut kept, depth);
            continue;
        }
        if words == SIGNATURE {
            within_signature = Some(depth);
        } else if within_signature != Some(depth) || words.is_empty() {
            within_signature = None;
            kept.push(line);
        }
    }
    kept.join("\n")
}

/// The line that announced a quote goes with it.
fn without_head(kept: &mut Vec<&str>, depth: usize) {
    let marks = |line: &&str| line.len().saturating_sub(line.trim_start_matches('>').len());
    let blank = |line: &&str| line.trim_start_matches('>').trim().is_empty();
    let above = |line: &&str| marks(line).saturating_add(1) == depth;
    if let Some(at) = kept.iter().rposition(|line| !blank(line))
        && kept.get(at).is_some_and(|line| above(line) && line.trim_end().ends_with(':'))
    {
        kept.truncate(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_and_old_quotes_are_left_out_and_can_come_back() {
        let text = "Bonjour,\n\nD’accord.\n\n-- \nDr A.\n1 rue X\n\nHier, B a écrit :\n> Bonjour,\n> -- \n> Dr B.\n>\n> Avant-hier, C a écrit :\n>> Bonjour B,\n>>> plus ancien\n";
        let quote = for_answer("Ce jour, A a écrit :", text);
        assert_eq!(
            quote.text,
            "Ce jour, A a écrit :\n> Bonjour,\n>\n> D’accord.\n>\n>\n> Hier, B a écrit :\n>> Bonjour,\n>>"
        );
        let whole = quote.whole.unwrap();
        assert!(
            whole.contains("> Dr A.")
                && whole.contains(">>> Bonjour B,")
                && whole.contains(">>>> plus ancien")
        );
    }

    #[test]
    fn what_has_neither_is_quoted_whole() {
        let quote = for_answer("A :", "Un mot\n--\npas une signature\n");
        assert_eq!(quote, Quote { text: "A :\n> Un mot\n> --\n> pas une signature".to_owned(), whole: None });
    }
}
