//! Emails over opaque CMS: what the outer headers say (RFC 8621 §4).

pub(crate) mod get;
mod header_form;
pub(crate) mod import;
pub(crate) mod insert;
pub(crate) mod outer;
pub(crate) mod query;
pub(crate) mod query_changes;
pub(crate) mod set;

/// Whether a keyword is one (RFC 8621 §4.1.1): lower case, no white space, none of `(){]%*"\`.
pub(crate) fn is_keyword(keyword: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_graphic() && !b.is_ascii_uppercase() && !br#"(){]%*"\"#.contains(&b);
    (1..=crate::limits::KEYWORD_BYTES).contains(&keyword.len()) && keyword.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::is_keyword;

    #[test]
    fn keywords() {
        assert!(is_keyword("$seen") && is_keyword("à suivre") == is_keyword("é"));
        for wrong in ["", "$Seen", "a b", "a(b", "a%b", "a\"b", "a\\b", "é", &"a".repeat(256)] {
            assert!(!is_keyword(wrong), "{wrong}");
        }
    }
}
