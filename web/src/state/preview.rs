//! An attachment that is looked at.

use sceau_protocol::{ArchiveView, Failure, JobId, LetterSource, PartInfo, Preview, Progress};

/// What is seen of it. `F` is a file as the browser holds it.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen<F> {
    /// It is being prepared.
    Waiting(Option<Progress>),
    /// Pieces of text, in their order.
    Text(Vec<String>),
    /// Rows of values.
    Table(Vec<Vec<String>>),
    /// A file for the frame that draws it.
    Framed(F),
    /// The files of a ZIP.
    Archive(ArchiveView),
    /// It can only be saved.
    Nothing,
    /// It could not be prepared.
    Failed(Failure),
}

/// All files of a letter on their way into one ZIP.
#[derive(Clone, Debug, PartialEq)]
pub struct Packing {
    /// The letter they belong to.
    pub letter: LetterSource,
    /// The call under way.
    pub job: JobId,
    /// How far it has come.
    pub progress: Option<Progress>,
}

/// An attachment that is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Looking<F> {
    /// The letter it belongs to.
    pub letter: LetterSource,
    /// Its place there.
    pub index: u32,
    /// What the letter says of it.
    pub part: PartInfo,
    /// What is seen.
    pub seen: Seen<F>,
    /// Where the rest begins, when there is more.
    pub next: Option<u64>,
    /// The charset its text is read in.
    pub charset: Option<String>,
    /// The call under way.
    pub job: Option<JobId>,
}

impl<F> Looking<F> {
    /// Nothing is seen yet.
    pub fn at(letter: LetterSource, index: u32, part: PartInfo) -> Self {
        let seen = Seen::Waiting(None);
        Self { letter, index, part, seen, next: None, charset: None, job: None }
    }

    /// Whether this is about a part: a late answer about another is dropped.
    pub fn is_at(&self, letter: &LetterSource, index: u32) -> bool {
        self.letter == *letter && self.index == index
    }

    /// Takes in what the worker answered; what belongs to what is there already comes after it.
    pub fn take(&mut self, preview: Preview, file: Option<F>) {
        self.job = None;
        match preview {
            Preview::Text(found) => {
                (self.next, self.charset) = (found.next, Some(found.charset));
                match &mut self.seen {
                    Seen::Text(pieces) => pieces.push(found.text),
                    seen => *seen = Seen::Text(vec![found.text]),
                }
            }
            Preview::Table(found) => {
                (self.next, self.charset) = (found.next, Some(found.charset));
                match &mut self.seen {
                    Seen::Table(rows) => rows.extend(found.rows),
                    seen => *seen = Seen::Table(found.rows),
                }
            }
            Preview::Archive(view) => self.seen = Seen::Archive(view),
            Preview::Frame => self.seen = file.map_or(Seen::Nothing, Seen::Framed),
            Preview::Nothing => self.seen = Seen::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use sceau_protocol::{PartKind, TablePreview, TextPreview};

    use super::*;

    fn looking() -> Looking<u8> {
        let part = PartInfo {
            name: "r.hpr".into(),
            content_type: "text/plain".into(),
            size: 9,
            sha256: String::new(),
            kind: PartKind::Hprim,
            caution: None,
            is_inside: false,
        };
        Looking::at(LetterSource::File(1), 0, part)
    }

    #[test]
    fn pieces_follow_each_other_until_there_is_no_rest() {
        let mut looking = looking();
        let piece = |text: &str, next| {
            Preview::Text(TextPreview { text: text.into(), charset: "ibm850".into(), next })
        };
        looking.take(piece("un\n", Some(3)), None);
        looking.take(piece("deux\n", None), None);
        assert_eq!(looking.seen, Seen::Text(vec!["un\n".into(), "deux\n".into()]));
        assert_eq!((looking.next, looking.charset.as_deref()), (None, Some("ibm850")));
    }

    #[test]
    fn rows_follow_each_other() {
        let mut looking = looking();
        for row in ["a", "b"] {
            let rows = vec![vec![row.to_owned()]];
            looking.take(Preview::Table(TablePreview { rows, charset: "utf-8".into(), next: Some(1) }), None);
        }
        assert_eq!(looking.seen, Seen::Table(vec![vec!["a".into()], vec!["b".into()]]));
    }

    #[test]
    fn a_file_that_did_not_come_is_nothing() {
        let mut looking = looking();
        looking.take(Preview::Frame, None);
        assert_eq!(looking.seen, Seen::Nothing);
    }
}
