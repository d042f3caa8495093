//! What is in a winmail.dat.

use sceau_protocol::{ReadingAnswer, Refusal, Unpacked, UnpackedFile};
use sceau_tnef::{Error, Limits, read};

use crate::{Answered, Buffers};

/// Unpacks the one buffer.
pub(crate) fn unpack(buffers: &Buffers) -> Answered {
    let [file] = buffers.as_slice() else { return Err(Refusal::Damaged) };
    let mut tnef = read(file, &Limits::default()).map_err(|error| refusal(&error))?;
    let mut unpacked = Unpacked {
        text: tnef.text.take(),
        html: tnef.html.take(),
        files: Vec::new(),
        is_whole: tnef.defects.is_empty(),
    };
    let mut octets = Buffers::new();
    for attachment in &mut tnef.attachments {
        unpacked.files.push(UnpackedFile {
            name: attachment.name.take(),
            content_type: attachment.content_type.take(),
            content_id: attachment.content_id.take(),
        });
        octets.push(std::mem::take(&mut attachment.bytes));
    }
    Ok((ReadingAnswer::Tnef(unpacked), octets))
}

fn refusal(error: &Error) -> Refusal {
    match error {
        Error::NotTnef => Refusal::Damaged,
        _ => Refusal::TooLarge,
    }
}
