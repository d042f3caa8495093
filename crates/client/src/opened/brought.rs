//! What other programs pack into a letter: winmail.dat, and files within its text.

use sceau_mime::{Limits, Part, html_to_text, split_uuencoded};
use sceau_protocol::{ReadingAnswer, ReadingAsk, Unpacked, UnpackedFile};

use super::OpenedLetter;
use super::names::ending;
use crate::failure::Result;
use crate::job::Job;
use crate::reading;
use crate::unlocked::Unlocked;

/// How deep a winmail.dat within a winmail.dat is unpacked: a letter that was handed on once more than anybody does.
const MAX_DEPTH: usize = 3;

/// Puts the files of a winmail.dat in its place, and its words where the letter has none; takes files out of the text.
///
/// What cannot be unpacked stays a file.
///
/// # Errors
/// `Cancelled` only.
pub(super) async fn unpack(unlocked: &Unlocked, job: &Job, letter: &mut OpenedLetter) -> Result<()> {
    take_uuencoded(letter);
    for _ in 0..MAX_DEPTH {
        let Some(place) = letter.letter.parts.iter().position(is_winmail) else { break };
        match unpacked(unlocked, job, letter, place).await? {
            Some((unpacked, octets)) => put(letter, place, unpacked, octets),
            None => break,
        }
    }
    Ok(())
}

fn is_winmail(part: &Part) -> bool {
    const SIGNATURE: &[u8] = &[0x78, 0x9f, 0x3e, 0x22];
    part.bytes.starts_with(SIGNATURE)
        && (matches!(part.content_type.as_str(), "application/ms-tnef" | "application/vnd.ms-tnef")
            || ending(part.name.as_deref().unwrap_or_default()) == "dat")
}

async fn unpacked(
    unlocked: &Unlocked,
    job: &Job,
    letter: &OpenedLetter,
    place: usize,
) -> Result<Option<(Unpacked, Vec<Vec<u8>>)>> {
    let Some(part) = letter.letter.parts.get(place) else { return Ok(None) };
    match reading::ask(unlocked, job, ReadingAsk::Tnef, vec![part.bytes.clone()]).await {
        // What was not read whole may hold more than what was: the file stays, for another program.
        Ok((ReadingAnswer::Tnef(found), octets)) if found.is_whole => Ok(Some((found, octets))),
        Err(error) if error.is_cancelled() => Err(error),
        _ => Ok(None),
    }
}

fn put(letter: &mut OpenedLetter, place: usize, unpacked: Unpacked, octets: Vec<Vec<u8>>) {
    let files = unpacked.files.into_iter().zip(octets).map(|(file, bytes)| part(file, bytes));
    letter.letter.parts.splice(place..=place, files);
    let inner = &mut letter.letter;
    if inner.text.trim().is_empty() {
        let of_html = unpacked.html.as_deref().map(html_to_text);
        inner.text = unpacked.text.or(of_html).unwrap_or_default();
    }
    if let Some(html) = unpacked.html
        && !letter.bodies.has_html()
    {
        letter.letter.has_html = true;
        letter.html = Some(html);
    }
}

fn part(file: UnpackedFile, bytes: Vec<u8>) -> Part {
    const UNKNOWN: &str = "application/octet-stream";
    Part {
        content_type: file.content_type.unwrap_or_else(|| UNKNOWN.to_owned()).to_lowercase(),
        charset: None,
        name: file.name,
        content_id: file.content_id.map(|id| id.trim_matches(['<', '>']).to_owned()),
        inline: false,
        bytes,
    }
}

/// A text without the files in it.
pub(super) fn without_files(text: String) -> String {
    split_uuencoded(&text, &Limits::default()).0
}

/// Files that programs wrote into the text before there was MIME.
fn take_uuencoded(letter: &mut OpenedLetter) {
    let (text, files) = split_uuencoded(&letter.letter.text, &Limits::default());
    if files.is_empty() {
        return;
    }
    letter.letter.text = text;
    letter.letter.parts.extend(files.into_iter().map(|mut file| Part {
        content_type: "application/octet-stream".to_owned(),
        charset: None,
        name: Some(std::mem::take(&mut file.name)),
        content_id: None,
        inline: false,
        bytes: std::mem::take(&mut file.bytes),
    }));
}
