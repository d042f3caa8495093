//! `sceau seal` of a mail that is too big for memory.

use std::path::Path;

use sceau_mime::Draft;
use sceau_smime::backend::{Rust, ready};
use sceau_smime::letter::{BigMail, BigSealRequest, BigSigned, Profile, Recipient, sign_big};
use sceau_smime::{Certificate, Identity, UnixTime};

use super::seal::recipient;
use crate::big::{FileSink, StandardOutput};
use crate::failure::Failure;
use crate::files;

/// What all copies have in common.
pub(super) struct BigJob<'a> {
    pub(super) mail: &'a BigMail,
    pub(super) signer: &'a Identity,
    pub(super) profile: Profile,
    pub(super) now: UnixTime,
}

impl BigJob<'_> {
    /// One copy, to a file or to standard output.
    pub(super) fn seal_one(
        &self,
        draft: &Draft,
        recipients: &[Recipient],
        out: Option<&str>,
    ) -> Result<(), Failure> {
        let signed = self.sign(draft)?;
        match out.filter(|out| *out != "-") {
            Some(out) => write_letter(&signed, recipients, Path::new(out)),
            None => {
                let rng = &mut files::randomness();
                ready(signed.seal(&Rust, recipients, &mut StandardOutput, rng)).map_err(Failure::from)?;
                Ok(())
            }
        }
    }

    /// Every copy: main.eml, bcc-N.eml, sent.eml.
    pub(super) fn seal_copies(
        &self,
        draft: &Draft,
        own: &Recipient,
        to: &[Certificate],
        bcc: &[Certificate],
        folder: &Path,
    ) -> Result<u8, Failure> {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::file(&folder.display().to_string(), &error))?;
        let open_draft = Draft { bcc: Vec::new(), ..draft.clone() };
        let mut shared = None;
        if !to.is_empty() {
            let recipients: Vec<Recipient> = to.iter().map(|one| recipient(one, draft)).collect();
            let signed = shared.insert(self.sign(&open_draft)?);
            write_letter(signed, &recipients, &folder.join("main.eml"))?;
        }
        for (at, address) in draft.bcc.iter().enumerate() {
            let blind = Draft { bcc: vec![address.clone()], ..open_draft.clone() };
            let named = bcc.iter().filter(|certificate| certificate.has_email(&address.email));
            let recipients: Vec<Recipient> = named.take(1).map(|one| recipient(one, &blind)).collect();
            let path = folder.join(format!("bcc-{}.eml", at + 1));
            write_letter(&self.sign(&blind)?, &recipients, &path)?;
        }
        // With nobody in Bcc the sender keeps the very signature that the receipts will name.
        let signed = match shared.filter(|_| draft.bcc.is_empty()) {
            Some(signed) => signed,
            None => self.sign(draft)?,
        };
        write_to(&signed, std::slice::from_ref(own), &folder.join("sent.eml"))?;
        Ok(0)
    }

    fn sign(&self, draft: &Draft) -> Result<BigSigned, Failure> {
        let (mail, signer, profile) = (self.mail, self.signer, self.profile);
        let request = BigSealRequest { draft, mail, signer, profile };
        Ok(ready(sign_big(&Rust, &request, self.now, &mut files::randomness()))?)
    }
}

/// The letter, and beside it the signature that receipts for it will name, when any are asked for.
fn write_letter(signed: &BigSigned, recipients: &[Recipient], path: &Path) -> Result<(), Failure> {
    if let Some(signature) = signed.signature() {
        files::write_public(Some(&path.with_extension("p7s").display().to_string()), signature)?;
    }
    write_to(signed, recipients, path)
}

/// A letter that could not be written to the end is removed.
fn write_to(signed: &BigSigned, recipients: &[Recipient], path: &Path) -> Result<(), Failure> {
    let mut sink = FileSink::create(path)?;
    let sealed = ready(signed.seal(&Rust, recipients, &mut sink, &mut files::randomness()));
    sealed.map_err(|error| sink.failure(error))?;
    sink.keep()
}
