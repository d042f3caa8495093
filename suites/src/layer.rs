//! What a message is made of, said in the words of the table.

/// One layer of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layer {
    /// SignedData.
    Signed(Signed),
    /// EnvelopedData or AuthEnvelopedData, as the cipher wants.
    Sealed(Sealed),
    /// CompressedData (RFC 3274).
    Compressed,
}

/// A signature to be made or checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The key's name.
    pub key: &'static str,
    /// The scheme as verdicts name it.
    pub scheme: &'static str,
    /// `multipart/signed` instead of everything in one object.
    pub detached: bool,
    /// Whether there are signed attributes.
    pub attributes: bool,
    /// The signer is named by subjectKeyIdentifier.
    pub by_key_id: bool,
}

/// An envelope to be made or opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The content cipher; `-hkdf` at its end puts RFC 9709 between key and cipher.
    pub cipher: &'static str,
    /// Who may open it, and how.
    pub recipients: Vec<Way>,
    /// Which of them reads.
    pub reader: usize,
}

/// How the content key goes to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The key's name; empty for what is shared.
    pub key: &'static str,
    /// `rsa-…`, `ecdh`, `x25519`, `ml-kem-768`, `kek-…` or `password`.
    pub method: &'static str,
    /// With `ecdh`: `kdf-…`.
    pub kdf: &'static str,
    /// With `ecdh`: `wrap-…`.
    pub wrap: &'static str,
    /// The recipient is named by subjectKeyIdentifier.
    pub by_key_id: bool,
    /// With `ecdh`: the cofactor primitive.
    pub cofactor: bool,
}

impl Layer {
    /// The rows of the table that this layer needs.
    #[must_use]
    pub fn features(&self) -> Vec<&'static str> {
        let flag = |on: bool, name: &'static str| on.then_some(name);
        match self {
            Self::Compressed => vec!["compressed"],
            Self::Signed(it) => {
                let enclosure = if it.detached { "detached" } else { "opaque" };
                let mut all = vec![signing_row(it.key), it.scheme, enclosure];
                all.extend(flag(!it.attributes, "no-attributes"));
                all.extend(flag(it.by_key_id, "signer-by-key-id"));
                all
            }
            Self::Sealed(it) => {
                let mut all = vec![it.cipher];
                all.extend(flag(it.recipients.len() > 1, "several-recipients"));
                all.extend(flag(it.has_several_wraps(), "several-wraps"));
                for way in &it.recipients {
                    all.extend(
                        [way.key, way.method, way.kdf, way.wrap].into_iter().filter(|it| !it.is_empty()),
                    );
                    all.extend(flag(way.by_key_id, "recipient-by-key-id"));
                    all.extend(flag(way.cofactor, "cofactor"));
                    all.extend(way.inside_aead().filter(|_| it.is_authenticated()));
                }
                all.sort_unstable();
                all.dedup();
                all
            }
        }
    }

    /// Whether it is a signature beside its content.
    #[must_use]
    pub fn is_detached(&self) -> bool {
        matches!(self, Self::Signed(it) if it.detached)
    }

    /// Whether nothing inside is nothing in the encoding: an opaque signature, a cipher without padding.
    #[must_use]
    pub fn keeps_length(&self) -> bool {
        match self {
            Self::Compressed => false,
            Self::Signed(it) => !it.detached,
            Self::Sealed(it) => it.is_authenticated(),
        }
    }

    /// The layer in words, for the programs that are told what to do line by line.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Compressed => "compress".to_owned(),
            Self::Signed(it) => format!(
                "sign key={} scheme={} detached={} attributes={} by_key_id={}",
                it.key, it.scheme, it.detached, it.attributes, it.by_key_id
            ),
            Self::Sealed(it) => {
                let ways: Vec<String> = it.recipients.iter().map(Way::words).collect();
                format!("seal cipher={} reader={} to={}", it.cipher, it.reader, ways.join(","))
            }
        }
    }

    /// How our report names the layer; a prefix, because a pass phrase's wrapping cipher is the writer's choice.
    #[must_use]
    pub fn reported(&self) -> String {
        match self {
            Self::Compressed => "CompressedData zlib".to_owned(),
            Self::Signed(it) => format!("SignedData {}", it.scheme),
            Self::Sealed(it) => {
                let cipher = it.cipher.trim_end_matches("-hkdf");
                let kind = if it.is_authenticated() { "AuthEnvelopedData" } else { "EnvelopedData" };
                let transport = it.recipients.get(it.reader).map(Way::reported).unwrap_or_default();
                format!("{kind} {cipher}, {transport}")
            }
        }
    }
}

