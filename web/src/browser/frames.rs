//! Frames of opaque origin: what a letter brings is shown in them, and they are spoken to over a port (docs/design/reading.md).
//!
//! Nothing a frame says is believed: it names a link by numbers that the page looks up, and a key by a name that the page
//! knows.

use js_sys::{Array, ArrayBuffer, Object, Reflect};
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlIFrameElement;

use super::frame_line::FrameLine;

/// Tallest frame, in pixels: three hundred screens. What is longer scrolls inside.
const MAX_HEIGHT: u32 = 300_000;
/// How long a frame may be silent before the person is told, in milliseconds; it may speak later still.
pub const PATIENCE_MS: i32 = 6_000;
/// Longest name of a key.
const MAX_KEY: usize = 16;

/// What a frame says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameWord {
    /// It listens.
    Ready,
    /// How tall its content is, in pixels.
    Height(u32),
    /// A link was followed: piece, and place in the piece's list.
    Link(usize, usize),
    /// A link is pointed at, or no longer.
    Aim(Option<(usize, usize)>),
    /// A key was pressed that is the page's.
    Key(String),
    /// The print dialogue was closed.
    Printed,
}

/// Where a frame of this build lies.
pub fn address(name: &str) -> Option<String> {
    let meta = document().query_selector(&format!("meta[name='sceau-frame-{name}']")).ok()??;
    meta.get_attribute("content")
}

/// What the page says to a frame; what is not said stays as it was.
#[derive(Default)]
pub struct Said<'a> {
    /// Language of the page.
    pub lang: &'a str,
    /// `light`, `dark`, or what the machine says.
    pub theme: &'a str,
    /// Whether the letter may follow the page's colours.
    pub follow: bool,
    /// Disarmed HTML as UTF-8; copied, so that it can be shown again.
    pub pieces: Option<&'a [ArrayBuffer]>,
    /// What stands above a printed letter.
    pub head: Option<Head<'a>>,
}

/// The head of a printed letter.
pub struct Head<'a> {
    /// Its title.
    pub subject: &'a str,
    /// Names and values.
    pub lines: &'a [(String, String)],
    /// The text, where there is no HTML to print.
    pub text: Option<&'a str>,
}

/// The line to a frame; it ends when this is dropped.
pub struct FramePort(FrameLine);

impl FramePort {
    /// Hands a loaded frame its port, and hears what it says.
    pub fn open(frame: &HtmlIFrameElement, hear: impl FnMut(FrameWord) + 'static) -> Option<Self> {
        FrameLine::open(frame, read, hear).map(Self)
    }

    /// Says something to the frame.
    pub fn say(&self, said: &Said<'_>) {
        self.post(said, false);
    }

    /// The same, and has the frame print itself.
    pub fn print(&self, said: &Said<'_>) {
        self.post(said, true);
    }

    fn post(&self, said: &Said<'_>, print: bool) {
        let message = Object::new();
        set(&message, "lang", &said.lang.into());
        set(&message, "theme", &said.theme.into());
        set(&message, "follow", &said.follow.into());
        if let Some(pieces) = said.pieces {
            set(&message, "pieces", &pieces.iter().collect::<Array>());
        }
        if let Some(head) = &said.head {
            set(&message, "head", &head.to_js());
        }
        set(&message, "print", &print.into());
        self.0.port.post_message(&message).ok();
    }
}

impl Head<'_> {
    fn to_js(&self) -> JsValue {
        let head = Object::new();
        let line = |(name, value): &(String, String)| Array::of2(&name.into(), &value.into());
        set(&head, "subject", &self.subject.into());
        set(&head, "lines", &self.lines.iter().map(line).collect::<Array>());
        if let Some(text) = self.text {
            set(&head, "text", &text.into());
        }
        head.into()
    }
}

pub(super) fn set(object: &Object, name: &str, value: &JsValue) {
    Reflect::set(object, &name.into(), value).ok();
}

fn read(said: &JsValue) -> Option<FrameWord> {
    let get = |name: &str| Reflect::get(said, &name.into()).ok().filter(|value| !value.is_undefined());
    if let Some(height) = get("height") {
        return whole(&height).map(|height| FrameWord::Height(height.min(MAX_HEIGHT)));
    }
    if let Some(link) = get("link") {
        return pair(&link).map(|(piece, place)| FrameWord::Link(piece, place));
    }
    if let Some(aim) = get("aim") {
        return Some(FrameWord::Aim(pair(&aim)));
    }
    if let Some(key) = get("key") {
        return key.as_string().filter(|key| key.len() <= MAX_KEY).map(FrameWord::Key);
    }
    if get("printed").is_some() {
        return Some(FrameWord::Printed);
    }
    get("ready").map(|_| FrameWord::Ready)
}

fn pair(value: &JsValue) -> Option<(usize, usize)> {
    let pair = value.dyn_ref::<Array>()?;
    let number = |place| usize::try_from(whole(&pair.get(place))?).ok();
    Some((number(0)?, number(1)?))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast is within its bounds")]
pub(super) fn whole(value: &JsValue) -> Option<u32> {
    let number = value.as_f64()?;
    (0.0..=f64::from(u32::MAX)).contains(&number).then_some(number as u32)
}
