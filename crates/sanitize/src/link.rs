//! Where a link leads, and whether it says so.

use url::{Host, Url};

/// A link of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The text that can be clicked, of images their description; white space as it was.
    pub shown: String,
    /// Where it leads: `http`, `https`, `mailto` or `tel`, host names in ASCII.
    pub target: String,
    /// Whether the text looks like an address other than the target.
    pub deceives: bool,
}

/// Longest target, in bytes: what browsers and servers take. A longer one leads nowhere.
const MAX_TARGET_BYTES: usize = 8_192;
/// Endings of files, which are no top-level domains: `rapport.pdf` is a name and no host.
const FILE_ENDINGS: [&str; 14] =
    ["pdf", "doc", "docx", "xls", "xlsx", "odt", "ods", "jpg", "jpeg", "png", "txt", "html", "xml", "csv"];

/// The target as it is written, when it is one that a letter may lead to (WHATWG URL §4.4).
pub(crate) fn target(address: &str) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    let leads = match url.scheme() {
        "http" | "https" => url.has_host(),
        "mailto" => !url.path().is_empty(),
        "tel" => is_number(url.path()),
        _ => false,
    };
    if url.scheme() == "mailto" {
        keep_words(&mut url);
        // The standard keeps spaces in what follows this scheme; programs that are handed the target would cut it there.
        url = Url::parse(&url.as_str().replace(' ', "%20")).ok()?;
    }
    let same = Url::parse(url.as_str()).is_ok_and(|again| again == url);
    (leads && same && url.as_str().len() <= MAX_TARGET_BYTES).then(|| url.into())
}

/// Digits and what stands between them (RFC 3966 §5.1.1). `*` and `#` make a telephone do things, such as divert calls.
fn is_number(path: &str) -> bool {
    path.bytes().any(|at| at.is_ascii_digit())
        && path.bytes().all(|at| at.is_ascii_digit() || b"+-.()".contains(&at))
}

/// Of a `mailto` (RFC 6068 §2) subject and body stay: others would be people or files that the text does not name.
fn keep_words(url: &mut Url) {
    let word = |field: &&str| {
        let name = field.split('=').next().unwrap_or_default();
        name.eq_ignore_ascii_case("subject") || name.eq_ignore_ascii_case("body")
    };
    let kept: Vec<&str> = url.query().unwrap_or_default().split('&').filter(word).collect();
    let kept = kept.join("&");
    url.set_query((!kept.is_empty()).then_some(kept.as_str()));
    url.set_fragment(None);
}

