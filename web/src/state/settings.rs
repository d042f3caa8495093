//! What the person prefers on this machine. It names nobody, so it may stay in the browser.

use crate::text::Lang;

/// The backend in pure Rust, by its name in the worker.
const RUST: &str = "rust";

/// Light, dark, or as the machine says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the machine says.
    #[default]
    Machine,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The preferences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The interface's language.
    pub lang: Lang,
    /// Light or dark.
    pub theme: Theme,
    /// Single letters are not commands.
    pub letters_off: bool,
    /// Keys and ciphers are computed by Sceau alone, without the browser's own.
    pub rust_only: bool,
}

impl Settings {
    /// Reads what was kept (`fr light on rust`); `machine` is the language of the browser.
    pub fn parse(kept: &str, machine: Lang) -> Self {
        let mut words = kept.split(' ');
        let lang = words.next().and_then(Lang::from_code).unwrap_or(machine);
        let theme = match words.next() {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::Machine,
        };
        let letters_off = words.next() == Some("off");
        Self { lang, theme, letters_off, rust_only: words.next() == Some(RUST) }
    }

    /// What is kept.
    pub fn print(self) -> String {
        let letters = if self.letters_off { "off" } else { "on" };
        let backend = self.backend().unwrap_or("browser");
        format!("{} {} {letters} {backend}", self.lang.code(), self.theme.code())
    }

    /// The backend the worker is to use, unless it is the one it takes by itself.
    pub fn backend(self) -> Option<&'static str> {
        self.rust_only.then_some(RUST)
    }
}

impl Theme {
    /// The value of the page's `data-theme`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_survive_being_kept() {
        for lang in [Lang::Fr, Lang::En] {
            for theme in [Theme::Machine, Theme::Light, Theme::Dark] {
                for rust_only in [false, true] {
                    let settings = Settings { lang, theme, letters_off: theme == Theme::Dark, rust_only };
                    assert_eq!(Settings::parse(&settings.print(), Lang::Fr), settings);
                }
            }
        }
    }

    #[test]
    fn nothing_kept_follows_the_machine() {
        assert_eq!(Settings::parse("", Lang::En).lang, Lang::En);
        assert_eq!(Settings::parse("<script>", Lang::Fr), Settings::default());
    }
}
