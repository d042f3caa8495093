//! Object identifiers of Enhanced Security Services (RFC 2634 §A, RFC 5035 §A).

use const_oid::ObjectIdentifier;

macro_rules! oids {
    ($($name:ident = $value:literal),* $(,)?) => {
        $(pub(crate) const $name: ObjectIdentifier = ObjectIdentifier::new_unwrap($value);)*
    };
}

oids! {
    CT_RECEIPT = "1.2.840.113549.1.9.16.1.1",
    RECEIPT_REQUEST = "1.2.840.113549.1.9.16.2.1",
    SECURITY_LABEL = "1.2.840.113549.1.9.16.2.2",
    ML_EXPANSION_HISTORY = "1.2.840.113549.1.9.16.2.3",
    CONTENT_HINTS = "1.2.840.113549.1.9.16.2.4",
    MSG_SIG_DIGEST = "1.2.840.113549.1.9.16.2.5",
    CONTENT_IDENTIFIER = "1.2.840.113549.1.9.16.2.7",
    EQUIVALENT_LABELS = "1.2.840.113549.1.9.16.2.9",
    CONTENT_REFERENCE = "1.2.840.113549.1.9.16.2.10",
}