/// Whether a link's text looks like a host or an address other than where it leads.
///
/// Both are untrusted. A target with a user's name before its host always deceives, and so does a text that turns its own
/// direction around. A host shown may be the target's, with or without `www.`, or one that the target's lies under.
#[must_use]
pub fn deceives(shown: &str, target: &str) -> bool {
    let Ok(url) = Url::parse(target) else { return true };
    let turned = shown.chars().any(|at| matches!(at, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
    let user = !url.username().is_empty() || url.password().is_some();
    turned || user || claims(shown).iter().any(|claim| !claim.holds(&url))
}

/// What a word of the text says that it leads to.
struct Claim {
    /// The mailbox of an e-mail address, in lower case.
    mailbox: Option<String>,
    host: String,
}

impl Claim {
    fn holds(&self, url: &Url) -> bool {
        match (url.scheme(), &self.mailbox) {
            ("http" | "https", None) => url.host_str().is_some_and(|host| lies_under(host, &self.host)),
            ("mailto", mailbox) => {
                let path = url.path().to_lowercase().replace("%40", "@");
                path.rsplit_once('@').is_some_and(|(left, right)| {
                    lies_under(&ascii(right), &self.host)
                        && mailbox.as_ref().is_none_or(|mailbox| mailbox == left)
                })
            }
            _ => false,
        }
    }
}

fn lies_under(host: &str, shown: &str) -> bool {
    let host = host.trim_end_matches('.');
    let shown = shown.strip_prefix("www.").unwrap_or(shown);
    host == shown || host.strip_suffix(shown).is_some_and(|before| before.ends_with('.'))
}

fn ascii(host: &str) -> String {
    Host::parse(host).map_or_else(|_| host.to_lowercase(), |host| host.to_string())
}

fn claims(shown: &str) -> Vec<Claim> {
    let seen: String = shown.chars().filter(|at| !is_invisible(*at)).map(plain_dot).collect();
    let apart = |at: char| at.is_whitespace() || "()<>[]{}\"'«»“”‘’,;|".contains(at);
    seen.split(apart).filter_map(claim).collect()
}

fn claim(word: &str) -> Option<Claim> {
    let word = word.trim_matches(|at: char| ".:!?…*_".contains(at));
    let rest = word.split_once("://").map_or(word, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let rest = rest.strip_prefix("mailto:").unwrap_or(rest);
    let (mailbox, host) = rest.rsplit_once('@').map_or((None, rest), |(left, right)| (Some(left), right));
    let host = host.split(':').next().unwrap_or_default();
    looks_like_host(host).then(|| Claim { mailbox: mailbox.map(str::to_lowercase), host: ascii(host) })
}

fn looks_like_host(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let named = |label: &&str| {
        !label.is_empty() && label.chars().all(|at| at.is_alphanumeric() || at == '-' || at == '_')
    };
    let (true, Some((last, before))) = (labels.iter().all(named), labels.split_last()) else { return false };
    let numbers = labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok());
    let lettered = last.chars().count() >= 2
        && (last.chars().all(char::is_alphabetic) || last.to_ascii_lowercase().starts_with("xn--"));
    let file = FILE_ENDINGS.contains(&last.to_lowercase().as_str());
    numbers || (!before.is_empty() && lettered && !file)
}

/// Characters that take no place (Unicode: default ignorable, as far as they are met in names).
fn is_invisible(at: char) -> bool {
    matches!(at, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Dots that a host name takes for its own (UTS #46 §4).
fn plain_dot(at: char) -> char {
    if matches!(at, '。' | '．' | '｡' | '․') { '.' } else { at }
}

#[cfg(test)]
mod tests {
    use super::{deceives, target};

    #[test]
    fn texts_that_name_another_place_deceive() {
        for (shown, target) in [
            ("https://www.ameli.fr", "https://ameli.fr.example.com/"),
            ("ameli.fr", "https://example.com/ameli.fr"),
            ("www.ameli.fr", "https://ameli.fr@example.com/"),
            ("Le compte", "https://ameli.fr@example.com/"),
            ("ame\u{200b}li.fr", "https://example.com/"),
            ("ameli．fr", "https://example.com/"),
            ("аmeli.fr", "https://ameli.fr/"),
            ("\u{202e}rf.ilema", "https://ameli.fr/"),
            ("dr.roche@cabinet.fr", "mailto:autre@cabinet.fr"),
            ("dr.roche@cabinet.fr", "https://cabinet.fr/"),
            ("cabinet.fr", "tel:+33199000000"),
            ("Voir (http://10.0.0.1/x)", "https://example.com/"),
        ] {
            assert!(deceives(shown, target), "{shown} -> {target}");
        }
    }

    #[test]
    fn texts_that_name_their_place_or_none_do_not() {
        for (shown, target) in [
            ("Compte rendu du 12.03", "https://example.com/"),
            ("rapport.pdf", "https://example.com/r"),
            ("ameli.fr", "https://www.ameli.fr/assure"),
            ("https://www.ameli.fr/assure", "https://ameli.fr/assure"),
            ("Dr.Roche@Cabinet.fr", "mailto:dr.roche@cabinet.fr?subject=x"),
            ("01 99 00 00 00", "tel:+33199000000"),
            ("élève.fr", "https://xn--lve-6lad.fr/"),
        ] {
            assert!(!deceives(shown, target), "{shown} -> {target}");
        }
    }

    #[test]
    fn only_four_schemes_lead_somewhere() {
        for address in [
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "//x.fr",
            "/x",
            "vbscript:x",
            "blob:x",
            "file:///x",
            "cid:x",
            "#x",
            "",
        ] {
            assert_eq!(target(address), None, "{address}");
        }
        assert_eq!(target("tel:*21*0199000000%23"), None);
        assert_eq!(target("tel:+33-1(99)").as_deref(), Some("tel:+33-1(99)"));
        let mail = target("mailto:a@b.fr?bcc=c@d.fr&Subject=x%26bcc=y&attach=/etc/passwd#z");
        assert_eq!(mail.as_deref(), Some("mailto:a@b.fr?Subject=x%26bcc=y"));
        let spaced = target("mailto:a b <c@d.fr>?subject=x y");
        assert_eq!(spaced.as_deref(), Some("mailto:a%20b%20<c@d.fr>?subject=x%20y"));
        assert_eq!(target(" HTTPS://Éa.fr/ x").as_deref(), Some("https://xn--a-9fa.fr/%20x"));
    }
}
