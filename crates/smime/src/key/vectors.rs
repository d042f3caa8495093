//! Ways in that only foreign vectors need: fixed randomness, contexts, expanded keys.

use super::{Inner, PrivateKey, PublicKey, ml_dsa, ml_kem, pq};

impl PrivateKey {
    fn ml_dsa(&self) -> &ml_dsa::Private {
        match &self.0 {
            Inner::Pq(key) => match &**key {
                pq::Private::MlDsa(key) => key,
                _ => panic!("not an ML-DSA key"),
            },
            _ => panic!("not an ML-DSA key"),
        }
    }

    pub(crate) fn ml_dsa_sign_with(
        &self,
        message: &[u8],
        context: &[u8],
        random: [u8; 32],
    ) -> Option<Vec<u8>> {
        self.ml_dsa().sign_with(message, context, random)
    }

    pub(crate) fn ml_dsa_sign_mu(&self, mu: [u8; 64]) -> Vec<u8> {
        self.ml_dsa().sign_mu(mu)
    }

    pub(crate) fn ml_kem_expanded(&self) -> Vec<u8> {
        match &self.0 {
            Inner::Pq(key) => match &**key {
                pq::Private::MlKem(key) => key.to_expanded().to_vec(),
                _ => panic!("not an ML-KEM key"),
            },
            _ => panic!("not an ML-KEM key"),
        }
    }
}

impl PublicKey {
    pub(crate) fn ml_dsa_verify(&self, message: &[u8], context: &[u8], signature: &[u8]) -> bool {
        match self.as_post_quantum() {
            Some(pq::Public::MlDsa(key)) => key.verify(message, context, signature).is_ok(),
            _ => panic!("not an ML-DSA key"),
        }
    }

    /// Ciphertext and secret.
    pub(crate) fn ml_kem_encapsulate_with(&self, message: [u8; 32]) -> (Vec<u8>, Vec<u8>) {
        match self.as_post_quantum() {
            Some(pq::Public::MlKem(key)) => {
                let ml_kem::Encapsulated { ciphertext, secret } = key.encapsulate_deterministic(&message);
                (ciphertext, secret.to_vec())
            }
            _ => panic!("not an ML-KEM key"),
        }
    }
}
