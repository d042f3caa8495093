//! What others attest: the state of a certificate, a moment, that a letter was opened.

use std::sync::LazyLock;

use sceau_smime::cms::ber::to_der;
use sceau_smime::ess::{EssAttributes, Receipt, verify_receipt};
use sceau_smime::letter::{Judged, OpenRequest, TrustSettings, open};
use sceau_smime::ocsp::{BasicAnswer, OcspRequest, OcspResponse};
use sceau_smime::path::Anchors;
use sceau_smime::tsp::TstInfo;
use sceau_smime::verdict::TimeSource;
use sceau_smime::{Certificate, UnixTime};

use crate::world::{Fixed, NOW, READER, TRUST, certificates};

/// An answer counts under the responder's key only if it says what the responder said.
pub(crate) fn ocsp(data: &[u8]) {
    drop(OcspRequest::from_der(data));
    let Ok(read) = OcspResponse::from_der(data) else { return };
    let Some(answer) = read.answer() else { return };
    let authority = TRUST.anchors.iter().next().map(|anchor| &anchor.certificate);
    let said = authority.map_or(0, |authority| answer.about(authority, authority).count());
    assert!(said <= answer.singles().len());
    let signed = RESPONDER.iter().any(|responder| {
        responder.public_key().is_ok_and(|key| answer.verify_signed_by(&key, false).is_ok())
    });
    assert!(!signed || SAID.iter().any(|said| says_the_same(said, answer)), "an answer was forged");
}

fn says_the_same(one: &BasicAnswer, other: &BasicAnswer) -> bool {
    one.singles() == other.singles()
        && one.produced_at() == other.produced_at()
        && one.responder() == other.responder()
        && one.nonce() == other.nonce()
}

/// A token counts only if it gives the moment that the clock gave.
pub(crate) fn timestamp(data: &[u8]) {
    if let Ok(info) = TstInfo::from_der(data) {
        assert!(info.latest >= info.at, "accuracy goes back in time");
    }
    if let Some(judged) = stamped(data)
        && judged.time_source() == TimeSource::Token
    {
        assert_eq!(Some(judged.judged_at()), *STAMPED, "a moment was forged");
    }
}

fn stamped(data: &[u8]) -> Option<Judged> {
    open(&OpenRequest::new(data, &READER, &[], &CLOCK, NOW), &mut Fixed::new()).ok()
}

/// A receipt confirms the letter only if it is the one that its reader signed.
pub(crate) fn receipt(data: &[u8]) {
    if let Ok(read) = Receipt::from_der(data) {
        assert!(Receipt::from_der(&read.to_der()).is_ok_and(|again| again == read));
    }
    if let Some(confirmed) = confirmed(data) {
        assert!(CONFIRMED.as_ref() == Some(&confirmed), "a receipt was forged");
    }
}

/// The receipt, if it is valid.
fn confirmed(data: &[u8]) -> Option<Receipt> {
    let request = OpenRequest::new(data, &[], &[], &TRUST, NOW);
    let judged = verify_receipt(&request, ASKED.as_ref()?, &mut Fixed::new()).ok()?;
    judged.valid.then_some(judged.receipt)
}

/// Attributes say the same in BER and in the DER that was signed.
pub(crate) fn ess(data: &[u8]) {
    let Ok(read) = EssAttributes::read_set(data) else { return };
    let Ok(der) = to_der(data) else { return };
    assert!(EssAttributes::read_set(&der).is_ok_and(|again| again == read), "BER and DER differ");
}

/// Who answered the seeds.
static RESPONDER: LazyLock<Vec<Certificate>> =
    LazyLock::new(|| certificates(include_bytes!("../../seeds/responder.crt")));

/// What the responder said.
static SAID: LazyLock<Vec<BasicAnswer>> = LazyLock::new(|| {
    let good: &[u8] = include_bytes!("../../seeds/ocsp/good.der");
    let revoked: &[u8] = include_bytes!("../../seeds/ocsp/revoked.der");
    let answer = |seed| OcspResponse::from_der(seed).ok()?.answer().cloned();
    [good, revoked].into_iter().filter_map(answer).collect()
});

/// Trust in the people's authority, and in the clock's.
static CLOCK: LazyLock<TrustSettings> = LazyLock::new(|| TrustSettings {
    tsa_anchors: Anchors::from_certificates(certificates(include_bytes!("../../seeds/clock.crt"))),
    ..TRUST.clone()
});

/// The moment that the clock gave.
static STAMPED: LazyLock<Option<UnixTime>> = LazyLock::new(|| {
    let judged = stamped(include_bytes!("../../seeds/timestamp/stamped.der"))?;
    (judged.time_source() == TimeSource::Token).then(|| judged.judged_at())
});

/// A letter that asks for a receipt, as its sender kept it.
static ASKED: LazyLock<Option<Judged>> = LazyLock::new(|| {
    let asked = include_bytes!("../../seeds/asked.eml");
    open(&OpenRequest::new(asked, &READER, &[], &TRUST, NOW), &mut Fixed::new()).ok()
});

/// What its reader confirmed.
static CONFIRMED: LazyLock<Option<Receipt>> =
    LazyLock::new(|| confirmed(include_bytes!("../../seeds/receipt/receipt.der")));

#[cfg(test)]
mod tests {
    use super::{ASKED, CONFIRMED, RESPONDER, SAID, STAMPED};

    /// Without these nothing could ever be found forged.
    #[test]
    fn what_was_attested_is_there() {
        assert_eq!((RESPONDER.len(), SAID.len()), (1, 2));
        let [responder] = &RESPONDER[..] else { unreachable!() };
        let key = responder.public_key().unwrap();
        assert!(SAID.iter().all(|answer| answer.verify_signed_by(&key, false).is_ok()));
        assert!(STAMPED.is_some() && ASKED.is_some() && CONFIRMED.is_some());
    }
}
