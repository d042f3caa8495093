//! What can go wrong: facts about the input, one enum for the crate.

use const_oid::ObjectIdentifier;

/// Shorthand for results of this crate.
pub type Result<T> = core::result::Result<T, Error>;

/// Why an operation of this crate failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes are not a well-formed `what`.
    #[error("not a well-formed {what}")]
    Malformed {
        /// The structure that was expected.
        what: Structure,
    },
    /// An algorithm that this crate does not implement.
    #[error("algorithm {oid} is not supported")]
    UnsupportedAlgorithm {
        /// Its object identifier as found.
        oid: ObjectIdentifier,
    },
    /// Parameters of a known algorithm that are not acceptable.
    #[error("the parameters of algorithm {oid} are not acceptable")]
    AlgorithmParameters {
        /// The algorithm whose parameters these are.
        oid: ObjectIdentifier,
    },
    /// The key cannot do what was asked of it (an EC key asked for OAEP, …).
    #[error("the key is of the wrong kind for this operation")]
    WrongKeyKind,
    /// An RSA key below [`crate::key::MIN_RSA_BITS`], or above what we compute with.
    #[error("an RSA key of {bits} bits is not accepted")]
    RsaKeySize {
        /// Length of the modulus in bits.
        bits: usize,
    },
    /// SHA-1 in a signature, outside the `danger_legacy` switch.
    #[error("the signature uses a legacy algorithm")]
    LegacyAlgorithm,
    /// The signature does not match the content and the key.
    #[error("the signature is not valid")]
    BadSignature,
    /// The container is encrypted and no pass phrase was given.
    #[error("a pass phrase is needed")]
    PasswordRequired,
    /// The pass phrase does not open the container.
    #[error("the pass phrase is wrong")]
    WrongPassword,
    /// The input asks for more work than we allow.
    #[error("the input exceeds a limit: {limit}")]
    LimitExceeded {
        /// Which limit.
        limit: Limit,
    },
    /// No object of this kind is in the input.
    #[error("no {what} found")]
    Missing {
        /// What was looked for.
        what: Structure,
    },
    /// A certificate and a private key do not belong together.
    #[error("the certificate does not belong to the key")]
    KeyMismatch,
    /// An e-mail address that cannot stand in a certificate or header.
    #[error("the e-mail address is not acceptable")]
    BadAddress,
    /// No recipient of the envelope is named like an own certificate.
    #[error("not sealed for this key")]
    NotForThisKey,
    /// The sender agreed on a key with her own certificate's key instead of a fresh one (RFC 5753 §3.1.1), which we do not do.
    #[error("key agreement with the sender's static key is not supported")]
    StaticOriginator,
    /// Whatever depends on a secret failed; no detail is given on purpose.
    #[error("cannot be opened with this key")]
    Decrypt,
    /// What computes with such keys has to be loaded, and could not be ([`crate::backend::Remote`]).
    #[error("what computes with this key could not be loaded")]
    Unreachable,
    /// What holds a big letter could not be read, or what takes it not be written; whoever owns it knows more.
    #[cfg(feature = "more")]
    #[error("the letter could not be read from where it is, or not written to where it goes")]
    Storage,
    /// A big letter is no longer what was judged.
    #[cfg(feature = "more")]
    #[error("the letter changed while it was read")]
    Changed,
}

sceau_mime::stable_codes! {
    pub Error, "The stable code of this failure, the same on the command line and in JavaScript; listed in docs/cli.":
    Self::Malformed { .. } => "malformed",
    Self::UnsupportedAlgorithm { .. } => "unsupported_algorithm",
    Self::AlgorithmParameters { .. } => "algorithm_parameters",
    Self::WrongKeyKind => "wrong_key_kind",
    Self::RsaKeySize { .. } => "rsa_key_size",
    Self::LegacyAlgorithm => "legacy_algorithm",
    Self::BadSignature => "bad_signature",
    Self::PasswordRequired => "password_required",
    Self::WrongPassword => "wrong_password",
    Self::LimitExceeded { .. } => "limit_exceeded",
    Self::Missing { .. } => "missing",
    Self::KeyMismatch => "key_mismatch",
    Self::BadAddress => "bad_address",
    Self::NotForThisKey => "not_for_this_key",
    Self::StaticOriginator => "static_originator",
    Self::Decrypt => "cannot_open",
    Self::Unreachable => "unreachable",
    #[cfg(feature = "more")]
    Self::Storage => "storage",
    #[cfg(feature = "more")]
    Self::Changed => "changed",
}

