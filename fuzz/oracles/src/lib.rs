//! What must hold for any octets at all, one function per decoder.
//!
//! A fuzzer calls them with what it makes up (`fuzz/fuzz_targets`), `./x test` with every seed and every input that once
//! was a finding (`fuzz/seeds`). Beyond "no panic, bounded work": what was read and written again reads the same, a letter
//! that was changed never counts as signed, and what a tag protects opens unchanged or not at all.

mod archives;
mod attestations;
mod certificates;
mod containers;
#[path = "../../../crates/sanitize/tests/all/judge.rs"]
mod judge;
mod letters;
mod messages;
mod seldom;
mod structures;
mod winmail;
mod world;

/// A decoder's name and what must hold for whatever it is given. It panics when that does not hold.
pub type Oracle = (&'static str, fn(&[u8]));

/// Every oracle. The names are those of the fuzz targets and of the folders of seeds.
pub const ORACLES: [Oracle; 32] = [
    ("ber", structures::ber),
    ("content_info", structures::content_info),
    ("algorithm", structures::algorithm),
    ("signed_data", letters::signed_data),
    ("enveloped_data", letters::enveloped_data),
    ("auth_enveloped_data", letters::auth_enveloped_data),
    ("compressed_data", seldom::compressed_data),
    ("digested_data", seldom::digested_data),
    ("encrypted_data", seldom::encrypted_data),
    ("authenticated_data", seldom::authenticated_data),
    ("letter", letters::letter),
    ("card", letters::card),
    ("certificate", certificates::certificate),
    ("crl", certificates::crl),
    ("ocsp", attestations::ocsp),
    ("timestamp", attestations::timestamp),
    ("receipt", attestations::receipt),
    ("ess", attestations::ess),
    ("request", certificates::request),
    ("name", certificates::name),
    ("private_key", containers::private_key),
    ("pkcs12", containers::pkcs12),
    ("pem", containers::pem),
    ("message", messages::message),
    ("header_protection", messages::header_protection),
    ("html", messages::html),
    ("charset", messages::charset),
    ("sanitize", messages::sanitized),
    ("addresses", messages::addresses),
    ("tnef", winmail::tnef),
    ("uuencode", winmail::uuencode),
    ("archive", archives::archive),
];

/// Runs the oracle of this name.
///
/// # Panics
/// When what must hold does not; that is what it is for. Also when there is no such oracle.
pub fn run(name: &str, data: &[u8]) {
    let found = ORACLES.iter().find(|(known, _)| *known == name);
    assert!(found.is_some(), "there is no oracle {name}");
    if let Some((_, oracle)) = found {
        oracle(data);
    }
}
