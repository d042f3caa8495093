//! Text whose lines flow (RFC 3676): paragraphs that a program broke into lines are put together again.

use mail_parser::MessagePart;

/// Whether a text part says that its lines flow, and if so whether the space at which a line was broken is none of the text
/// (`DelSp`).
pub(crate) fn declared(part: &MessagePart<'_>) -> Option<bool> {
    let content_type = part.content_type()?;
    let says =
        |name, value| content_type.attribute(name).is_some_and(|found| found.eq_ignore_ascii_case(value));
    says("format", "flowed").then(|| says("delsp", "yes"))
}

/// The paragraphs of `text`, whose line ends are LF. Each line that was quoted begins with its marks and a space.
///
/// A line ending in a space goes on in the next one, when that is quoted as deeply and is not the line before a signature (§4.2,
/// §4.3, §4.5).
pub(crate) fn unflow(text: &str, delsp: bool) -> String {
    const SIGNATURE: &str = "-- ";
    let mut paragraphs = String::with_capacity(text.len());
    let mut open = None;
    for (at, line) in text.split('\n').enumerate() {
        let quoted = line.trim_start_matches('>');
        let depth = line.len() - quoted.len();
        // A space before what would else be taken for a mark (§4.4).
        let line = quoted.strip_prefix(' ').unwrap_or(quoted);
        let is_signature = line == SIGNATURE;
        if open != Some(depth) || is_signature {
            if at > 0 {
                paragraphs.push('\n');
            }
            (0..depth).for_each(|_| paragraphs.push('>'));
            if depth > 0 && !line.is_empty() {
                paragraphs.push(' ');
            }
        }
        let broken = line.strip_suffix(' ').filter(|_| !is_signature);
        open = broken.map(|_| depth);
        paragraphs.push_str(broken.filter(|_| delsp).unwrap_or(line));
    }
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::unflow;

    #[test]
    fn paragraphs_are_those_of_the_standard() {
        for (lines, plain, delsp) in [
            ("", "", ""),
            ("a", "a", "a"),
            ("a\n", "a\n", "a\n"),
            ("un mot \nencore \nfin\nautre\n", "un mot encore fin\nautre\n", "un motencorefin\nautre\n"),
            // Spaces before marks, From lines and spaces.
            (" >a\n From b\n  c", ">a\nFrom b\n c", ">a\nFrom b\n c"),
            // Quotes flow within their depth only.
            (">a \n>b\n>>c \n>d \ne", "> a b\n>> c \n> d \ne", "> ab\n>> c\n> d\ne"),
            ("> a \n> b\n>\n> c", "> a b\n>\n> c", "> ab\n>\n> c"),
            // A signature begins on a line of its own, flowing or quoted.
            ("fin \n-- \nA. D.\n", "fin \n-- \nA. D.\n", "fin\n-- \nA. D.\n"),
            ("> x\n> -- \n> y", "> x\n> -- \n> y", "> x\n> -- \n> y"),
            // An empty line ends what flowed.
            ("a \n\nb", "a \nb", "a\nb"),
            ("é \n€", "é €", "é€"),
        ] {
            assert_eq!(unflow(lines, false), plain, "{lines:?}");
            assert_eq!(unflow(lines, true), delsp, "{lines:?}");
        }
    }
}
