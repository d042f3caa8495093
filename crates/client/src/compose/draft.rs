//! A draft: what it holds, and how it is kept (design section 5).
//!
//! At the relay a draft is one Email: a small CMS object to its writer's own key, around what the vault's draft key
//! seals. The outer layer is what the relay takes; the inner one keeps the relay from slipping in a draft of its own.
//! Attachments are sealed once each under keys of their own and referred to by hash.

use std::rc::Rc;

use sceau_api::BlobId;
use sceau_protocol::{
    Attached, AttachmentId, DraftContent, DraftId, EmailId, OpenDraft, RowSummary, UnixSeconds,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::failure::{Error, Result};
use crate::generator::Generator;
use crate::index::{names, words};
use crate::secret::{Context, Key};
use crate::vault::Der;

/// The letter a draft answers or hands on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Thread {
    /// Message-IDs for In-Reply-To.
    pub(crate) in_reply_to: Vec<String>,
    /// Message-IDs for References.
    pub(crate) references: Vec<String>,
    /// The Email answered, to be marked.
    pub(crate) answers: Option<String>,
    /// The Email handed on, to be marked.
    pub(crate) forwards: Option<String>,
    /// What the letter answered kept sealed and its answer must not name outside (RFC 9788 §6.1).
    #[serde(default)]
    pub(crate) kept_inside: sceau_mime::KeptInside,
}

/// A file of a draft.
#[derive(Clone)]
pub(crate) struct DraftFile {
    pub(crate) id: AttachmentId,
    pub(crate) stored: StoredFile,
    /// The octets, while this worker has them.
    pub(crate) octets: Option<Rc<Zeroizing<Vec<u8>>>>,
}

/// A file of a draft as it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StoredFile {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) size: u64,
    /// Names it in the text, where it stands there; older drafts name no file.
    #[serde(default)]
    number: Option<u32>,
    /// An image for the text: it travels only while it stands there.
    #[serde(default)]
    pub(crate) inline: bool,
    /// Where the sealed octets lie.
    pub(crate) blob: String,
    /// What opens them.
    key: Der,
    /// SHA-256 of the octets.
    sha256: String,
}

impl StoredFile {
    /// Seals a file under a fresh key.
    pub(crate) fn seal(
        name: String,
        content_type: String,
        octets: &[u8],
        rng: &mut Generator,
    ) -> (Self, Vec<u8>) {
        let key = Key::generate(rng);
        let sealed = key.seal(&file_context(), octets, rng);
        let stored = Self {
            name,
            content_type,
            size: crate::relay::octets(octets.len()),
            number: None,
            inline: false,
            blob: crate::relay::blob_name(&sealed).0,
            key: Der(key.expose().to_vec()),
            sha256: hex::encode(Sha256::digest(octets)),
        };
        (stored, sealed)
    }

    /// Opens what was downloaded.
    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let damaged = || Error::VaultDamaged { blob: "attachment".to_owned() };
        let key = Key::read(&self.key.0).ok_or_else(damaged)?;
        let octets = key.open(&file_context(), sealed).map_err(|_| damaged())?;
        if hex::encode(Sha256::digest(&*octets)) != self.sha256 {
            return Err(damaged());
        }
        Ok(octets)
    }
}

fn file_context() -> Context {
    Context::of("sceau draft attachment")
}

impl DraftFile {
    /// As it is kept: with the number the text names it by.
    fn to_store(&self) -> StoredFile {
        StoredFile { number: Some(self.id.0), ..self.stored.clone() }
    }

    /// As the page knows it.
    pub(crate) fn attached(&self) -> Attached {
        Attached {
            attachment: self.id,
            name: self.stored.name.clone(),
            content_type: self.stored.content_type.clone(),
            size: self.stored.size,
            inline: self.stored.inline,
        }
    }
}

/// A draft open in the page.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) id: DraftId,
    /// Names the draft for ever; what makes repeated sending harmless.
    pub(crate) secret: String,
    /// Counts undone sendings, so that the next one is a new one.
    pub(crate) generation: u32,
    pub(crate) content: DraftContent,
    pub(crate) files: Vec<DraftFile>,
    pub(crate) thread: Thread,
    /// The Email that holds it.
    pub(crate) email: Option<EmailId>,
    pub(crate) saved_at: Option<UnixSeconds>,
}

