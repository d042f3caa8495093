//! Letters whose RSA padding is right or wrong in the ways that Bleichenbacher's attack tells apart.
//!
//! None of the three opens: whoever attacks does not know the content key, so even a right padding gives her another one.
//! What she must not learn is which of the three it was.

use rand_core::Rng;
use sceau_smime::cms::content_info::ContentInfo;
use sceau_smime::cms::envelope::{Envelope, Sealing, To, seal};
use sceau_smime::cms::recipients::Transport;
use sceau_smime::{Error, Identity};

use crate::random::Seeded;
use crate::trouble::{Trouble, told};
use crate::world::World;

/// The classes, in the order of [`letters`].
pub const CLASSES: [&str; 3] =
    ["right padding, another key of right length", "right padding, key of wrong length", "wrong padding"];
/// Octets of an RSA-2048 block, and the OCTET STRING around one.
const BLOCK: usize = 256;
const HEAD: [u8; 4] = [0x04, 0x82, 0x01, 0x00];
/// Octets of an AES-256 key, and of one that is none here.
const KEY: usize = 32;
const WRONG_KEY: usize = 24;

/// One letter and the key that does not open it.
#[derive(Debug)]
pub struct Sample {
    der: Vec<u8>,
    identity: Identity,
}

impl Sample {
    /// Opens the letter, which fails.
    pub fn open(&self) -> bool {
        std::hint::black_box(self.attempt()).is_ok()
    }

    fn attempt(&self) -> Result<usize, Error> {
        let mut rng = Seeded::new(&["blinding"]);
        let info = ContentInfo::read(&self.der)?;
        let envelope = Envelope::read(&info)?.ok_or(Error::Decrypt)?;
        let opened = envelope.open(std::slice::from_ref(&self.identity), &mut rng)?;
        Ok(opened.content.len())
    }
}

/// So many letters of each class.
///
/// # Errors
/// When one cannot be made, or opens with [`Error::Decrypt`] in none of many tries.
pub fn letters(world: &World, number: usize) -> Result<Vec<Vec<Sample>>, Trouble> {
    let identity = world.person("rsa-2048")?;
    (0..CLASSES.len())
        .map(|class| (0..number).map(|at| letter(identity, class, at)).collect::<Result<Vec<_>, Trouble>>())
        .collect()
}

/// One in 256 decrypts to something that happens to end like padding: those are left out, alike in every class.
fn letter(identity: &Identity, class: usize, at: usize) -> Result<Sample, Trouble> {
    for attempt in 0_u8..=u8::MAX {
        let words = [class.to_string(), at.to_string(), attempt.to_string()];
        let mut rng = Seeded::new(&["padding", &words[0], &words[1], &words[2]]);
        let to = [To { certificate: &identity.certificate, transport: Transport::RsaPkcs1v15 }];
        let sealed = seal(vec![b'x'; 100], &to, Sealing::Aes256Cbc, &mut rng).map_err(told("sealing"))?;
        let der = replaced(sealed.der, &block(identity, class, &mut rng)?)?;
        let sample = Sample { der, identity: identity.clone() };
        if sample.attempt() == Err(Error::Decrypt) {
            return Ok(sample);
        }
    }
    Err(Trouble::new("no letter of this class failed as it should"))
}

fn block(identity: &Identity, class: usize, rng: &mut Seeded) -> Result<Vec<u8>, Trouble> {
    let public = identity.key.public_key();
    let length = match class {
        0 => KEY,
        1 => WRONG_KEY,
        _ => {
            // Below the modulus; what it decrypts to begins with 00 02 once in 65,536 times.
            let mut block = vec![0; BLOCK];
            rng.fill_bytes(&mut block);
            block.iter_mut().take(1).for_each(|first| *first = 0);
            return Ok(block);
        }
    };
    let mut key = vec![0; length];
    rng.fill_bytes(&mut key);
    public.encrypt_pkcs1v15(&key, rng).map_err(told("encrypting a key"))
}

/// Puts another encrypted key into the only recipient.
fn replaced(mut der: Vec<u8>, block: &[u8]) -> Result<Vec<u8>, Trouble> {
    let at = der.windows(HEAD.len()).position(|four| four == HEAD);
    let place = at.and_then(|at| der.get_mut(at + HEAD.len()..at + HEAD.len() + BLOCK));
    place.ok_or_else(|| Trouble::new("no encrypted key in the letter"))?.copy_from_slice(block);
    Ok(der)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_letter_opens_and_none_says_why() {
        let world = World::new(false).unwrap();
        let samples = letters(&world, 3).unwrap();
        assert_eq!(samples.len(), CLASSES.len());
        for sample in samples.iter().flatten() {
            assert_eq!(sample.attempt(), Err(Error::Decrypt));
        }
    }
}
