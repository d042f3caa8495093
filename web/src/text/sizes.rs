//! Numbers and sizes as people write them: `812 o`, `14 ko`, `2,4 Mo`; `812 B`, `14 kB`, `2.4 MB`.

use super::{Lang, Words};

/// Units above the octet, each 1000 times the one before.
const UNITS: [&str; 3] = ["k", "M", "G"];

impl Words {
    /// A whole number: `50 000`, `50,000`.
    pub fn number(&self, number: u64) -> String {
        let digits = number.to_string();
        let separator = match self.lang {
            Lang::Fr => '\u{202f}',
            Lang::En => ',',
        };
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(separator);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// A size in octets.
    pub fn size(&self, octets: u64) -> String {
        let (letter, point) = match self.lang {
            Lang::Fr => ("o", ","),
            Lang::En => ("B", "."),
        };
        if octets < 1000 {
            return format!("{octets}\u{a0}{letter}");
        }
        let mut tenths = octets.saturating_add(50) / 100;
        let mut unit = "k";
        for next in UNITS {
            unit = next;
            if tenths < 10_000 {
                break;
            }
            if next != "G" {
                tenths = tenths.saturating_add(500) / 1000;
            }
        }
        let (whole, tenth) = (tenths / 10, tenths % 10);
        if whole >= 10 || tenth == 0 {
            return format!("{}\u{a0}{unit}{letter}", tenths.saturating_add(5) / 10);
        }
        format!("{whole}{point}{tenth}\u{a0}{unit}{letter}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(Lang::Fr.words().number(50_000), "50\u{202f}000");
        assert_eq!(Lang::En.words().number(1_234_567), "1,234,567");
        assert_eq!(Lang::En.words().number(999), "999");
    }

    #[test]
    fn sizes_are_short() {
        let fr = Lang::Fr.words();
        for (octets, text) in [
            (0, "0\u{a0}o"),
            (999, "999\u{a0}o"),
            (1_000, "1\u{a0}ko"),
            (14_200, "14\u{a0}ko"),
            (2_400_000, "2,4\u{a0}Mo"),
            (20_971_520, "21\u{a0}Mo"),
            (3_000_000_000, "3\u{a0}Go"),
        ] {
            assert_eq!(fr.size(octets), text);
        }
        assert_eq!(Lang::En.words().size(2_400_000), "2.4\u{a0}MB");
    }
}
