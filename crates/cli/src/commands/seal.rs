//! `sceau seal`: sign a letter and seal it for its recipients.

use std::path::Path;

use sceau_mime::{
    Address, Attachment, Date, Draft, Given, Letter, Limits, generate_message_id, multipart_signed, read,
    unwrap_cms, with_legacy_display,
};
use sceau_smime::key::KeySealing;
use sceau_smime::letter::{Copies, Profile, Recipient, SealRequest, SealedLetter, seal, seal_for_all};
use sceau_smime::path::check_alone;
use sceau_smime::{Certificate, Error, Identity, PathError, Purpose, UnixTime};

use crate::args::{ProfileArg, SealArgs};
use crate::failure::{Failure, OwnCause};
use crate::{files, keys, trust};

pub(crate) fn run(args: &SealArgs) -> Result<u8, Failure> {
    let profile = profile(args);
    if args.from.is_empty() {
        return Err(Failure::usage("--from is missing: the sender's key"));
    }
    let now = files::moment(args.at.as_deref())?;
    let input = args.input.as_deref().unwrap_or("-");
    let mut mail = files::read(input)?;
    if args.legacy_display {
        mail = legacy_display(input, &mail, profile)?.into();
    }
    let mut draft = draft(input, &mail, now)?;
    let identities = keys::identities(&args.from, args.password_file.as_deref())?;
    let signer = signer(&identities, &draft.from.email, now, profile, args.danger_recipient_mismatch)?;
    let to = recipients(&args.to, now, args.danger_legacy)?;
    let bcc = recipients(&args.bcc, now, args.danger_legacy)?;
    add_bcc(&mut draft, &bcc);
    check_profile(profile, to.iter().chain(&bcc))?;
    draft.receipt = args.receipt;
    let job = Job { draft, signer, profile, now };
    if args.danger_recipient_mismatch {
        return job.seal_regardless(&identities, to, bcc, args.out.as_deref());
    }
    job.check_recipients(&to, &bcc)?;
    match args.out.as_deref().filter(|out| is_folder(out)) {
        Some(folder) => job.seal_copies(&identities, to, bcc, folder),
        None => job.seal_one(&identities, &to, &bcc, args.out.as_deref()),
    }
}

fn profile(args: &SealArgs) -> Profile {
    match args.profile {
        ProfileArg::Default => Profile::Default,
        ProfileArg::Compat => Profile::Compat,
        ProfileArg::Kim => Profile::Kim,
        ProfileArg::Direct => Profile::Direct,
        ProfileArg::Pq => Profile::Pq,
    }
}

/// Whether a certificate is this address's: by name, and in the Direct network by the name of the whole domain.
fn stands_for(profile: Profile, certificate: &Certificate, address: &str) -> bool {
    certificate.has_email(address)
        || (profile == Profile::Direct && certificate.is_bound_to_domain_of(address))
}

/// Profile `pq` is for keys that encapsulate, and for no others.
fn check_profile<'a>(
    profile: Profile,
    recipients: impl IntoIterator<Item = &'a Certificate>,
) -> Result<(), Failure> {
    match recipients.into_iter().find(|certificate| !fits(profile, certificate)) {
        None => Ok(()),
        Some(certificate) => Err(Failure::usage(format!(
            "--profile pq: the key of {} is of the wrong kind, it must be an ML-KEM key",
            certificate.subject()
        ))),
    }
}

fn fits(profile: Profile, certificate: &Certificate) -> bool {
    let sealing = certificate.public_key().ok().and_then(|key| key.kind().sealing());
    profile != Profile::Pq || sealing == Some(KeySealing::Encapsulation)
}

/// Readers hide the repetition only where the header section is protected as RFC 9788 has it.
fn legacy_display(path: &str, mail: &[u8], profile: Profile) -> Result<Vec<u8>, Failure> {
    if matches!(profile, Profile::Kim | Profile::Direct) {
        return Err(Failure::usage("--legacy-display: letters of KIM and Direct carry their subject inside"));
    }
    let about = |error: sceau_mime::Error| Failure::about(path, &Error::from(&error));
    with_legacy_display(mail, &Limits::default()).map_err(about)
}