/// A draft as it is kept.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredDraft {
    secret: String,
    generation: u32,
    content: DraftContent,
    files: Vec<StoredFile>,
    thread: Thread,
    saved_at: UnixSeconds,
}

impl Draft {
    /// An empty draft.
    pub(crate) fn new(id: DraftId, rng: &mut Generator) -> Self {
        Self {
            id,
            secret: hex::encode(rng.array::<16>()),
            generation: 0,
            content: DraftContent::default(),
            files: Vec::new(),
            thread: Thread::default(),
            email: None,
            saved_at: None,
        }
    }

    /// A draft taken up again.
    pub(crate) fn restore(id: DraftId, stored: StoredDraft, email: EmailId) -> Self {
        let file = |(place, stored): (u32, StoredFile)| DraftFile {
            id: AttachmentId(stored.number.unwrap_or(place)),
            stored,
            octets: None,
        };
        Self {
            id,
            secret: stored.secret,
            generation: stored.generation,
            content: stored.content,
            files: (0..).zip(stored.files).map(file).collect(),
            thread: stored.thread,
            email: Some(email),
            saved_at: Some(stored.saved_at),
        }
    }

    /// As the page takes it up.
    pub(crate) fn opened(&self, most_octets: Option<u64>) -> OpenDraft {
        OpenDraft {
            draft: self.id,
            content: self.content.clone(),
            attachments: self.files.iter().map(DraftFile::attached).collect(),
            saved_at: self.saved_at,
            most_octets,
        }
    }

    /// The files that travel as such: all but images for the text.
    pub(crate) fn enclosed(&self) -> impl Iterator<Item = &DraftFile> {
        self.files.iter().filter(|file| !file.stored.inline)
    }

    /// The blobs that must live as long as the draft.
    pub(crate) fn held_blobs(&self) -> Vec<BlobId> {
        self.files.iter().map(|file| BlobId(file.stored.blob.clone())).collect()
    }

    /// An attachment id not in use.
    pub(crate) fn next_attachment(&self) -> AttachmentId {
        let next = self.files.iter().map(|file| file.id.0.saturating_add(1)).max();
        AttachmentId(next.unwrap_or_default())
    }

    /// Seals what is kept of it under the draft key.
    pub(crate) fn seal(
        &self,
        address: &str,
        key: &Key,
        now: UnixSeconds,
        rng: &mut Generator,
    ) -> Result<Vec<u8>> {
        let stored = StoredDraft {
            secret: self.secret.clone(),
            generation: self.generation,
            content: self.content.clone(),
            files: self.files.iter().map(DraftFile::to_store).collect(),
            thread: self.thread.clone(),
            saved_at: now,
        };
        let plain = serde_json::to_vec(&stored).map_err(|_| Error::Defect { what: "JSON" })?;
        Ok(key.seal(&draft_context(address), &Zeroizing::new(padded(plain)), rng))
    }

    /// The id under which this content is sent: the same content again is the same letter (one effect per id).
    pub(crate) fn client_letter_id(&self) -> Result<String> {
        let content = serde_json::to_vec(&self.content).map_err(|_| Error::Defect { what: "JSON" })?;
        let mut hash = Sha256::new();
        hash.update(self.secret.as_bytes());
        hash.update(self.generation.to_be_bytes());
        for file in &self.files {
            hash.update(file.stored.sha256.as_bytes());
        }
        hash.update(&content);
        Ok(hex::encode(hash.finalize()))
    }
}

impl StoredDraft {
    /// Opens what [`Draft::seal`] made.
    pub(crate) fn open(sealed: &[u8], address: &str, key: &Key) -> Result<Self> {
        let damaged = || Error::VaultDamaged { blob: "draft".to_owned() };
        let plain = key.open(&draft_context(address), sealed).map_err(|_| damaged())?;
        sceau_api::answer::read_octets(&plain).ok_or_else(damaged)
    }

    /// A row's words.
    pub(crate) fn summary(&self) -> RowSummary {
        let recipients = [&self.content.to, &self.content.cc, &self.content.bcc];
        let people: Vec<_> = recipients.into_iter().flatten().cloned().collect();
        RowSummary {
            who: names(&people),
            subject: self.content.subject.clone(),
            first_words: first_words(&self.content.text),
            attachments: u32::try_from(self.files.iter().filter(|file| !file.inline).count())
                .unwrap_or(u32::MAX),
            trust: None,
        }
    }

