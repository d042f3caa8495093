//! Keys on their way from one module to another.
//!
//! The package loads a second, complete module when a letter needs it, and the keys have to follow. JavaScript copies the
//! octets from the memory of one module straight into the memory of the other: no array of its own ever holds them, and both
//! ends are wiped when they are freed.

use sceau_smime::{Certificate, Error, Identity, PrivateKey, Structure};
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use crate::error::Failure;

/// The octets of a length in a parcel.
const LENGTH_BYTES: usize = 4;
const BROKEN: Failure = Failure::Smime(Error::Malformed { what: Structure::PrivateKey });

/// Keys with their certificates, in this module's memory; wiped when freed.
#[wasm_bindgen]
#[derive(Default)]
pub struct Parcel {
    bytes: Zeroizing<Vec<u8>>,
}

#[wasm_bindgen]
impl Parcel {
    /// Room for a parcel of that many octets, to be filled at [`Self::address`].
    #[wasm_bindgen(constructor)]
    pub fn new(length: usize) -> Self {
        Self { bytes: Zeroizing::new(vec![0; length]) }
    }

    /// Where in the module's memory the octets lie. Holds until the parcel is freed.
    #[wasm_bindgen(getter)]
    pub fn address(&self) -> usize {
        self.bytes.as_ptr().addr()
    }

    /// How many octets there are.
    #[wasm_bindgen(getter)]
    pub fn length(&self) -> usize {
        self.bytes.len()
    }
}

impl std::fmt::Debug for Parcel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parcel").field("length", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// Puts keys into a parcel: for each its PKCS#8, how many certificates follow, and those, its own first; lengths and numbers
/// in four octets, big-endian.
pub(crate) fn pack(identities: &[Identity]) -> Result<Parcel, Failure> {
    // Room for all of it at once: a vector that grows leaves copies behind.
    let mut keys = Vec::with_capacity(identities.len());
    let mut length = 0;
    for identity in identities {
        let key = identity.key.to_pkcs8_der()?;
        let certificates: usize = certificates(identity).map(|one| LENGTH_BYTES + one.der().len()).sum();
        length += 2 * LENGTH_BYTES + key.len() + certificates;
        keys.push(key);
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    for (identity, key) in identities.iter().zip(&keys) {
        put(&mut bytes, key)?;
        bytes.extend_from_slice(&number(1 + identity.chain.len())?);
        for certificate in certificates(identity) {
            put(&mut bytes, certificate.der())?;
        }
    }
    Ok(Parcel { bytes })
}

/// Takes keys out of a parcel.
pub(crate) fn unpack(parcel: &Parcel) -> Result<Vec<Identity>, Failure> {
    let mut rest = parcel.bytes.as_slice();
    let mut identities = Vec::new();
    while !rest.is_empty() {
        let key = PrivateKey::from_pkcs8_der(take(&mut rest)?)?;
        let count = take_number(&mut rest)?;
        let mut certificates = Vec::new();
        for _ in 0..count {
            certificates.push(Certificate::from_der(take(&mut rest)?)?);
        }
        let mut certificates = certificates.into_iter();
        let own = certificates.next().ok_or(BROKEN)?;
        identities.push(Identity::new(key, own, certificates.collect())?);
    }
    Ok(identities)
}

fn certificates(identity: &Identity) -> impl Iterator<Item = &Certificate> {
    std::iter::once(&identity.certificate).chain(&identity.chain)
}

fn number(value: usize) -> Result<[u8; LENGTH_BYTES], Failure> {
    u32::try_from(value).map(u32::to_be_bytes).map_err(|_| BROKEN)
}

fn put(bytes: &mut Vec<u8>, part: &[u8]) -> Result<(), Failure> {
    bytes.extend_from_slice(&number(part.len())?);
    bytes.extend_from_slice(part);
    Ok(())
}

fn take_number(rest: &mut &[u8]) -> Result<usize, Failure> {
    let (head, tail) = rest.split_first_chunk::<LENGTH_BYTES>().ok_or(BROKEN)?;
    *rest = tail;
    usize::try_from(u32::from_be_bytes(*head)).map_err(|_| BROKEN)
}

fn take<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Failure> {
    let length = take_number(rest)?;
    let (part, tail) = rest.split_at_checked(length).ok_or(BROKEN)?;
    *rest = tail;
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::{Parcel, pack, unpack};

    fn identities() -> Vec<sceau_smime::Identity> {
        let key = include_bytes!("../../smime/tests/world/amelie.sign.key");
        let certificate = include_bytes!("../../smime/tests/world/amelie.sign.crt");
        let above = include_bytes!("../../smime/tests/world/ca.crt");
        let key = sceau_smime::PrivateKey::read(key, None).unwrap();
        let mut both = sceau_smime::Certificate::read_all(certificate).unwrap();
        let above = sceau_smime::Certificate::read_all(above).unwrap();
        vec![sceau_smime::Identity::new(key, both.swap_remove(0), above).unwrap()]
    }

    #[test]
    fn keys_arrive_as_they_left() {
        let mut sent = identities();
        sent.extend(identities());
        let arrived = unpack(&pack(&sent).unwrap()).unwrap();
        assert_eq!(arrived.len(), 2);
        for (one, other) in sent.iter().zip(&arrived) {
            assert_eq!(one.key.to_pkcs8_der().unwrap(), other.key.to_pkcs8_der().unwrap());
            assert_eq!(one.certificate.der(), other.certificate.der());
            assert_eq!(one.chain.len(), other.chain.len());
        }
        assert!(unpack(&pack(&[]).unwrap()).unwrap().is_empty());
    }

    #[test]
    fn a_parcel_cut_short_is_refused_and_never_printed() {
        let whole = pack(&identities()).unwrap();
        assert_eq!(format!("{whole:?}"), format!("Parcel {{ length: {}, .. }}", whole.length()));
        for length in 1..whole.length() {
            let cut = Parcel { bytes: whole.bytes[..length].to_vec().into() };
            assert!(unpack(&cut).is_err(), "{length}");
        }
    }
}
