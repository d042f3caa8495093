//! The people of this suite: fixed identities under `tests/world`, read once.

use std::path::PathBuf;
use std::sync::OnceLock;

use rand_core::UnwrapErr;
use sceau_mime as mime;
use sceau_smime::crl::Crl;
use sceau_smime::letter::{Judged, OpenRequest, Recipient, SealRequest, SealedLetter, TrustSettings, seal};
use sceau_smime::path::{Anchor, Anchors};
use sceau_smime::{Certificate, Error, Identity, PrivateKey, UnixTime};

pub(crate) const AMELIE: &str = "amelie.roche@cabinet.example";
pub(crate) const BRUNO: &str = "bruno.keller@cardio.example";
pub(crate) const CHLOE: &str = "chloe.petit@labo.example";

/// 2026-12-01T08:17:00Z.
pub(crate) const NOW: UnixTime = UnixTime(1_796_113_020);

pub(crate) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/world")
}

/// Somebody with separate keys for signing and for encryption.
pub(crate) struct Person {
    pub(crate) address: String,
    pub(crate) sign: Identity,
    pub(crate) encrypt: Identity,
}

impl Person {
    pub(crate) fn recipient(&self) -> Recipient {
        Recipient {
            certificate: self.encrypt.certificate.clone(),
            address: self.address.clone(),
            capabilities: None,
        }
    }

    pub(crate) fn own(&self) -> Vec<String> {
        vec![self.address.clone()]
    }

    pub(crate) fn keys(&self) -> &[Identity] {
        std::slice::from_ref(&self.encrypt)
    }
}

pub(crate) struct World {
    pub(crate) amelie: Person,
    pub(crate) bruno: Person,
    pub(crate) chloe: Person,
    pub(crate) trust: TrustSettings,
}

pub(crate) fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| World {
        amelie: person("amelie", AMELIE),
        bruno: person("bruno", BRUNO),
        chloe: person("chloe", CHLOE),
        trust: TrustSettings {
            anchors: Anchors::from_certificates(vec![certificate("ca")]),
            ..TrustSettings::default()
        },
    })
}

pub(crate) fn certificate(name: &str) -> Certificate {
    let pem = std::fs::read(folder().join(format!("{name}.crt"))).unwrap();
    Certificate::read_all(&pem).unwrap().remove(0)
}

pub(crate) fn identity(name: &str) -> Identity {
    let key = std::fs::read(folder().join(format!("{name}.key"))).unwrap();
    Identity::new(PrivateKey::read(&key, None).unwrap(), certificate(name), Vec::new()).unwrap()
}

pub(crate) fn revocations() -> Vec<Crl> {
    Crl::read_all(&std::fs::read(folder().join("ca.crl")).unwrap()).unwrap()
}

/// The usual trust with anchors limited to domains.
pub(crate) fn trust_for_domains(domains: &[&str]) -> TrustSettings {
    let domains = Some(domains.iter().map(|domain| (*domain).to_owned()).collect());
    let anchor = Anchor { domains, ..Anchor::new(certificate("ca")) };
    TrustSettings { anchors: [anchor].into_iter().collect(), ..TrustSettings::default() }
}

fn person(name: &str, address: &str) -> Person {
    Person {
        address: address.to_owned(),
        sign: identity(&format!("{name}.sign")),
        encrypt: identity(&format!("{name}.encrypt")),
    }
}

/// A letter from Amélie to Bruno with accents and two attachments.
pub(crate) fn draft() -> mime::Draft {
    let from = mime::Address::new("Amélie Roche", AMELIE);
    let mut draft = mime::Draft::new(from, mime::Date::utc(NOW.0), "lettre-1@cabinet.example");
    draft.to = vec![mime::Address::new("Bruno Keller", BRUNO)];
    draft.subject = "Compte rendu d'échocardiographie — Éloïse Nœuvéglise".to_owned();
    draft.text = "Cher confrère,\nvoici le compte rendu.\n\nAmélie Roche".to_owned();
    draft.parts = vec![
        mime::Attachment {
            name: "résultat.pdf".to_owned(),
            content_type: "application/pdf".to_owned(),
            bytes: (0..=255).cycle().take(3_000).collect(),
        },
        mime::Attachment {
            name: "données.hpr".to_owned(),
            content_type: "text/plain; charset=ibm850".to_owned(),
            bytes: b"\x82t\x82\r\nligne\n\0\xff".to_vec(),
        },
    ];
    draft
}

pub(crate) fn seal_with(request: SealRequest<'_>) -> SealedLetter {
    seal(&request, NOW, &mut rng()).unwrap()
}

pub(crate) fn try_open(bytes: &[u8], reader: &Person, trust: &TrustSettings) -> Result<Judged, Error> {
    let own = reader.own();
    open(&OpenRequest::new(bytes, reader.keys(), &own, trust, NOW), &mut rng())
}

pub(crate) fn opened(bytes: &[u8], reader: &Person) -> Judged {
    try_open(bytes, reader, &world().trust).unwrap()
}
use crate::big::open;
