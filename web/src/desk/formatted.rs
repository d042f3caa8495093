//! A letter as its author laid it out, its links, its charset, and printing it.

use std::rc::Rc;

use js_sys::ArrayBuffer;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{ChooseCharset, Failure, HtmlView, LetterSource, LinkView, ShowHtml};

use super::Desk;
use crate::browser::{frames, page, print};
use crate::state::letter::Reading;
use crate::state::notices::Word;

impl Desk {
    /// A letter's HTML, disarmed, with its pieces.
    pub async fn fetch_html(self, letter: LetterSource) -> Result<(HtmlView, Vec<ArrayBuffer>), Failure> {
        let sent = self.link.send(ShowHtml { letter }, Vec::new(), Rc::new(|_| {}));
        self.heed(sent.answer().await)
    }

    /// Follows a link of a letter. One that says another place than its own is asked about first.
    pub fn follow(self, link: LinkView) {
        if link.deceives || link.target.starts_with("mailto:") {
            self.doubted.set(Some(link));
        } else {
            page::open_elsewhere(&link.target);
        }
    }

    /// Puts a text on the clipboard and says so.
    pub fn copy(self, text: String) {
        spawn_local(async move {
            if page::copy(&text).await {
                self.say(Word::Copied, None);
            }
        });
    }

    /// Reads the letter that is shown in another charset, for its sender from now on.
    pub fn choose_charset(self, charset: Option<String>) {
        let shown = self.reading.with_untracked(|reading| match reading {
            Reading::Shown(which, view) => Some((which.clone(), view.source.clone())),
            Reading::Nothing | Reading::Opening(..) | Reading::Failed(..) => None,
        });
        let Some((which, letter)) = shown else { return };
        spawn_local(async move {
            match self.ask(ChooseCharset { letter, charset }).await {
                Ok(view) => {
                    let still = self.reading.with_untracked(|reading| reading.which() == Some(&which));
                    if still {
                        self.reading.set(Reading::Shown(which, view));
                    }
                }
                Err(failure) => self.say_failed(failure),
            }
        });
    }

    /// Prints a letter: its head in words, then its HTML or its text.
    pub fn print_letter(self, head: PrintedHead, pieces: Option<Vec<ArrayBuffer>>) {
        let settings = self.settings.get_untracked();
        let sheet = move |port: &frames::FramePort| {
            let text = pieces.is_none().then_some(head.text.as_str());
            port.print(&frames::Said {
                lang: settings.lang.code(),
                theme: "light",
                follow: pieces.is_none(),
                pieces: pieces.as_deref(),
                head: Some(frames::Head { subject: &head.subject, lines: &head.lines, text }),
            });
        };
        print::print(sheet, move || self.say(Word::NotPrinted, None));
    }
}

/// What stands above a printed letter, and its text.
pub struct PrintedHead {
    /// The subject.
    pub subject: String,
    /// Names and values: sender, recipients, date, seal, files.
    pub lines: Vec<(String, String)>,
    /// The letter's text.
    pub text: String,
}
