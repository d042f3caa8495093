//! Letters of one size that are all different, made with little work: what makes them must not be what is measured.

use sceau_crash::letter::letter;

/// The mark in a letter that a number takes the place of: letters of base64, as the number is.
const MARK: &[u8] = b"SceauNumberGoesHere0";

/// Letters of one sender.
#[derive(Clone)]
pub(crate) struct Letters {
    octets: Vec<u8>,
    marks: Vec<usize>,
}

impl Letters {
    /// Letters from an address whose ciphertext has so many octets.
    pub(crate) fn new(from: &str, ciphertext: usize) -> Self {
        let id = String::from_utf8_lossy(MARK);
        let mut octets = letter(from, &id, &vec![0x5a; ciphertext]);
        // Once more within the body, in whose lines of base64 the octets above are the same all along.
        let body = octets.len() - octets.len().min(300);
        if let Some(place) = octets.get_mut(body..body + MARK.len()) {
            place.copy_from_slice(MARK);
        }
        let marks = octets.windows(MARK.len()).enumerate();
        let marks = marks.filter(|(_, window)| *window == MARK).map(|(at, _)| at).collect();
        Self { octets, marks }
    }

    /// The letter with a number.
    pub(crate) fn make(&self, number: u64) -> Vec<u8> {
        let (digits, mut octets) = (format!("{number:020}"), self.octets.clone());
        for &at in &self.marks {
            if let Some(place) = octets.get_mut(at..at + MARK.len()) {
                place.copy_from_slice(digits.as_bytes());
            }
        }
        octets
    }
}

/// Octets of ciphertext in a letter of 20 KB.
pub(crate) const TWENTY_KB: usize = 14_300;
/// The same of 1 KB.
pub(crate) const ONE_KB: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_differ_in_their_number_alone() {
        let letters = Letters::new("anne@exemple.fr", TWENTY_KB);
        assert!((19_500..20_500).contains(&letters.octets.len()), "{}", letters.octets.len());
        assert!((900..1_100).contains(&Letters::new("anne@exemple.fr", ONE_KB).octets.len()));
        let (one, other) = (letters.make(1), letters.make(2));
        assert_eq!((one.len(), letters.marks.len()), (other.len(), 2));
        assert_eq!(one.iter().zip(&other).filter(|(a, b)| a != b).count(), 2);
    }
}
