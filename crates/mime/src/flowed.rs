//! Text whose lines flow (RFC 3676): paragraphs that a program broke into lines are put together again, and ours are broken.

use mail_parser::MessagePart;

/// The line before a signature (§4.3).
const SIGNATURE: &str = "-- ";
/// Longest line written, marks and spaces included (§4.2 wants at most 78, as RFC 5322 does).
#[cfg(feature = "rich")]
const LINE: usize = 76;
/// Room for words that is left to lines quoted so deeply that their marks fill them.
#[cfg(feature = "rich")]
const LEAST: usize = 24;

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

/// Breaks the paragraphs of `text`, whose line ends are LF, into lines that flow: [`unflow`] puts them together again.
///
/// A line that begins with `>` is quoted as deeply as it has such marks. Spaces at the ends of lines go (§4.2), but for the line
/// before a signature. Words longer than a line stay whole.
#[cfg(feature = "rich")]
#[must_use]
pub fn flow(text: &str) -> String {
    let mut flowed = String::with_capacity(text.len().saturating_add(text.len() / 16));
    for (at, paragraph) in text.split('\n').enumerate() {
        if at > 0 {
            flowed.push('\n');
        }
        let words = paragraph.trim_start_matches('>');
        let marks = paragraph.get(..paragraph.len().saturating_sub(words.len())).unwrap_or_default();
        let words = if marks.is_empty() { words } else { words.strip_prefix(' ').unwrap_or(words) };
        let words = if words == SIGNATURE { words } else { words.trim_end_matches(' ') };
        push_lines(&mut flowed, marks, words);
    }
    flowed
}

/// One paragraph as lines, all but the last ending in a space.
#[cfg(feature = "rich")]
fn push_lines(flowed: &mut String, marks: &str, words: &str) {
    let room = LINE.saturating_sub(marks.len().saturating_add(1)).max(LEAST);
    let mut rest = words;
    loop {
        flowed.push_str(marks);
        let stuffed = rest.starts_with([' ', '>']) || rest.starts_with("From ");
        if stuffed || (!marks.is_empty() && !rest.is_empty()) {
            flowed.push(' ');
        }
        let (line, after) = rest.split_at(line_end(rest, room));
        flowed.push_str(line);
        if after.is_empty() {
            return;
        }
        flowed.push('\n');
        rest = after;
    }
}

/// Where the first line of a paragraph ends: behind the last space that fits, else behind the first one, else at its end. No
/// line becomes what would be taken for the one before a signature.
#[cfg(feature = "rich")]
fn line_end(rest: &str, room: usize) -> usize {
    let mut end = None;
    let mut spaces = rest.char_indices().enumerate().filter(|(_, (_, letter))| *letter == ' ').peekable();
    while let Some((column, (at, _))) = spaces.next() {
        let behind = at.saturating_add(1);
        // Breaks within several spaces are possible; behind the last of them the next line needs none before it.
        let next_is_space = spaces.peek().is_some_and(|(_, (next, _))| *next == behind);
        if column >= room && end.is_some() {
            break;
        }
        if !next_is_space
            && rest.get(..behind).is_some_and(|line| line != SIGNATURE && !line.trim().is_empty())
        {
            end = Some(behind);
        }
    }
    let fits = rest.chars().nth(room).is_none();
    end.filter(|_| !fits).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "rich")]
    use super::flow;
    use super::unflow;

    #[cfg(feature = "rich")]
    #[test]
    fn lines_that_flow_are_short_and_come_together_again() {
        let long = "L’échographie est normale, la fraction d’éjection aussi. ".repeat(9);
        for text in [
            "",
            "a",
            "a\n\nb\n",
            " en retrait\n  deux fois",
            "From ici\nFrom",
            "fin\n-- \nDr A. D.",
            "> cité\n>> deux fois\n>\n> encore",
            ">  en retrait",
            &format!("-- {}", "x".repeat(200)),
            &format!("mot {} mot", "x".repeat(200)),
            &format!("{}  {}", long.trim_end(), long.trim_end()),
            long.trim_end(),
            &format!(">>> {}", long.trim_end()),
            &format!("{} {}", ">".repeat(90), long.trim_end()),
        ] {
            let flowed = flow(text);
            assert_eq!(unflow(&flowed, false), text, "{flowed}");
            for line in flowed.lines().filter(|line| !line.contains("xxx") && !line.starts_with(">>>>")) {
                assert!(line.chars().count() <= super::LINE, "{line:?}");
            }
        }
    }

    #[cfg(feature = "rich")]
    #[test]
    fn what_flows_says_so_by_one_space_and_nothing_else_does() {
        let flowed = flow(&format!("{}\nfin   \n-- \nDr A.", "un mot ".repeat(30).trim_end()));
        let lines: Vec<_> = flowed.lines().collect();
        assert!(lines[..lines.len() - 4].iter().all(|line| line.ends_with(' ') && line.chars().count() > 60));
        assert_eq!(lines[lines.len() - 3..], ["fin", "-- ", "Dr A."]);
        // A mark that the writer did not mean as a quote, but that begins a line now.
        assert!(flow(&format!("{} > 3", "x".repeat(80))).contains("\n > 3"));
    }

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
