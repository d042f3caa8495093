//! A letter's text in pieces: paragraphs as written, quoted lines apart, and links only where they may be offered.

/// A run of lines of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Lines quoted from an earlier letter (`>`).
    pub quoted: bool,
    /// The words, links told apart.
    pub pieces: Vec<Piece>,
}

/// Words, or an address to visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Plain words, line ends included.
    Words(String),
    /// A web address, exactly as it is written.
    Link(String),
}

/// Cuts a text into blocks. Without `links` (no valid signature) every address stays words.
pub fn blocks(text: &str, links: bool) -> Vec<Block> {
    let mut blocks: Vec<(bool, String)> = Vec::new();
    for line in text.trim_end().lines() {
        let quoted = line.starts_with('>');
        match blocks.last_mut() {
            Some((kind, lines)) if *kind == quoted => {
                lines.push('\n');
                lines.push_str(line);
            }
            _ => blocks.push((quoted, line.to_owned())),
        }
    }
    blocks
        .into_iter()
        .map(|(quoted, lines)| Block {
            quoted,
            pieces: if links { told_apart(&lines) } else { vec![Piece::Words(lines)] },
        })
        .collect()
}

fn told_apart(mut text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut words = String::new();
    while let Some(start) = text.find("https://") {
        let (before, rest) = text.split_at(start);
        let address = address(rest);
        words.push_str(before);
        if address.len() > "https://".len() {
            if !words.is_empty() {
                pieces.push(Piece::Words(std::mem::take(&mut words)));
            }
            pieces.push(Piece::Link(address.to_owned()));
        } else {
            words.push_str(address);
        }
        text = rest.strip_prefix(address).unwrap_or_default();
    }
    words.push_str(text);
    if !words.is_empty() {
        pieces.push(Piece::Words(words));
    }
    pieces
}

/// The address a text begins with: up to a space or a bracket, without the stop that ends the sentence.
fn address(text: &str) -> &str {
    let end = text.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"'()[]{}«»".contains(c));
    let whole = end.and_then(|end| text.get(..end)).unwrap_or(text);
    whole.trim_end_matches(['.', ',', ';', ':', '!', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Piece {
        Piece::Words(text.into())
    }

    #[test]
    fn quoted_lines_stand_apart() {
        let blocks = blocks("Bonjour,\n> ancien\n> texte\nMerci\n", true);
        let kinds: Vec<_> = blocks.iter().map(|block| block.quoted).collect();
        assert_eq!(kinds, [false, true, false]);
        assert_eq!(blocks[1].pieces, [words("> ancien\n> texte")]);
    }

    #[test]
    fn links_end_before_the_full_stop() {
        let blocks = blocks("Voir (https://ecg.example/a?b=1), puis https://x.example.", true);
        let link = |address: &str| Piece::Link(address.into());
        assert_eq!(
            blocks[0].pieces,
            [
                words("Voir ("),
                link("https://ecg.example/a?b=1"),
                words("), puis "),
                link("https://x.example"),
                words(".")
            ]
        );
    }

    #[test]
    fn nothing_is_a_link_without_a_signature_or_without_tls() {
        assert_eq!(blocks("https://x.example", false)[0].pieces, [words("https://x.example")]);
        for text in ["http://x.example", "javascript:alert(1)", "https://", "https:// x"] {
            assert_eq!(blocks(text, true)[0].pieces, [words(text)], "{text}");
        }
    }
}
