//! The font table of RTF, for the code pages that fonts bring with them ([MSFT-RTF], "Font Table").

/// Most fonts: Word writes a few hundred when it writes all of a machine's.
const MAX_FONTS: usize = 4_096;

/// Fonts and their code pages, by their numbers.
#[derive(Default)]
pub(crate) struct Fonts {
    known: std::collections::BTreeMap<i32, u32>,
    current: Option<i32>,
}

impl Fonts {
    /// A control word within the font table.
    pub(crate) fn word(&mut self, word: &[u8], number: Option<i32>) {
        match word {
            b"f" => self.current = number,
            b"fcharset" => self.set(number.and_then(code_page_of_charset)),
            b"cpg" => self.set(number.and_then(|number| u32::try_from(number).ok())),
            _ => (),
        }
    }

    fn set(&mut self, code_page: Option<u32>) {
        if let (Some(font), Some(code_page)) = (self.current, code_page)
            && self.known.len() < MAX_FONTS
        {
            self.known.insert(font, code_page);
        }
    }

    /// The code page of text in a font, where the font brings one.
    pub(crate) fn code_page(&self, font: Option<i32>) -> Option<u32> {
        self.known.get(&font?).copied()
    }
}

/// `\fcharset` to code page; none for those that stand for the document's own, and for symbols.
fn code_page_of_charset(charset: i32) -> Option<u32> {
    Some(match charset {
        0 => 1252,
        77 => 10_000,
        128 => 932,
        129 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        254 => 437,
        255 => 850,
        _ => return None,
    })
}