fn is_folder(out: &str) -> bool {
    out.ends_with('/') || Path::new(out).is_dir()
}

/// A mail whose body is protected as it stands; its header section is written anew.
fn draft(path: &str, bytes: &[u8], now: UnixTime) -> Result<Draft, Failure> {
    let limits = Limits::default();
    let about = |error: sceau_mime::Error| Failure::about(path, &Error::from(&error));
    let letter = read(bytes, &limits).map_err(about)?;
    if multipart_signed(bytes, &limits).is_ok() || unwrap_cms(bytes, &limits).is_ok() {
        let text =
            format!("{path}: the mail is signed or sealed already; attach it to a new one to send it on");
        return Err(Failure::usage(text));
    }
    let from = letter.single_from().cloned();
    let from =
        from.ok_or_else(|| Failure::usage(format!("{path}: the mail must have exactly one From address")))?;
    let date = letter.date.unwrap_or(Date::utc(now.0));
    let message_id = match &letter.message_id {
        Some(id) => id.clone(),
        None => fresh_message_id(&from),
    };
    let mut draft = Draft::new(from, date, message_id);
    draft.given = Some(Given::of_mail(bytes, &limits).map_err(about)?);
    take(&mut draft, letter);
    Ok(draft)
}

fn fresh_message_id(from: &Address) -> String {
    use rand_core::Rng;
    let mut random = [0; 16];
    files::randomness().fill_bytes(&mut random);
    generate_message_id(&random, from.domain())
}

fn take(draft: &mut Draft, mut letter: Letter) {
    draft.sender = letter.sender.take();
    draft.reply_to = std::mem::take(&mut letter.reply_to);
    draft.to = std::mem::take(&mut letter.to);
    draft.cc = std::mem::take(&mut letter.cc);
    draft.bcc = std::mem::take(&mut letter.bcc);
    draft.subject = std::mem::take(&mut letter.subject);
    draft.in_reply_to = std::mem::take(&mut letter.in_reply_to);
    draft.references = std::mem::take(&mut letter.references);
    // What lists show of it.
    draft.text = std::mem::take(&mut letter.text);
    let parts = letter.parts.iter_mut().enumerate();
    draft.parts = parts
        .map(|(at, part)| Attachment {
            name: part.name.take().unwrap_or_else(|| format!("part-{}", at + 1)),
            content_type: part.content_type.clone(),
            bytes: std::mem::take(&mut part.bytes),
        })
        .collect();
}

/// The key that signs: its certificate is for signing, valid, and has the From address.
fn signer(
    identities: &[Identity],
    from: &str,
    now: UnixTime,
    profile: Profile,
    any_name: bool,
) -> Result<Identity, Failure> {
    let fits = |identity: &&Identity| {
        let certificate = &identity.certificate;
        let is_hers = any_name || stands_for(profile, certificate, from);
        certificate.can_sign() && certificate.is_valid_at(now) && is_hers
    };
    let none = || {
        let text = format!(
            "no key given with --from can sign as {from} now: its certificate must be valid, for signing, and name that address"
        );
        Failure::refused(OwnCause::NoSigningKey, text)
    };
    identities.iter().find(fits).cloned().ok_or_else(none)
}

/// Certificates that letters can be sealed to; others in the files (for signing, of authorities)
/// are passed over.
fn recipients(paths: &[String], now: UnixTime, danger_legacy: bool) -> Result<Vec<Certificate>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let is_authority = |c: &Certificate| c.extensions().basic_constraints.is_some_and(|basic| basic.ca);
        let usable: Vec<Certificate> = trust::certificates(path)?
            .into_iter()
            .filter(|certificate| certificate.can_encrypt() && !is_authority(certificate))
            .collect();
        if usable.is_empty() {
            return Err(mismatch(format!("{path}: no certificate that letters can be sealed to")));
        }
        for certificate in &usable {
            check_alone(certificate, Purpose::Email, now, danger_legacy)
                .map_err(|error| unfit(path, &error))?;
        }
        found.extend(usable);
    }
    Ok(found)
}