/// What a message that cannot be read or written means to whoever handles letters.
impl From<&sceau_mime::Error> for Error {
    fn from(error: &sceau_mime::Error) -> Self {
        use sceau_mime::Error as Mime;
        match error {
            Mime::TooDeep { .. } => Self::LimitExceeded { limit: Limit::Nesting },
            Mime::TooManyParts { .. } => Self::LimitExceeded { limit: Limit::Parts },
            Mime::HeaderTooLong { .. } | Mime::DecodedTooLong { .. } => {
                Self::LimitExceeded { limit: Limit::InputSize }
            }
            Mime::BadAddress(_) => Self::BadAddress,
            Mime::NotAMessage
            | Mime::BadMessageId(_)
            | Mime::BadHeader(_)
            | Mime::NotCms
            | Mime::BadBase64
            | Mime::BadMultipartSigned => Self::Malformed { what: Structure::Message },
        }
    }
}

/// The structures this crate reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structure {
    /// PEM armour (RFC 7468).
    Pem,
    /// An AlgorithmIdentifier (RFC 5280 §4.1.1.2).
    AlgorithmIdentifier,
    /// A Name (RFC 5280 §4.1.2.4).
    Name,
    /// A certificate (RFC 5280 §4.1).
    Certificate,
    /// A certificate extension (RFC 5280 §4.2).
    Extension,
    /// A certificate revocation list (RFC 5280 §5).
    Crl,
    /// An OCSP answer (RFC 6960 §4.2).
    OcspResponse,
    /// An OCSP request (RFC 6960 §4.1).
    OcspRequest,
    /// A PKCS#10 request (RFC 2986).
    CertificationRequest,
    /// A private key (RFC 5958, 5915, 8017).
    PrivateKey,
    /// A SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    PublicKey,
    /// A PKCS#12 container (RFC 7292).
    Pkcs12,
    /// The state file of an authority.
    AuthorityState,
    /// A moment in RFC 3339 or ASN.1 form.
    Time,
    /// A CMS ContentInfo or what it holds (RFC 5652).
    Cms,
    /// A mail (RFC 5322) or a part of one.
    Message,
    /// A letter's card.
    Card,
}

impl core::fmt::Display for Structure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Pem => "PEM text",
            Self::AlgorithmIdentifier => "algorithm identifier",
            Self::Name => "name",
            Self::Certificate => "certificate",
            Self::Extension => "certificate extension",
            Self::Crl => "revocation list",
            Self::OcspResponse => "OCSP answer",
            Self::OcspRequest => "OCSP request",
            Self::CertificationRequest => "certification request",
            Self::PrivateKey => "private key",
            Self::PublicKey => "public key",
            Self::Pkcs12 => "PKCS#12 container",
            Self::AuthorityState => "authority state",
            Self::Time => "moment",
            Self::Cms => "CMS message",
            Self::Message => "mail",
            Self::Card => "card",
        })
    }
}

/// The limits that bound the work an input can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Rounds of password-based key derivation.
    KdfIterations,
    /// Nesting of ASN.1 values.
    Nesting,
    /// Number of certificates in one input.
    Certificates,
    /// Number of recipients of one envelope.
    Recipients,
    /// Number of signers of one message.
    Signers,
    /// Attributes of one set.
    Attributes,
    /// Parts of one message.
    Parts,
    /// Layers of encryption and signature.
    Layers,
    /// Signature checks of one path.
    Signatures,
    /// Bytes of one input.
    InputSize,
}

impl core::fmt::Display for Limit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::KdfIterations => "key derivation rounds",
            Self::Nesting => "nesting",
            Self::Certificates => "certificates",
            Self::Recipients => "recipients",
            Self::Signers => "signers",
            Self::Attributes => "attributes",
            Self::Parts => "parts",
            Self::Layers => "layers",
            Self::Signatures => "signature checks",
            Self::InputSize => "size",
        })
    }
}
