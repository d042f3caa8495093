//! Enrolment codes: sixteen letters and digits, typed from paper, used once.

use sha2::{Digest as _, Sha256};

use crate::random::generate_bytes;

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new code: 80 random bits in four groups of four.
pub(crate) fn generate() -> String {
    let mut code = String::new();
    for (at, byte) in generate_bytes::<16>().iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            code.push('-');
        }
        // 256 is a multiple of 32: no letter is likelier than another.
        code.extend(ALPHABET.get(usize::from(byte % 32)).map(|&letter| char::from(letter)));
    }
    code
}

/// How a code is stored and found, whatever case, spaces and hyphens it was typed with.
pub(crate) fn hash(code: &str) -> Vec<u8> {
    let typed = code.chars().filter(|c| c.is_alphanumeric()).map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    Sha256::digest(typed.collect::<String>()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_being_typed() {
        let code = generate();
        assert_eq!(code.len(), 19);
        assert_eq!(hash(&code.to_lowercase().replace('-', " ")), hash(&code));
        assert_eq!(hash("oil1"), hash("0111"));
        assert_ne!(generate(), code);
    }
}