/// Whom the certificate belongs to was the caller's question; what is in it is ours.
fn unfit(path: &str, error: &PathError) -> Failure {
    let cause = match error {
        PathError::Expired { .. } | PathError::NotYetValid { .. } => OwnCause::RecipientCertificateNotValid,
        _ => OwnCause::RecipientCertificateUnfit,
    };
    Failure::refused(cause, format!("{path}: {error}"))
}

fn mismatch(text: String) -> Failure {
    Failure::refused(OwnCause::RecipientMismatch, text)
}

/// Mails in files rarely carry a Bcc field: whom `--bcc` names is added.
fn add_bcc(draft: &mut Draft, certificates: &[Certificate]) {
    for certificate in certificates {
        let named = draft.bcc.iter().any(|address| certificate.has_email(&address.email));
        if let (false, Some(email)) = (named, certificate.emails().first()) {
            let name = certificate.common_name().unwrap_or_default();
            draft.bcc.push(Address::new(name, *email));
        }
    }
}

struct Job {
    draft: Draft,
    signer: Identity,
    profile: Profile,
    now: UnixTime,
}

impl Job {
    /// Every address has a certificate and every certificate an address.
    fn check_recipients(&self, to: &[Certificate], bcc: &[Certificate]) -> Result<(), Failure> {
        let visible: Vec<&Address> = self.draft.to.iter().chain(&self.draft.cc).collect();
        let blind: Vec<&Address> = self.draft.bcc.iter().collect();
        if visible.is_empty() && blind.is_empty() {
            return Err(mismatch("the letter has no recipient".to_owned()));
        }
        let is_hers = |c: &Certificate, address: &Address| stands_for(self.profile, c, &address.email);
        for (addresses, certificates, flag) in [(visible, to, "--to"), (blind, bcc, "--bcc")] {
            for address in &addresses {
                if !certificates.iter().any(|certificate| is_hers(certificate, address)) {
                    return Err(mismatch(format!(
                        "no certificate given with {flag} names {}",
                        address.email
                    )));
                }
            }
            for certificate in certificates {
                if !addresses.iter().any(|address| is_hers(certificate, address)) {
                    let subject = certificate.subject();
                    return Err(mismatch(format!(
                        "the letter is not addressed to {subject}, given with {flag}"
                    )));
                }
            }
        }
        Ok(())
    }

    /// Only the copy for To and Cc.
    fn seal_one(
        &self,
        identities: &[Identity],
        to: &[Certificate],
        bcc: &[Certificate],
        out: Option<&str>,
    ) -> Result<u8, Failure> {
        if !bcc.is_empty() {
            return Err(Failure::usage(
                "with Bcc there are several copies: give a folder, as in --out letters/",
            ));
        }
        let draft = Draft { bcc: Vec::new(), ..self.draft.clone() };
        self.seal(&draft, &self.with_sender(identities, self.recipients(to, &draft))?, out)?;
        Ok(0)
    }

    /// KIM seals every letter for its sender too.
    fn with_sender(
        &self,
        identities: &[Identity],
        mut recipients: Vec<Recipient>,
    ) -> Result<Vec<Recipient>, Failure> {
        if self.profile == Profile::Kim {
            recipients.push(self.own_recipient(identities)?);
        }
        Ok(recipients)
    }

    /// Each certificate with the address it is used for; one that stands for a domain, with each address of that domain.
    fn recipients(&self, certificates: &[Certificate], draft: &Draft) -> Vec<Recipient> {
        let named: Vec<&Address> = draft.to.iter().chain(&draft.cc).chain(&draft.bcc).collect();
        let of_domain = |certificate: &Certificate| -> Vec<Recipient> {
            let theirs = named.iter().filter(|one| stands_for(self.profile, certificate, &one.email));
            theirs.map(|one| used_for(certificate, &one.email)).collect()
        };
        let all = certificates.iter().map(|certificate| match certificate.emails().is_empty() {
            true if self.profile == Profile::Direct => of_domain(certificate),
            _ => vec![recipient(certificate, draft)],
        });
        all.flatten().collect()
    }

