//! The preview frame: it draws a PDF or an image, and is spoken to over a port (docs/design/preview.md).
//!
//! Nothing it says is believed: files it asks for are looked up in a list of this build, and whatever it counts is bounded.

use js_sys::{Array, ArrayBuffer, Object, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlIFrameElement, RequestInit, Response};

use super::frame_line::FrameLine;
use super::frames::{set, whole};

/// Longest text that is taken from the frame: an address of a link.
const MAX_TEXT: usize = 8_192;

/// What the frame says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreviewWord {
    /// It listens.
    Ready,
    /// It wants a file of the list.
    Need {
        /// The question, to be named in the answer.
        id: u32,
        /// The file, by the name that pdf.js has for it.
        file: String,
    },
    /// The document is locked.
    Password {
        /// The question, to be named in the answer.
        id: u32,
        /// Whether a wrong pass phrase was given before.
        again: bool,
    },
    /// The file is shown.
    Opened {
        /// Whether it has pages.
        is_pdf: bool,
        /// How many.
        pages: u32,
        /// How many of them are laid out.
        shown: u32,
    },
    /// Another page is looked at.
    At(u32),
    /// A link was chosen.
    Link(String),
    /// The key was pressed that closes things.
    Escape,
    /// A page could not be drawn in full.
    PageDamaged,
    /// Nothing is shown; the code says why.
    Failed(String),
}

/// What the page says when it hands a file over.
pub struct Opening<'a> {
    /// The file, which goes.
    pub bytes: &'a ArrayBuffer,
    /// Language of the page.
    pub lang: &'a str,
    /// `light`, `dark`, or what the machine says.
    pub theme: &'a str,
    /// What a screen reader says of a page, with places for its number and their count.
    pub page: &'a str,
    /// Of an image.
    pub image: &'a str,
    /// Of a link within the document.
    pub link: &'a str,
}

/// The line to the frame; it ends when this is dropped.
pub struct PreviewPort(FrameLine);

impl PreviewPort {
    /// Hands a loaded frame its port, and hears what it says.
    pub fn open(frame: &HtmlIFrameElement, hear: impl FnMut(PreviewWord) + 'static) -> Option<Self> {
        FrameLine::open(frame, read, hear).map(Self)
    }

    /// Hands a file over; its octets go.
    pub fn show(&self, opening: &Opening<'_>) {
        let (message, words) = (Object::new(), Object::new());
        for (name, word) in [("page", opening.page), ("image", opening.image), ("link", opening.link)] {
            set(&words, name, &word.into());
        }
        set(&message, "kind", &"open".into());
        set(&message, "bytes", opening.bytes);
        set(&message, "words", &words);
        set(&message, "theme", &opening.theme.into());
        set(&message, "language", &opening.lang.into());
        self.0.port.post_message_with_transferable(&message, &Array::of1(opening.bytes)).ok();
    }

    /// Answers a question by a file, or by nothing.
    pub fn answer_file(&self, id: u32, file: Option<&ArrayBuffer>) {
        let value = file.map_or(JsValue::NULL, JsValue::from);
        let transfer: Array = file.into_iter().collect();
        self.0.port.post_message_with_transferable(&answer(id, &value), &transfer).ok();
    }

    /// Answers a question by a word, or by nothing.
    pub fn answer_word(&self, id: u32, word: Option<&str>) {
        self.0.port.post_message(&answer(id, &word.map_or(JsValue::NULL, JsValue::from))).ok();
    }

    /// Goes nearer (`in`), farther (`out`) or back to the frame's width (`width`).
    pub fn zoom(&self, by: &str) {
        self.say("zoom", "by", by);
    }

    /// The page's colours changed.
    pub fn dress(&self, theme: &str) {
        self.say("theme", "theme", theme);
    }

    fn say(&self, kind: &str, name: &str, value: &str) {
        let message = Object::new();
        set(&message, "kind", &kind.into());
        set(&message, name, &value.into());
        self.0.port.post_message(&message).ok();
    }
}

fn answer(id: u32, value: &JsValue) -> Object {
    let message = Object::new();
    set(&message, "kind", &"answer".into());
    set(&message, "id", &id.into());
    set(&message, "value", value);
    message
}

/// A file of pdf.js, by the list of this build, each checked by its digest; none that is not listed.
pub async fn library_file(name: &str) -> Option<ArrayBuffer> {
    let meta = document().query_selector("meta[name='sceau-pdf']").ok()??;
    let list = fetched(&meta.get_attribute("content")?, &meta.get_attribute("data-integrity")?).await?;
    let list = JsFuture::from(list.json().ok()?).await.ok()?;
    let file: Array = Reflect::get(&list, &name.into()).ok()?.dyn_into().ok()?;
    let response = fetched(&file.get(0).as_string()?, &file.get(1).as_string()?).await?;
    JsFuture::from(response.array_buffer().ok()?).await.ok()?.dyn_into().ok()
}

async fn fetched(url: &str, integrity: &str) -> Option<Response> {
    let init = RequestInit::new();
    init.set_integrity(integrity);
    let response = JsFuture::from(window().fetch_with_str_and_init(url, &init)).await.ok()?;
    response.dyn_into::<Response>().ok().filter(Response::ok)
}

fn read(said: &JsValue) -> Option<PreviewWord> {
    let get = |name: &str| Reflect::get(said, &name.into()).ok();
    let text = |name| get(name)?.as_string().filter(|text| text.len() <= MAX_TEXT);
    let number = |name| whole(&get(name)?);
    let is = |name| get(name).is_some_and(|value| value.is_truthy());
    Some(match text("kind")?.as_str() {
        "ready" => PreviewWord::Ready,
        "need" => PreviewWord::Need { id: number("id")?, file: text("file")? },
        "password" => PreviewWord::Password { id: number("id")?, again: is("again") },
        "opened" => {
            let (is_pdf, pages) = (text("what")? == "pdf", number("pages")?);
            PreviewWord::Opened { is_pdf, pages, shown: number("shown").unwrap_or(pages) }
        }
        "at" => PreviewWord::At(number("page")?),
        "link" => PreviewWord::Link(text("target")?),
        "key" => PreviewWord::Escape,
        "warning" => PreviewWord::PageDamaged,
        "failed" => PreviewWord::Failed(text("code")?),
        _ => return None,
    })
}
