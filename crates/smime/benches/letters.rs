//! How long opening and sealing take: `cargo bench -p sceau-smime --bench letters`.
//!
//! Prints one line per measurement with the median of at least five runs, in milliseconds. Sizes are those of the
//! attachment, for the list those of all cards. Times include the signature, its path to an anchor, the envelope and the card.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::time::{Duration, Instant};

use getrandom::SysRng;
use rand_core::UnwrapErr;
use sceau_mime::{Address, Attachment, Date, Draft};
use sceau_smime::ca::{Authority, CertificationRequest, Issue, Usage};
use sceau_smime::letter::{
    OpenRequest, Recipient, SealRequest, SealedLetter, TrustSettings, open, open_card, seal,
};
use sceau_smime::{
    Algorithm, Anchor, Anchors, Certificate, Error, Identity, PrivateKey, RevocationMode, Trust, UnixTime,
};

/// Runs of a measurement; odd, so that the median is one of them.
const RUNS: usize = 7;
/// The moment of everything in here.
const NOW: UnixTime = UnixTime(1_795_422_600);
/// Who writes to herself: sealing costs the same for anybody else.
const EMAIL: &str = "eloise@cabinet.example";
/// Letters in a list: each card is opened and judged anew, as on a machine without an index.
const INBOX: usize = 1_000;
const SMALL: usize = 20 * 1024;
const LARGE: usize = 20 * 1024 * 1024;

fn main() -> Result<(), Error> {
    println!(
        "{:<10} {:<9} {:>9}  {:>9} {:>9} {:>9}",
        "operation", "keys", "bytes", "median ms", "min ms", "max ms"
    );
    for algorithm in [Algorithm::P256, Algorithm::Rsa3072] {
        let world = World::new(algorithm)?;
        for size in [SMALL, LARGE] {
            let draft = draft(size);
            let sealed = world.seal(&draft)?;
            measure("seal", algorithm, size, || world.seal(&draft).map(|_| ()))?;
            measure("open", algorithm, size, || world.open(&sealed))?;
        }
        let cards: Vec<SealedLetter> = (0..INBOX).map(|_| world.seal(&draft(0))).collect::<Result<_, _>>()?;
        let bytes = cards.iter().map(|letter| letter.card.len()).sum();
        measure("list 1000", algorithm, bytes, || cards.iter().try_for_each(|letter| world.card(letter)))?;
    }
    Ok(())
}

/// One practitioner, her authority and whom she trusts.
struct World {
    signer: Identity,
    reader: [Identity; 1],
    trust: TrustSettings,
}

impl World {
    fn new(algorithm: Algorithm) -> Result<Self, Error> {
        let mut authority = Authority::generate("Autorité", &[], NOW, &mut rng())?;
        let signer = identity(&mut authority, algorithm, Usage::Sign)?;
        let reader = [identity(&mut authority, algorithm, Usage::Encrypt)?];
        let mut anchors = Anchors::default();
        anchors.push(Anchor::new(authority.identity.certificate.clone()));
        let trust = TrustSettings { anchors, revocation: RevocationMode::Off, ..TrustSettings::default() };
        Ok(Self { signer, reader, trust })
    }

    fn seal(&self, draft: &Draft) -> Result<SealedLetter, Error> {
        let recipients = [recipient(&self.reader)];
        let request = SealRequest {
            draft,
            signer: &self.signer,
            recipients: &recipients,
            profile: sceau_smime::letter::Profile::Default,
        };
        seal(&request, NOW, &mut rng())
    }

    fn open(&self, sealed: &SealedLetter) -> Result<(), Error> {
        let own = [EMAIL.to_owned()];
        let request = OpenRequest::new(&sealed.eml, &self.reader, &own, &self.trust, NOW);
        let judged = open(&request, &mut rng())?;
        // What was measured must have been the real thing.
        if judged.trust() == Trust::SealedSigned { Ok(()) } else { Err(Error::BadSignature) }
    }

    fn card(&self, sealed: &SealedLetter) -> Result<(), Error> {
        let own = [EMAIL.to_owned()];
        let request = OpenRequest::new(&sealed.card, &self.reader, &own, &self.trust, NOW);
        let judged = open_card(&request, &mut rng())?;
        if judged.trust() == Trust::SealedSigned { Ok(()) } else { Err(Error::BadSignature) }
    }
}

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn identity(authority: &mut Authority, algorithm: Algorithm, usage: Usage) -> Result<Identity, Error> {
    let key = PrivateKey::generate(algorithm, &mut rng())?;
    let request = CertificationRequest::generate(&key, "Éloïse Nœuvéglise", EMAIL, usage, &mut rng())?;
    let issue = Issue { email: EMAIL, days: 365, usage };
    let certificate: Certificate = authority.issue(&request, issue, NOW, &mut rng())?;
    Identity::new(key, certificate, vec![authority.identity.certificate.clone()])
}

fn recipient([reader]: &[Identity; 1]) -> Recipient {
    Recipient { certificate: reader.certificate.clone(), address: EMAIL.to_owned(), capabilities: None }
}

fn draft(size: usize) -> Draft {
    let me = Address::new("Éloïse Nœuvéglise", EMAIL);
    let mut draft = Draft::new(me.clone(), Date::utc(NOW.0), "mesure@cabinet.example");
    draft.to = vec![me];
    draft.subject = "Compte rendu".to_owned();
    draft.text = "Bonjour.\n".to_owned();
    let bytes = (0..=u8::MAX).cycle().take(size).collect();
    let content_type = "application/pdf".to_owned();
    draft.parts = vec![Attachment { name: "bilan.pdf".to_owned(), content_type, bytes }];
    draft
}

fn measure(
    operation: &str,
    algorithm: Algorithm,
    size: usize,
    mut run: impl FnMut() -> Result<(), Error>,
) -> Result<(), Error> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let start = Instant::now();
        run()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let at = |index: usize| milliseconds(times.get(index).copied().unwrap_or_default());
    let (median, least, most) = (at(RUNS / 2), at(0), at(RUNS - 1));
    println!("{operation:<10} {:<9} {size:>9}  {median:>9.1} {least:>9.1} {most:>9.1}", algorithm.name());
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