    /// Every copy: main.eml, bcc-N.eml, sent.eml.
    fn seal_copies(
        &self,
        identities: &[Identity],
        to: Vec<Certificate>,
        bcc: Vec<Certificate>,
        folder: &str,
    ) -> Result<u8, Failure> {
        let own = self.own_recipient(identities)?;
        let everybody: Vec<(Recipient, Profile)> = self
            .recipients(&[to, bcc].concat(), &self.draft)
            .into_iter()
            .map(|one| (one, self.profile))
            .collect();
        let mut rng = files::randomness();
        let copies = seal_for_all(&self.draft, &self.signer, &own, &everybody, self.now, &mut rng)?;
        std::fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
        write_copies(Path::new(folder), &copies)?;
        Ok(0)
    }

    /// The sender is a recipient of her own copy.
    fn own_recipient(&self, identities: &[Identity]) -> Result<Recipient, Failure> {
        let address = &self.draft.from.email;
        let certificate = identities.iter().map(|identity| &identity.certificate).find(|c| {
            let is_hers = stands_for(self.profile, c, address);
            c.can_encrypt() && c.is_valid_at(self.now) && is_hers && fits(self.profile, c)
        });
        let missing = || {
            Failure::usage(format!(
                "the sender's own copy needs a key given with --from that letters to {address} can be sealed to"
            ))
        };
        let certificate = certificate.ok_or_else(missing)?;
        Ok(used_for(certificate, address))
    }

    /// One copy for all certificates, whatever the letter says.
    fn seal_regardless(
        &self,
        identities: &[Identity],
        to: Vec<Certificate>,
        bcc: Vec<Certificate>,
        out: Option<&str>,
    ) -> Result<u8, Failure> {
        if !bcc.is_empty() || out.is_some_and(is_folder) {
            return Err(Failure::usage(
                "--danger-recipient-mismatch makes one copy: no --bcc, and a file for --out",
            ));
        }
        let recipients: Vec<Recipient> = to.iter().map(|one| recipient(one, &self.draft)).collect();
        self.seal(&self.draft, &self.with_sender(identities, recipients)?, out)?;
        Ok(0)
    }

    fn seal(&self, draft: &Draft, recipients: &[Recipient], out: Option<&str>) -> Result<(), Failure> {
        let request = SealRequest { draft, signer: &self.signer, recipients, profile: self.profile };
        let sealed = seal(&request, self.now, &mut files::randomness())?;
        match out.filter(|out| *out != "-") {
            Some(out) => write_letter(Path::new(out), &sealed),
            None => files::write_public(out, &sealed.eml),
        }
    }
}

/// A certificate with the address it is used for.
fn recipient(certificate: &Certificate, draft: &Draft) -> Recipient {
    let addressed = draft.to.iter().chain(&draft.cc).chain(&draft.bcc);
    let named = addressed.map(|address| &address.email).find(|email| certificate.has_email(email));
    let address = named.cloned().or_else(|| certificate.emails().first().map(|email| (*email).to_owned()));
    used_for(certificate, &address.unwrap_or_default())
}

fn used_for(certificate: &Certificate, address: &str) -> Recipient {
    Recipient { certificate: certificate.clone(), address: address.to_owned(), capabilities: None }
}

fn write_copies(folder: &Path, copies: &Copies) -> Result<(), Failure> {
    let mut blind = 0;
    for copy in &copies.outgoing {
        let name = if copy.is_blind {
            blind += 1;
            format!("bcc-{blind}.eml")
        } else {
            "main.eml".to_owned()
        };
        write_letter(&folder.join(name), &copy.letter)?;
    }
    write(&folder.join("sent.eml"), &copies.sent.eml)
}

/// The letter, and beside it the signature that receipts for it will name, when any are asked for.
fn write_letter(path: &Path, letter: &SealedLetter) -> Result<(), Failure> {
    if let Some(signature) = &letter.signature {
        write(&path.with_extension("p7s"), signature)?;
    }
    write(path, &letter.eml)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    files::write_public(Some(&path.display().to_string()), bytes)
}
