//! Reading mail that is neither opened nor judged.
//!
//! Each call between wasm and JavaScript costs as much as a field, and so does each object that is made there. What a mail says is
//! therefore laid out in memory, all of its words as JavaScript holds them and one list of numbers, of which
//! `packages/smime/src/mail.mjs` makes a mail. There it stays until [`forget_mail`].

use std::cell::RefCell;

use sceau_mime::{Defect, File, Limits, Mail, Named, Reader, Shown, Text, Wipe as _};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::Failure;
use crate::units::{Lines, Units};

/// Stands for a text that is not there, where lengths stand.
const ABSENT: u32 = u32::MAX;
/// The first numbers: where the words lie, how many octets a unit has, how many units there are.
const WORDS: usize = 3;
/// Then, of a mail, how long its text is, how long its HTML form, and how many files it has.
const TEXT: usize = WORDS;
const HTML: usize = TEXT + 1;
const FILES: usize = HTML + 1;
/// Numbers for which memory is kept.
const KEPT_NUMBERS: usize = 16 * 1024;

thread_local! {
    static READING: RefCell<(Reader, Told)> = RefCell::new((Reader::new(Limits::default()), Told::default()));
}

/// What a mail says: its text, its HTML form and its files, decoded, its fields, and its header section for [`read_fields`]. Needs no
/// key and judges nothing: whoever shows it has to say that it is neither sealed nor signed, and to sanitise its HTML.
///
/// Gives the address of the numbers. `is_wide`: UTF-16, whatever is said.
///
/// # Errors
/// `not_a_message`, or the limit that was passed.
#[wasm_bindgen(js_name = readMail)]
pub fn read_mail(mail: &[u8], is_wide: bool) -> Result<usize, Failure> {
    READING.with_borrow_mut(|(reader, told)| {
        told.begin(is_wide, FILES + 1);
        reader.read(mail, |mail| told.mail(mail))?;
        Ok(told.done())
    })
}

/// The fields of the header section that [`read_mail`] gave, unfolded and decoded. Gives the address of the numbers.
#[wasm_bindgen(js_name = readFields)]
#[must_use]
pub fn read_fields(section: &[u8], is_wide: bool) -> usize {
    READING.with_borrow_mut(|(_, told)| {
        told.begin(is_wide, WORDS);
        told.list(sceau_mime::read_fields(section).iter(), |told, field| {
            told.word(Some(&field.name));
            told.word(Some(&field.value));
        });
        told.done()
    })
}

/// Wipes what was told last.
#[wasm_bindgen(js_name = forgetMail)]
pub fn forget_mail() {
    READING.with_borrow_mut(|(_, told)| told.begin(false, 0));
}

/// Words, files, and numbers in the order in which they are read again.
#[derive(Default)]
struct Told {
    words: Units,
    numbers: Vec<u32>,
    files: Vec<Vec<u8>>,
    has_html: bool,
}

impl Told {
    fn begin(&mut self, is_wide: bool, numbers: usize) {
        self.words.begin(is_wide);
        self.files.drain(..).for_each(|mut file| file.wipe());
        self.has_html = false;
        self.numbers.clear();
        self.numbers.shrink_to(KEPT_NUMBERS);
        self.numbers.resize(numbers, 0);
    }

    /// Where the numbers lie, now that there are all.
    fn done(&mut self) -> usize {
        let unit = if self.words.is_wide() { 2 } else { 1 };
        let words = [self.words.address(), unit, self.words.len()].map(number);
        self.numbers.iter_mut().zip(words).for_each(|(to, number)| *to = number);
        self.numbers.as_ptr().addr()
    }

    fn mail(&mut self, mail: &Mail<'_>) {
        let defects = mail.show(self);
        if !self.has_html {
            self.put(HTML, usize::MAX);
        }
        self.word(Some(mail.subject()));
        self.word(mail.date().map(sceau_mime::Date::to_rfc3339).as_deref());
        self.word(mail.message_id());
        self.list(mail.sender().into_iter(), Self::address);
        for named in [Named::From, Named::ReplyTo, Named::To, Named::Cc, Named::Bcc] {
            self.list(mail.people(named), Self::address);
        }
        self.list(mail.in_reply_to(), |told, id| told.word(Some(id)));
        self.list(mail.references(), |told, id| told.word(Some(id)));
        self.list(defects.iter(), |told, defect| told.word(Some(&code(defect))));
        self.numbers.push(number(mail.section().len()));
        self.words.push_octets(mail.section());
    }

    fn word(&mut self, text: Option<&str>) {
        let Some(text) = text else { return self.numbers.push(ABSENT) };
        let before = self.words.len();
        self.words.push(text, Lines::Kept);
        self.numbers.push(number(self.words.len().saturating_sub(before)));
    }

    fn list<T>(&mut self, list: impl Iterator<Item = T>, mut one: impl FnMut(&mut Self, T)) {
        let at = self.numbers.len();
        self.numbers.push(0);
        for (before, item) in list.enumerate() {
            one(self, item);
            self.put(at, before.saturating_add(1));
        }
    }

    fn put(&mut self, at: usize, value: usize) {
        if let Some(place) = self.numbers.get_mut(at) {
            *place = number(value);
        }
    }

    fn address(&mut self, (name, email): (Option<&str>, &str)) {
        self.word(name);
        self.word(Some(email));
    }
}

impl Shown for Told {
    fn text(&mut self, part: Text<'_>) {
        if self.words.len() > 0 && !self.words.end_a_line() {
            self.words.push("\n", Lines::Kept);
        }
        self.words.push_text(part);
        self.put(TEXT, self.words.len());
    }

    fn html(&mut self, part: Text<'_>) {
        let text = self.numbers.get(TEXT).map_or(0, |units| usize::try_from(*units).unwrap_or_default());
        if self.has_html {
            self.words.push("\n", Lines::Kept);
        }
        self.has_html = true;
        self.words.push_text(part);
        self.put(HTML, self.words.len().saturating_sub(text));
    }

    fn file(&mut self, file: File<'_>) {
        self.word(Some(file.content_type));
        self.word(file.charset);
        self.word(file.name);
        self.word(file.content_id);
        let place = [usize::from(file.inline), file.bytes.as_ptr().addr(), file.bytes.len()];
        self.numbers.extend(place.map(number));
        self.files.push(file.bytes);
        self.put(FILES, self.files.len());
    }
}

fn number(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(ABSENT)
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
