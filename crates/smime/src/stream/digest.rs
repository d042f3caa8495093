//! Digests of what is read window by window.

use sha2::Digest;

use super::{Source, Windows};
use crate::error::Result;
use crate::key::DigestAlgorithm;
use crate::key::with_digest;

/// A digest under way.
pub(crate) struct Running(Box<dyn Step>);

trait Step {
    fn take(&mut self, bytes: &[u8]);
    fn give(self: Box<Self>) -> Vec<u8>;
}

impl<D: Digest> Step for D {
    fn take(&mut self, bytes: &[u8]) {
        Digest::update(self, bytes);
    }

    fn give(self: Box<Self>) -> Vec<u8> {
        Digest::finalize(*self).to_vec()
    }
}

impl Running {
    pub(crate) fn new(algorithm: DigestAlgorithm) -> Self {
        with_digest!(algorithm, D => Self(Box::new(D::new())))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.take(bytes);
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0.give()
    }
}

/// Digests of one content, each by its algorithm.
pub(crate) type Digests = Vec<(DigestAlgorithm, Vec<u8>)>;

/// Several digests under way, of the same octets.
#[derive(Default)]
pub(crate) struct Several(Vec<(DigestAlgorithm, Running)>);

impl Several {
    pub(crate) fn new(algorithms: impl IntoIterator<Item = DigestAlgorithm>) -> Self {
        let mut several = Self::default();
        for algorithm in algorithms {
            if !several.0.iter().any(|(known, _)| *known == algorithm) {
                several.0.push((algorithm, Running::new(algorithm)));
            }
        }
        several
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        for (_, running) in &mut self.0 {
            running.update(bytes);
        }
    }

    pub(crate) fn finish(self) -> Digests {
        self.0.into_iter().map(|(algorithm, running)| (algorithm, running.finish())).collect()
    }
}

/// The digests of everything in a source.
pub(crate) async fn digests(
    source: &dyn Source,
    algorithms: impl IntoIterator<Item = DigestAlgorithm>,
) -> Result<Digests> {
    let mut several = Several::new(algorithms);
    let mut windows = Windows::new(source);
    while let Some(window) = windows.next().await? {
        several.update(window);
    }
    Ok(several.finish())
}

/// SHA-256 of everything in a source.
pub(crate) async fn sha256(source: &dyn Source) -> Result<[u8; 32]> {
    let mut digest = sha2::Sha256::new();
    let mut windows = Windows::new(source);
    while let Some(window) = windows.next().await? {
        digest.update(&*window);
    }
    Ok(digest.finalize().into())
}
