//! Mailboxes (RFC 5322 §3.4, RFC 6532).

use std::fmt;

use mail_parser::{AddressList, HeaderForm};

use crate::error::{Error, Result};

/// Longest mailbox in octets (RFC 5321 §4.5.3.1.3 gives a path 256 with its brackets).
const MAX_EMAIL: usize = 254;

/// A mailbox: an address and perhaps a display name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Address {
    /// Display name, decoded and unquoted.
    pub name: Option<String>,
    /// `local@domain`, as written.
    pub email: String,
}

impl Address {
    /// A mailbox with a display name.
    pub fn new(name: impl Into<String>, email: impl Into<String>) -> Self {
        Self { name: Some(name.into()), email: email.into() }
    }

    /// A mailbox without a display name.
    pub fn bare(email: impl Into<String>) -> Self {
        Self { name: None, email: email.into() }
    }

    /// Reads a list of mailboxes as people type and paste them: display names, quotes, comments, groups
    /// (flattened), separated by commas or semicolons (RFC 5322 §3.4).
    ///
    /// # Errors
    /// `BadAddress` names the first entry that is no address; nothing is dropped silently.
    pub fn parse_list(text: &str) -> Result<Vec<Self>> {
        let mut list = Vec::new();
        for entry in split_entries(text) {
            let found = parse_entry(entry);
            if found.is_empty() && !is_empty_group(entry) {
                return Err(Error::BadAddress(entry.to_owned()));
            }
            list.extend(found);
        }
        match list.iter().find(|address| !address.is_valid()) {
            Some(bad) => Err(Error::BadAddress(bad.email.clone())),
            None => Ok(list),
        }
    }

    /// Whether the address can be written in a header section: two non-empty sides of one `@`, a domain that
    /// is a name or a literal, no space and no control character.
    pub fn is_valid(&self) -> bool {
        is_valid_email(&self.email)
    }

    /// The part before the last `@`.
    pub fn local_part(&self) -> &str {
        self.email.rsplit_once('@').map_or(self.email.as_str(), |(local, _)| local)
    }

    /// The domain as written; empty when there is none.
    pub fn domain(&self) -> &str {
        self.email.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Whether both name the same mailbox: local parts equal octet by octet, domains without regard to case
    /// and to their Unicode or ASCII form (RFC 5280 §7.5, RFC 9598 §4).
    pub fn same_mailbox(&self, other: &Self) -> bool {
        self.local_part() == other.local_part()
            && !self.domain().is_empty()
            && domain_to_ascii(self.domain()) == domain_to_ascii(other.domain())
    }

    pub(crate) fn from_list(list: Option<AddressList<'_>>) -> Vec<Self> {
        let Some(list) = list else { return Vec::new() };
        list.mailboxes()
            .filter(|mailbox| mailbox.address().is_some() || mailbox.name().is_some())
            .map(|mailbox| Self {
                name: mailbox.name().map(str::to_owned),
                email: mailbox.address().unwrap_or_default().to_owned(),
            })
            .collect()
    }
}

impl fmt::Display for Address {
    /// `Name <local@domain>` for people to read; not the escaped form of a header field.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.email),
            None => f.write_str(&self.email),
        }
    }
}

/// A domain in lower-case ASCII: labels beyond ASCII become A-labels (RFC 5890 §2.3.2.1, RFC 3492).
///
/// Beyond lower-casing no mapping is done; `None` when a label cannot be encoded.
pub fn domain_to_ascii(domain: &str) -> Option<String> {
    let labels: Option<Vec<String>> = domain.to_lowercase().split('.').map(label_to_ascii).collect();
    labels.map(|labels| labels.join("."))
}

/// [`Address::is_valid`] of what is no [`Address`] yet.
pub(crate) fn is_valid_email(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else { return false };
    email.len() <= MAX_EMAIL && is_local_part(local) && is_domain(domain)
}

