//! A letter as its author laid it out: disarmed, in a frame of opaque origin.

use js_sys::ArrayBuffer;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{Failure, HtmlView, LetterSource, LinkView};

use crate::browser::frames::{FramePort, FrameWord, PATIENCE_MS, Said, address};
use crate::browser::{clock, keyboard, page};
use crate::components::{Dialog, FailureBox};
use crate::desk::{Desk, use_desk};
use crate::state::connection::Connection;
use crate::state::hearing::Hearing;
use crate::text::{Words, fill};

/// A letter's HTML as it comes.
#[derive(Clone)]
pub enum Formatted {
    /// It is being disarmed.
    Waiting,
    /// It can be shown.
    Ready(HtmlView, Vec<ArrayBuffer>),
    /// It cannot; the text is shown.
    Failed(Failure),
}

impl Formatted {
    /// What there is to print.
    pub fn pieces(&self) -> Option<Vec<ArrayBuffer>> {
        match self {
            Self::Ready(_, pieces) => Some(pieces.clone()),
            Self::Waiting | Self::Failed(_) => None,
        }
    }
}

/// Asks for a letter's HTML.
pub fn fetch(source: LetterSource) -> RwSignal<Formatted, LocalStorage> {
    let desk = use_desk();
    let formatted = RwSignal::new_local(Formatted::Waiting);
    spawn_local(async move {
        let answer = desk.fetch_html(source).await;
        // The letter may be gone by now, and the signal with it.
        formatted.try_set(match answer {
            Ok((view, pieces)) => Formatted::Ready(view, pieces),
            Err(failure) => Formatted::Failed(failure),
        });
    });
    formatted
}

/// The frame with what stands around it; its text while the frame is silent.
#[component]
pub fn FormattedLetter(
    words: &'static Words,
    view: HtmlView,
    pieces: Vec<ArrayBuffer>,
    #[prop(into)] text: ViewFn,
) -> impl IntoView {
    let desk = use_desk();
    let height = RwSignal::new(0_u32);
    let aim = RwSignal::new(None::<String>);
    let hearing = RwSignal::new(Hearing::Waiting);
    let port = StoredValue::new_local(None::<FramePort>);
    let frame = NodeRef::<html::Iframe>::new();
    let (links, follows) = (StoredValue::new(view.links), !view.coloured);
    let pieces = StoredValue::new_local(pieces);
    let link = move |(piece, place): (usize, usize)| -> Option<LinkView> {
        links.with_value(|links| links.get(piece)?.get(place).cloned())
    };
    let say = move |with_pieces: bool| {
        let settings = desk.settings.get_untracked();
        pieces.with_value(|pieces| {
            port.with_value(|port| {
                if let Some(port) = port {
                    port.say(&Said {
                        lang: settings.lang.code(),
                        theme: settings.theme.code(),
                        follow: follows,
                        pieces: with_pieces.then_some(pieces.as_slice()),
                        head: None,
                    });
                }
            });
        });
    };
    let hear = move |word| match word {
        FrameWord::Ready => {
            hearing.set(Hearing::Heard);
            say(true);
        }
        FrameWord::Height(pixels) => height.set(pixels),
        FrameWord::Link(piece, place) => {
            if let Some(link) = link((piece, place)) {
                desk.follow(link);
            }
        }
        FrameWord::Aim(at) => aim.set(at.and_then(link).map(|link| link.target)),
        FrameWord::Key(key) => keyboard::replay(&key),
        FrameWord::Printed => {}
    };
    let open = move |_| {
        if let Some(frame) = frame.get_untracked() {
            port.set_value(FramePort::open(&frame, hear));
        }
    };
    Effect::new(move |_| {
        desk.settings.track();
        say(false);
    });
    let (again, is_missed) = (ask_again(desk, frame, hearing), Memo::new(move |_| hearing.get().is_missed()));
    view! {
        <Remote words count=view.remote.into()/>
        <iframe
            class="letter-frame"
            class:on-paper=!follows
            node_ref=frame
            src=address("letter")
            sandbox="allow-scripts"
            referrerpolicy="no-referrer"
            title=words.formatted.frame
            style:height=move || format!("{}px", height.get())
            hidden=is_missed
            on:load=open
        ></iframe>
        {move || is_missed.get().then(|| view! { <Missed words hearing again/> {text.run()} })}
        <Aim words aim/>
    }
}

