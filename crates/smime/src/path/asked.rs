//! Signatures on certificates and lists where only a backend computes, which may let wait.
//!
//! A path is searched for without waiting. A signature whose answer is not known counts as unsupported, and is written
//! down; then the backend is asked, and the search begins anew. The last search is one in which every answer was known: it
//! finds what the reference finds, for the same budget.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::key::{PublicKey, SignatureScheme, algorithm_identifier};
use crate::x509::signed::Signed;

/// Most answers kept; above this all are forgotten and asked for anew.
const MAX_ANSWERS: usize = 4096;

/// Most searches for one verdict. Each gets one step further: along a path, to a list, to the list's signer.
const MAX_SEARCHES: usize = 24;

/// SHA-256 of the key, of what is signed and of the signature.
type Name = [u8; 32];

/// What was asked and what the answers are. Clones share it.
#[derive(Clone)]
pub(crate) struct Asked {
    state: Arc<Mutex<State>>,
    /// Whether to ask at all; off, the reference computes.
    on: bool,
}

#[derive(Default)]
struct State {
    answers: BTreeMap<Name, Option<Error>>,
    questions: Vec<Question>,
    /// Whether a search met a signature that nobody here can check.
    gap: bool,
}

/// A signature to be checked.
struct Question {
    name: Name,
    key: PublicKey,
    scheme: SignatureScheme,
    message: Vec<u8>,
    signature: Vec<u8>,
    danger_legacy: bool,
}

#[allow(clippy::derivable_impls, reason = "without the reference it is on")]
impl Default for Asked {
    fn default() -> Self {
        Self { state: Arc::default(), on: cfg!(not(feature = "reference")) }
    }
}

impl core::fmt::Debug for Asked {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Asked(..)")
    }
}

impl Asked {
    /// [`Signed::verify`], when its answer is known.
    ///
    /// # Errors
    /// As [`Signed::verify`], and `UnsupportedAlgorithm` as long as the answer is not known.
    pub(super) fn verify(&self, key: &PublicKey, signed: &Signed<'_>, danger_legacy: bool) -> Result<()> {
        if !self.on {
            return signed.verify(key, danger_legacy);
        }
        let scheme = SignatureScheme::from_identifier_der(signed.algorithm)?;
        let name = name(key, signed, danger_legacy);
        let mut state = self.lock();
        if let Some(answer) = state.answers.get(&name) {
            return answer.clone().map_or(Ok(()), Err);
        }
        state.questions.push(Question {
            name,
            key: key.clone(),
            scheme,
            message: signed.tbs.to_vec(),
            signature: signed.signature.to_vec(),
            danger_legacy,
        });
        Err(Error::UnsupportedAlgorithm { oid: algorithm_identifier(signed.algorithm)?.0 })
    }

    /// Notes what became of a signature that a search met.
    pub(super) fn note(&self, found: &Result<()>) {
        if matches!(found, Err(Error::UnsupportedAlgorithm { .. } | Error::AlgorithmParameters { .. })) {
            self.lock().gap = true;
        }
    }

    /// What the search finds when every answer is known, and whether it met a signature that nobody here can check.
    pub(crate) async fn answered<T>(&self, backend: &dyn Backend, search: impl Fn() -> T) -> (T, bool) {
        for _ in 1..MAX_SEARCHES {
            let (found, gap, questions) = self.searched(&search);
            if questions.is_empty() {
                return (found, gap);
            }
            for question in questions {
                let Question { name, key, scheme, message, signature, danger_legacy } = question;
                let answer = backend.verify(&key, scheme, &message, &signature, danger_legacy).await;
                self.answer(name, answer.err());
            }
        }
        let (found, gap, _) = self.searched(&search);
        (found, gap)
    }

    /// One search, and what it left open. Nothing else runs meanwhile that would ask.
    fn searched<T>(&self, search: impl Fn() -> T) -> (T, bool, Vec<Question>) {
        self.lock().gap = false;
        let found = search();
        let mut state = self.lock();
        (found, state.gap, core::mem::take(&mut state.questions))
    }

    fn answer(&self, name: Name, answer: Option<Error>) {
        let answers = &mut self.lock().answers;
        if answers.len() >= MAX_ANSWERS {
            answers.clear();
        }
        answers.insert(name, answer);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks although the reference could compute.
    #[cfg(test)]
    pub(crate) fn switched_on() -> Self {
        Self { on: true, ..Self::default() }
    }
}

/// Each part but the last says itself how long it is.
fn name(key: &PublicKey, signed: &Signed<'_>, danger_legacy: bool) -> Name {
    let mut hash = Sha256::new();
    hash.update([u8::from(danger_legacy)]);
    for part in [key.spki_der(), signed.tbs, signed.algorithm, signed.signature] {
        hash.update(part);
    }
    hash.finalize().into()
}
