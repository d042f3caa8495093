//! Content types that are seldom met.

use sceau_smime::backend::{Rust, ready};
use sceau_smime::cms::compressed_data::{CompressedData, FREE_OUTPUT_BYTES, MAX_RATIO};
use sceau_smime::cms::content_info::{ContentInfo, ContentType};
use sceau_smime::cms::digested_data::{self, DigestedData};
use sceau_smime::letter::LayerReport;

use crate::letters::opened;
use crate::world::was_written;

/// What decompresses is bounded by what was compressed, comes out the same each time, and seals and confirms nothing.
pub(crate) fn compressed_data(data: &[u8]) {
    if let Ok(info) = ContentInfo::read(data)
        && info.content_type == ContentType::CompressedData
        && let Ok(read) = CompressedData::read(info.content)
        && let Ok(out) = read.decompress()
    {
        assert!(
            out.len() <= data.len().saturating_mul(MAX_RATIO).max(FREE_OUTPUT_BYTES),
            "it grew without end"
        );
        assert!(read.decompress().is_ok_and(|again| again == out));
    }
    opened(data);
}

/// A digest that fits goes on fitting when the content is written again.
pub(crate) fn digested_data(data: &[u8]) {
    if let Some((content, true)) = digested(data) {
        let again = digested_data::write(&content);
        assert_eq!(digested(&again), Some((content, true)));
    }
    opened(data);
}

/// The content of DigestedData, and whether its digest fits.
fn digested(data: &[u8]) -> Option<(Vec<u8>, bool)> {
    let info = ContentInfo::read(data).ok()?;
    let read = DigestedData::read(info.content).ok()?;
    let intact = ready(read.is_intact(&Rust)).ok()?;
    Some((read.content.into_owned(), intact))
}

/// EncryptedData proves nothing by itself: what is not signed inside stays plain text.
pub(crate) fn encrypted_data(data: &[u8]) {
    if let Some(judged) = opened(data)
        && judged.verified().is_none()
    {
        assert!(!judged.may_render_html() && !judged.may_follow_links() && !judged.may_quote());
    }
}

/// AuthenticatedData: what a code was found right for is what was written, by somebody who has the key.
pub(crate) fn authenticated_data(data: &[u8]) {
    if let Some(judged) = opened(data)
        && judged.layers().iter().any(|layer| matches!(layer, LayerReport::Authenticated(_)))
    {
        assert!(was_written(judged.message()), "content under a code was changed");
    }
}