    /// Words to look for.
    pub(crate) fn words(&self) -> std::collections::BTreeSet<String> {
        let people = [&self.content.to, &self.content.cc, &self.content.bcc];
        let names = people.into_iter().flatten().flat_map(|person| [person.name.as_str(), &person.address]);
        words(names.chain([self.content.subject.as_str(), &self.content.text, &self.content.quote.text]))
    }
}

fn draft_context(address: &str) -> Context {
    Context::of("sceau draft").and(address.as_bytes())
}

/// Octets a kept draft is padded to a multiple of, so that saving while typing tells nothing of the typing.
const PADDING: usize = 4096;

/// JSON may end in spaces: padding that needs no unpadding.
fn padded(mut plain: Vec<u8>) -> Vec<u8> {
    let length = plain.len().next_multiple_of(PADDING);
    plain.resize(length, b' ');
    plain
}

/// Characters of a text shown in a list.
const FIRST_WORDS: usize = 160;

/// The first words of a text, on one line.
pub(crate) fn first_words(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(FIRST_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{NoRandomness, Randomness};

    struct Fixed;

    impl Randomness for Fixed {
        fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness> {
            out.fill(9);
            Ok(())
        }
    }

    #[test]
    fn a_draft_comes_back_and_its_size_tells_little() {
        let mut rng = Generator::seeded(&Fixed).unwrap();
        let key = Key::generate(&mut rng);
        let mut draft = Draft::new(DraftId(1), &mut rng);
        draft.content.subject = "Écho".to_owned();
        let short = draft.seal("a@b", &key, 5, &mut rng).unwrap();
        draft.content.text = "un mot de plus".to_owned();
        let long = draft.seal("a@b", &key, 6, &mut rng).unwrap();
        assert_eq!(short.len(), long.len());
        let stored = StoredDraft::open(&long, "a@b", &key).unwrap();
        let back = Draft::restore(DraftId(2), stored, EmailId("e".to_owned()));
        assert_eq!(back.content, draft.content);
        assert_eq!(back.client_letter_id(), draft.client_letter_id());
        assert!(StoredDraft::open(&long, "c@b", &key).is_err());
    }

    #[test]
    fn other_words_are_another_letter() {
        let mut rng = Generator::seeded(&Fixed).unwrap();
        let mut draft = Draft::new(DraftId(1), &mut rng);
        let before = draft.client_letter_id().unwrap();
        draft.content.text.push('!');
        let after = draft.client_letter_id().unwrap();
        draft.generation += 1;
        assert!(before != after && after != draft.client_letter_id().unwrap());
    }

    #[test]
    fn a_draft_of_the_first_version_still_opens() {
        let mut rng = Generator::seeded(&Fixed).unwrap();
        let key = Key::generate(&mut rng);
        let plain = r#"{"secret":"s","generation":2,"content":{"to":[],"cc":[],"bcc":[],"subject":"Écho","text":"> cité"},
            "files":[{"name":"a.pdf","content_type":"application/pdf","size":3,"blob":"b","key":"","sha256":""},
                     {"name":"b.pdf","content_type":"application/pdf","size":3,"blob":"c","key":"","sha256":""}],
            "thread":{"in_reply_to":[],"references":[],"answers":null,"forwards":null},"saved_at":7}"#;
        let sealed = key.seal(&draft_context("a@b"), &Zeroizing::new(plain.as_bytes().to_vec()), &mut rng);
        let stored = StoredDraft::open(&sealed, "a@b", &key).unwrap();
        let draft = Draft::restore(DraftId(2), stored, EmailId("e".to_owned()));
        assert_eq!((draft.content.text.as_str(), &draft.content.rich), ("> cité", &None));
        assert!(draft.content.quote.text.is_empty() && !draft.content.signature.on);
        let files: Vec<_> = draft.enclosed().map(|file| (file.id.0, file.stored.name.as_str())).collect();
        assert_eq!(files, [(0, "a.pdf"), (1, "b.pdf")]);
    }
}
