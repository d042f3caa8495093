//! GeneralName (RFC 5280 §4.2.1.6).

#[cfg(feature = "more")]
use std::net::IpAddr;

use const_oid::ObjectIdentifier;

use crate::asn1::{self, NotDer, Reader, Tlv};
use crate::name::Name;
use crate::oids;

/// One name of a subjectAltName or a name constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeneralName {
    /// An e-mail address in ASCII.
    Rfc822(String),
    /// An e-mail address with a local part beyond ASCII (RFC 9598).
    SmtpUtf8(String),
    /// A host name.
    Dns(String),
    /// A distinguished name.
    Directory(Name),
    /// A URI.
    Uri(String),
    /// An IP address, or address and mask in a constraint.
    Ip(Vec<u8>),
    /// An otherName of a type we do not read.
    OtherName(ObjectIdentifier),
    /// A form we do not read; the number of its context tag.
    Other(u8),
}

impl GeneralName {
    /// The e-mail address, if the name is one.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        match self {
            Self::Rfc822(address) | Self::SmtpUtf8(address) => Some(address),
            _ => None,
        }
    }

    /// A name as a caller writes it: `email:a@b`, `dns:host` or `ip:address`; `None` for anything else.
    #[cfg(feature = "more")]
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, value) = text.split_once(':')?;
        match kind {
            "email" if value.is_ascii() => Some(Self::Rfc822(value.to_owned())),
            "email" => Some(Self::SmtpUtf8(value.to_owned())),
            "dns" => Some(Self::Dns(value.to_owned())),
            "ip" => Some(Self::Ip(match value.parse().ok()? {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            })),
            _ => None,
        }
    }

    pub(crate) fn read(tlv: &Tlv<'_>) -> Result<Self, NotDer> {
        match tlv.tag {
            0x81 => ascii(tlv).map(Self::Rfc822),
            0x82 => ascii(tlv).map(Self::Dns),
            0x86 => ascii(tlv).map(Self::Uri),
            0x87 => Ok(Self::Ip(tlv.value.to_vec())),
            0xa4 => Name::from_der(tlv.value).map(Self::Directory).map_err(|_| NotDer),
            0xa0 => other_name(tlv),
            tag if tag & 0xc0 == 0x80 && tag & 0x1f <= 8 => Ok(Self::Other(tag & 0x1f)),
            _ => Err(NotDer),
        }
    }

    /// The DER encoding of an e-mail address: rfc822Name, or SmtpUTF8Mailbox beyond ASCII.
    pub(crate) fn email_der(address: &str) -> Vec<u8> {
        if address.is_ascii() {
            return asn1::tlv(asn1::context_primitive(1), address.as_bytes());
        }
        let value = asn1::nest(asn1::context(0), &[&asn1::tlv(asn1::UTF8_STRING, address.as_bytes())]);
        asn1::nest(asn1::context(0), &[&asn1::oid(oids::SMTP_UTF8_MAILBOX), &value])
    }
}

impl core::fmt::Display for GeneralName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Rfc822(text) | Self::SmtpUtf8(text) => write!(f, "email:{text}"),
            Self::Dns(text) => write!(f, "dns:{text}"),
            Self::Directory(name) => write!(f, "dir:{name}"),
            Self::Uri(text) => write!(f, "uri:{text}"),
            Self::Ip(octets) => write!(f, "ip:{}", hex::encode(octets)),
            Self::OtherName(kind) => write!(f, "other:{kind}"),
            Self::Other(number) => write!(f, "other:[{number}]"),
        }
    }
}

/// Reads GeneralNames; `reader` stands on the content of the SEQUENCE.
pub(crate) fn read_all(reader: Reader<'_>) -> Result<Vec<GeneralName>, NotDer> {
    reader.all()?.iter().map(GeneralName::read).collect()
}

/// An IA5String without control characters: a NUL inside a name has fooled many programs.
fn ascii(tlv: &Tlv<'_>) -> Result<String, NotDer> {
    if tlv.value.iter().any(|byte| !byte.is_ascii() || byte.is_ascii_control()) {
        return Err(NotDer);
    }
    core::str::from_utf8(tlv.value).map(str::to_owned).map_err(|_| NotDer)
}

fn other_name(tlv: &Tlv<'_>) -> Result<GeneralName, NotDer> {
    let mut reader = tlv.reader();
    let oid = reader.expect(asn1::OID)?.oid()?;
    let value = reader.expect(asn1::context(0))?;
    if oid != oids::SMTP_UTF8_MAILBOX {
        return Ok(GeneralName::OtherName(oid));
    }
    let text = value.reader().expect(asn1::UTF8_STRING)?;
    let text = core::str::from_utf8(text.value).map_err(|_| NotDer)?;
    if text.chars().any(char::is_control) {
        return Err(NotDer);
    }
    Ok(GeneralName::SmtpUtf8(text.to_owned()))
}
