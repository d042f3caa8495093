//! Dates as JMAP writes them (RFC 8620 §1.4).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A `UTCDate`: RFC 3339 with the zone `Z`, whole seconds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UtcDate(pub String);

const SECONDS_PER_DAY: i64 = 86_400;

impl UtcDate {
    /// The date of a number of seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Self {
        let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
        let rest = seconds.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        Self(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
    }

    /// Seconds since 1970-01-01T00:00:00Z; `None` when the text is no UTCDate (RFC 8620 §1.4).
    /// Fractions of a second are dropped.
    #[must_use]
    pub fn to_unix(&self) -> Option<i64> {
        let (date, time) = self.0.strip_suffix('Z')?.split_once('T')?;
        let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
        let [hour, minute, second] = numbers(whole, ':', [2, 2, 2])?;
        let in_range = (1..=12).contains(&month)
            && (1..=days_of_month(year, month)).contains(&day)
            && is_digits(fraction)
            && hour <= 23
            && minute <= 59
            && second <= 60;
        in_range
            .then(|| days_from_civil(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second)
    }
}

impl fmt::Display for UtcDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Three unsigned decimal numbers between separators, each of so many digits.
fn numbers(text: &str, separator: char, lengths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut next = |length| {
        let digits = parts.next().filter(|digits| digits.len() == length && is_digits(digits))?;
        digits.parse().ok()
    };
    let [first, second, third] = lengths;
    let found = [next(first)?, next(second)?, next(third)?];
    parts.next().is_none().then_some(found)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())
}

fn days_of_month(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a Gregorian date, by counting from 1 March of year 0 in eras of 400 years.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::UtcDate;

    #[test]
    fn known_dates_both_ways() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_422_655, "2026-11-23T08:30:55Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(UtcDate::from_unix(seconds).0, text);
            assert_eq!(UtcDate(text.to_owned()).to_unix(), Some(seconds));
        }
    }

    #[test]
    fn what_is_no_utc_date_is_refused() {
        for wrong in [
            "",
            "2026-11-23",
            "2026-11-23T08:30:55+01:00",
            "2026-13-01T00:00:00Z",
            "2026-1-1-1T0:0:0Z",
            "2026-1-1T00:00:00Z",
            "2026-01-01T0:0:0Z",
            "2026-01-01t00:00:00z",
            "2026-01-01T00:00:00.Z",
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-04-00T00:00:00Z",
        ] {
            assert_eq!(UtcDate(wrong.to_owned()).to_unix(), None, "{wrong}");
        }
        assert_eq!(UtcDate("1970-01-01T00:00:01.75Z".to_owned()).to_unix(), Some(1));
    }
}
