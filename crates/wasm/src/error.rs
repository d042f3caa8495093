//! Failures with codes that never change.

use wasm_bindgen::JsValue;

const BAD_ARGUMENT: &str = "bad_argument";
const NO_SUCH_PART: &str = "no_such_part";
const NO_KEY: &str = "no_key";

/// What a call can fail with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// From CMS, certificates or keys.
    Smime(sceau_smime::Error),
    /// From the message itself.
    Mime(sceau_mime::Error),
    /// An argument has not the shape that is documented.
    BadArgument(String),
    /// There is no part with this number.
    NoSuchPart,
    /// No key of the kind that is needed was given.
    NoKey,
}

impl Failure {
    /// The code that scripts may rely on. One exhaustive match: a new variant does not compile without a code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Smime(error) => error.code(),
            Self::Mime(error) => error.code(),
            Self::BadArgument(_) => BAD_ARGUMENT,
            Self::NoSuchPart => NO_SUCH_PART,
            Self::NoKey => NO_KEY,
        }
    }

    /// English for people.
    pub fn text(&self) -> String {
        match self {
            Self::Smime(error) => error.to_string(),
            Self::Mime(error) => error.to_string(),
            Self::BadArgument(detail) => format!("an argument is not as documented: {detail}"),
            Self::NoSuchPart => "there is no part with this number".to_owned(),
            Self::NoKey => "no key for this purpose was given".to_owned(),
        }
    }
}

impl From<sceau_smime::Error> for Failure {
    fn from(error: sceau_smime::Error) -> Self {
        Self::Smime(error)
    }
}

impl From<sceau_mime::Error> for Failure {
    fn from(error: sceau_mime::Error) -> Self {
        Self::Mime(error)
    }
}

impl From<serde_wasm_bindgen::Error> for Failure {
    fn from(error: serde_wasm_bindgen::Error) -> Self {
        Self::BadArgument(error.to_string())
    }
}

impl From<Failure> for JsValue {
    /// An `Error` with a `code`.
    fn from(failure: Failure) -> Self {
        let error = js_sys::Error::new(&failure.text());
        // Setting a property on a fresh object cannot fail.
        let _ = js_sys::Reflect::set(&error, &Self::from_str("code"), &Self::from_str(failure.code()));
        error.into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sceau_mime::Error as Mime;
    use sceau_smime::Error as Smime;

    use super::{BAD_ARGUMENT, Failure, NO_KEY, NO_SUCH_PART};

    #[test]
    fn codes_are_those_of_the_libraries() {
        for (failure, code) in [
            (Failure::from(Smime::BadAddress), "bad_address"),
            (Failure::from(Smime::Decrypt), "cannot_open"),
            (Failure::from(Mime::BadAddress("x".into())), "bad_address"),
            (Failure::from(Mime::TooDeep { limit: 1 }), "too_deep"),
            (Failure::BadArgument("x".into()), BAD_ARGUMENT),
            (Failure::NoSuchPart, NO_SUCH_PART),
            (Failure::NoKey, NO_KEY),
        ] {
            assert_eq!(failure.code(), code);
            assert!(!failure.text().is_empty(), "{code}");
        }
    }

    /// Both tables of docs/cli that speak of errors, and nothing that is not in them.
    #[test]
    fn every_code_is_documented_and_every_documented_one_exists() {
        let text = include_str!("../../../docs/cli/README.md");
        let (_, table) = text.split_once("### Errors of the npm package besides").unwrap();
        let table = table.split("\n###").next().unwrap();
        let documented: BTreeSet<&str> =
            table.split("\n| `").skip(1).filter_map(|row| row.split('`').next()).collect();
        let own = [BAD_ARGUMENT, NO_SUCH_PART, NO_KEY];
        let shared: BTreeSet<&str> = Smime::CODES.iter().copied().collect();
        let all: BTreeSet<&str> =
            Mime::CODES.iter().chain(&own).copied().filter(|code| !shared.contains(code)).collect();
        assert_eq!(documented, all);
    }

    #[test]
    fn what_depends_on_a_secret_says_nothing() {
        assert_eq!(Failure::from(Smime::Decrypt).text(), "cannot be opened with this key");
    }
}
