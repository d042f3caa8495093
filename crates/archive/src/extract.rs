//! The octets of one file.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use zeroize::Zeroizing;

use crate::entry::{Entry, Method, Oddity};
use crate::error::{Error, Result};
use crate::listing::Archive;
use crate::wipe::Room;

/// Octets between two looks at whether the file is still wanted: some milliseconds' work.
const PIECE: usize = 1024 * 1024;

impl Archive<'_> {
    /// The octets of the entry at this place, wiped when they are dropped.
    ///
    /// Memory grows with what comes out, never with what is claimed, and no further than [`crate::Limits::file_octets`]. `is_wanted` is
    /// told how many octets are there, every now and then, and ends the work by `false`.
    ///
    /// # Errors
    /// Whatever an [`Error`] says of an entry; `Cancelled`.
    pub fn extract(
        &self,
        index: usize,
        is_wanted: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let entry = self.entries.get(index).ok_or(Error::NoSuchEntry)?;
        let (_, place) = *self.places.get(index).ok_or(Error::NoSuchEntry)?;
        readable(entry)?;
        let limit = self.limits.file_octets;
        let size = usize::try_from(entry.size).map_err(|_| Error::TooLarge { limit })?;
        if size > limit {
            return Err(Error::TooLarge { limit });
        }
        let local = self.octets.get_entry(place).map_err(|_| Error::Damaged)?;
        let octets = match entry.method {
            Method::Stored => stored(local.data(), size),
            Method::Deflated => inflated(local.data(), size, is_wanted),
            Method::Other(method) => Err(Error::UnknownMethod { method }),
        }?;
        if rawzip::crc32(&octets) != local.claim_verifier().crc {
            return Err(Error::Damaged);
        }
        Ok(octets)
    }
}

fn readable(entry: &Entry) -> Result<()> {
    let obstacles = [
        (entry.is_folder, Error::Folder),
        (entry.is(Oddity::Link), Error::Link),
        (entry.is_encrypted, Error::Encrypted),
        (entry.is(Oddity::Overlaps), Error::Overlaps),
    ];
    obstacles.into_iter().find(|(is_so, _)| *is_so).map_or(Ok(()), |(_, error)| Err(error))
}

fn stored(data: &[u8], size: usize) -> Result<Zeroizing<Vec<u8>>> {
    if data.len() == size { Ok(Zeroizing::new(data.to_vec())) } else { Err(Error::SizeDiffers) }
}

/// Decompresses (RFC 1951) to exactly `size` octets, which is within the limits. One octet more is the sign that it lies.
fn inflated(
    mut input: &[u8],
    size: usize,
    is_wanted: &mut dyn FnMut(usize) -> bool,
) -> Result<Zeroizing<Vec<u8>>> {
    let mut inflater = Box::<DecompressorOxide>::default();
    let mut room = Room::default();
    let mut written = 0_usize;
    loop {
        let end = written.saturating_add(PIECE).min(size.saturating_add(1));
        let output = room.of(end);
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, read, more) = decompress(&mut inflater, input, output, written, flags);
        written = written.saturating_add(more);
        input = input.get(read..).unwrap_or_default();
        match status {
            TINFLStatus::Done if written == size => return Ok(room.cut(size)),
            TINFLStatus::Done => return Err(Error::SizeDiffers),
            TINFLStatus::HasMoreOutput if written > size => return Err(Error::SizeDiffers),
            TINFLStatus::HasMoreOutput => {}
            _ => return Err(Error::Damaged),
        }
        if !is_wanted(written) {
            return Err(Error::Cancelled);
        }
    }
}
