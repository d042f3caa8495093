//! Values in rows (RFC 4180, and what spreadsheets of France write: semicolons).

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};

/// Longest value shown, in octets: more is no value of a table.
const MAX_VALUE: usize = 4096;
/// Most columns of a row.
const MAX_COLUMNS: usize = 200;

/// The rows of a text. Whatever is too long or too wide is cut.
pub(super) fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader: Reader = ReaderBuilder::new().delimiter(delimiter(text)).build();
    let (mut rows, mut row, mut value) = (Vec::new(), Vec::new(), Vec::new());
    let (mut rest, mut buffer) = (text.as_bytes(), [0_u8; 512]);
    loop {
        let (result, read, written) = reader.read_field(rest, &mut buffer);
        rest = rest.get(read..).unwrap_or_default();
        let room = MAX_VALUE.saturating_sub(value.len());
        value.extend_from_slice(buffer.get(..written.min(room)).unwrap_or_default());
        match result {
            ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
            ReadFieldResult::Field { record_end } => {
                if row.len() < MAX_COLUMNS {
                    row.push(String::from_utf8_lossy(&value).into_owned());
                }
                value.clear();
                if record_end {
                    rows.push(std::mem::take(&mut row));
                }
            }
            ReadFieldResult::End => return rows,
        }
    }
}

/// The sign that most often stands between values in the first line: a semicolon before a comma, which French numbers have.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |sign: u8| first.bytes().filter(|octet| *octet == sign).count();
    b",\t;".iter().copied().max_by_key(|sign| count(*sign)).unwrap_or(b';')
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn values_are_apart_whatever_stands_between() {
        for (text, wanted) in [
            ("nom;valeur\nHb;13,2\n", vec![vec!["nom", "valeur"], vec!["Hb", "13,2"]]),
            ("a,b\n\"c,d\",\"e\"\"f\"\n", vec![vec!["a", "b"], vec!["c,d", "e\"f"]]),
            ("a\tb\nc\t\n", vec![vec!["a", "b"], vec!["c", ""]]),
            ("seul", vec![vec!["seul"]]),
            ("", vec![]),
        ] {
            assert_eq!(rows(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_too_long_or_too_wide_is_cut() {
        let wide = rows(&format!("{}\n", ";".repeat(1000)));
        assert_eq!(wide[0].len(), super::MAX_COLUMNS);
        let long = rows(&"é".repeat(100_000));
        assert!(long[0][0].len() <= super::MAX_VALUE + 2, "{}", long[0][0].len());
    }
}