/// Signing with a curve is another row than agreeing on it.
#[must_use]
pub fn signing_row(key: &'static str) -> &'static str {
    match key {
        "p-256" => "sign-p-256",
        "p-384" => "sign-p-384",
        "p-521" => "sign-p-521",
        other => other,
    }
}

impl Sealed {
    /// Whether the cipher authenticates, so that the type is AuthEnvelopedData.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        !self.cipher.ends_with("-cbc")
    }

    /// Whether two agreements wrap the content key with different ciphers.
    fn has_several_wraps(&self) -> bool {
        let mut wraps = self.recipients.iter().map(|way| way.wrap).filter(|wrap| !wrap.is_empty());
        wraps.next().is_some_and(|first| wraps.any(|other| other != first))
    }

    /// The same, with one cipher that wraps for all agreements: that of the first.
    #[must_use]
    pub fn with_one_wrap(mut self) -> Self {
        if let Some(first) = self.recipients.iter().map(|way| way.wrap).find(|wrap| !wrap.is_empty()) {
            self.recipients.iter_mut().filter(|way| !way.wrap.is_empty()).for_each(|way| way.wrap = first);
        }
        self
    }
}

impl Way {
    /// A way without choices.
    #[must_use]
    pub fn plain(key: &'static str, method: &'static str) -> Self {
        Self { key, method, kdf: "", wrap: "", by_key_id: false, cofactor: false }
    }

    /// ECDH with these choices.
    #[must_use]
    pub fn ecdh(key: &'static str, kdf: &'static str, wrap: &'static str) -> Self {
        Self { kdf, wrap, ..Self::plain(key, "ecdh") }
    }

    /// Octets of the shared key, for `kek-…`.
    #[must_use]
    pub fn kek_octets(&self) -> Option<usize> {
        let bits: usize = self.method.strip_prefix("kek-")?.parse().ok()?;
        Some(bits / 8)
    }

    /// The row that says whether this way goes with an authenticating cipher, where that is not a matter of course.
    #[must_use]
    pub fn inside_aead(&self) -> Option<&'static str> {
        match self.method {
            "ecdh" => Some("aead-ecdh"),
            "password" => Some("aead-password"),
            method if method.starts_with("kek-") => Some("aead-kek"),
            _ => None,
        }
    }

    fn words(&self) -> String {
        let Self { key, method, kdf, wrap, by_key_id, cofactor } = self;
        format!("{key}/{method}/{kdf}/{wrap}/{by_key_id}/{cofactor}")
    }

    fn reported(&self) -> String {
        match self.method {
            "ecdh" => {
                let (kdf, wrap) =
                    (self.kdf.trim_start_matches("kdf-"), self.wrap.trim_start_matches("wrap-"));
                format!("ecdh-{}-{kdf}kdf-{}-wrap", self.key.replace('-', ""), wrap.replace("aes-", "aes"))
            }
            "password" => "password-pwri-".to_owned(),
            "x25519" => "ecdh-x25519-".to_owned(),
            "ml-kem-768" => "ml-kem-768".to_owned(),
            method => match self.kek_octets() {
                Some(octets) => format!("kek-aes{}-wrap", octets * 8),
                None => method.to_owned(),
            },
        }
    }
}
