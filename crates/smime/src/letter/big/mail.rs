//! A mail of any size that another program wrote, as it is protected.

use std::rc::Rc;

use sceau_mime as mime;
use zeroize::Zeroizing;

use super::payload::outline;
use super::{Bounds, in_memory};
use crate::error::{Error, Result};
use crate::stream::crlf::Crlf;
use crate::stream::transducer::Transduced;
use crate::stream::view::{Joined, Slice};
use crate::stream::{View, read_head};

/// A mail whose body is protected as it stands. Its header section is read and written anew.
pub struct BigMail {
    letter: mime::Letter,
    given: mime::Given,
    body: View,
}

impl BigMail {
    /// Reads a mail (RFC 5322), as [`mime::read`] and [`mime::Given::of_mail`] do it.
    ///
    /// # Errors
    /// As those two; `Storage`; `LimitExceeded` for a mail whose words do not fit in memory.
    pub async fn read(source: &View, bounds: &Bounds) -> Result<Self> {
        let outlined = outline(source, bounds).await?;
        let letter = outlined.read.map_err(|error| Error::from(&error))?.letter;
        let limits = mime::Limits::default();
        let (given, start, untouched) =
            mime::Given::of_outline(&outlined.kept.bytes, &limits).map_err(|error| Error::from(&error))?;
        let (mut pieces, mut at) = (Vec::new(), outlined.kept.start(start));
        for range in untouched {
            let (begin, end) = (outlined.kept.start(range.start), outlined.kept.end(range.end));
            pieces.push(canonical(source, at, begin).await?);
            pieces.push(Rc::new(Slice::new(source, begin, end)) as View);
            at = end;
        }
        pieces.push(canonical(source, at, source.len()).await?);
        Ok(Self { letter, given, body: Rc::new(Joined::new(pieces)) })
    }

    /// Whether the mail is signed or sealed already.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn is_protected(source: &View) -> Result<bool> {
        let head = read_head(source.as_ref(), super::HEAD).await?;
        Ok(mime::Entity::split(&head, &mime::Limits::default()).is_ok_and(|entity| {
            entity.content_type.media == "multipart/signed" || mime::carries_cms(&entity)
        }))
    }

    /// What is in the mail; big files without their octets.
    #[must_use]
    pub fn letter(&self) -> &mime::Letter {
        &self.letter
    }

    /// The message that is protected, and the header fields outside.
    pub(super) fn compose(
        &self,
        draft: &mime::Draft,
        outer: &mime::Outer,
    ) -> Result<(View, Vec<(String, String)>)> {
        let draft = mime::Draft { given: Some(self.given.clone()), ..draft.clone() };
        let composed = mime::compose(&draft, outer).map_err(|error| Error::from(&error))?;
        let head = in_memory(Zeroizing::new(composed.message));
        Ok((Rc::new(Joined::new([head, self.body.clone()])), composed.outer_headers))
    }
}

impl core::fmt::Debug for BigMail {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "BigMail({} bytes, redacted)", self.body.len())
    }
}

async fn canonical(source: &View, start: u64, end: u64) -> Result<View> {
    Transduced::<Crlf>::unless_same(&(Rc::new(Slice::new(source, start, end)) as View)).await
}
