//! The page's words, in French and in English.

use axum::http::{HeaderMap, header};

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    French,
    English,
}

impl Language {
    /// What the address says, else the first of the browser's languages the page has, else French.
    pub(super) fn choose(query: Option<&str>, headers: &HeaderMap) -> Self {
        let asked = query.and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("lang=")));
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let accepted = accepted.unwrap_or_default().split(',').map(|range| range.trim());
        asked.into_iter().chain(accepted).find_map(Self::named).unwrap_or(Self::French)
    }

    fn named(range: &str) -> Option<Self> {
        match range.split(['-', ';']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "fr" => Some(Self::French),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    pub(super) fn code(self) -> &'static str {
        if self == Self::French { "fr" } else { "en" }
    }

    /// One of two wordings.
    pub(super) fn of(self, french: &'static str, english: &'static str) -> &'static str {
        if self == Self::French { french } else { english }
    }

    /// The word for that many, of one and of several: none is one in French and several in English.
    pub(super) fn counted(
        self,
        number: u64,
        [un, plusieurs]: [&'static str; 2],
        [one, several]: [&'static str; 2],
    ) -> &'static str {
        match self {
            Self::French if number < 2 => un,
            Self::French => plusieurs,
            _ if number == 1 => one,
            _ => several,
        }
    }

    /// A number with its digits in threes.
    pub(super) fn number(self, number: u64) -> String {
        let digits = number.to_string();
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push_str(self.of("\u{202f}", ","));
            }
            text.push(digit);
        }
        text
    }

    /// A number with one decimal, where it has one worth telling.
    fn decimal(self, tenths: u64) -> String {
        let (whole, rest) = (self.number(tenths / 10), tenths % 10);
        if rest == 0 || tenths >= 1_000 { whole } else { format!("{whole}{}{rest}", self.of(",", ".")) }
    }

    /// Octets as people write them.
    pub(super) fn octets(self, octets: u64) -> String {
        let units = match self {
            Self::French => ["octets", "Ko", "Mo", "Go", "To"],
            Self::English => ["bytes", "KB", "MB", "GB", "TB"],
        };
        let (mut tenths, mut unit) = (octets.saturating_mul(10), units[0]);
        for next in units.into_iter().skip(1) {
            if tenths < 10_000 {
                break;
            }
            (tenths, unit) = (tenths / 1_000, next);
        }
        format!("{}\u{a0}{unit}", self.decimal(tenths))
    }

    /// A time as people say it, in its largest unit.
    pub(super) fn span(self, seconds: i64) -> String {
        let seconds = seconds.max(0).unsigned_abs();
        let (number, unit) = match seconds {
            0..120 => (seconds, "s"),
            120..7_200 => (seconds / 60, "min"),
            7_200..172_800 => (seconds / 3_600, "h"),
            _ => (seconds / 86_400, self.of("jours", "days")),
        };
        format!("{}\u{a0}{unit}", self.number(number))
    }

    /// How long an answer took at most.
    pub(super) fn latency(self, seconds: Option<f64>) -> String {
        match seconds {
            None => "–".to_owned(),
            Some(seconds) if seconds < 1.0 => format!("{}\u{a0}ms", (seconds * 1_000.0).round()),
            Some(seconds) => format!("{seconds}\u{a0}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asked(query: Option<&str>, accepted: &'static str) -> Language {
        let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accepted))]);
        Language::choose(query, &headers)
    }

    #[test]
    fn the_language_is_the_one_asked_for() {
        assert_eq!(asked(None, "de, en-GB;q=0.8, fr;q=0.5"), Language::English);
        assert_eq!(asked(None, "de"), Language::French);
        assert_eq!(asked(Some("x=1&lang=fr"), "en"), Language::French);
        assert_eq!(asked(Some("lang=<script>"), "en"), Language::English);
        assert_eq!(Language::choose(None, &HeaderMap::new()), Language::French);
    }

    #[test]
    fn numbers_are_written_as_people_write_them() {
        let (french, english) = (Language::French, Language::English);
        assert_eq!(french.number(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(english.number(1_234), "1,234");
        assert_eq!(french.octets(2_400_000), "2,4\u{a0}Mo");
        assert_eq!(english.octets(999), "999\u{a0}bytes");
        assert_eq!(english.octets(1_000_000_000_000), "1\u{a0}TB");
        assert_eq!(
            (french.span(45), french.span(259_200)),
            ("45\u{a0}s".to_owned(), "3\u{a0}jours".to_owned())
        );
        assert_eq!(french.latency(Some(0.02)), "20\u{a0}ms");
    }
}
