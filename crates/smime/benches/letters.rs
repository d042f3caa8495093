//! How long opening and sealing take: `cargo bench -p sceau-smime --bench letters`. `./x bench` puts these figures beside those
//! of Chromium's worker (tests/browser/bench.mjs), which does the same jobs.
//!
//! One line per measurement, fields apart by tabs: operation, keys, bytes, median, least and most of five runs in
//! milliseconds. Bytes are those of the attachment, for the list those of all cards. Sealing makes what a letter to one person
//! needs: her copy and the sender's, each signed, sealed and with its card. Opening judges: signature, path to an anchor.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::time::{Duration, Instant};

use getrandom::SysRng;
use rand_core::UnwrapErr;
use sceau_mime::{Address, Attachment, Date, Draft};
use sceau_smime::ca::{Authority, CertificationRequest, Issue, Usage};
use sceau_smime::letter::{Copies, OpenRequest, Profile, Recipient, TrustSettings, open, seal_for_all};
use sceau_smime::{
    Algorithm, Anchor, Anchors, Certificate, Error, Identity, PrivateKey, RevocationMode, Trust, UnixTime,
};

/// Runs of a measurement; odd, so that the median is one of them.
const RUNS: usize = 5;
/// The moment of everything in here.
const NOW: UnixTime = UnixTime(1_795_422_600);
/// Who writes to herself: sealing costs the same for anybody else.
const EMAIL: &str = "eloise@cabinet.example";
/// Letters in a list: each card is opened and judged anew, as on a machine without an index.
const INBOX: usize = 1_000;
/// Cards really opened where one takes long; the time is that of them, times `INBOX / SAMPLE`.
const SAMPLE: usize = 50;
const SMALL: usize = 20 * 1024;
const LARGE: usize = 20 * 1024 * 1024;

fn main() -> Result<(), Error> {
    for algorithm in [Algorithm::P256, Algorithm::Rsa3072] {
        let world = World::new(algorithm)?;
        for size in [SMALL, LARGE] {
            let draft = draft(size);
            let sealed = world.seal(&draft)?;
            measure("seal", algorithm, size, 1, || world.seal(&draft).map(|_| ()))?;
            measure("open", algorithm, size, 1, || world.open(&sealed.sent.eml))?;
        }
        let card = world.seal(&draft(SMALL))?.sent.card;
        let opened = if algorithm == Algorithm::P256 { INBOX } else { SAMPLE };
        let list = || (0..opened).try_for_each(|_| world.open(&card));
        measure("list 1000", algorithm, card.len() * INBOX, INBOX / opened, list)?;
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

    fn seal(&self, draft: &Draft) -> Result<Copies, Error> {
        let own = recipient(&self.reader);
        let recipients = [(own.clone(), Profile::Default)];
        seal_for_all(draft, &self.signer, &own, &recipients, NOW, &mut rng())
    }

    fn open(&self, mail: &[u8]) -> Result<(), Error> {
        let own = [EMAIL.to_owned()];
        let judged = open(&OpenRequest::new(mail, &self.reader, &own, &self.trust, NOW), &mut rng())?;
        // What was measured must have been the real thing; of a card the fields outside say whom to compare with.
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
    times_more: usize,
    mut run: impl FnMut() -> Result<(), Error>,
) -> Result<(), Error> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let start = Instant::now();
        run()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let times_more = u32::try_from(times_more).unwrap_or(u32::MAX);
    let at = |index: usize| milliseconds(times.get(index).copied().unwrap_or_default() * times_more);
    let (median, least, most) = (at(RUNS / 2), at(0), at(RUNS - 1));
    println!("{operation}\t{}\t{size}\t{median:.1}\t{least:.1}\t{most:.1}", algorithm.name());
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
