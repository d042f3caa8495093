//! Messages as octets: page and workers are of one build, so fields go by their places and need no names (postcard). What
//! is written may hold pass phrases and letters, so it is wiped by whoever has read or sent it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// A message of the page or of a worker, as octets.
///
/// # Errors
/// None that a message of this crate can cause; `None` stands for a defect.
#[must_use]
pub fn to_octets<T: Serialize>(message: &T) -> Option<Zeroizing<Vec<u8>>> {
    postcard::to_allocvec(message).ok().map(Zeroizing::new)
}

/// The message that octets are; none when they come from another build.
#[must_use]
pub fn from_octets<T: DeserializeOwned>(octets: &[u8]) -> Option<T> {
    postcard::from_bytes(octets).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ArchiveEntry, ArchiveObstacle, ArchiveView, JobId, Preview, Secret, SignIn, ToWorker, WayIn,
    };

    #[test]
    fn a_call_comes_through() {
        let call = SignIn {
            address: "a@b.example".into(),
            secret: Secret::new("correct horse".into()),
            way: WayIn::PassPhrase,
        };
        let octets = to_octets(&ToWorker { job: JobId(7), ask: call.into() }).unwrap();
        let back: ToWorker = from_octets(&octets).unwrap();
        assert_eq!(back.job, JobId(7));
        assert!(matches!(back.ask, crate::Ask::SignIn(call) if call.secret.expose() == "correct horse"));
    }

    #[test]
    fn an_answer_comes_through() {
        let entry = ArchiveEntry {
            index: 3,
            name: "é".into(),
            size: u64::MAX,
            is_folder: false,
            obstacle: Some(ArchiveObstacle::TooLarge),
            misleads: true,
        };
        let answer = Preview::Archive(ArchiveView { entries: vec![entry], has_more: false });
        assert_eq!(from_octets::<Preview>(&to_octets(&answer).unwrap()), Some(answer));
    }

    #[test]
    fn octets_of_another_build_are_no_message() {
        assert!(from_octets::<ToWorker>(&[0xff; 40]).is_none());
        assert!(from_octets::<ToWorker>(&[]).is_none());
    }
}
