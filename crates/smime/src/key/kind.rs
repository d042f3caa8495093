//! The kinds of key: those we make and those we meet.

use const_oid::ObjectIdentifier;

use crate::oids;

/// The kinds of key that we make. Those beyond the curves P-256 and P-384 and RSA need the
/// feature named with them; without it [`super::PrivateKey::generate`] answers `UnsupportedAlgorithm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with a modulus of 2048 bits.
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
    /// The NIST curve P-256 (RFC 5480).
    P256,
    /// The NIST curve P-384 (RFC 5480).
    P384,
    /// The NIST curve P-521 (RFC 5480); feature `more`.
    P521,
    /// Ed25519 (RFC 8410), for signing only; feature `more`.
    Ed25519,
    /// X25519 (RFC 8410), for sealing only; feature `more`.
    X25519,
    /// ML-DSA (RFC 9881), for signing only; feature `pq`.
    MlDsa(MlDsaSet),
    /// ML-KEM (RFC 9935), for sealing only; feature `pq`.
    MlKem(MlKemSet),
    /// ML-KEM-768 together with ECDH on P-256 (draft-ietf-lamps-pq-composite-kem), for sealing
    /// only; feature `pq`.
    MlKem768P256,
}

impl Algorithm {
    /// All algorithms, in the order in which they are offered.
    pub const ALL: [Self; 15] = [
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::P256,
        Self::P384,
        Self::P521,
        Self::Ed25519,
        Self::X25519,
        Self::MlDsa(MlDsaSet::MlDsa44),
        Self::MlDsa(MlDsaSet::MlDsa65),
        Self::MlDsa(MlDsaSet::MlDsa87),
        Self::MlKem(MlKemSet::MlKem512),
        Self::MlKem(MlKemSet::MlKem768),
        Self::MlKem(MlKemSet::MlKem1024),
        Self::MlKem768P256,
    ];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa2048",
            Self::Rsa3072 => "rsa3072",
            Self::Rsa4096 => "rsa4096",
            Self::P256 => "p256",
            Self::P384 => "p384",
            Self::P521 => "p521",
            Self::Ed25519 => "ed25519",
            Self::X25519 => "x25519",
            Self::MlDsa(set) => set.name(),
            Self::MlKem(set) => set.name(),
            Self::MlKem768P256 => COMPOSITE_NAME,
        }
    }

    /// The identifier of such keys; of the curve for those that name one.
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => oids::RSA_ENCRYPTION,
            Self::P256 => oids::P256,
            Self::P384 => oids::P384,
            Self::P521 => oids::P521,
            Self::Ed25519 => oids::ED25519,
            Self::X25519 => oids::X25519,
            Self::MlDsa(set) => set.oid(),
            Self::MlKem(set) => set.oid(),
            Self::MlKem768P256 => oids::ML_KEM_768_P256,
        }
    }
}

const COMPOSITE_NAME: &str = "ml-kem-768-p256";

/// A parameter set of ML-DSA (FIPS 204 §4, RFC 9881 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MlDsaSet {
    /// ML-DSA-44, security category 2.
    MlDsa44,
    /// ML-DSA-65, security category 3.
    MlDsa65,
    /// ML-DSA-87, security category 5.
    MlDsa87,
}

impl MlDsaSet {
    /// The name in verdicts, such as `ml-dsa-65`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MlDsa44 => "ml-dsa-44",
            Self::MlDsa65 => "ml-dsa-65",
            Self::MlDsa87 => "ml-dsa-87",
        }
    }

    /// The object identifier of keys and signatures alike (RFC 9881 §2).
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::MlDsa44 => oids::ML_DSA_44,
            Self::MlDsa65 => oids::ML_DSA_65,
            Self::MlDsa87 => oids::ML_DSA_87,
        }
    }

    pub(super) fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        [Self::MlDsa44, Self::MlDsa65, Self::MlDsa87].into_iter().find(|set| set.oid() == oid)
    }
}

/// A parameter set of ML-KEM (FIPS 203 §8, RFC 9935 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MlKemSet {
    /// ML-KEM-512, security category 1.
    MlKem512,
    /// ML-KEM-768, security category 3.
    MlKem768,
    /// ML-KEM-1024, security category 5.
    MlKem1024,
}

impl MlKemSet {
    /// The name in verdicts, such as `ml-kem-768`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MlKem512 => "ml-kem-512",
            Self::MlKem768 => "ml-kem-768",
            Self::MlKem1024 => "ml-kem-1024",
        }
    }

    /// The object identifier of keys and of the mechanism alike (RFC 9935 §3, RFC 9936 §2).
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::MlKem512 => oids::ML_KEM_512,
            Self::MlKem768 => oids::ML_KEM_768,
            Self::MlKem1024 => oids::ML_KEM_1024,
        }
    }

    #[cfg(feature = "pq")]
    pub(super) fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        [Self::MlKem512, Self::MlKem768, Self::MlKem1024].into_iter().find(|set| set.oid() == oid)
    }
}

/// What a key is, whoever made it.
///
/// X448 and Ed448 (RFC 8410) are not here: the only implementations are unfinished pre-releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with a modulus of this many bits.
    Rsa {
        /// Bits of the modulus.
        bits: usize,
    },
    /// The NIST curve P-256.
    P256,
    /// The NIST curve P-384.
    P384,
    /// The NIST curve P-521.
    P521,
    /// Ed25519, which signs.
    Ed25519,
    /// X25519, which agrees.
    X25519,
    /// DSA with a prime of this many bits, which is only ever verified, as legacy.
    Dsa {
        /// Bits of the prime p.
        bits: usize,
    },
    /// ML-DSA, which signs.
    MlDsa(MlDsaSet),
    /// ML-KEM, which encapsulates.
    MlKem(MlKemSet),
    /// ML-KEM-768 together with ECDH on P-256, which encapsulates.
    MlKem768P256,
}

impl KeyKind {
    /// How a content key can go to the holder of such a key; `None` for keys that only sign.
    #[must_use]
    pub fn sealing(self) -> Option<KeySealing> {
        match self {
            Self::Rsa { .. } => Some(KeySealing::Transport),
            Self::P256 | Self::P384 | Self::P521 | Self::X25519 => Some(KeySealing::Agreement),
            Self::MlKem(_) | Self::MlKem768P256 => Some(KeySealing::Encapsulation),
            Self::Ed25519 | Self::Dsa { .. } | Self::MlDsa(_) => None,
        }
    }
}

/// How a content key goes to a kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySealing {
    /// Encrypted with the key (RFC 5652 §6.2.1); key usage keyEncipherment.
    Transport,
    /// Wrapped under an agreed secret (RFC 5652 §6.2.2); key usage keyAgreement.
    Agreement,
    /// Wrapped under an encapsulated secret (RFC 9629); key usage keyEncipherment (RFC 9935 §5).
    Encapsulation,
}

impl core::fmt::Display for KeyKind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "rsa{bits}"),
            Self::P256 => f.write_str("p256"),
            Self::P384 => f.write_str("p384"),
            Self::P521 => f.write_str("p521"),
            Self::Ed25519 => f.write_str("ed25519"),
            Self::X25519 => f.write_str("x25519"),
            Self::Dsa { bits } => write!(f, "dsa{bits}"),
            Self::MlDsa(set) => f.write_str(set.name()),
            Self::MlKem(set) => f.write_str(set.name()),
            Self::MlKem768P256 => f.write_str(COMPOSITE_NAME),
        }
    }
}