/// Quoted local parts may hold what RFC 5321 §4.1.2 allows, except spaces, which do not survive folding, and
/// escapes, which nobody needs.
fn is_local_part(local: &str) -> bool {
    let inside = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let quoted = inside.is_some_and(|inside| !inside.is_empty() && !inside.contains(['"', '\\']));
    let is_plain = |c: char| !"()<>[]:;@\\,\"".contains(c);
    !local.contains(|c: char| c.is_control() || c.is_whitespace())
        && !local.is_empty()
        && (quoted || local.chars().all(is_plain))
}

fn is_domain(domain: &str) -> bool {
    let literal = domain.starts_with('[') && domain.ends_with(']');
    let name = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| {
                c.is_alphanumeric() || c == '-' || (!c.is_ascii() && !c.is_control() && !c.is_whitespace())
            })
    };
    (literal && domain.chars().all(|c| c.is_ascii_graphic())) || domain.split('.').all(name)
}

/// Splits at commas, semicolons and line ends that stand outside quotes, comments, brackets and groups.
fn split_entries(text: &str) -> Vec<&str> {
    let mut entries = Vec::new();
    let mut state = Nesting::default();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        if state.ends_entry(c) {
            entries.push(text.get(start..at).unwrap_or_default());
            start = at + c.len_utf8();
        }
    }
    entries.push(text.get(start..).unwrap_or_default());
    entries.into_iter().map(str::trim).filter(|entry| !entry.is_empty()).collect()
}

/// Where the reader of an address list stands.
#[derive(Default)]
struct Nesting {
    quoted: bool,
    escaped: bool,
    comments: usize,
    angle: bool,
    group: bool,
}

impl Nesting {
    fn ends_entry(&mut self, c: char) -> bool {
        if std::mem::take(&mut self.escaped) {
            return false;
        }
        match c {
            '\\' if self.quoted || self.comments > 0 => self.escaped = true,
            '"' if self.comments == 0 => self.quoted = !self.quoted,
            _ if self.quoted => {}
            '(' => self.comments += 1,
            ')' => self.comments = self.comments.saturating_sub(1),
            _ if self.comments > 0 => {}
            '<' => self.angle = true,
            '>' => self.angle = false,
            _ if self.angle => {}
            ':' => self.group = true,
            ';' if self.group => self.group = false,
            ',' | '\n' => return !self.group,
            ';' => return true,
            _ => {}
        }
        false
    }
}

fn parse_entry(entry: &str) -> Vec<Address> {
    let parsed = HeaderForm::Addresses.parse(entry.as_bytes());
    let mut found = Address::from_list(parsed.value().as_address());
    found.iter_mut().for_each(|address| address.name = address.name.take().filter(|name| !name.is_empty()));
    found
}

fn is_empty_group(entry: &str) -> bool {
    entry.split_once(':').is_some_and(|(_, members)| members.trim_matches([' ', ';']).is_empty())
}

fn label_to_ascii(label: &str) -> Option<String> {
    if label.is_ascii() {
        return Some(label.to_owned());
    }
    punycode(label).map(|encoded| format!("xn--{encoded}"))
}

/// Encodes one label (RFC 3492 §6.3).
fn punycode(label: &str) -> Option<String> {
    let input: Vec<u32> = label.chars().map(u32::from).collect();
    let mut output: String = label.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(output.len()).ok()?;
    if basic > 0 {
        output.push('-');
    }
    let (mut n, mut delta, mut bias, mut handled) = (128_u32, 0_u32, 72_u32, basic);
    while (handled as usize) < input.len() {
        let next = *input.iter().filter(|c| **c >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(handled + 1)?)?;
        n = next;
        for &c in &input {
            if c < n {
                delta = delta.checked_add(1)?;
            }
            if c == n {
                push_delta(&mut output, delta, bias);
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        n = n.checked_add(1)?;
    }
    Some(output)
}

fn push_delta(output: &mut String, delta: u32, bias: u32) {
    let mut q = delta;
    for k in (36_u32..).step_by(36) {
        let t = k.saturating_sub(bias).clamp(1, 26);
        if q < t {
            break;
        }
        output.push(digit(t + (q - t) % (36 - t)));
        q = (q - t) / (36 - t);
    }
    output.push(digit(q));
}

fn digit(value: u32) -> char {
    char::from_digit(if value < 26 { value + 10 } else { value - 26 }, 36).unwrap_or('a')
}

fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}
