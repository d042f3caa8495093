//! Date and time of a message (RFC 5322 §3.3).

use mail_parser::DateTime;

/// First instant that [`Date`] writes: the Unix epoch. Earlier values are written as this.
const FIRST: i64 = 0;
/// Last instant that [`Date`] writes: the end of the year 9998, so that no offset leaves four digits.
const LAST: i64 = 253_370_764_799;
/// Largest offset from UTC, in minutes, that readers accept (RFC 5322 §3.3 would write up to 99:59).
const MAX_OFFSET: i16 = 23 * 60 + 59;

/// A moment and the local offset it was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Date {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub unix: i64,
    /// Minutes east of UTC.
    pub offset_minutes: i16,
}

impl Date {
    /// A moment in UTC.
    pub fn utc(unix: i64) -> Self {
        Self { unix, offset_minutes: 0 }
    }

    /// The date as RFC 5322 §3.3 writes it: `Mon, 23 Nov 2026 09:30:00 +0100`.
    pub fn to_rfc5322(self) -> String {
        self.local().to_rfc822()
    }

    /// The date as RFC 3339 writes it: `2026-11-23T09:30:00+01:00`.
    pub fn to_rfc3339(self) -> String {
        self.local().to_rfc3339()
    }

    /// Reads the value of a Date field, leniently. `None` when no valid date is in it.
    pub fn parse_rfc5322(value: &str) -> Option<Self> {
        DateTime::parse_rfc822(value).and_then(Self::from_parsed)
    }

    pub(crate) fn from_parsed(parsed: DateTime) -> Option<Self> {
        let minutes = i16::from(parsed.tz_hour) * 60 + i16::from(parsed.tz_minute);
        let offset_minutes = if parsed.tz_before_gmt { -minutes } else { minutes };
        parsed.is_valid().then(|| Self { unix: parsed.to_timestamp(), offset_minutes })
    }

    fn local(self) -> DateTime {
        let offset = self.offset_minutes.clamp(-MAX_OFFSET, MAX_OFFSET);
        let seconds = self.unix.clamp(FIRST, LAST).saturating_add(i64::from(offset) * 60).max(FIRST);
        let minutes = offset.unsigned_abs();
        DateTime {
            tz_before_gmt: offset < 0,
            tz_hour: u8::try_from(minutes / 60).unwrap_or_default(),
            tz_minute: u8::try_from(minutes % 60).unwrap_or_default(),
            ..DateTime::from_timestamp(seconds)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn writes_and_reads_offsets() {
        for (date, text) in [
            (Date { unix: 1_795_422_600, offset_minutes: 60 }, "Mon, 23 Nov 2026 09:30:00 +0100"),
            (Date { unix: 1_795_422_600, offset_minutes: -210 }, "Mon, 23 Nov 2026 05:00:00 -0330"),
            (Date::utc(0), "Thu, 1 Jan 1970 00:00:00 +0000"),
        ] {
            assert_eq!(date.to_rfc5322(), text);
            assert_eq!(Date::parse_rfc5322(text), Some(date));
        }
    }

    #[test]
    fn writes_rfc3339() {
        assert_eq!(
            Date { unix: 1_795_422_600, offset_minutes: 60 }.to_rfc3339(),
            "2026-11-23T09:30:00+01:00"
        );
        assert_eq!(Date::utc(1_795_422_600).to_rfc3339(), "2026-11-23T08:30:00Z");
    }

    #[test]
    fn survives_any_number() {
        for unix in [i64::MIN, -1, i64::MAX] {
            for offset_minutes in [i16::MIN, 0, i16::MAX] {
                assert!(Date { unix, offset_minutes }.to_rfc5322().contains(", "));
            }
        }
    }

    #[test]
    fn nonsense_is_no_date() {
        for text in ["", "yesterday", "Mon, 99 Nov 2026 09:30:00 +0100"] {
            assert_eq!(Date::parse_rfc5322(text), None, "{text}");
        }
    }
}
