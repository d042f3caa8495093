//! Keeps what is on the list, until reading it again changes nothing: what a browser reads is then what was looked at.

use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};

use crate::image::Images;
use crate::{Error, Limits, Result, allowed, write};

/// HTML of the list, images still by their names, that reads and writes as itself.
pub(crate) fn settle(html: &str, limits: &Limits) -> Result<String> {
    let list = list();
    let limit = html.len().saturating_mul(limits.growth).saturating_add(Limits::GROWTH_FLOOR);
    let mut before = html.to_owned();
    for _ in 0..limits.rounds {
        let cleaned = list.clean(&before).to_string();
        bound_references(&cleaned, limits)?;
        let written = write::write(&cleaned, &mut Images::named(), limits)?.html;
        if written.len() > limit {
            return Err(Error::Grew { found: written.len(), limit });
        }
        if written == before {
            return Ok(written);
        }
        before = written;
    }
    Err(Error::Unstable)
}

/// Fails when there are more character references than the limit.
pub(crate) fn bound_references(html: &str, limits: &Limits) -> Result<()> {
    // 0xC2 begins a space that does not break, which is written as a reference.
    let found = html.bytes().filter(|octet| matches!(octet, b'&' | 0xc2)).count();
    let limit = limits.references.min(Limits::SCANNED_KIB / html.len().div_ceil(1024).max(1));
    if found > limit { Err(Error::TooManyReferences { limit }) } else { Ok(()) }
}

/// The list as `ammonia` takes it. Addresses, styles and values are the writer's.
fn list() -> Builder<'static> {
    let mut builder = Builder::empty();
    let of_element: HashMap<&str, HashSet<&str>> = allowed::OF_ELEMENT
        .iter()
        .map(|(element, names)| (*element, names.iter().copied().collect()))
        .collect();
    builder
        .tags(allowed::ELEMENTS.into())
        .clean_content_tags(allowed::WITH_CONTENT.into())
        .generic_attributes(allowed::EVERYWHERE.into())
        .tag_attributes(of_element)
        .url_schemes(["http", "https", "mailto", "tel", "cid", "data"].into())
        .url_relative(UrlRelative::Deny)
        .link_rel(None)
        .strip_comments(true);
    builder
}
