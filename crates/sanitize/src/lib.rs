//! A hostile letter's HTML as HTML that can be shown in a frame of opaque origin.
//!
//! Three steps, none of which trusts the one before: `measure` reads the HTML as a browser would and bounds the work; `write`
//! writes anew what of the tree is on the list; `plain` looks at each token of what is about to be handed out, and at where it stands.
//! What is not plain is read and written again until that changes nothing (`settle`), and then `check` has the last look; it fails
//! when a token is not on the list. Whoever gets an [`Error`] shows the letter's plain text. `docs/design/html.md` says what is kept
//! and why.
//!
//! This crate is pure: it knows no network, clock or browser.

mod allowed;
mod attribute;
mod check;
mod css;
mod css_value;
mod error;
mod image;
mod limits;
mod link;
mod measure;
mod plain;
mod scan;
mod settle;
mod tree;
mod write;

pub use error::{Error, Result};
pub use image::{InlineParts, NoParts};
pub use limits::Limits;
pub use link::{Link, deceives};

/// A letter's HTML that can be shown, and what is to be said beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sanitized {
    /// The content of an element, in a document that is not in quirks mode.
    pub html: String,
    /// Where the letter's links lead; an `a` names its own by the index in `data-link`.
    pub links: Vec<Link>,
    /// Addresses that would have been fetched by themselves: images, backgrounds, fonts, sheets, frames, media.
    pub remote: usize,
    /// Images that are shown, all of them written into [`Sanitized::html`].
    pub inline_images: usize,
}

/// Turns a letter's HTML into HTML that can be shown in a frame that lets nothing be fetched.
///
/// `html` and what `parts` hands out are untrusted; `parts` gives the letter's own images by their `Content-ID`
/// (RFC 2392). The result has only elements, attributes, styles and addresses of the list in `docs/design/html.md`; no
/// `a` has an `href`. Sanitising it again changes nothing.
///
/// # Errors
/// [`Error`] says which limit was passed; `Unstable` and `NotAllowed` that something was found which should not be. In
/// each case the letter's plain text is what can be shown.
pub fn sanitize(html: &str, parts: &dyn InlineParts, limits: &Limits) -> Result<Sanitized> {
    let tree = measure::measure(html, limits)?;
    let mut writer = write::Writer::default();
    if let Some(plain) = plainly(&tree, html.len(), parts, limits, &mut writer)? {
        return Ok(plain);
    }
    let settled = settle::settle(&tree, html.len(), limits, &mut writer)?;
    let mut images = image::Images::drawn(parts, limits.image_bytes);
    let written = writer.write(&settled, &mut images, limits)?;
    check::check(&written.html, written.links.len())?;
    Ok(sanitized(written, &tree, &images))
}

/// What was written, when every reader makes the same of it: then it need not be read again to know that it stays the same.
fn plainly(
    tree: &tree::Tree,
    input_bytes: usize,
    parts: &dyn InlineParts,
    limits: &Limits,
    writer: &mut write::Writer,
) -> Result<Option<Sanitized>> {
    let mut images = image::Images::drawn(parts, limits.image_bytes);
    let written = writer.write(tree, &mut images, limits)?;
    let is_plain = limits.rounds > 1 && plain::is_plain(&written.html, written.links.len());
    if !is_plain {
        return Ok(None);
    }
    let images_bytes = images.written();
    settle::bound(&written.html, images_bytes, input_bytes, limits)?;
    Ok(Some(sanitized(written, tree, &images)))
}

fn sanitized(written: write::Written, tree: &tree::Tree, images: &image::Images<'_>) -> Sanitized {
    let (html, links) = (written.html, written.links);
    Sanitized { html, links, remote: tree.remote.get(), inline_images: images.shown() }
}
