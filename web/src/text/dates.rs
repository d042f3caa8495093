//! Moments as people write them.

use sceau_protocol::{LetterView, Person, UnixSeconds};

use super::{Lang, Words, fill};

const DAY_SECONDS: i64 = 86_400;

/// A moment on the reader's own clock and calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Days since 1970-01-01.
    pub day_number: i64,
    /// Year.
    pub year: i64,
    /// Month, from 1.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
    /// Hour.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
}

/// What the reader's machine knows of time: now, and the distance to UTC in minutes at a moment.
#[derive(Clone, Copy)]
pub struct Calendar {
    /// Now.
    pub now: fn() -> UnixSeconds,
    /// Minutes to add to UTC at that moment.
    pub offset_minutes: fn(UnixSeconds) -> i64,
}

impl Calendar {
    /// A moment on the reader's clock.
    pub fn civil(&self, at: UnixSeconds) -> Civil {
        Civil::from_local_seconds(at.saturating_add((self.offset_minutes)(at).saturating_mul(60)))
    }

    /// Now, on the reader's clock.
    pub fn today(&self) -> Civil {
        self.civil((self.now)())
    }
}

impl Civil {
    /// Days to a civil date: the proleptic Gregorian calendar counted in eras of 400 years from 1 March.
    fn from_local_seconds(seconds: i64) -> Self {
        let day_number = seconds.div_euclid(DAY_SECONDS);
        let in_day = seconds.rem_euclid(DAY_SECONDS);
        let days = day_number.saturating_add(719_468);
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Self {
            day_number,
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month: small(month),
            day: small(day_of_year - (153 * shifted_month + 2) / 5 + 1),
            hour: small(in_day / 3_600),
            minute: small(in_day % 3_600 / 60),
        }
    }

    fn weekday(self) -> usize {
        // 1970-01-01 was a Thursday; weeks here begin on Monday.
        usize::try_from((self.day_number + 3).rem_euclid(7)).unwrap_or(0)
    }
}

fn small(number: i64) -> u8 {
    u8::try_from(number).unwrap_or(0)
}

const FR_MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const FR_SHORT: [&str; 12] =
    ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];
const FR_DAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
const EN_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const EN_SHORT: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"];
const EN_DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Words {
    /// In a list: `09:42` today, `hier`, `12 nov.` this year, `2024` before.
    pub fn short_date(&self, at: Civil, today: Civil) -> String {
        match today.day_number - at.day_number {
            0 => clock(at),
            1 => self.list.yesterday.to_lowercase(),
            _ if at.year == today.year => format!("{} {}", at.day, self.month(at, true)),
            _ => at.year.to_string(),
        }
    }

    /// Above the letters of a day: `Aujourd’hui`, `Hier`, `Lundi 16 novembre`, with the year when it is another.
    pub fn day_heading(&self, at: Civil, today: Civil) -> String {
        let mut heading = match today.day_number - at.day_number {
            0 => return self.list.today.to_owned(),
            1 => return self.list.yesterday.to_owned(),
            _ => format!("{} {} {}", self.weekday(at), self.day(at), self.month(at, false)),
        };
        if at.year != today.year {
            heading = format!("{heading} {}", at.year);
        }
        let mut letters = heading.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    /// Exactly: `lundi 23 novembre 2026 à 10 h 12`.
    pub fn exact_date(&self, at: Civil) -> String {
        let date = format!("{} {} {} {}", self.weekday(at), self.day(at), self.month(at, false), at.year);
        match self.lang {
            Lang::Fr => format!("{date} à {}\u{a0}h\u{a0}{:02}", at.hour, at.minute),
            Lang::En => format!("{date} at {}", clock(at)),
        }
    }

    /// Above quoted words: who wrote them, and when on the reader's clock.
    pub fn quote_head(&self, letter: &LetterView, calendar: Calendar) -> String {
        let shown = |person: &Person| {
            if person.name.is_empty() { person.address.clone() } else { person.name.clone() }
        };
        let from = letter.from.first().map(shown).unwrap_or_default();
        let who = letter.confirmed_name.clone().unwrap_or(from);
        let template =
            if letter.date.is_some() { self.letter.quote_head } else { self.letter.quote_head_undated };
        let date = letter.date.map(|at| self.exact_date(calendar.civil(at))).unwrap_or_default();
        fill(template, &[("date", &date), ("name", &who)])
    }

    /// A day: `23 novembre 2026`.
    pub fn plain_day(&self, at: Civil) -> String {
        format!("{} {} {}", self.day(at), self.month(at, false), at.year)
    }

    /// A moment of today: `10:42`.
    pub fn clock(&self, at: Civil) -> String {
        clock(at)
    }

    fn weekday(&self, at: Civil) -> &'static str {
        let days = match self.lang {
            Lang::Fr => &FR_DAYS,
            Lang::En => &EN_DAYS,
        };
        days.get(at.weekday()).copied().unwrap_or("")
    }

    fn month(&self, at: Civil, short: bool) -> &'static str {
        let months = match (self.lang, short) {
            (Lang::Fr, false) => &FR_MONTHS,
            (Lang::Fr, true) => &FR_SHORT,
            (Lang::En, false) => &EN_MONTHS,
            (Lang::En, true) => &EN_SHORT,
        };
        months.get(usize::from(at.month).saturating_sub(1)).copied().unwrap_or("")
    }

    fn day(&self, at: Civil) -> String {
        match (self.lang, at.day) {
            (Lang::Fr, 1) => "1er".to_owned(),
            (_, day) => day.to_string(),
        }
    }
}

fn clock(at: Civil) -> String {
    format!("{:02}:{:02}", at.hour, at.minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARIS_WINTER: Calendar = Calendar { now: || 1_795_425_120, offset_minutes: |_| 60 };

    fn at(seconds_before_now: i64) -> Civil {
        PARIS_WINTER.civil((PARIS_WINTER.now)() - seconds_before_now)
    }

    #[test]
    fn a_moment_is_written_out_in_both_languages() {
        let now = PARIS_WINTER.today();
        assert_eq!(Lang::Fr.words().exact_date(now), "lundi 23 novembre 2026 à 10\u{a0}h\u{a0}12");
        assert_eq!(Lang::En.words().exact_date(now), "Monday 23 November 2026 at 10:12");
    }

    #[test]
    fn lists_write_moments_shorter_the_older_they_are() {
        let (fr, today) = (Lang::Fr.words(), PARIS_WINTER.today());
        assert_eq!(fr.short_date(at(1_800), today), "09:42");
        assert_eq!(fr.short_date(at(11 * 3_600), today), "hier");
        assert_eq!(fr.short_date(at(11 * DAY_SECONDS), today), "12 nov.");
        assert_eq!(fr.short_date(at(700 * DAY_SECONDS), today), "2024");
    }

    #[test]
    fn headings_name_the_day() {
        let (fr, today) = (Lang::Fr.words(), PARIS_WINTER.today());
        assert_eq!(fr.day_heading(today, today), fr.list.today);
        assert_eq!(fr.day_heading(at(7 * DAY_SECONDS), today), "Lundi 16 novembre");
        assert_eq!(fr.day_heading(at(357 * DAY_SECONDS), today), "Lundi 1er décembre 2025");
    }

    #[test]
    fn the_calendar_knows_leap_days_and_times_before_1970() {
        let civil = Civil::from_local_seconds(951_782_400);
        assert_eq!((civil.year, civil.month, civil.day), (2000, 2, 29));
        let civil = Civil::from_local_seconds(-1);
        assert_eq!((civil.year, civil.month, civil.day, civil.hour, civil.minute), (1969, 12, 31, 23, 59));
    }
}
