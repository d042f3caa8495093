//! Moments as arguments: the crate never reads a clock.

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use crate::asn1::{GENERALIZED_TIME, Tlv, UTC_TIME};
use crate::error::{Error, Result, Structure};

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// Seconds in a day.
    pub const DAY: i64 = 86_400;

    /// Reads a moment in RFC 3339 form, such as `2026-11-23T08:17:00Z`.
    ///
    /// # Errors
    /// `Malformed` when the text is not in that form.
    pub fn from_rfc3339(text: &str) -> Result<Self> {
        OffsetDateTime::parse(text, &Rfc3339)
            .map(|moment| Self(moment.unix_timestamp()))
            .map_err(|_| Error::Malformed { what: Structure::Time })
    }

    /// The moment in RFC 3339 form, in UTC. Outside the years 0 to 9999 the number of seconds.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp(self.0)
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok())
            .unwrap_or_else(|| self.0.to_string())
    }

    /// This moment moved by a number of seconds, which may be negative.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Reads an ASN.1 UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 restricts them.
    pub(crate) fn from_asn1(tlv: &Tlv<'_>) -> Result<Self> {
        let malformed = Error::Malformed { what: Structure::Time };
        let text = core::str::from_utf8(tlv.value).map_err(|_| malformed.clone())?;
        let digits = text.strip_suffix('Z').ok_or(malformed.clone())?;
        let full = match tlv.tag {
            UTC_TIME if digits.len() == 12 => format!("{}{digits}", utc_century(digits)),
            GENERALIZED_TIME if digits.len() == 14 => digits.to_owned(),
            _ => return Err(malformed),
        };
        civil(&full).ok_or(malformed)
    }

    /// Writes the ASN.1 Time of RFC 5280 §4.1.2.5: UTCTime from 1950 to 2049, else GeneralizedTime.
    pub(crate) fn to_asn1(self) -> Result<Vec<u8>> {
        let moment = OffsetDateTime::from_unix_timestamp(self.0)
            .map_err(|_| Error::Malformed { what: Structure::Time })?
            .to_offset(UtcOffset::UTC);
        let rest = format!(
            "{:02}{:02}{:02}{:02}{:02}Z",
            u8::from(moment.month()),
            moment.day(),
            moment.hour(),
            moment.minute(),
            moment.second()
        );
        let year = moment.year();
        Ok(if (1950..2050).contains(&year) {
            crate::asn1::tlv(UTC_TIME, format!("{:02}{rest}", year.rem_euclid(100)).as_bytes())
        } else {
            crate::asn1::tlv(GENERALIZED_TIME, format!("{year:04}{rest}").as_bytes())
        })
    }
}

/// RFC 5280 §4.1.2.5.1: years 50 to 99 are of the twentieth century.
fn utc_century(digits: &str) -> &'static str {
    if digits >= "50" { "19" } else { "20" }
}

fn civil(digits: &str) -> Option<UnixTime> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<u8>().ok();
    let year: i32 = digits.get(0..4)?.parse().ok()?;
    let month = Month::try_from(number(4, 6)?).ok()?;
    let date = Date::from_calendar_date(year, month, number(6, 8)?).ok()?;
    let time = Time::from_hms(number(8, 10)?, number(10, 12)?, number(12, 14)?).ok()?;
    Some(UnixTime(PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::Reader;

    fn round_trip(text: &str) -> UnixTime {
        let moment = UnixTime::from_rfc3339(text).unwrap();
        let der = moment.to_asn1().unwrap();
        assert_eq!(UnixTime::from_asn1(&Reader::new(&der).next().unwrap()).unwrap(), moment);
        assert_eq!(moment.to_rfc3339(), text);
        moment
    }

    #[test]
    fn asn1_and_rfc3339_agree() {
        assert_eq!(round_trip("1970-01-01T00:00:00Z"), UnixTime(0));
        round_trip("1950-01-01T12:01:00Z");
        round_trip("2049-12-31T23:59:59Z");
        round_trip("2050-01-01T00:00:00Z");
    }

    #[test]
    fn malformed_times_are_refused() {
        for (tag, text) in [
            (UTC_TIME, "2601010000Z"),
            (UTC_TIME, "260101000000+0100"),
            (UTC_TIME, "261301000000Z"),
            (GENERALIZED_TIME, "20260101000000.5Z"),
            (GENERALIZED_TIME, "20260230000000Z"),
        ] {
            let der = crate::asn1::tlv(tag, text.as_bytes());
            assert!(UnixTime::from_asn1(&Reader::new(&der).next().unwrap()).is_err(), "{text}");
        }
    }
}
