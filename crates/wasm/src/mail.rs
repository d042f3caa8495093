//! Reading mail that is neither opened nor judged.

use js_sys::{Array, Uint8Array, Uint32Array};
use sceau_mime::{Address, Defect, Letter, Limits, Part, Wipe};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::Failure;

/// Stands for a text that is not there, where lengths stand.
const ABSENT: u32 = u32::MAX;
/// Room for a letter's fields, besides its words.
const FIELDS_BYTES: usize = 4 * 1024;

/// What a mail says: its fields, its text, its HTML form and its files, decoded. Needs no key and judges nothing: whoever shows it
/// has to say that it is neither sealed nor signed, and to sanitise its HTML.
///
/// Gives `[words, numbers, ...files]`: all texts one after the other, how long each is and how many there are, and the files'
/// octets, of which `packages/smime/src/mail.mjs` makes a mail. Each call into JavaScript costs as much as a field, so that there are
/// few.
///
/// # Errors
/// `not_a_message`, or the limit that was passed.
#[wasm_bindgen(js_name = readMail, unchecked_return_type = "[string, Uint32Array, ...Uint8Array[]]")]
pub fn read_mail(mail: &[u8]) -> Result<JsValue, Failure> {
    let (letter, html) = sceau_mime::read_with_html(mail, &Limits::default())?;
    let packed = Packed::of(&letter, html.as_deref());
    let read = Array::of2(&JsValue::from_str(&packed.words), &Uint32Array::from(packed.numbers.as_slice()));
    for part in &letter.parts {
        read.push(&Uint8Array::from(part.bytes.as_slice()));
    }
    Ok(read.into())
}

/// Texts and numbers in the order in which they are read again.
struct Packed {
    words: String,
    numbers: Vec<u32>,
}

impl Drop for Packed {
    fn drop(&mut self) {
        self.words.wipe();
    }
}

impl Packed {
    fn of(letter: &Letter, html: Option<&str>) -> Self {
        let room = letter.text.len().saturating_add(html.map_or(0, str::len)).saturating_add(FIELDS_BYTES);
        let mut packed = Self { words: String::with_capacity(room), numbers: Vec::with_capacity(128) };
        packed.text(Some(&letter.text));
        packed.text(html);
        packed.text(Some(&letter.subject));
        packed.text(letter.date.map(sceau_mime::Date::to_rfc3339).as_deref());
        packed.text(letter.message_id.as_deref());
        packed.list(letter.sender.as_slice(), Self::address);
        for list in [&letter.from, &letter.reply_to, &letter.to, &letter.cc, &letter.bcc] {
            packed.list(list, Self::address);
        }
        packed.list(&letter.in_reply_to, |packed, id| packed.text(Some(id)));
        packed.list(&letter.references, |packed, id| packed.text(Some(id)));
        packed.list(&letter.defects, |packed, defect| packed.text(Some(&code(defect))));
        packed.list(&letter.parts, Self::file);
        packed.list(&letter.headers, |packed, field| {
            packed.text(Some(&field.name));
            packed.text(Some(&field.value));
        });
        packed
    }

    fn number(&mut self, number: usize) {
        self.numbers.push(u32::try_from(number).unwrap_or(ABSENT));
    }

    fn text(&mut self, text: Option<&str>) {
        let Some(text) = text else { return self.numbers.push(ABSENT) };
        self.number(utf16_length(text));
        self.words.push_str(text);
    }

    fn list<T>(&mut self, list: &[T], mut one: impl FnMut(&mut Self, &T)) {
        self.number(list.len());
        for item in list {
            one(self, item);
        }
    }

    fn address(&mut self, address: &Address) {
        self.text(address.name.as_deref());
        self.text(Some(&address.email));
    }

    fn file(&mut self, part: &Part) {
        self.text(Some(&part.content_type));
        self.text(part.charset.as_deref());
        self.text(part.name.as_deref());
        self.text(part.content_id.as_deref());
        self.number(usize::from(part.inline));
    }
}

/// How long JavaScript takes a text to be: a character beyond the first 65,536 counts twice. Each begins with an octet that
/// continues none.
fn utf16_length(text: &str) -> usize {
    let units = |octet: &u8| u8::from(octet & 0xc0 != 0x80).wrapping_add(u8::from(*octet >= 0xf0));
    // Two for each octet at most, so that one octet counts a piece: many are counted at a time.
    let in_piece = |piece: &[u8]| usize::from(piece.iter().map(units).fold(0, u8::wrapping_add));
    text.as_bytes().chunks(usize::from(u8::MAX / 2)).map(in_piece).sum()
}

/// One exhaustive match: a new defect does not compile without a code.
fn code(defect: &Defect) -> String {
    match defect {
        Defect::NoFrom => "no_from".to_owned(),
        Defect::SeveralFrom => "several_from".to_owned(),
        Defect::OddFrom => "odd_from".to_owned(),
        Defect::RepeatedField(name) => format!("repeated_field:{name}"),
        Defect::DamagedStructure => "damaged_structure".to_owned(),
        Defect::DamagedEncoding => "damaged_encoding".to_owned(),
        Defect::DamagedCharset => "damaged_charset".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::utf16_length;

    #[test]
    fn texts_are_as_long_as_javascript_takes_them_to_be() {
        for text in ["", "a", "é", "€", "🎈", "aé€🎈"] {
            for times in [1, 63, 64, 127, 128, 500] {
                let text = text.repeat(times);
                assert_eq!(utf16_length(&text), text.encode_utf16().count(), "{text}");
            }
        }
    }
}
