//! Code pages by their Windows numbers.

use mail_parser::Charset;

/// What is meant where no code page is given: Western Europe.
pub(crate) const DEFAULT_CODE_PAGE: u32 = 1252;

/// The charset of a code page; none for one that is unknown here.
fn charset(code_page: u32) -> Option<Charset> {
    let label = match code_page {
        0 => "windows-1252",
        // The letters of French stand in both at the same places.
        437 | 850 => "ibm850",
        866 => "ibm866",
        874 | 1250..=1258 => return Charset::from_label(format!("windows-{code_page}").as_bytes()),
        932 => "shift_jis",
        936 => "gbk",
        949 => "euc-kr",
        950 => "big5",
        1200 => "utf-16le",
        1201 => "utf-16be",
        10_000 => "macintosh",
        20_127 => "us-ascii",
        20_866 => "koi8-r",
        20_932 | 51_932 => "euc-jp",
        21_866 => "koi8-u",
        28_591..=28_606 => {
            return Charset::from_label(format!("iso-8859-{}", code_page.saturating_sub(28_590)).as_bytes());
        }
        50_220..=50_222 => "iso-2022-jp",
        51_949 => "euc-kr",
        54_936 => "gb18030",
        65_000 => "utf-7",
        65_001 => "utf-8",
        _ => return None,
    };
    Charset::from_label(label.as_bytes())
}

/// The text of untrusted octets, and whether all of them were right in this code page.
pub(crate) fn decode(octets: &[u8], code_page: u32) -> (String, bool) {
    let known = charset(code_page);
    let (text, damaged) = known.unwrap_or(Charset::Windows1252).decode_checked(octets);
    // ASCII is the same in whatever is unknown.
    let right = !damaged && (known.is_some() || octets.is_ascii());
    (text.into_owned(), right)
}

/// The text of untrusted UTF-16LE, and whether it was right.
pub(crate) fn decode_wide(octets: &[u8]) -> (String, bool) {
    let (text, damaged) = Charset::Utf16Le.decode_checked(octets);
    (text.into_owned(), !damaged)
}