/// What was not loaded, if anything.
#[component]
fn Remote(words: &'static Words, count: u64) -> impl IntoView {
    let word = if count == 1 { words.formatted.remote_one } else { words.formatted.remote };
    (count > 0).then(|| {
        view! { <p class="small aside-line">{fill(word, &[("n", &words.number(count))])}</p> }
    })
}

/// Where the link leads that is pointed at.
#[component]
fn Aim(words: &'static Words, aim: RwSignal<Option<String>>) -> impl IntoView {
    let line = move |target: String| fill(words.formatted.leads_to, &[("target", &target)]);
    move || {
        aim.get().map(|target| {
            view! { <p class="link-target small" aria-hidden="true">{line(target)}</p> }
        })
    }
}

/// Asks for a silent frame once more, by itself, when the relay answers again, and when the person wants it, which is what it gives.
fn ask_again(
    desk: Desk,
    frame: NodeRef<html::Iframe>,
    hearing: RwSignal<Hearing>,
) -> impl Fn() + Copy + 'static {
    let again = move || {
        let (Some(frame), Some(address)) = (frame.get_untracked(), address("letter")) else { return };
        hearing.set(Hearing::AskedAgain);
        frame.set_src(&address);
        spawn_local(async move {
            clock::sleep(PATIENCE_MS).await;
            // The letter may be gone by now.
            hearing.try_update(Hearing::give_up);
        });
    };
    spawn_local(async move {
        clock::sleep(PATIENCE_MS).await;
        if hearing.try_get_untracked() == Some(Hearing::Waiting) {
            again();
        }
    });
    Effect::new(move |_| {
        let answers = matches!(desk.connection.get(), Connection::UpToDate(_));
        if answers && hearing.get_untracked() == Hearing::Silent {
            again();
        }
    });
    again
}

/// That the frame says nothing, and the way to ask for it again.
#[component]
fn Missed(words: &'static Words, hearing: RwSignal<Hearing>, again: impl Fn() + 'static) -> impl IntoView {
    let line = move || match hearing.get() {
        Hearing::AskedAgain => words.formatted.waiting,
        Hearing::Waiting | Hearing::Heard | Hearing::Silent => words.formatted.silent,
    };
    view! {
        <div class="row" role="alert">
            <p class="hint">{line}</p>
            <button type="button" on:click=move |_| again()>{words.letter.retry}</button>
        </div>
    }
}

/// The HTML that could not be shown, said above the text.
#[component]
pub fn NotFormatted(words: &'static Words, failure: Failure) -> impl IntoView {
    view! { <FailureBox words failure=Signal::stored(Some(failure))/> }
}

/// A link that is asked about before it is followed.
#[component]
pub fn DoubtedLink(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let link = Memo::new(move |_| desk.doubted.get());
    move || link.get().map(|link| view! { <Doubt words link/> })
}

#[component]
fn Doubt(words: &'static Words, link: LinkView) -> impl IntoView {
    let desk = use_desk();
    let is_mail = link.target.starts_with("mailto:");
    let (title, text) = match (link.deceives, is_mail) {
        (true, _) => (words.formatted.doubt_title, words.formatted.doubt_text),
        (false, _) => (words.formatted.mail_title, words.formatted.mail_text),
    };
    let stay = move || desk.doubted.set(None);
    let target = link.target.clone();
    let copied = target.clone();
    let go = move |_| {
        page::open_elsewhere(&target);
        stay();
    };
    let copy = move |_| {
        let address = copied.strip_prefix("mailto:").unwrap_or(&copied);
        desk.copy(address.to_owned());
    };
    view! {
        <Dialog title close_name=words.account.close close=Callback::new(move |()| stay())>
            <div class="stack">
                <p>{fill(text, &[("shown", &link.shown)])}</p>
                <p class="mono link-whole">{link.target.clone()}</p>
                <div class="dialog-foot">
                    <button type="button" class="primary" on:click=move |_| stay()>{words.formatted.stay}</button>
                    <button type="button" on:click=copy>{words.formatted.copy_address}</button>
                    {(!is_mail).then(|| view! { <button type="button" on:click=go>{words.formatted.go}</button> })}
                </div>
            </div>
        </Dialog>
    }
}
